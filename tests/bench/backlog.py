"""Measures how many waiting passwords leave in a second, through queue and workers, at a quick and a slow provider."""

import time

from tests.bench import naive
from tests.bench.figures import Row, say
from tests.bench.stage import Emulator, Scene, Stage, wait_for, worker
from tests.bench.watch import family
from worker.services import otp
from worker.services.otp.request import OtpRequest

PASSWORDS = 3_000
PROCESSES = 4
#: A provider of the neighbourhood, and one of a bad day.
LATENCIES_S = (0.02, 0.3)
TEXT = "482913 la ma xac nhan cua ban"
ACCEPTED = "SELECT count(*) AS n, min(sent_at) AS first, max(settled_at) AS last FROM message WHERE state = 'accepted'"


def run(stage: Stage, scale: float) -> list[Row]:
    """A backlog of passwords at each latency; beside it one Celery task a text, which keeps no record of anything."""
    passwords = max(200, round(PASSWORDS * scale))
    rows = []
    for latency_s in LATENCIES_S:
        say(f"{passwords:,} passwords wait, the provider answers in {latency_s * 1000:.0f} ms …")
        with stage.emulator(latency_s=latency_s) as emulator:
            ours, cpu_ms = _loa(stage, emulator, passwords)
        say("… one task a text …")
        with stage.emulator(latency_s=latency_s) as emulator:
            theirs = _naive(stage, emulator, passwords)
        rows.append(
            Row(
                "backlog",
                f"{passwords:,} passwords that wait, {PROCESSES} processes, provider at {latency_s * 1000:.0f} ms",
                f"{ours:,.0f}/s, {cpu_ms:.1f} ms of computing each",
                f"one task a text, without a record: {theirs:,.0f}/s",
                f"{ours / theirs:.1f}×",
                "",
                "First call to last result, from a full queue; computing is that of the workers. Tasks: first to last arrival.",
                {"latency_s": latency_s, "rate": ours, "naive_rate": theirs, "cpu_ms": cpu_ms},
            )
        )
    return rows


def _loa(stage: Stage, emulator: Emulator, passwords: int) -> tuple[float, float]:
    """Accepted a second, and the workers' computing for each in milliseconds."""
    with stage.scene(emulator.url, LOA_ESMS_REQUESTS_PER_SECOND=10_000, LOA_OTP_LONGEST_WAIT_S=0) as scene:
        with scene.workers(worker("otp", PROCESSES), beat=False) as started:
            (pid,) = (process.pid for process in started.values())
            before = _computed_s(pid)
            _fill(scene, passwords)
            wait_for(lambda: scene.one(ACCEPTED).n >= passwords, "the passwords", 600, 0.25)
            time.sleep(0.5)  # what it says of the last tasks is computing too
            computed = _computed_s(pid) - before
        found = scene.one(ACCEPTED)
        return passwords / (found.last - found.first).total_seconds(), computed / passwords * 1000


def _fill(scene: Scene, passwords: int) -> None:
    for first in range(0, passwords, 64):
        asked = [OtpRequest(f"08{n:08d}", TEXT, ttl_s=3600) for n in range(first, min(first + 64, passwords))]
        otp.take_in_together(scene.deps, [otp.checked(scene.deps, one) for one in asked])


def _computed_s(pid: int) -> float:
    return sum(sum(one.cpu_times()[:2]) for one in family(pid))


def _naive(stage: Stage, emulator: Emulator, texts: int) -> float:
    arguments = naive.arguments(processes=PROCESSES).split()
    with (
        naive.tasks(stage, emulator, texts) as environment,
        stage.process("naive worker", "celery", *arguments, env=environment),
    ):
        wait_for(lambda: emulator.totals()["messages"] >= texts, "the tasks", 600, 0.5)
        return naive.rate(emulator.sends())
