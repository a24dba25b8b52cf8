"""Lists that are shown a page a time: what was read of one, and the address of the next page."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from dateutil.parser import isoparse  # type: ignore[import-untyped]  # dateutil ships no types

T = TypeVar("T")

A_PAGE: Final = 50
#: So many entries a list of choices holds; where there are more, a name is typed.
MOST_CHOICES: Final = 100


def cut(rows: Sequence[T], path: str, key: Callable[[T], dict[str, Any]], /, **kept: str) -> tuple[Sequence[T], str]:
    """The page, of rows of which one more was read, and the address behind it; empty where nothing follows.

    `key` says from where the next page goes on, `kept` is what stays chosen.
    """
    if len(rows) <= A_PAGE:
        return rows, ""
    shown = rows[:A_PAGE]
    chosen = {name: value for name, value in kept.items() if value} | key(shown[-1])
    return shown, f"{path}?{urlencode(chosen)}"


def place(written: str) -> tuple[datetime, UUID] | None:
    """The last entry of the page before, by its moment and its id; None where that is not said."""
    at, _, found = written.partition(" ")
    try:
        moment, known = isoparse(at), UUID(found)
    except ValueError:
        return None
    return (moment, known) if moment.tzinfo else None


def words(written: str) -> str:
    """What is searched for, of a length that somebody types."""
    return written.strip()[:100]
