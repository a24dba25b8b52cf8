"""Prints the table of figures. `python -m bench [numbers]`, a million unless said otherwise."""

import random
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from psycopg import Connection
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from bench.stage import Stage, stage
from worker.services import plan, report
from worker.services.plan import Wish

console = Console(width=160)


@dataclass
class Row:
    """One line of the table."""

    what: str
    figure: str
    beside: str
    ratio: str
    aim: str


def main() -> None:
    """Measure and print."""
    numbers = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder, stage(Path(folder)) as loa:
        path = _list(Path(folder) / "list.csv", numbers)
        rows = [_stored(loa, path, numbers)]
        rows += _accepted(loa, path, numbers)
        _print(rows, loa)


def _list(path: Path, numbers: int) -> Path:
    """A list of made-up numbers in no order, with a name beside each and one repeat in two hundred."""
    source = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        file.write("phone,name\n")
        for n in range(numbers):
            digits = source.randrange(100_000_000) if n % 200 else 12_345_678
            file.write(f"09{digits:08d},Khách hàng {n % 5000}\n")
    return path


def _stored(loa: Stage, path: Path, numbers: int) -> Row:
    """List to batches, against a bare COPY of the same rows, in the list's order, into a table of the same shape."""
    console.print(f"listing, checking and storing {numbers:,} rows …")
    wish = Wish("esms", "LOA", "ads", "[QC] Giam gia 20% toan bo cua hang", path, name="stored")
    began = time.perf_counter()
    made = plan.create(loa.loa.deps, wish)
    took = time.perf_counter() - began
    loa.memory.peaks["planning the list (this process so far)"] = (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    )
    with loa.loa.deps.sessions.begin() as session:
        # Not to be sent: this one was for the watch.
        session.execute(text("UPDATE batch SET state = 'cancelled'"))
        session.execute(text("UPDATE campaign SET status = 'cancelled'"))
    bare, unindexed = _bare_copy(loa, made.campaign.id)
    return Row(
        f"list of {numbers:,} rows → checked, de-duplicated, stored, batched",
        f"{took:.2f} s ({numbers / took:,.0f} rows/s)",
        f"bare COPY of the same rows: {bare:.2f} s (without indexes {unindexed:.2f} s)",
        f"{took / bare:.2f}× ({took / unindexed:.1f}×)",
        "≤ 3×",
    )


def _bare_copy(loa: Stage, campaign_id: Any) -> tuple[float, float]:
    with loa.loa.deps.sessions() as session:
        rows = session.execute(
            text("SELECT phone, row, batch_seq FROM recipient WHERE campaign_id = :id ORDER BY row"),
            {"id": campaign_id},
        ).all()
        session.execute(text("CREATE TABLE bare_recipient (LIKE recipient INCLUDING ALL)"))
        session.execute(text("CREATE TABLE bare_heap (LIKE recipient)"))
        session.commit()
        other = uuid4()
        lines = [f"{other}\t{row.phone}\t{row.row}\t{row.batch_seq}\tf\n" for row in rows]
        times = []
        for table in ("bare_recipient", "bare_heap"):
            connection = session.connection().connection.driver_connection
            assert isinstance(connection, Connection)
            began = time.perf_counter()
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {table} (campaign_id, phone, row, batch_seq, converted) FROM STDIN") as copy,
            ):
                for start in range(0, len(lines), 5000):
                    copy.write("".join(lines[start : start + 5000]))
            session.commit()
            times.append(time.perf_counter() - began)
            session.execute(text(f"DROP TABLE {table}"))
            session.commit()
    return times[0], times[1]


