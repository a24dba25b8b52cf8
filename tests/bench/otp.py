"""The latency of a one-time password from the call to the request at the provider, idle and under a campaign of ads."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import count
from statistics import quantiles

import httpx

from tests.bench import lists
from tests.bench.figures import Row, say
from tests.bench.kannel import free_ports
from tests.bench.stage import Emulator, Scene, Stage, wait_for, worker
from worker.clock import Clock
from worker.services import otp
from worker.services.operations import api_keys
from worker.services.planning import plan
from worker.services.planning.request import CampaignRequest

#: Passwords of each kind, and how many of them leave in a second.
PASSWORDS = 100
PER_SECOND = 4
#: The campaign is to last as long as they take: so many orders, by two processes at a provider of such a latency.
ORDERS = 1000
LATENCY_S = 0.04
#: Calls a second that the contract allows; the points of the grid are then a millisecond apart.
RATE = 1000

Send = Callable[[str], str]


class HttpLimits(dict[str, Send]):
    """By a door's name a function that takes a number and returns the id of the message."""

    #: Of the web process behind one of them.
    port: int = 0


FRESH = count()


def run(stage: Stage, scale: float) -> list[Row]:
    """100 passwords by the service and 100 by HTTP, taking turns; idle, then while a million goes out."""
    numbers = max(ORDERS * 20, round(1_000_000 * scale))
    passwords = PASSWORDS if scale >= 0.05 else 30
    path = lists.messy(stage.folder / "messy.csv", numbers)
    most = max(20, numbers // ORDERS)
    with (
        stage.emulator(latency_s=LATENCY_S) as emulator,
        stage.scene(emulator.url, LOA_ESMS_REQUESTS_PER_SECOND=RATE, LOA_ESMS_MAX_BATCH=most) as scene,
        scene.workers(worker("sweep"), worker("report"), worker("send.esms", 2), worker("otp", 4)),
        doors(scene) as ways,
    ):
        say(f"{passwords} one-time passwords by each door, idle …")
        measure(emulator, scene.loa.clock, ways, 16)  # each process has made its first connections
        idle = measure(emulator, scene.loa.clock, ways, passwords)
        say(f"… and while {numbers:,} ads go out …")
        made = plan.create(scene.deps, CampaignRequest("esms", "LOA", "ads", "[QC] Giam gia 20%", path))
        wait_for(lambda: scene.one(SENT).orders > 0, "the first order", 60, 0.05)
        under = measure(emulator, scene.loa.clock, ways, passwords)
        sent = scene.one(SENT).orders / max(1, made.batches)
    how = (
        f"From before the call until the emulator took it (its book, clock of the same machine); {PER_SECOND} a second by each "
        f"door, contract of {RATE} calls/s so that no contract is measured. Campaign: {made.campaign.valid:,} numbers in "
        f"{made.batches} orders over the same account, by two processes at {LATENCY_S * 1000:.0f} ms; {sent:.0%} of it was "
        "accepted when the last password had left. The same providers' emulator serves both."
    )
    return [
        Row(
            "otp",
            f"one-time password by {door}: call → request at the provider, under a campaign",
            f"p50 {under[door][0]:.1f} ms, p99 {under[door][1]:.1f} ms",
            f"idle: p50 {idle[door][0]:.1f} ms, p99 {idle[door][1]:.1f} ms",
            f"{under[door][1] / idle[door][1]:.1f}×",
            "p99 ≤ 1.5×",
            how,
            {"door": door, "idle_ms": idle[door], "under_ms": under[door], "numbers": numbers, "sent": sent},
        )
        for door in ways
    ]


SENT = "SELECT count(*) AS orders FROM batch WHERE state NOT IN ('planned', 'sending')"


@contextmanager
def doors(scene: Scene) -> Iterator[HttpLimits]:
    with ExitStack() as stack:
        key = api_keys.create(scene.deps, ["otp"], "bench").key
        port = str(free_ports(1)[0])
        app = ("worker.api.app:create_app", "--factory", "--host", "127.0.0.1", "--port", port, "--no-access-log")
        stack.enter_context(scene.stage.process("web", "uvicorn", *app, env=scene.environment))
        headers = {"Authorization": f"Bearer {key}"}
        web = stack.enter_context(
            httpx.Client(trust_env=False, timeout=30, headers=headers, base_url=f"http://127.0.0.1:{port}")
        )
        wait_for(lambda: _ready(web), "the web", 60)

        def by_http(phone: str) -> str:
            answer = web.post("/v1/otp", json={"phone": phone, "text": TEXT}).raise_for_status()
            return str(answer.json()["id"])

        ways = HttpLimits(
            {
                "the service": lambda phone: str(otp.enqueue(scene.deps, otp.OtpRequest(phone, TEXT)).id),
                "HTTP": by_http,
            }
        )
        ways.port = int(port)
        yield ways


TEXT = "482913 la ma xac nhan cua ban"


def measure(emulator: Emulator, clock: Clock, doors: HttpLimits, passwords: int) -> dict[str, tuple[float, float]]:
    """For each door the median and the 99th percentile, in milliseconds."""
    asked: dict[str, dict[str, float]] = {door: {} for door in doors}

    def send(door: str) -> None:
        phone = f"08{next(FRESH):08d}"
        began = clock.now().timestamp()
        asked[door][doors[door](phone)] = began

    with ThreadPoolExecutor(8) as pool:
        begin, sent = time.monotonic(), []
        for turn in range(passwords):
            for place, door in enumerate(doors):
                time.sleep(max(0.0, begin + (turn + place / len(doors)) / PER_SECOND - time.monotonic()))
                sent.append(pool.submit(send, door))
        for one in sent:
            one.result()
    wanted = {message for messages in asked.values() for message in messages}
    took: dict[str, float] = {}

    def all_there() -> bool:
        took.update({one["campaign"]: seconds_of(one["at"]) for one in emulator.orders() if one["campaign"] in wanted})
        return len(took) == len(wanted)

    wait_for(all_there, "the passwords", 30, 0.5)
    return {
        door: percentiles([(took[message] - began) * 1000 for message, began in messages.items()])
        for door, messages in asked.items()
    }


def percentiles(times: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile."""
    cuts = quantiles(times, n=100, method="inclusive")
    return cuts[49], cuts[98]


def seconds_of(written: str) -> float:
    """A moment of the emulator's book in seconds since 1970."""
    return datetime.fromisoformat(written).timestamp()


def _ready(web: httpx.Client) -> bool:
    try:
        return web.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False
