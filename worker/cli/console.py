"""Output of commands: answers on stdout, all else on stderr; tables for people, one JSON document for programs."""

import json
import re
import sys
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from worker.domain.money import number as number  # noqa: PLC0414 - part of how a command speaks
from worker.domain.window import VIETNAM

#: A pipe has no width of its own; ids and sentences should not be cut in it.
PIPE_WIDTH: Final = 160
#: Control characters, and those that turn the direction of what follows.
CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class _Screen(Console):
    """Writes control characters as their escapes: names and words of providers come from outside, and an ESC among them
    would command the terminal.
    """

    def render_str(self, text: str, **options: Any) -> Text:
        """The text as it is shown."""
        return super().render_str(escaped(text), **options)


def escaped(text: str) -> str:
    r"""The text with `\x1b` for ESC, and so for every control character but line ends and tabs."""
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _console(stream: TextIO, *, stderr: bool) -> Console:
    # No markup: texts begin with `[QC]`, which it would take for a style and swallow.
    width = None if stream.isatty() else PIPE_WIDTH
    return _Screen(stderr=stderr, markup=False, highlight=False, emoji=False, width=width)


out: Final = _console(sys.stdout, stderr=False)
err: Final = _console(sys.stderr, stderr=True)


def say(sentence: str) -> None:
    """One sentence on stderr, on one line however long it is."""
    err.print(sentence, soft_wrap=True)


def answer(sentence: str, style: str | None = None) -> None:
    """One line of the answer, on stdout."""
    out.print(sentence, style=style, soft_wrap=True)


def document(content: Any) -> None:
    """The one JSON document of a command, on stdout."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2, default=_plain) + "\n")
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return number(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def money(amount: Decimal | None) -> str:
    """VND for people: 6,494,280 VND."""
    return "unknown" if amount is None else f"{number(amount):,} VND"


def moment(at: datetime | None) -> str:
    """A moment for people: Mon 2026-03-02 09:00:00, in Vietnam; empty for none."""
    return "" if at is None else f"{at.astimezone(VIETNAM):%a %Y-%m-%d %H:%M:%S}"


def plural(count: int, noun: str, several: str = "") -> str:
    """`1 batch`, `9,412 numbers`."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


def table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table without a frame; the columns in `right` are aligned to the right."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in columns:
        made.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return made


def facts() -> Table:
    """An empty list of facts: a name and what is to be said of it."""
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    return made
