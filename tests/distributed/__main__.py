"""Two worker hosts, a database, a Redis and a provider, each in a network namespace of its own: python -m tests.distributed

A campaign of a million ads and one of single numbers go out while the hosts are cut off from the database, from Redis and from
the provider in turn (packets dropped, nobody is told), while the clock of one worker host is 5 s ahead and a window closes and
opens again. The provider's ledger is the judge. Then single numbers on 1, 2 and 4 processes. Each run is written to ledger.jsonl
beside this file; `--table` prints it as the tables of docs/distributed.md. A quarter of an hour; root, iproute2, nftables, gcc.
"""

import argparse
import csv
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from tests.distributed import network
from tests.distributed.installation import AHEAD_S, PROCESSES, Installation
from tests.distributed.servers import version, wait
from tests.distributed.table import LEDGER, table
from tests.reliability.judge import judge
from worker.engine import binaries

#: An ad leaves at 9:00 to 9:05 and from 9:07 on, less what clocks may be off; the clocks begin at 8:59:30.
WINDOWS: Final = "09:00-09:05,09:07-20:00"
CLOSED: Final = ("09:05:00", "09:07:00")
MARGIN_S: Final = 2 * AHEAD_S
ORDERS: Final = 1000
BETWEEN_S: Final = 12
BOTH: Final = network.WORKERS
CUTS: Final = [((host,), server) for server in ("database", "redis", "provider") for host in BOTH] + [
    (BOTH, server) for server in ("database", "redis", "provider")
]
OVER: Final = {"done", "failed", "cancelled"}
#: Latency of the provider, so that a campaign lasts through all cuts whatever its size.
LATENCY_S: Final = 1.6


