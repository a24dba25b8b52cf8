"""Tries the doors and writes their table: `python -m tests.doors [ROW...] [--again]`; all rows unless said.

What a row came to is kept in tests/doors/doors.jsonl with its moment, so that one row can be tried anew.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.figures import say
from tests.bench.stage import ROOT, Stage, stage
from tests.doors import command_rows, disk_row, http_rows
from tests.doors.place import cpu_count
from tests.doors.rows import TRIED

LEDGER = Path(__file__).parent / "doors.jsonl"
TABLE = ROOT / "docs/doors.md"
ROWS: dict[str, Callable[[Stage], str]] = {
    **command_rows.ROWS,
    "2": http_rows.bodies,
    "3": http_rows.downloads,
    "5": http_rows.characters,
    "6": disk_row.full,
    "10": http_rows.half_headers,
    "11": http_rows.callbacks,
    "200 clients": http_rows.many_clients,
}
HEAD = """# Bad input and greedy clients

One caller's mistake must not harm the others. Each row of the table is a test: it does what a careless or greedy user would
do, to an installation in a temporary folder, against the providers' emulator.

- **before**: commit 3817865 on two cores.
- **now**: this version. Other work on the machine makes times longer, so each row has its load.
- `make doors` runs all rows again and writes this page. `python -m tests.doors 6 7` runs two of them.

| # | what is tried | before | what must happen | now | when, load |
|---|---|---|---|---|---|
"""


def main() -> int:
    """Try, keep, write; 1 when a row could not be tried."""
    parser = argparse.ArgumentParser(prog="python -m tests.doors", description="The doors, tried from outside.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(TRIED)}; all without")
    parser.add_argument("--one", action="store_true", help="try the one row here, and print what it came to")
    parser.add_argument("--table", action="store_true", help="only write the table from what is kept")
    words = parser.parse_args()
    if unknown := set(words.rows) - set(TRIED):
        parser.error(f"there is no row {unknown.pop()!r}; there are {', '.join(TRIED)}")
    if words.one:
        with tempfile.TemporaryDirectory(prefix="loa-doors-") as folder, stage(Path(folder)) as on:
            print(json.dumps(ROWS[words.rows[0]](on)))
        return 0
    failed = [] if words.table else _try(words.rows or list(TRIED))
    write(kept())
    return 1 if failed else 0


def _try(names: list[str]) -> list[str]:
    failed = []
    for name in names:
        say(f"row {name}: {TRIED[name].what} …")
        begun, load = time.monotonic(), os.getloadavg()[0]
        # A process and a stage of its own: what one row leaves behind is no part of the next.
        words = [sys.executable, "-m", "tests.doors", "--one", name]
        done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            failed.append(name)
            continue
        came = json.loads(done.stdout.splitlines()[-1])
        say(f"row {name}, {time.monotonic() - begun:.0f} s: {came}")
        at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        line = {"row": name, "at": at, "load": round(load, 1), "cores": cpu_count(), "came": came}
        with LEDGER.open("a", encoding="utf-8") as ledger:
            ledger.write(json.dumps(line, ensure_ascii=False) + "\n")
    return failed


def kept() -> dict[str, dict[str, Any]]:
    """The latest line of each row."""
    lines = LEDGER.read_text(encoding="utf-8").splitlines() if LEDGER.exists() else []
    return {line["row"]: line for line in map(json.loads, lines)}


def write(found: dict[str, dict[str, Any]]) -> None:
    """The table."""
    lines = []
    for name, tried in TRIED.items():
        now = found.get(name)
        came = now["came"].replace("|", "\\|").replace("<", "&lt;") if now else "not tried yet"
        when = f"{now['at']}, load {now['load']} on {now['cores']} cores" if now else ""
        lines.append(f"| {name} | {tried.what} | {tried.before} | {tried.must} | {came} | {when} |\n")
    TABLE.write_text(HEAD + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
