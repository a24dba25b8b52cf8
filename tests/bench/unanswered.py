"""The latency of one-time passwords at a provider that leaves every twentieth call without an answer."""

import threading
import time

import httpx

from tests.bench.figures import Row, say
from tests.bench.otp import FRESH, TEXT, percentiles, seconds_of
from tests.bench.stage import Emulator, Scene, Stage, wait_for, worker
from worker.services import otp

PER_SECOND, SECONDS = 20, 30
LATENCY_S, RATE = 0.04, 1000
#: One call of so many is taken, and its connection then stays silent.
EVERY = 20
FUNCTION = "SendMultipleMessage_V4_post_json"
LEFT = "SELECT count(*) AS left FROM message WHERE state IN ('queued', 'sending')"


def run(stage: Stage, scale: float) -> list[Row]:
    """So many passwords a second at a healthy provider, then at one of which some calls never come back."""
    many = round(PER_SECOND * (SECONDS if scale >= 0.05 else 5))
    with (
        stage.emulator(latency_s=LATENCY_S) as emulator,
        stage.scene(emulator.url, LOA_ESMS_REQUESTS_PER_SECOND=RATE) as scene,
        scene.workers(worker("sweep"), worker("otp", 4)),
    ):
        _latencies(emulator, scene, 40)  # each process has made its first connections
        say(f"{many} one-time passwords, {PER_SECOND} a second …")
        healthy = percentiles(_latencies(emulator, scene, many))
        say(f"… and of each {EVERY} calls one without an answer …")
        for nth in range(EVERY, many + 1, EVERY):
            fault = {"function": FUNCTION, "do": "hang", "when": "after", "nth": nth, "seconds": 60}
            httpx.post(f"{emulator.url}/_sandbox/faults", json=fault, trust_env=False).raise_for_status()
        found = _latencies(emulator, scene, many)
        spoilt = percentiles(found)
    return [
        Row(
            "unanswered",
            f"one-time password: call → request at the provider, {PER_SECOND}/s, 1 of {EVERY} calls never answered",
            f"p50 {spoilt[0]:.1f} ms, p99 {spoilt[1]:.1f} ms",
            f"all answered: p50 {healthy[0]:.1f} ms, p99 {healthy[1]:.1f} ms",
            f"{spoilt[1] / healthy[1]:.1f}×",
            "",
            f"By the service, {many} each, four processes, provider at {LATENCY_S * 1000:.0f} ms; to the first request of each "
            "at the provider (its book, clock of the same machine).",
            {"healthy_ms": healthy, "unanswered_ms": spoilt, "passwords": many},
        )
    ]


def _latencies(emulator: Emulator, scene: Scene, passwords: int) -> list[float]:
    """From before the call of the service to the first request at the provider, in milliseconds."""
    asked: dict[str, float] = {}

    def send() -> None:
        began = scene.loa.clock.now().timestamp()
        made = otp.enqueue(scene.deps, otp.OtpRequest(f"08{next(FRESH):08d}", TEXT))
        asked[str(made.id)] = began

    threads, begin = [], time.monotonic()
    for nth in range(passwords):
        time.sleep(max(0.0, begin + nth / PER_SECOND - time.monotonic()))
        threads.append(threading.Thread(target=send))
        threads[-1].start()
    for one in threads:
        one.join()
    wait_for(lambda: scene.one(LEFT).left == 0, "the passwords", 120)
    took: dict[str, float] = {}
    for order in emulator.orders():
        took.setdefault(order["campaign"], seconds_of(order["at"]))
    return [(took[one] - began) * 1000 for one, began in asked.items()]
