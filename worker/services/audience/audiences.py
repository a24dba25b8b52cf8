"""Stored audiences: lists that are read in once, never changed, and used by campaigns as often as wanted."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError

from worker.domain import phone
from worker.domain.roles import May
from worker.errors import Misuse, NotFound, Refused
from worker.lists import ReadOptions, open_list
from worker.lists.source import AS_FOUND, Cell, RowList
from worker.services.deps import Deps
from worker.services.people import audit
from worker.services.reporting.report import RefusalWriter, shown_phone
from worker.storage.audience import audiences
from worker.storage.part import WHOLE, Part
from worker.storage.planning import staging
from worker.storage.planning.staging import Staging
from worker.storage.sending import recipients
from worker.storage.tables.audience import Audience

LONGEST_NAME: Final = 100
LONGEST_VALUE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Shown:
    """An audience with some of its members and where it was used."""

    audience: Audience
    #: Row, number (in full only for roles that may see it) and values.
    sample: Sequence[tuple[int, str, dict[str, str]]]
    #: Id, name and status of the campaigns that were made of it, the latest first.
    used_by: Sequence[tuple[UUID, str, str]]


def create(
    deps: Deps,
    name: str,
    path: Path,
    *,
    list_name: str = "",
    reading: ReadOptions = AS_FOUND,
    progress: Callable[[float], None] = lambda _share: None,
) -> Audience:
    """Read a list and keep it under a name: each number once, with the values of all its columns.

    Refused `name_taken`, `audience_empty`, or what opening a list refuses.
    """
    deps.actor.must(May.DRAFT)
    name = checked_name(name)
    with deps.sessions() as session:
        if audiences.by_name(session, name) is not None:
            raise _taken(name)
    with open_list(path, list_name or None, reading) as rows:
        try:
            with deps.sessions.begin() as session:
                columns = _stage(session, rows, progress)
                staged = staging.count(session, suppress=False)
                if not staged.valid:
                    raise Refused(
                        "audience_empty", f"None of the {staged.rows} rows has a mobile number.", {"rows": staged.rows}
                    )
                made = Audience(
                    id=uuid4(),
                    name=name,
                    columns=columns,
                    rows=staged.rows,
                    size=staged.valid,
                    duplicates=staged.duplicates,
                    invalid=staged.invalid,
                    list_hash=staged.list_hash,
                    list_read=rows.description(),
                    notes=list(rows.notes),
                    author=deps.actor.label,
                    author_id=deps.actor.user_id,
                    created_at=deps.clock.now(),
                )
                session.add(made)
                session.flush()
                audiences.store_members(session, made.id)
                staging.store_refusals(session, made.id)
                facts = {"size": made.size, "rows": made.rows, "file": list_name or path.name}
                audit.record(session, deps, "audience.create", about=("audience", name), facts=facts)
        except IntegrityError:
            raise _taken(name) from None
    return made


def everyone(deps: Deps, part: Part = WHOLE) -> Sequence[Audience]:
    """All of them by name; or a part of them."""
    deps.actor.must(May.DRAFT, May.SEE_ALL)
    with deps.sessions() as session:
        return audiences.everyone(session, part)


def find(deps: Deps, name: str) -> Audience:
    """The audience of that name, or with that id; NotFound for none."""
    with deps.sessions() as session:
        found = audiences.by_name(session, name.strip()) or _by_id(session, name.strip())
    if found is None:
        raise NotFound("audience", name)
    return found


def show(deps: Deps, name: str, limit: int = 20) -> Shown:
    """One with some of its members, those with the lowest numbers."""
    deps.actor.must(May.DRAFT, May.SEE_ALL)
    found = find(deps, name)
    write = shown_phone(deps, found.author_id)
    with deps.sessions() as session:
        rows = [(one.row, write(one.phone), one.vars or {}) for one in audiences.sample(session, found.id, limit)]
        used = [(one.id, one.name, one.status) for one in audiences.used_by(session, found.id, limit)]
    return Shown(found, rows, used)


def delete(deps: Deps, name: str) -> Audience:
    """Delete one; campaigns that were made of it keep their numbers. Refused `audience_in_use` while a draft waits for it."""
    deps.actor.must(May.DRAFT)
    found = find(deps, name)
    deps.actor.must_own(found.author_id, May.USERS, May.DRAFT)
    with deps.sessions.begin() as session:
        if audiences.waited_for(session, found.id):
            raise Refused(
                "audience_in_use", f"A campaign that is being planned reads {found.name}: try again in a moment."
            )
        audiences.remove(session, found.id)
        audit.record(session, deps, "audience.delete", about=("audience", found.name), facts={"size": found.size})
    return found


def write_refused(deps: Deps, name: str, file: TextIO) -> int:
    """One CSV line a row that is not in the audience, with the reason; returns the lines."""
    deps.actor.must(May.DRAFT)
    found = find(deps, name)
    deps.actor.must_own(found.author_id, May.SEE_PHONES, May.DRAFT)
    refusals = RefusalWriter(file)
    with deps.sessions() as session:
        for one in recipients.refused(session, found.id):
            refusals(one.row, one.value, one.reason)
    return refusals.lines


def source_of(deps: Deps, name: str, minus: str = "") -> tuple[str, str]:
    """What a campaign's request says of it: its `source`, and what the list is called."""
    kept = find(deps, name)
    if not minus:
        return f"audience:{kept.id}", kept.name
    without = find(deps, minus)
    return f"audience:{kept.id}:minus:{without.id}", f"{kept.name} minus {without.name}"


def checked_name(name: str) -> str:
    """A name as it is kept; Misuse for one that cannot be."""
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise Misuse(f"The name takes 1 to {LONGEST_NAME} printable characters.")
    return name


def _stage(session: Any, rows: RowList, progress: Callable[[float], None]) -> list[str]:
    """Stream every row in, with the values of all columns that have a name; returns those names."""
    at, named = rows.phone_column, [name for name in rows.columns if name]
    if twice := next((name for name in named if named.count(name) > 1), None):
        raise Refused(
            "column_twice", f"Two columns are called {twice}: give each a name of its own.", {"column": twice}
        )
    places = {name: place for place, name in enumerate(rows.columns) if name and place != at}
    with Staging.begun(session) as staged:
        for row, cells in rows.rows():
            cell = cells[at] if at < len(cells) else None
            found = phone.read(cell if cell is not None else "")
            if rows.too_wide(cells):
                staged.refuse(row, _written(cell), "row_too_wide")
            elif isinstance(found, phone.Fault):
                staged.refuse(row, _written(cell), found.value)
            else:
                values = {name: _written(cells[place]) for name, place in places.items() if place < len(cells)}
                kept = json.dumps(values, ensure_ascii=False, sort_keys=True) if places else None
                staged.add(row, found[0], converted=found[1], parts=0, values=kept)
            if not row % staging.BLOCK:
                progress(rows.progress())
    progress(1.0)
    return list(places)


def _written(cell: Cell) -> str:
    """A cell as its text, as planning reads it."""
    if cell is None:
        return ""
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
    return text.replace("\x00", "")[:LONGEST_VALUE]


def _by_id(session: Any, written: str) -> Audience | None:
    try:
        return audiences.get(session, UUID(written))
    except ValueError:
        return None


def _taken(name: str) -> Refused:
    return Refused("name_taken", f"There is an audience called {name} already: choose another name, or delete it.")
