"""Tries the properties with new examples: `python -m tests.fuzz [SUBJECT...] [--minutes 10]`; all subjects unless said.

A subject is tried in rounds of pytest until its minutes are over; a property that failed is left out of the rounds after that.
What came of it is kept in tests/fuzz/ledger.jsonl, and the output of each round that failed in var/fuzz.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.bench.figures import say
from tests.bench.stage import ROOT
from tests.doors.place import cpu_count

LEDGER: Final = Path(__file__).with_name("ledger.jsonl")
PAGE: Final = ROOT / "docs/fuzzing.md"
BEGIN, END = "<!-- table: make fuzz -->\n", "<!-- end of the table -->"
#: How many times the examples of the suite a round has: a minute or two of it on a quiet machine.
TIMES: Final = 5
#: Each subject: what is tried, and the tests that have its properties.
SUBJECTS: Final[Mapping[str, tuple[str, Sequence[str]]]] = {
    "lists": (
        "bytes of CSV, XLSX, XLSB, XLS and ODS, headings, columns",
        (
            "tests/lists/test_fuzz.py",
            "tests/lists/test_lists_by_chance.py",
            "tests/lists/test_headings.py",
            "tests/lists/test_sheet_xml.py",
        ),
    ),
    "bodies": (
        "every JSON body by HTTP, by its description and against it; arguments of Celery tasks; what was taken in is then done",
        ("tests/api/test_bodies_by_chance.py", "tests/api/test_openapi.py"),
    ),
    "callbacks": (
        "callbacks and subscribers' messages, read by the adapters; the messages at their door too",
        (
            "tests/providers/test_fuzz.py",
            "tests/providers/test_callback_cases.py",
            "tests/providers/test_esms_callbacks.py",
            "tests/api/test_callbacks_by_chance.py",
        ),
    ),
    "answers": (
        "what providers answer, bytes on the wire and meaning",
        ("tests/providers/test_fuzz.py", "tests/providers/test_wire_answers.py"),
    ),
    "texts": (
        "texts, templates, variables, ads, refusals of subscribers",
        (
            "tests/domain/test_texts_by_chance.py",
            "tests/domain/test_text.py",
            "tests/domain/test_template.py",
            "tests/domain/test_care_template.py",
            "tests/domain/test_phone.py",
        ),
    ),
    "dates": (
        "times that people, lists, producers and providers write; windows; FPT's order hours",
        ("tests/domain/test_dates_by_chance.py", "tests/domain/test_intake.py"),
    ),
}  # fmt: skip
#: Of files that two subjects share.
ONLY: Final = {"callbacks": "not whatever_a_provider_answers", "answers": "not callback and not message"}


def main() -> int:
    """Try, keep, write; 1 when a fault was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Properties, tried with new examples.")
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"of {', '.join(SUBJECTS)}; all without")
    parser.add_argument("--minutes", type=float, default=10, help="how long each subject is tried (10)")
    parser.add_argument("--table", action="store_true", help="only write the table from what is kept")
    words = parser.parse_args()
    if unknown := set(words.subjects) - set(SUBJECTS):
        parser.error(f"there is no subject {unknown.pop()!r}; there are {', '.join(SUBJECTS)}")
    found = 0
    for name in [] if words.table else words.subjects or SUBJECTS:
        line = fuzz(name, words.minutes)
        found += len(line["faults"])
        say(f"{name}: {line['examples']:,} examples in {line['minutes']} min, {len(line['faults'])} faults")
        with LEDGER.open("a", encoding="utf-8") as ledger:
            ledger.write(json.dumps(line, ensure_ascii=False) + "\n")
    write(table())
    return 1 if found else 0


def fuzz(name: str, minutes: float) -> dict[str, Any]:
    """Try one subject until its minutes are over; the line for the ledger."""
    begun, load = time.monotonic(), os.getloadavg()[0]
    tried, rounds, faults = 0, 0, dict[str, str]()
    while not rounds or time.monotonic() < begun + 60 * minutes:
        rounds += 1
        told = one_round(name, faults)
        tried += told["examples"]
        faults |= told["faults"]
        if not told["examples"]:
            break  # every property of it has failed
        for test, said in told["faults"].items():
            say(f"{name}: {test}: {said}")
    return {
        "subject": name,
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "minutes": round((time.monotonic() - begun) / 60, 1),
        "rounds": rounds,
        "examples": tried,
        "faults": faults,
        "load": round(load, 1),
        "cores": cpu_count(),
    }


def one_round(name: str, without: Mapping[str, str]) -> dict[str, Any]:
    """Run the properties of a subject once, but for those that failed; the number of examples, and what failed."""
    _, tests = SUBJECTS[name]
    seed = random.randrange(2**32)
    with tempfile.TemporaryDirectory(prefix="loa-fuzz-") as folder:
        told = Path(folder) / "told.json"
        words = [
            sys.executable,
            "-m",
            "pytest",
            "-n",
            "0",
            "-p",
            "tests.fuzz.plugin",
            "--durations=0",
            f"--hypothesis-seed={seed}",
        ]
        words += ["-k", ONLY[name]] if name in ONLY else []
        words += [word for test in without for word in ("--deselect", test)]
        env = {**os.environ, "FUZZ_TIMES": str(TIMES), "FUZZ_TOLD": str(told)}
        done = subprocess.run(
            [*words, *tests],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            log = ROOT / f"var/fuzz/{name}-{seed}.log"
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text(done.stdout, "utf-8")
            say(f"{name}: see {log}")
        if not told.exists():
            sys.exit(f"pytest itself failed: {done.stdout[-2000:]}")
        found: dict[str, Any] = json.loads(told.read_text("utf-8"))
        return found


def kept() -> list[dict[str, Any]]:
    """Every line of the ledger."""
    return [json.loads(line) for line in LEDGER.read_text("utf-8").splitlines()] if LEDGER.exists() else []


def table() -> str:
    """What was tried of each subject: in all, and the last time."""
    lines = [
        "| subject | what is tried | minutes in all | examples in all | faults found | the last run |\n",
        "|---|---|--:|--:|--:|---|\n",
    ]
    for name, (what, _) in SUBJECTS.items():
        runs = [line for line in kept() if line["subject"] == name]
        minutes, tried = sum(one["minutes"] for one in runs), sum(one["examples"] for one in runs)
        faults = {test for one in runs for test in one["faults"]}
        last = "not tried yet"
        if runs:
            one = runs[-1]
            last = f"{one['at']}, {one['minutes']} min, {one['examples']:,} examples, {len(one['faults'])} faults, "
            last += f"load {one['load']} on {one['cores']} cores"
        lines.append(f"| {name} | {what} | {minutes:.0f} | {tried:,} | {len(faults)} | {last} |\n")
    return "".join(lines)


def write(lines: str) -> None:
    """The table, between its marks."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + "\n" + lines + "\n" + END + rest.partition(END)[2], "utf-8")


if __name__ == "__main__":
    sys.exit(main())
