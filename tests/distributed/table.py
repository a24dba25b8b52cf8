"""The last run of tests.distributed as the tables of docs/distributed.md."""

import json
from pathlib import Path
from typing import Any, Final

LEDGER: Final = Path(__file__).with_name("ledger.jsonl")


def table(ledger: Path) -> str:
    """Markdown: what was cut, the verdict, and the throughput; of each the last run that has it."""
    runs = [json.loads(line) for line in ledger.read_text().splitlines()]
    parts = []
    for key, rows in (("cut", _cuts), ("campaign", _verdicts), ("processes", _throughput)):
        run = next((run for run in reversed(runs) if any(key in line for line in run["lines"])), None)
        if run is not None:
            parts.append("\n".join(rows([line for line in run["lines"] if key in line])))
    return "\n\n".join(parts)


def _cuts(lines: list[dict[str, Any]]) -> list[str]:
    rows = ["| worker host | cut off from | for | orders and texts taken meanwhile |", "|---|---|--:|--:|"]
    return rows + [
        f"| {line['cut']} | {line['off']} | {line['seconds']} s | {line['taken_meanwhile']:,} |" for line in lines
    ]


def _verdicts(lines: list[dict[str, Any]]) -> list[str]:
    rows = [
        "| campaign | numbers | twice | lost | left to a person | outside its hours | calls of unknown outcome, all looked up |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    names = ("numbers", "twice", "lost", "to_a_person", "outside_its_hours", "calls_of_unknown_outcome")
    return rows + [
        f"| {line['campaign']} | " + " | ".join(f"{line[name]:,}" for name in names) + " |" for line in lines
    ]


def _throughput(lines: list[dict[str, Any]]) -> list[str]:
    rows = [
        "| processes | on worker hosts | numbers | a second | load of the machine | twice |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    names = ("processes", "hosts", "numbers", "per_second", "load", "twice")
    return rows + ["| " + " | ".join(f"{line[name]:,}" for name in names) + " |" for line in lines]