def _accepted(loa: Stage, path: Path, numbers: int) -> list[Row]:
    """A whole campaign by real workers, polling and results on, against a bare loop that posts the same orders."""
    bare = _bare_loop(loa, numbers)
    console.print("sending a campaign by two worker processes, with reports …")
    redis_peak = 0
    with loa.workers(
        ("beat", f"-A scheduler.app beat -s {path.parent}/beat"),
        ("worker sweep", "-A worker.app worker -Q sweep -c 1 -n sweep@%h --without-mingle --without-gossip"),
        ("worker report", "-A worker.app worker -Q report -c 1 -n report@%h --without-mingle --without-gossip"),
        ("worker send", "-A worker.app worker -Q send.esms -c 2 -n send@%h --without-mingle --without-gossip"),
    ):
        time.sleep(8)  # the processes import their world; nothing is measured before they idle
        made = plan.create(loa.loa.deps, Wish("esms", "LOA", "ads", "[QC] Giam gia 20%", path, name="sent"))
        began = time.perf_counter()
        while report.show(loa.loa.deps, made.campaign.id).campaign.status in {"scheduled", "sending"}:
            info: Any = loa.loa.redis.info("memory")
            redis_peak = max(redis_peak, int(info["used_memory"]))
            time.sleep(0.25)
        whole = time.perf_counter() - began
    view = report.show(loa.loa.deps, made.campaign.id)
    with loa.loa.deps.sessions() as session:
        first, last = session.execute(
            text(
                "SELECT min(began_at), max(ended_at) FROM attempt JOIN batch ON batch.id = batch_id WHERE campaign_id = :id"
            ),
            {"id": made.campaign.id},
        ).one()
    seconds = (last - first).total_seconds()
    rate = made.campaign.valid / seconds
    console.print(f"  {view.campaign.status}: {view.counts}")
    _judge(loa, made.campaign.valid)
    return [
        Row(
            f"ads, {made.campaign.valid:,} numbers accepted by a provider without latency",
            f"{rate:,.0f} numbers/s ({seconds:.1f} s)",
            f"bare httpx loop, one process: {bare:,.0f} numbers/s",
            f"{rate / bare:.2f}×",
            "≥ 20,000/s",
        ),
        Row(
            "the same campaign to its last delivery report, result per number stored",
            f"{whole:.1f} s ({made.campaign.valid / whole:,.0f} numbers/s)",
            "first question for reports after 10 s",
            "",
            "",
        ),
        Row("Redis memory while it ran", f"{redis_peak / 2**20:.1f} MiB", "", "", "< 50 MB, flat"),
    ]


def _bare_loop(loa: Stage, numbers: int) -> float:
    """Numbers a second when one process only posts orders of 5,000, with nothing kept and nothing checked."""
    orders = min(numbers // 5000, 100) or 1
    phones = [f"09{n:08d}" for n in range(min(numbers, 5000))]
    with httpx.Client(trust_env=False, timeout=30) as client:
        began = time.perf_counter()
        for _ in range(orders):
            client.post(
                f"{loa.sandbox_url}/esms/MainService.svc/json/SendMultipleSMSBrandname_json/",
                json={
                    "ApiKey": "sandbox-key",
                    "SecretKey": "sandbox-secret",
                    "Brandname": "LOA",
                    "Content": "[QC] Giam gia 20%",
                    "SmsType": "1",
                    "Phones": phones,
                    "RequestId": str(uuid4()),
                },
            ).raise_for_status()
        took = time.perf_counter() - began
        client.post(f"{loa.sandbox_url}/_sandbox/reset").raise_for_status()
    return orders * len(phones) / took


def _judge(loa: Stage, expected: int) -> None:
    """The sandbox's own book: every number once."""
    with httpx.Client(trust_env=False, timeout=60) as client:
        totals = client.get(f"{loa.sandbox_url}/_sandbox/ledger").raise_for_status().json()["totals"]
    console.print(f"  the sandbox's ledger: {totals}")
    if totals["repeats"] or totals["numbers"] != expected:
        raise SystemExit("the ledger does not agree: this is a fault, not a figure")


def _print(rows: list[Row], loa: Stage) -> None:
    table = Table("what", "Loa", "beside it", "ratio", "aim", title="Figures of this run")
    for row in rows:
        table.add_row(row.what, row.figure, row.beside, row.ratio, row.aim)
    console.print(table)
    memory = Table("process", "peak resident memory", title="Memory (aim: no process over 400 MB)")
    for name, peak in sorted(loa.memory.peaks.items()):
        memory.add_row(name, f"{peak / 2**20:.0f} MiB")
    console.print(memory)


if __name__ == "__main__":
    main()
