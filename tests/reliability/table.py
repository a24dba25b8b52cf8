"""Sums up a run of the matrix: `python -m tests.reliability.table FILE` makes docs/reliability.md's table."""

import json
import sys
from collections import defaultdict
from pathlib import Path

COLUMNS = ("strikes", "numbers", "twice", "lost", "unknown")


def table(lines: list[str]) -> str:
    """A Markdown table: a row for each fault, summed over ways and rounds, in the order in which they came."""
    rows: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
    for line in filter(None, map(str.strip, lines)):
        verdict = json.loads(line)
        for column in COLUMNS:
            rows[verdict["fault"]][column] += verdict[column]
    written = ["| fault | times | numbers sent | twice | lost | left to a person |", "|---|--:|--:|--:|--:|--:|"]
    total = dict.fromkeys(COLUMNS, 0)
    for fault, row in rows.items():
        written.append(f"| {fault} | " + " | ".join(f"{row[column]:,}" for column in COLUMNS) + " |")
        total = {column: total[column] + row[column] for column in COLUMNS}
    written.append("| **all** | " + " | ".join(f"**{total[column]:,}**" for column in COLUMNS) + " |")
    return "\n".join(written)


if __name__ == "__main__":
    sys.stdout.write(table(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()) + "\n")
