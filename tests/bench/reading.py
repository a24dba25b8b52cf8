"""Times each kind of list until it is stored, beside the build of commit 3817865 in the same run."""

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from tests.bench import lists
from tests.bench.figures import Row, say
from tests.bench.stage import ROOT, Stage
from tests.bench.watch import MIB
from tests.environment import esms, servers

#: The last build that read workbooks through openpyxl.
BEFORE = "3817865"
#: What is measured, how many times the rows of one, what the build before can be asked in reasonable time, and the aim.
CASES = (
    ("XLSX, three million distinct texts", "distinct.xlsx", 1, True, "≥ 4×, ≤ 250 MB"),
    ("XLSX, shared texts that repeat", "shared.xlsx", 1, True, "≥ 4×, ≤ 250 MB"),
    ("XLSX, texts in their cells", "inline.xlsx", 1, True, "≥ 4×, ≤ 250 MB"),
    ("CSV", "list.csv", 1, True, "no slower"),
    ("CSV of ten times the rows", "long.csv", 10, False, "≤ 12 × the time of a tenth"),
)


def run(stage: Stage, scale: float) -> list[Row]:
    """Each kind of list through both builds."""
    numbers = max(1000, round(1_000_000 * scale))
    before = checked_out(stage.folder)
    rows, seconds = [], {}
    for what, name, times, compared, aim in CASES:
        path = lists.three_columns(stage.folder / name, numbers * times)
        say(f"reading and storing {name}, {numbers * times:,} rows …")
        ours = _plan(stage, ROOT, path)
        theirs = _plan(stage, before, path) if before and compared else None
        path.unlink()
        say(f"{_told(ours)}" + (f"; {BEFORE}: {_told(theirs)}" if theirs else ""))
        seconds[name] = ours["seconds"]
        beside = f"{BEFORE}: {_told(theirs)}" if theirs else ""
        ratio = f"{theirs['seconds'] / ours['seconds']:.1f}×" if theirs else ""
        if times > 1:
            ratio = f"{ours['seconds'] / seconds['list.csv']:.1f}×"
            beside = f"a tenth: {seconds['list.csv']:.1f} s"
        rows.append(
            Row(
                "lists",
                f"{what}, {numbers * times:,} rows × 3 → stored",
                _told(ours),
                beside,
                ratio,
                aim,
                "One call of plan.create in a process of its own, on a database of its own; computing is without PostgreSQL's; "
                "MiB are the most that was resident, seen four times a second.",
                {"file": name, "rows": numbers * times, "ours": ours, "before": theirs},
            )
        )
    return rows


def _told(found: Mapping[str, Any]) -> str:
    """Time and memory of one build."""
    reader = f" + {found['child'] / MIB:.0f} MiB" if found["child"] else ""
    return f"{found['seconds']:.1f} s ({found['computed']:.0f} s of computing), {found['own'] / MIB:.0f} MiB{reader}"


def checked_out(folder: Path) -> Path | None:
    """The build before, unpacked from the history; None where there is no history."""
    packed = subprocess.run(
        ["git", "archive", BEFORE, "worker", "scheduler", "Procfile"], cwd=ROOT, capture_output=True, check=False
    )
    if packed.returncode:
        say(f"the history has no {BEFORE}: nothing stands beside the figures")
        return None
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(folder / "before", filter="data")
    return folder / "before"


def _plan(stage: Stage, build: Path, path: Path) -> Mapping[str, Any]:
    """Plan a list by the build in this folder, on a database of its own."""
    with stage.database() as url:
        with subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).parent / "plan_one.py"), str(path)],
            cwd=stage.folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(build),
                **servers(url, stage.redis_url, stage.folder),
                **esms(),
                "LOA_LOG_LEVEL": "WARNING",
                "LOA_CLOCK_OFFSET_S": str(stage.clock_offset_s),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            watched = f"{path.name}, {build.name}"
            stage.watch.processes[watched] = process.pid
            out, said = process.communicate()
            del stage.watch.processes[watched]
        if process.returncode:
            raise SystemExit(f"{build.name}: {said[-2000:]}")
        told: dict[str, Any] = json.loads(out.splitlines()[-1])
        peaks = {part: stage.watch.peaks.pop(f"{watched}{part}", (0, 0))[0] for part in ("", ", largest child")}
        return told | {"own": peaks[""], "child": peaks[", largest child"]}
