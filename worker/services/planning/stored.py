"""Opens a campaign's list as a stream: a file, a stored audience (minus another), or an earlier campaign's numbers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row as DatabaseRow
from sqlmodel import Session

from worker.domain import phone
from worker.errors import Misuse, NotFound
from worker.lists import open_list
from worker.lists.source import Cell, Row, RowList
from worker.services.deps import Deps
from worker.services.planning.request import CampaignRequest
from worker.storage import campaigns
from worker.storage.audience import audiences
from worker.storage.sending import earlier

AUDIENCE: Final = "audience"
CAMPAIGN: Final = "campaign"
MINUS: Final = "minus"
FAILED: Final = "failed"
FALL_BACK: Final = "fall_back"

Rows = Callable[[Session], Iterator[DatabaseRow[Any]]]


def opened(deps: Deps, requested: CampaignRequest, most: int | None = None) -> AbstractContextManager[RowList]:
    """The list of a request; raises what opening a file raises, and NotFound for what is not stored any more.

    `most`: so many rows of a stored list are enough, so that a long one is not sorted to its end.
    """
    if not requested.source:
        return open_list(requested.list_path, requested.list_name or None, requested.reading)
    kind, _, rest = requested.source.partition(":")
    if kind == AUDIENCE:
        return nullcontext(_audience(deps, rest, most))
    if kind == CAMPAIGN:
        return nullcontext(_campaign(deps, rest, most))
    raise Misuse(f"There is no source {kind!r} of a list; it is {AUDIENCE} or {CAMPAIGN}.")


def audience_of(source: str) -> UUID | None:
    """The audience that a list is made of, where it is made of one."""
    kind, _, rest = source.partition(":")
    return UUID(rest.partition(":")[0]) if kind == AUDIENCE else None


@dataclass
class Stored:
    """Rows that lie in the database: the number first, then the variables in their order."""

    deps: Deps
    name: str
    variables: Sequence[str]
    size: int
    read: Rows
    notes: Sequence[str] = ()
    phone_column: int = 0
    _done: int = 0

    @property
    def columns(self) -> Sequence[str]:
        """The number's column, and the variables."""
        return ("phone", *self.variables)

    def rows(self) -> Iterator[Row]:
        """Every row with the number that it had in its file. A connection of its own: the other one is being written to."""
        self._done = 0
        with self.deps.sessions() as session:
            for one in self.read(session):
                self._done += 1
                values = one.vars or {}
                yield one.row, (phone.local(one.phone), *(values.get(name, "") for name in self.variables))

    def too_wide(self, _cells: Sequence[Cell]) -> bool:
        """No row is."""
        return False

    def see(self, row: int, values: Iterable[str]) -> None:
        """Nothing: its values were looked at when the list was stored."""

    def progress(self) -> float:
        """The share of the rows that was read."""
        return min(1.0, self._done / self.size) if self.size else 1.0

    def description(self) -> dict[str, object]:
        """What was read."""
        return {
            "file": self.name,
            "sheet": None,
            "header_row": None,
            "phone_column": "phone",
            "columns": list(self.columns),
        }


def _audience(deps: Deps, written: str, most: int | None) -> Stored:
    first, _, other = written.partition(f":{MINUS}:")
    with deps.sessions() as session:
        kept = audiences.get(session, UUID(first))
        without = audiences.get(session, UUID(other)) if other else None
        if kept is None or (other and without is None):
            raise NotFound("audience", first if kept is None else other)
        left_out = audiences.common(session, kept.id, without.id) if without is not None else 0
    notes = []
    if without is not None:
        notes.append(f"{left_out} numbers of {kept.name} are left out, because they are in {without.name}.")
    name = kept.name if without is None else f"{kept.name} minus {without.name}"
    minus = None if without is None else without.id
    return Stored(
        deps,
        name,
        kept.columns,
        kept.size - left_out,
        lambda session: audiences.members(session, kept.id, minus, most),
        notes,
    )


def _campaign(deps: Deps, written: str, most: int | None) -> Stored:
    first, _, only = written.partition(":")
    failed, unreached = only == FAILED, only == FALL_BACK
    with deps.sessions() as session:
        source = campaigns.get(session, UUID(first))
        if source is None:
            raise NotFound("campaign", first)
        proved = bool(source.consents)
        variables = earlier.variables(session, source.id)
        size = earlier.size(session, source.id, failed_only=failed, unreached=unreached)
    if proved:
        variables = [*(name for name in variables if name not in earlier.CONSENT), *earlier.CONSENT]
    which = "those whom Zalo did not reach" if unreached else "those without a delivery" if failed else "the numbers"
    note = f"It goes to {which} of campaign {source.id} ({source.name})."
    return Stored(
        deps,
        source.list_name,
        variables,
        size,
        lambda session: earlier.numbers(
            session, source.id, failed_only=failed, unreached=unreached, consents=proved, most=most
        ),
        [note],
    )
