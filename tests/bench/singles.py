"""The rate of texts that are one call each: care texts on eSMS, beside a bare httpx loop and beside Kannel."""

from uuid import UUID

from tests.bench import bare, kannel, lists, sink
from tests.bench.figures import Row, say
from tests.bench.stage import Scene, Stage, wait_for, worker
from worker.services.planning import plan
from worker.services.planning.request import CampaignRequest

#: The latency of the provider, numbers, sending processes (each has at most 100 calls at once), and how many Kannel has at once.
#: Of Loa's a part is always being recorded or claimed: its six processes have about 400 calls in flight, as Kannel has.
CASES = ((0.0, 40_000, 3, 200), (0.1, 40_000, 6, 400))
AT_ONCE = 100
TEXT = "Don hang cua ban dang duoc giao"
SPAN = (
    "SELECT min(began_at) AS first, max(ended_at) AS last,"
    " (SELECT sum(accepted) FROM batch WHERE campaign_id = :id) AS accepted"
    " FROM attempt JOIN batch ON batch.id = owner_id WHERE campaign_id = :id"
)
LEFT = "SELECT count(*) AS left FROM batch WHERE state IN ('planned', 'sending')"


def run(stage: Stage, scale: float) -> list[Row]:
    """Each latency: Loa, the bare loop, Kannel; all on one sink."""
    programs = kannel.find()
    rows = []
    with stage.watch.seldom(), stage.serving("sink", "tests.bench.sink") as url:
        for latency_s, most, processes, pending in CASES:
            numbers = max(1000, round(most * scale))
            say(f"{numbers:,} single texts at {latency_s * 1000:.0f} ms: bare loop …")
            sink.reset(url, latency_s)
            alone = bare.loop(url, numbers, processes, AT_ONCE)
            say("… Loa …")
            ours = _loa(stage, url, latency_s, numbers, processes)
            beside, ratio = f"bare httpx loop: {alone:,.0f}/s", f"{ours / alone:.2f}×"
            values = {"latency_s": latency_s, "numbers": numbers, "rate": ours, "bare_rate": alone, "pending": pending}
            if isinstance(programs, kannel.Programs):
                say("… Kannel …")
                theirs = kannel.throughput(stage, programs, url, latency_s, numbers, pending)
                beside, ratio = f"{beside}\nKannel: {theirs:,.0f}/s", f"{ratio}\n{ours / theirs:.2f}×"
                values["kannel_rate"] = theirs
            else:
                beside = f"{beside}\nno Kannel: {programs}"
            rows.append(
                Row(
                    "singles",
                    f"{numbers:,} single texts, provider at {latency_s * 1000:.0f} ms, {processes} processes",
                    f"{ours:,.0f}/s",
                    beside,
                    ratio,
                    "≥ Kannel",
                    "Loa: from the first claim to the last recorded result, by Celery workers, marked and recorded in "
                    f"PostgreSQL. Bare: {processes} processes that only post, one client of httpx for ten calls at once. "
                    "Kannel: bearerbox in memory, "
                    f"{pending} pending, from its first to its last delivery. All on one sink; all at it once.",
                    values,
                )
            )
    return rows


def _loa(stage: Stage, url: str, latency_s: float, numbers: int, processes: int) -> float:
    sink.reset(url, latency_s)
    with (
        stage.scene(url, LOA_ESMS_REQUESTS_PER_SECOND=100_000) as scene,
        scene.workers(worker("sweep"), worker("send.esms", processes)),
    ):
        # First a few for each process, which makes its connections then.
        _send(scene, processes * 500, "Chao ban")
        sink.reset(url, latency_s)
        campaign_id = _send(scene, numbers, TEXT)
        found = scene.one(SPAN, id=campaign_id)
        came = sink.report(url)
        if not (found.accepted == came["requests"] == came["numbers"] == numbers):
            raise SystemExit(
                f"accepted {found.accepted} of {numbers}, at the sink: {came}; this is a fault, not a figure"
            )
        return numbers / float((found.last - found.first).total_seconds())


def _send(scene: Scene, numbers: int, words: str) -> UUID:
    path = lists.plain(scene.stage.folder / "plain.csv", numbers)
    made = plan.create(scene.deps, CampaignRequest("esms", "LOA", "care", words, path))
    wait_for(lambda: scene.one(LEFT).left == 0, "the texts", 600)
    return made.campaign.id
