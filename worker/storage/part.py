"""A part of what is kept by name: what fits, from one name on. Users, stored lists and saved texts are read so, a page a time."""

from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, func, or_
from sqlmodel import col

S = TypeVar("S", bound=Select[Any])


@dataclass(frozen=True, slots=True)
class Part:
    """Which of them are wanted; by default all."""

    #: What the name, or another column that is searched, has somewhere in it.
    words: str = ""
    #: Only those behind this name: the next page.
    after: str = ""
    limit: int | None = None


WHOLE: Final = Part()


def in_part(wanted: S, name: Any, part: Part, *searched: Any) -> S:
    """The statement for this part, in the order of the name whatever its case; `searched` are columns besides the name."""
    key: ColumnElement[str] = func.lower(col(name))
    if part.words:
        wanted = wanted.where(or_(*(col(one).icontains(part.words, autoescape=True) for one in (name, *searched))))
    if part.after:
        wanted = wanted.where(key > func.lower(part.after))
    return wanted.order_by(key).limit(part.limit)
