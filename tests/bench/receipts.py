"""The receipts of one large campaign at the web process's door, and the passwords that it takes in beside them."""

import json
import subprocess
import sys
from typing import Any
from uuid import UUID

from sqlalchemy import text

from tests.bench import lists, otp
from tests.bench.figures import Row, say
from tests.bench.stage import Scene, Stage, wait_for, worker
from worker.services.planning import plan
from worker.services.planning.request import CampaignRequest

#: How many, and how many a second: as fast as two cores take them, and as an account of 100 texts a second brings them.
CASES = ((100_000, 500), (20_000, 100))
#: Of a hundred the p99 would be the slowest but one.
PASSWORDS = 400
#: The provider would be another machine: it stands back behind ours, and still has to bring as many a second.
STANDS_BACK = 10
CONNECTIONS = 16

#: FPT reports each number by a POST: so many connections, each posting its share evenly over the time, whatever the answers take.
PROVIDER = """
import asyncio, json, re, sys, time
port, path, first, number, per_second, connections = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
LENGTH = re.compile(rb"content-length: *(\\d+)", re.IGNORECASE)
waits, refused = [], 0
async def report(nth, began):
    global refused
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    for at in range(nth, number, connections):
        await asyncio.sleep(max(0.0, began + at / per_second - time.monotonic()))
        body = json.dumps({"smsid": f"r{first + at}", "status": 1, "telco": "viettel", "error": "", "mt_count": 1}).encode()
        asked = time.monotonic()
        head = f"POST {path} HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: application/json\\r\\nContent-Length: {len(body)}"
        writer.write(head.encode() + b"\\r\\n\\r\\n" + body)
        head = await reader.readuntil(b"\\r\\n\\r\\n")
        await reader.readexactly(int(LENGTH.search(head)[1]))
        waits.append(time.monotonic() - asked)
        refused += b" 200 " not in head.partition(b"\\r\\n")[0]
    writer.close()
async def main():
    print("begun", flush=True)
    began = time.monotonic()
    await asyncio.gather(*(report(nth, began) for nth in range(connections)))
    waits.sort()
    print(json.dumps({"seconds": time.monotonic() - began, "refused": refused, "p50_s": waits[len(waits) // 2],
        "p99_s": waits[len(waits) * 99 // 100]}), flush=True)
asyncio.run(main())
"""
#: As the calls of the campaign would have left it: every number taken, each under an id of its own.
TAKEN = (
    "UPDATE recipient SET state = 'accepted', ref = 'r' || (phone - 84000000000) WHERE campaign_id = :id",
    "UPDATE batch SET state = 'accepted', accepted = size, answered_at = :now, attempts = 1 WHERE campaign_id = :id",
    "UPDATE campaign SET status = 'sending' WHERE id = :id",
)
READ = "SELECT count(*) AS n FROM callback WHERE handled_at IS NOT NULL"
DELIVERED = "SELECT coalesce(sum(delivered), 0) AS n FROM batch WHERE campaign_id = :id"


def run(stage: Stage, scale: float) -> list[Row]:
    """Passwords with nothing else about, then while a provider reports on each number of a campaign; at each speed."""
    return [
        row for most, per_second in CASES for row in _at(stage, max(2000, round(most * min(1.0, scale))), per_second)
    ]


