"""The rate of texts that are one call each: care texts on eSMS, beside a bare httpx loop and beside Kannel."""

from statistics import median
from typing import Any
from uuid import UUID

from tests.bench import bare, kannel, lists, sink
from tests.bench.figures import Row, say
from tests.bench.stage import Scene, Stage, wait_for, worker
from worker.services.planning import plan
from worker.services.planning.batching import SINGLES_IN_A_BATCH
from worker.services.planning.request import CampaignRequest

#: The latency of the provider, numbers, sending processes (each has at most 100 calls at once), and how many Kannel has at once.
#: Of Loa's a part is always being recorded or claimed: its six processes have about 400 calls in flight, as Kannel has.
#: 18 batches, of which each process gets as many: in a long campaign, too, no process is idle but at its end.
CASES = ((0.0, 36_000, 3, 200), (0.1, 36_000, 6, 400))
#: A machine's speed changes from one minute to the next, so that the two take turns.
ROUNDS = 3
AT_ONCE = 100
TEXT = "Don hang cua ban dang duoc giao"
SPAN = (
    "SELECT min(began_at) AS first, max(ended_at) AS last,"
    " (SELECT sum(accepted) FROM batch WHERE campaign_id = :id) AS accepted"
    " FROM attempt JOIN batch ON batch.id = owner_id WHERE campaign_id = :id"
)
LEFT = "SELECT count(*) AS left FROM batch WHERE state IN ('planned', 'sending')"


def run(stage: Stage, scale: float) -> list[Row]:
    """Each latency: the bare loop, then Loa and Kannel in turn; all on one sink."""
    programs = kannel.find()
    rows = []
    with stage.watch.seldom(), stage.serving("sink", "tests.bench.sink") as url:
        for latency_s, most, processes, pending in CASES:
            numbers = max(1000, round(most * scale))
            say(f"{numbers:,} single texts at {latency_s * 1000:.0f} ms: bare loop …")
            sink.reset(url, latency_s)
            alone = bare.loop(url, numbers, processes, AT_ONCE)
            ours, theirs = [], []
            for nth in range(1, ROUNDS + 1):
                say(f"… Loa, round {nth} of {ROUNDS} …")
                ours.append(_loa(stage, url, latency_s, numbers, processes))
                if isinstance(programs, kannel.Programs):
                    say("… Kannel …")
                    theirs.append(kannel.throughput(stage, programs, url, latency_s, numbers, pending))
            rate = median(ours)
            beside, ratio = f"bare httpx loop: {alone:,.0f}/s", f"{rate / alone:.2f}×"
            values: dict[str, Any] = {
                "latency_s": latency_s,
                "numbers": numbers,
                "rates": ours,
                "bare_rate": alone,
                "pending": pending,
            }
            if theirs:
                beside = f"{beside}\nKannel: {median(theirs):,.0f}/s ({_all(theirs)})"
                ratio = f"{ratio}\n{rate / median(theirs):.2f}×"
                values["kannel_rates"] = theirs
            else:
                beside = f"{beside}\nno Kannel: {programs}"
            rows.append(
                Row(
                    "singles",
                    f"{numbers:,} single texts, provider at {latency_s * 1000:.0f} ms, {processes} processes",
                    f"{rate:,.0f}/s\n({_all(ours)})",
                    beside,
                    ratio,
                    "≥ Kannel",
                    "Loa: from the first claim to the last recorded result, by Celery workers, marked and recorded in "
                    f"PostgreSQL. Bare: {processes} processes that only post, one client of httpx for ten calls at once. "
                    f"Kannel: bearerbox in memory, {pending} pending, from its first to its last delivery. All on one sink; "
                    f"all at it once. {ROUNDS} rounds, in which the two take turns; the ratio is that of the middle ones.",
                    values,
                )
            )
    return rows


def _all(rates: list[float]) -> str:
    return ", ".join(f"{one:,.0f}" for one in rates)


def _loa(stage: Stage, url: str, latency_s: float, numbers: int, processes: int) -> float:
    sink.reset(url, latency_s)
    with (
        stage.scene(url, LOA_ESMS_REQUESTS_PER_SECOND=100_000) as scene,
        scene.workers(worker("sweep"), worker("send.esms", processes)),
    ):
        # First a batch for each process, which makes its connections then.
        _send(scene, processes * SINGLES_IN_A_BATCH, "Chao ban")
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