def settings(numbers: int) -> dict[str, str]:
    """As an operator would set them for this test: short waits, so that it ends today."""
    return {
        "LOA_AD_WINDOWS": WINDOWS,
        "LOA_AD_OPENING_MARGIN_S": str(MARGIN_S),
        "LOA_AD_CLOSING_MARGIN_S": str(MARGIN_S),
        "LOA_ESMS_MIN_AD_RECIPIENTS": "20",
        "LOA_ESMS_MAX_BATCH": str(max(20, numbers // ORDERS)),
        "LOA_ESMS_REQUESTS_PER_SECOND": "40",
        "LOA_ESMS_TIMEOUT_S": "6",
        "LOA_LEASE_S": "12",
        "LOA_LOOKUP_DELAY_S": "5",
        "LOA_POLL_FIRST_S": "5",
    }


def cuts(on: Installation, numbers: int, cut_s: int) -> list[dict[str, Any]]:
    """The campaigns under all cuts, and the verdict."""
    on.provider.patch("/_sandbox/settings", json={"latency_s": LATENCY_S, "done_after_s": 0.0}).raise_for_status()
    singles = max(500, numbers // 200)
    ads = on.create(range(numbers), "--kind", "ads", "--text", "[QC] Giam gia 20%")
    care = on.create(range(50_000_000, 50_000_000 + singles), "--kind", "care", "--text", "Don hang da gui")
    for host in BOTH:
        on.work(host, *PROCESSES, LOA_SEND_PROCESSES="2")
    campaigns = {ads["id"]: "ads in lists", care["id"]: "single numbers"}

    def over() -> bool:
        return all(on.status(one) in OVER for one in campaigns)

    lines: list[dict[str, Any]] = []
    wait("ads are on their way", lambda: on.taken() > 20 and on.now().hour == 9, 300)
    for hosts, server in CUTS:
        before = on.taken()
        with network.cut(hosts, server):
            time.sleep(cut_s)
            during = on.taken()
        wait("orders come again", lambda so_far=during: on.taken() > so_far or over(), 400)
        say(lines, cut=" and ".join(hosts), off=server, seconds=cut_s, taken_meanwhile=during - before)
        time.sleep(BETWEEN_S)
    # Questions for reports, one a number of those that went singly, need not take as long.
    on.provider.patch("/_sandbox/settings", json={"latency_s": 0.02}).raise_for_status()
    wait("both campaigns are over", over, 2400)
    judged(on, campaigns, lines)
    on.rest()
    return lines


def judged(on: Installation, campaigns: dict[str, str], lines: list[dict[str, Any]]) -> None:
    """What the provider's ledger says of it."""
    taken, orders = on.phones(), on.orders()
    for campaign, what in campaigns.items():
        report = on.folder / "report.csv"
        on.loa("campaign", "report", campaign, "--csv", report)
        with report.open(encoding="utf-8-sig", newline="") as file:
            said = {int("84" + line["phone"][1:]): line["state"] for line in csv.DictReader(file)}
        verdict = judge("several hosts", what, len(CUTS), said, taken)
        ads = [clock(order["at"]) for order in orders if order["sms_type"] == 1]
        wrong = [at for at in ads if CLOSED[0] <= at < CLOSED[1] or at < "09:00:00"] if what == "ads in lists" else []
        of_it = "FROM attempt JOIN batch ON batch.id = owner_id WHERE campaign_id = %s AND outcome IS DISTINCT FROM 'accepted'"
        doubtful = on.ask(f"SELECT count(*) {of_it} AND (outcome IS NULL OR outcome = 'unknown')", campaign)
        say(
            lines,
            campaign=what,
            status=on.status(campaign),
            numbers=verdict.numbers,
            twice=verdict.twice,
            lost=verdict.lost,
            to_a_person=verdict.unknown,
            calls_of_unknown_outcome=doubtful[0][0],
            outside_its_hours=len(wrong),
            last_before=max((at for at in ads if at < CLOSED[1]), default="") if what == "ads in lists" else "",
            first_after=min((at for at in ads if at >= CLOSED[0]), default="") if what == "ads in lists" else "",
        )


def clock(at: str) -> str:
    """The time of day in Vietnam at which an order was taken."""
    from worker.domain.window import VIETNAM  # noqa: PLC0415

    return datetime.fromisoformat(at).astimezone(VIETNAM).strftime("%H:%M:%S.%f")


def throughput(on: Installation, count: int) -> list[dict[str, Any]]:
    """Single numbers on 1, 2 and 4 processes, a provider at 100 ms."""
    on.env |= {"LOA_ESMS_REQUESTS_PER_SECOND": "10000", "LOA_ESMS_MAX_BATCH": "5000"}
    on.ahead_s = 0
    lines: list[dict[str, Any]] = []
    first = 60_000_000
    for processes in ({"one": 1}, {"one": 1, "two": 1}, {"one": 2, "two": 2}, {"one": 1}):
        on.provider.post("/_sandbox/reset").raise_for_status()
        on.provider.patch("/_sandbox/settings", json={"latency_s": 0.1}).raise_for_status()
        made = on.create(range(first, first + count), "--kind", "care", "--text", "Don hang da gui")
        first += count
        load = os.getloadavg()[0]
        for host, many in processes.items():
            on.work(host, "worker-esms", LOA_SEND_PROCESSES=str(many))
        on.work("one", "worker-sweep", "scheduler")
        wait("all were called", lambda one=made["id"]: on.accepted(one) >= count, 900)
        on.rest()
        moments = [datetime.fromisoformat(order["at"]) for order in on.orders()]
        seconds = (max(moments) - min(moments)).total_seconds()
        say(
            lines,
            processes=sum(processes.values()),
            hosts=len(processes),
            numbers=count,
            seconds=round(seconds, 1),
            per_second=round(count / seconds),
            load=round(load, 1),
            twice=sum(times > 1 for times in on.phones().values()),
        )
    return lines


def say(lines: list[dict[str, Any]], **line: Any) -> None:
    """Keep a line of the ledger, and show it."""
    lines.append(line)
    print(json.dumps(line), flush=True)


def main() -> int:
    """Run what was asked for, write it down; 1 where the promise was broken."""
    words = argparse.ArgumentParser(prog="python -m tests.distributed", description=__doc__)
    words.add_argument(
        "--numbers", type=int, default=1_000_000, help="of the campaign of ads; a two-hundredth as many go singly"
    )
    words.add_argument("--cut-s", type=int, default=25, help="how long each cut lasts")
    words.add_argument(
        "--singles", type=int, default=20_000, help="numbers of each run of 1, 2 and 4 processes; 0: none"
    )
    words.add_argument("--table", action="store_true", help="print the last run as the tables of docs/distributed.md")
    words.add_argument("--keep", action="store_true", help="leave the logs where they are")
    chosen = words.parse_args()
    if chosen.table:
        print(table(LEDGER))
        return 0
    network.enter("tests.distributed", sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = Path(tempfile.mkdtemp(prefix="loa-distributed-"))
    folder.chmod(0o755)
    on = Installation(folder, settings(chosen.numbers))
    run = {
        "at": f"{on.now():%Y-%m-%d}",
        "numbers": chosen.numbers,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "database": version(binaries.postgres().folder / "postgres"),
        "redis": version(binaries.redis()),
    }
    try:
        network.build()
        on.start()
        lines = cuts(on, chosen.numbers, chosen.cut_s) if chosen.numbers else []
        lines += throughput(on, chosen.singles) if chosen.singles else []
        with LEDGER.open("a") as file:
            file.write(json.dumps(run | {"lines": lines}) + "\n")
    finally:
        on.stop()
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)
    broken = [line for line in lines if line.get("twice") or line.get("lost") or line.get("outside_its_hours")]
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