def _at(stage: Stage, receipts: int, per_second: int) -> list[Row]:
    # They are to leave while receipts come.
    passwords = min(PASSWORDS, receipts // per_second * otp.PER_SECOND) if receipts >= 60 * per_second else 8
    with (
        stage.emulator(latency_s=otp.LATENCY_S) as emulator,
        stage.scene(
            emulator.url,
            LOA_ESMS_REQUESTS_PER_SECOND=otp.RATE,
            LOA_FPT_CLIENT_ID="sandbox-client",
            LOA_FPT_CLIENT_SECRET="sandbox-secret",
            LOA_FPT_BASE_URL=f"{emulator.url}/fpt",
        ) as scene,
    ):
        campaign_id = _taken(scene, receipts)
        with scene.workers(worker("sweep"), worker("report"), worker("otp", 4)), otp.doors(scene) as ways:
            say(f"{passwords} one-time passwords by each door, idle …")
            otp.measure(emulator, scene.loa.clock, ways, 16)
            idle = otp.measure(emulator, scene.loa.clock, ways, passwords)
            say(f"… and while {receipts:,} receipts of one campaign come, {per_second} a second …")
            provider = _provider(scene, ways.port, receipts, per_second)
            under = otp.measure(emulator, scene.loa.clock, ways, passwords)
            came = _came(provider)
            read_then = scene.one(READ).n
            wait_for(lambda: scene.one(DELIVERED, id=campaign_id).n >= receipts, "the receipts", 3600, 0.5)
            late = scene.one(
                "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM handled_at - received_at)) AS p50,"
                " percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM handled_at - received_at)) AS p99,"
                " count(*) AS n FROM callback"
            )
    if came["refused"] or late.n != receipts:
        raise SystemExit(f"{came['refused']} refused, {late.n} of {receipts} stored; this is a fault, not a figure")
    rows = [
        Row(
            "receipts",
            f"{receipts:,} receipts of one campaign by HTTP, {per_second} a second",
            f"taken in {came['seconds']:.0f} s ({receipts / came['seconds']:,.0f}/s), answered p50 {came['p50_s'] * 1000:.0f} ms,"
            f" p99 {came['p99_s'] * 1000:.0f} ms; counted p50 {float(late.p50):.1f} s, p99 {float(late.p99):.1f} s later",
            aim="all counted, none refused",
            how=f"FPT's reports to a care campaign of as many numbers, {CONNECTIONS} connections, one web process; the provider "
            f"stands back (nice {STANDS_BACK}). "
            f"{read_then:,} had been read when the last was taken in.",
            values={
                "came": came,
                "p50_s": float(late.p50),
                "p99_s": float(late.p99),
                "idle_ms": idle,
                "under_ms": under,
            },
        )
    ]
    return rows + [
        Row(
            "receipts",
            f"one-time password by {door}: call → request at the provider, beside {per_second} receipts a second",
            f"p50 {under[door][0]:.1f} ms, p99 {under[door][1]:.1f} ms",
            f"idle: p50 {idle[door][0]:.1f} ms, p99 {idle[door][1]:.1f} ms",
            f"{under[door][1] / idle[door][1]:.2f}×",
            "p99 ≤ 1.5×",
            f"{passwords} passwords, {otp.PER_SECOND} a second by each door, before and while the receipts come to the same web "
            "process.",
            {"door": door},
        )
        for door in ways
    ]


def _taken(scene: Scene, numbers: int) -> UUID:
    path = lists.plain(scene.stage.folder / "plain.csv", numbers)
    made = plan.create(scene.deps, CampaignRequest("fpt", "LOA", "care", "Don hang cua ban dang duoc giao", path))
    with scene.deps.sessions.begin() as session:
        for statement in TAKEN:
            session.execute(text(statement), {"id": made.campaign.id, "now": scene.loa.clock.now()})
    return made.campaign.id


def _provider(scene: Scene, port: int, receipts: int, per_second: int) -> subprocess.Popen[str]:
    path = f"/callbacks/fpt/{scene.loa.sealer.callback_secrets('fpt')[0]}"
    words = (str(one) for one in (port, path, lists.FIRST, receipts, per_second, CONNECTIONS))
    command = ["nice", "-n", str(STANDS_BACK), sys.executable, "-c", PROVIDER, *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def _came(provider: subprocess.Popen[str]) -> dict[str, Any]:
    told, _ = provider.communicate(timeout=3600)
    found: dict[str, Any] = json.loads(told)
    return found
