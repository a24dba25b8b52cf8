"""Counts what is lost or sent twice when the sender is killed by SIGKILL and restarted; the receiver's book judges."""

import base64
import json
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from redis import Redis

from tests.bench import kannel, lists, naive
from tests.bench.figures import Row, say
from tests.bench.singles import TEXT
from tests.bench.stage import Stage, kill, wait_for, worker
from worker.services.planning import plan
from worker.services.planning.request import CampaignRequest
from worker.services.reporting import report

NUMBERS = 5_000
KILLS = 3
KANNEL_NUMBERS = 3_000
#: The calls of Loa that are under way when it is killed, at most; Kannel gets as many.
PENDING = 100
#: So that a kill finds calls under way.
LATENCY_S = 0.1
#: Short, so that a doubt is settled while one waits; the rules are the same.
CALLED = "SELECT count(*) AS numbers FROM recipient WHERE state IN ('accepted', 'delivered')"
SOON = {"LOA_ESMS_TIMEOUT_S": 3, "LOA_LEASE_S": 5, "LOA_LOOKUP_DELAY_S": 1, "LOA_POLL_FIRST_S": 2}


@dataclass(frozen=True, slots=True)
class Toll:
    """What kills cost."""

    lost: int
    twice: int
    #: Not sent, and to come back an hour later; sent, and to be sent again then.
    late: int = 0
    later_twice: int = 0
    seconds: float = 0.0


def run(stage: Stage, scale: float) -> list[Row]:
    """Loa, one task a number, Kannel with each of its stores."""
    numbers = max(1500, round(NUMBERS * scale))
    say(f"{numbers:,} single texts, the worker killed {KILLS} times: one task a number …")
    tasks = _tasks(stage, numbers)
    say("… Loa …")
    ours = _loa(stage, numbers)
    figure = f"{ours.lost} lost, {ours.twice} twice ({KILLS} kills)"
    values = {"numbers": numbers, "kills": KILLS, "lost": ours.lost, "twice": ours.twice}
    rows = [
        Row(
            "kills",
            f"{numbers:,} single texts, the sending worker killed {KILLS} times and started again",
            figure,
            f"one task a number: {tasks.lost} lost, {tasks.late} an hour late,\n"
            f"{tasks.twice} twice, {tasks.later_twice} twice in an hour",
            "",
            "0 and 0",
            f"The emulator's ledger. Loa, at {LATENCY_S * 1000:.0f} ms a call: the doubtful are looked up in the provider's "
            f"record and settled; done after {ours.seconds:.0f} s, with leases of 5 s. Tasks, at 0 ms: acknowledged early, as "
            "Celery does by itself; what a killed worker had fetched, Redis gives back after an hour, sent or not.",
            {
                **values,
                "tasks_lost": tasks.lost,
                "tasks_twice": tasks.twice,
                "tasks_late": tasks.late,
                "tasks_later_twice": tasks.later_twice,
            },
        )
    ]
    return [*rows, _kannel(stage, max(1500, round(KANNEL_NUMBERS * scale)), figure)]


def _kannel(stage: Stage, numbers: int, figure: str) -> Row:
    programs = kannel.find()
    what = f"the same beside Kannel: bearerbox killed once, {numbers:,} texts accepted, {PENDING} pending"
    how = (
        "Texts that smsbox answered with 202 against what the sink got; 250 ms a call; killed when a third was delivered, "
        "started again, and waited for until nothing came for 4 s."
    )
    if not isinstance(programs, kannel.Programs):
        return Row("kills", what, figure, f"no Kannel: {programs}", how=how)
    words, values = [], {}
    with stage.serving("sink", "tests.bench.sink") as url:
        for store in ("memory", "file", "spool"):
            say(f"… Kannel, its store in {store} …")
            accepted, lost, twice = kannel.killed(stage, programs, url, 0.25, numbers, PENDING, store)
            words.append(f"{store}: {lost} lost, {twice} twice")
            values[store] = {"accepted": accepted, "lost": lost, "twice": twice}
    return Row("kills", what, figure, "\n".join(words), "", "0 and 0", how, values)


def _loa(stage: Stage, numbers: int) -> Toll:
    path = lists.plain(stage.folder / "plain.csv", numbers)
    name, words = worker("send.esms", PENDING // 50)
    with (
        stage.emulator(latency_s=LATENCY_S) as emulator,
        stage.scene(emulator.url, LOA_ESMS_REQUESTS_PER_SECOND=10_000, **SOON) as scene,
        ExitStack() as replaced,
        scene.workers(worker("sweep"), worker("report"), (name, words)) as started,
    ):
        began = time.monotonic()
        made = plan.create(scene.deps, CampaignRequest("esms", "LOA", "care", TEXT, path))
        current = [started[name]]

        def again() -> None:
            kill(current[0])
            current[0] = scene.start_again(name, words, replaced)

        _kill_along(lambda: int(scene.one(CALLED).numbers), numbers, again)
        campaign_id = made.campaign.id
        open_states = ("scheduled", "sending", "reconciling")
        wait_for(lambda: str(report.show(scene.deps, campaign_id).campaign.status) not in open_states, "Loa", 300, 0.5)
        totals = emulator.totals()
        return Toll(numbers - totals["numbers"], totals["repeats"], seconds=time.monotonic() - began)


def _tasks(stage: Stage, numbers: int) -> Toll:
    with (
        stage.emulator() as emulator,
        naive.tasks(stage, emulator, numbers) as environment,
        ExitStack() as stack,
        Redis.from_url(stage.redis_url) as redis,
    ):

        def start() -> None:
            words = naive.arguments().split()
            workers.append(stack.enter_context(stage.process("naive worker", "celery", *words, env=environment)))

        def again() -> None:
            kill(workers[-1])
            start()

        workers: list[subprocess.Popen[str]] = []
        start()
        _kill_along(lambda: numbers - redis.llen("celery"), numbers, again)
        wait_for(lambda: redis.llen("celery") == 0, "the tasks", 300, 0.5)
        time.sleep(2)
        stuck = {_phone(message) for message in redis.hvals("unacked")}
        sent = emulator.phones()
        late = len(stuck - sent.keys())
        return Toll(numbers - len(sent) - late, sum(times > 1 for times in sent.values()), late, len(stuck) - late)


def _phone(kept: bytes) -> str:
    """The number of a task as Redis keeps it, as the emulator writes it."""
    body = json.loads(base64.b64decode(json.loads(kept)[0]["body"]))
    return "84" + str(body[0][0])[1:]


def _kill_along(sent: Callable[[], int], numbers: int, again: Callable[[], None]) -> None:
    """Kill at even points of the way."""
    for kills in range(1, KILLS + 1):
        goal = numbers * kills // (KILLS + 2)
        wait_for(lambda goal=goal: sent() >= goal, "the texts", 120, 0.02)
        again()
