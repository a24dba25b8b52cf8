"""The audit log: each act is written in its own transaction, and chained to the one before so that a change shows."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, TextIO

from sqlmodel import Session

from worker.domain.actor import Actor
from worker.domain.roles import May
from worker.domain.window import local
from worker.services.deps import Deps
from worker.services.reporting.csv_out import CsvWriter
from worker.storage.people import audit as log
from worker.storage.tables.people import AuditEntry

HEADING: Final = ("seq", "at", "who", "door", "act", "object_kind", "object_id", "facts", "previous", "hash")


def record(
    session: Session,
    deps: Deps,
    act: str,
    *,
    about: tuple[str, object] = ("", ""),
    facts: Mapping[str, Any] | None = None,
    actor: Actor | None = None,
) -> None:
    """Write an act down as the last thing of the transaction that does it: both are there, or neither is.

    `about` is the object's kind and id, `facts` what else is to be known (no secret, no full number). Whoever acts at the
    same moment waits here until this transaction has committed, so nothing slow may follow.
    """
    who = actor or deps.actor
    session.flush()
    seq, previous = log.last(session)
    entry = AuditEntry(
        seq=seq + 1,
        at=deps.clock.now(),
        who=who.label,
        user_id=who.user_id,
        key_id=who.key_id,
        door=who.door,
        act=act,
        object_kind=about[0],
        object_id=str(about[1]),
        facts=plain(facts or {}),
        previous=previous,
        hash="",
    )
    entry.hash = digest(entry)
    session.add(entry)
    session.flush()


def plain(value: Any) -> Any:
    """The value as JSON that PostgreSQL gives back unchanged: no fractions but as text, no objects of ours."""
    match value:
        case Enum() | str():
            said: Any = str(value).replace("\x00", "")
        case None | bool() | int():
            said = value
        case datetime():
            said = local(value)
        case Mapping():
            said = {str(name): plain(one) for name, one in value.items()}
        case list() | tuple() | set() | frozenset():
            said = [plain(one) for one in value]
        case _:
            said = str(value)
    return said


def digest(entry: AuditEntry) -> str:
    """SHA-256 over everything that the entry says and the hash of the one before."""
    said: Sequence[object] = (
        entry.previous,
        entry.seq,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        *(entry.who, entry.user_id and str(entry.user_id), entry.key_id and str(entry.key_id), entry.door),
        *(entry.act, entry.object_kind, entry.object_id, entry.facts),
    )
    body = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of the whole chain found."""

    entries: int
    #: Number and hash of the last entry: noted elsewhere, they show later that nothing before was rewritten or cut off.
    head: tuple[int, str]
    #: What is wrong, the first faults of it; empty: nothing is.
    faults: Sequence[str]


MOST_FAULTS: Final = 20


def verify(deps: Deps, expect: tuple[int, str] | None = None) -> Verified:
    """Read the whole log and work out every hash anew; `expect` is a number and its hash as noted at an earlier time."""
    deps.actor.must(May.SEE_AUDIT)
    faults: list[str] = []
    seq, previous = 0, log.BEGINNING
    noted = None
    with deps.sessions() as session:
        for entry in log.all_of(session):
            if len(faults) < MOST_FAULTS:
                faults += _faults(entry, seq, previous)
            seq, previous = entry.seq, entry.hash
            if expect is not None and seq == expect[0]:
                noted = previous
    if expect is not None and noted != expect[1]:
        what = "is not there" if noted is None else f"has the hash {noted}"
        faults.append(f"entry {expect[0]} {what}, and was noted with {expect[1]}: the log was cut off or rewritten")
    return Verified(seq, (seq, previous), faults)


def _faults(entry: AuditEntry, seq: int, previous: str) -> list[str]:
    found = []
    if entry.seq != seq + 1:
        found.append(f"entry {seq + 1} is missing: {seq} is followed by {entry.seq}")
    elif entry.previous != previous:
        found.append(f"entry {entry.seq} is not chained to the one before it")
    if digest(entry) != entry.hash:
        found.append(f"entry {entry.seq} was changed: its hash does not fit what it says")
    return found


def newest(deps: Deps, limit: int = 100, **about: Any) -> Sequence[AuditEntry]:
    """The latest entries, newest first; `before` (a number), `object_kind`, `object_id`, `who` and `act` choose among them."""
    deps.actor.must(May.SEE_AUDIT)
    with deps.sessions() as session:
        return log.newest(session, limit, **about)


def between(deps: Deps, start: datetime | None, end: datetime | None) -> Sequence[AuditEntry]:
    """The entries from `start` (included) to `end` (not), oldest first."""
    deps.actor.must(May.SEE_AUDIT)
    with deps.sessions() as session:
        return list(log.all_of(session, start, end))


def write_csv(deps: Deps, file: TextIO, start: datetime | None, end: datetime | None) -> int:
    """Write those entries as CSV that no spreadsheet takes for formulas; how many."""
    deps.actor.must(May.SEE_AUDIT)
    lines = 0
    with deps.sessions() as session:
        write = CsvWriter(file)
        write(HEADING)
        for lines, entry in enumerate(log.all_of(session, start, end), start=1):  # noqa: B007 - the count is the answer
            write(row(entry))
    return lines


def row(entry: AuditEntry) -> list[str]:
    """An entry as the cells under `HEADING`."""
    facts = json.dumps(entry.facts, ensure_ascii=False, sort_keys=True)
    about = (entry.object_kind, entry.object_id, facts, entry.previous, entry.hash)
    return [str(entry.seq), local(entry.at), entry.who, entry.door, entry.act, *about]
