"""Prints the table of figures: `python -m tests.bench [PART...] [--scale 0.02] [--out FILE]`; all parts and whole unless said."""

import argparse
import os
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.bench import (
    ads,
    backlog,
    crowd,
    figures,
    hooks,
    idle,
    imports,
    kills,
    limiter,
    naive,
    onlookers,
    otp,
    pages,
    reading,
    receipts,
    singles,
    stored,
    unanswered,
    uploads,
)
from tests.bench.figures import Row, console, say
from tests.bench.stage import Stage, stage


def accuracy(on: Stage, scale: float) -> list[Row]:
    """How exactly four processes keep one rate; a minute long."""
    seconds = max(5.0, 60.0 * min(1.0, scale))
    say(f"four processes at one limit for {seconds:.0f} s …")
    found = limiter.measure(on.redis_url, seconds=seconds)
    return [
        Row(
            "limiter",
            f"{found.per_second:g} calls/s allowed, {limiter.PROCESSES} processes, {found.seconds:g} s",
            f"{found.most_slots} in the worst second, {found.used:.1%} used",
            f"at the sink: {found.most_arrived} in the worst second",
            "",
            "never above, ≥ 95 %",
            "Slots given away in any second, wherever it begins, and requests as they arrived, which jitter moves.",
            {"most_slots": found.most_slots, "most_arrived": found.most_arrived, "used": found.used},
        )
    ]


#: In this order; the first measures the memory of planning in this process, and so comes before all others.
PARTS: Mapping[str, Callable[[Stage, float], list[Row]]] = {
    "stored": stored.run,
    "lists": reading.run,
    "imports": imports.run,
    "ads": ads.run,
    "singles": singles.run,
    "otp": otp.run,
    "unanswered": unanswered.run,
    "idle": idle.run,
    "backlog": backlog.run,
    "hooks": hooks.run,
    "receipts": receipts.run,
    "crowd": crowd.run,
    "limiter": accuracy,
    "naive": naive.run,
    "pages": pages.run,
    "onlookers": onlookers.run,
    "uploads": uploads.run,
    "kills": kills.run,
}


def main() -> int:
    """Measure and print; 1 when a part failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Loa's figures beside honest baselines.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all without")
    parser.add_argument("--scale", type=float, default=1.0, help="1: a million numbers; 0.02 for a try")
    parser.add_argument("--out", type=Path, help="write the figures here too, as JSON lines")
    words = parser.parse_args()
    if unknown := set(words.parts) - set(PARTS):
        parser.error(f"there is no part {unknown.pop()!r}; there are {', '.join(PARTS)}")
    rows: list[Row] = []
    began, failed = time.perf_counter(), []
    about = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "scale": words.scale,
        "load": os.getloadavg(),
    }
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder, stage(Path(folder)) as on:
        for name, run in PARTS.items():
            if words.parts and name not in words.parts:
                continue
            part_began = time.perf_counter()
            try:
                rows += run(on, words.scale)
            except (Exception, SystemExit) as fault:  # noqa: BLE001 - the other parts are still worth having
                traceback.print_exception(fault)
                failed.append(name)
                rows.append(Row(name, f"{name}: failed", str(fault), how=f"{type(fault).__name__}: {fault}"))
            say(f"{name}: {time.perf_counter() - part_began:.0f} s")
    figures.show(rows, on.watch)
    seconds = time.perf_counter() - began
    console.print(
        f"{seconds:.0f} s in all, on {about['cores']} cores, Python {about['python']}, load {about['load'][0]:.1f} at the start"
    )
    if words.out:
        figures.write(words.out, rows, on.watch, {**about, "seconds": seconds, "failed": failed})
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
