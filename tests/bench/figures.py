"""The figures of a run: rows of one table, how each was obtained, and the same as JSON lines."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.watch import MIB, Watch

console = Console(width=170)


@dataclass
class Row:
    """One line of the table: our figure and what stands beside it from the same run."""

    part: str
    what: str
    figure: str
    beside: str = ""
    ratio: str = ""
    aim: str = ""
    #: How it was obtained, in a sentence or two.
    how: str = ""
    #: The raw numbers, for the file.
    values: dict[str, Any] = field(default_factory=dict)


def say(line: str) -> None:
    """What is going on."""
    console.print(f"[dim]{line}[/dim]", highlight=False)


def show(rows: list[Row], watch: Watch) -> None:
    """Print the table, the notes and the memory."""
    table = Table("", "what", "Loa", "beside it", "ratio", "aim", title="Figures of this run", show_lines=True)
    for number, row in enumerate(rows, start=1):
        table.add_row(str(number), row.what, row.figure, row.beside, row.ratio, row.aim)
    console.print(table)
    console.print("How each was obtained:")
    for number, row in enumerate(rows, start=1):
        console.print(f"{number:3}. {row.how}", highlight=False)
    memory = Table("process", "resident (RSS)", "its own (USS)", title="Largest memory (aim: no process over 400 MB)")
    for name, (rss, uss) in sorted(watch.peaks.items()):
        memory.add_row(name, f"{rss / MIB:.0f} MiB", f"{uss / MIB:.0f} MiB" if uss else "")
    console.print(memory)
    console.print(
        f"Redis: {watch.redis_empty / MIB:.1f} MiB empty, {watch.redis_peak / MIB:.1f} MiB at most over all parts "
        "(used_memory, looked at four times a second; the part `naive` fills it with the naive tasks).",
        highlight=False,
    )


def write(path: Path, rows: list[Row], watch: Watch, about: dict[str, Any]) -> None:
    """One JSON object a line: the run, each row, each process's memory."""
    lines: list[dict[str, Any]] = [{"run": about}, *(asdict(row) for row in rows)]
    lines += [{"process": name, "rss": rss, "uss": uss} for name, (rss, uss) in sorted(watch.peaks.items())]
    lines.append({"redis_empty": watch.redis_empty, "redis_peak": watch.redis_peak})
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
