"""Puts numbers on the list of those that get no ads, and takes them off: by hand, or with a list of millions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TextIO

from sqlmodel import Session

from worker.domain import phone
from worker.domain.roles import May
from worker.domain.window import day_of, local
from worker.errors import Misuse, Refused
from worker.lists import ListFile, ReadOptions, open_list
from worker.lists.source import AS_FOUND
from worker.services.deps import Deps
from worker.services.operations import import_guard
from worker.services.people import audit
from worker.services.planning.reading import Hooks
from worker.services.reporting.csv_out import CsvWriter
from worker.storage.operations import imports, suppression
from worker.storage.operations.suppression import DO_NOT_CALL, OPT_OUT, Entry, Written
from worker.storage.planning import staging
from worker.storage.planning.staging import Staging
from worker.storage.tables.policy import SuppressionImport

EXAMPLES: Final = 5
#: Numbers read from the database at a time.
PORTION: Final = 5000
_REASON: Final = re.compile(r"[^\W\d_]\w{0,39}")

#: Its row (or place), what stood there cut to 100 characters, and why it is no number (a `phone.Fault`).
Refusal = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Added:
    """What the numbers that were given came to: `rows = added + already + duplicates + invalid`."""

    rows: int
    added: int
    #: Were suppressed before.
    already: int
    duplicates: int
    invalid: int
    #: The first few of the invalid.
    examples: Sequence[Refusal]
    #: What was read of a list (`ListFile.description`), and sentences about it.
    read: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Removed:
    """What became of the numbers that were to get ads again; a number that is given twice counts once."""

    removed: int
    #: Were not suppressed.
    absent: Sequence[int] = field(repr=False)
    invalid: int
    examples: Sequence[Refusal]


def add(deps: Deps, phones: Sequence[str], reason: str = OPT_OUT, source: str = "cli", by: str | None = None) -> Added:
    """Suppress numbers as people write them; those that can be read are stored, whatever the others are.

    Raises Misuse for a reason that is no word.
    """
    deps.actor.must(May.SUPPRESS)
    reason = _word(reason)
    numbers, refusals = _read(phones)
    with deps.sessions.begin() as session:
        written = suppression.add(session, numbers, reason, source, deps.clock.now(), by or source)
        if numbers:
            facts = {"numbers": len(numbers), "reason": reason, "masked": list(map(phone.masked, numbers[:EXAMPLES]))}
            audit.record(session, deps, "suppress.add", about=("suppression", source), facts=facts)
    return _counted(len(phones), len(refusals), written, refusals[:EXAMPLES])


def remove(deps: Deps, phones: Sequence[str], by: str = "cli") -> Removed:
    """Let numbers get ads again, whatever the reason was why they got none; their entries end and are kept."""
    deps.actor.must(May.UNSUPPRESS)
    numbers, refusals = _read(phones)
    with deps.sessions.begin() as session:
        gone = suppression.remove(session, numbers, deps.clock.now(), by)
        if gone:
            facts = {"numbers": len(gone), "masked": list(map(phone.masked, sorted(gone)[:EXAMPLES]))}
            audit.record(session, deps, "suppress.remove", about=("suppression", ""), facts=facts)
    return Removed(len(gone), sorted(set(numbers) - gone), len(refusals), refusals[:EXAMPLES])


def import_list(
    deps: Deps,
    path: Path,
    reason: str = DO_NOT_CALL,
    hooks: Hooks | None = None,
    reading: ReadOptions = AS_FOUND,
    as_of: str = "",
    *,
    sure: bool = False,
) -> Added:
    """Suppress every number of a CSV, TXT or XLSX list, whatever its length, or none of them when it cannot be read whole.

    `as_of` is the day of which the list is (2026-11-01); empty: today. Its age is shown where somebody looks.
    Raises Misuse for a reason that is no word or a day that is none, Refused `file_changed`, what `open_list` raises, and
    `list_of_customers` for what looks like one, unless somebody is `sure`.
    """
    deps.actor.must(May.SUPPRESS)
    hooks = hooks or Hooks()
    reason = _word(reason)
    day = _day(as_of, deps.clock.now())
    with open_list(path, None, reading) as list_file:
        as_found = path.stat()
        with deps.sessions.begin() as session:
            rows, invalid = _stage(session, list_file, hooks)
            as_left = path.stat()
            if (as_left.st_size, as_left.st_mtime_ns) != (as_found.st_size, as_found.st_mtime_ns):
                # Half a do-not-call list that is taken for the whole lets ads through to the other half.
                raise Refused(
                    "file_changed",
                    f"{path.name} was written to while it was read: wait until it is complete, then import it again.",
                )
            remarks = import_guard.check(session, path.name, list_file.columns, deps.clock.now(), sure=sure)
            # Before the first number is locked: whoever reads the refusals may be slow.
            examples = _show(session, hooks)
            now, source = deps.clock.now(), _source(path)
            written = suppression.add_staged(session, reason, source, now, _who(deps, "cli"))
            suppression.note_import(
                session, source=source, reason=reason, as_of=day, imported_at=now, rows=rows, added=written.added
            )
            facts = {"rows": rows, "reason": reason}
            audit.record(session, deps, "suppress.import", about=("suppression", source), facts=facts)
        read = {"list": list_file.description(), "notes": [*list_file.notes, *remarks]}
    return replace(_counted(rows, invalid, written, examples), read=read)


def undo(deps: Deps, source: str, at: str = "", *, sure: bool = False) -> int:
    """Take back what was imported from a list of this name; how many numbers get ads again. Those that were there before stay.

    `at` is its moment, where the name was imported more than once. Raises Misuse for one that cannot be read or when nothing
    came, Refused `not_found`, `import_ambiguous`, and `imported_since` where a later list may have some of its numbers too,
    unless somebody is `sure`.
    """
    deps.actor.must(May.UNSUPPRESS)
    with deps.sessions.begin() as session:
        meant = import_guard.chosen(imports.of_source(session, source), source, at)
        if not sure:
            import_guard.check_undo(session, source, meant)
        now = deps.clock.now()
        gone = suppression.remove_source(session, source, meant.added_at, now, by="cli: import undone")
        suppression.forget_imports(session, source, meant.added_at)
        gone -= suppression.bring_back(session, source, meant.added_at, now)
        audit.record(session, deps, "suppress.undo", about=("suppression", source), facts={"numbers": gone})
    return gone


def count(deps: Deps) -> int:
    """How many numbers get no ads."""
    with deps.sessions() as session:
        return suppression.count(session)


def newest(deps: Deps, limit: int) -> Sequence[Entry]:
    """The latest entries, newest first."""
    with deps.sessions() as session:
        return suppression.newest(session, limit)


def find(deps: Deps, written: str) -> Entry | None:
    """The entry of one number as people write it; Refused `bad_phone` when it is none."""
    found = phone.read(written)
    if isinstance(found, phone.Fault):
        raise Refused("bad_phone", f"The phone cannot be looked up: {found.sentence}", {"fault": str(found)})
    with deps.sessions() as session:
        return suppression.find(session, found[0])


def history(deps: Deps, written: str) -> Sequence[Entry]:
    """All entries that a number ever had, the one of today last; Refused `bad_phone` when it is none."""
    found = phone.read(written)
    if isinstance(found, phone.Fault):
        raise Refused("bad_phone", f"The phone cannot be looked up: {found.sentence}", {"fault": str(found)})
    with deps.sessions() as session:
        return suppression.history(session, found[0])


def last_import(deps: Deps, reason: str = DO_NOT_CALL) -> SuppressionImport | None:
    """The newest list of a kind; None when none was ever imported."""
    with deps.sessions() as session:
        return suppression.last_import(session, reason)


def export(deps: Deps, file: TextIO) -> int:
    """One CSV line a number, in the order of the numbers; returns the lines.

    Read in portions without a transaction around them, so that a slow reader holds nothing up.
    """
    write = CsvWriter(file)
    write(["phone", "reason", "source", "added_at"])
    # The numbers of one list share their moment, and telling it costs more than reading the row.
    moment = lru_cache(local)
    lines, last = 0, 0
    while entries := _portion(deps, last):
        for one in entries:
            write([phone.local(one.phone), one.reason, one.source, moment(one.added_at)])
        lines, last = lines + len(entries), entries[-1].phone
    return lines


def _portion(deps: Deps, after: int) -> list[Entry]:
    with deps.sessions() as session:
        return suppression.portion(session, after, PORTION)


def _word(reason: str) -> str:
    """The reason as it is stored: `Opt-out` and `opt_out` are one word."""
    word = re.sub(r"[\s-]+", "_", reason.strip().lower())
    if not _REASON.fullmatch(word):
        raise Misuse(
            f"{reason!r} is no reason: it is {OPT_OUT}, {DO_NOT_CALL} or a word of your own, of letters, digits and _, "
            "40 characters at most."
        )
    return word


def _day(written: str, now: datetime) -> date:
    """The day of a list; Misuse for none, or for one to come."""
    if not written:
        return day_of(now)
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise Misuse(f"{written!r} is no day: write it as in 2026-11-01.") from None
    if day > day_of(now):
        raise Misuse(f"{written} is yet to come: a list is of today or earlier.")
    return day


def _who(deps: Deps, otherwise: str) -> str:
    """Who acts, as an entry keeps it."""
    return deps.actor.label if deps.actor.user_id is not None else otherwise


def _source(path: Path) -> str:
    """The name of the list, as the database can keep it: a file may have a name that is no text."""
    return path.name.encode(errors="replace").decode()


def _read(written: Sequence[str]) -> tuple[list[int], list[Refusal]]:
    numbers: list[int] = []
    refusals: list[Refusal] = []
    for place, one in enumerate(written, start=1):
        found = phone.read(one)
        if isinstance(found, phone.Fault):
            refusals.append((place, one[:100], found.value))
        else:
            numbers.append(found[0])
    return numbers, refusals


def _stage(session: Session, list_file: ListFile, hooks: Hooks) -> tuple[int, int]:
    """Stream every row of the list into the transaction; how many there are, and how many of them are no number."""
    at, rows, invalid = list_file.phone_column, 0, 0
    with Staging.begun(session) as staged:
        for rows, (row, cells) in enumerate(list_file.rows(), start=1):
            found = phone.read(cells[at])
            if isinstance(found, phone.Fault) or list_file.too_wide(cells):
                invalid += 1
                reason = found.value if isinstance(found, phone.Fault) else "row_too_wide"
                staged.refuse(row, "" if cells[at] is None else str(cells[at]), reason)
            else:
                staged.add(row, found[0], converted=found[1], parts=0)
            if not rows % staging.BLOCK:
                hooks.progress(list_file.progress())
    hooks.progress(1.0)
    return rows, invalid


def _show(session: Session, hooks: Hooks) -> list[Refusal]:
    """Hand the refused rows to whoever wants them; the first few."""
    examples: list[Refusal] = []
    for refusal in suppression.staged_refusals(session):
        if len(examples) < EXAMPLES:
            examples.append(refusal)
        if hooks.refused is not None:
            hooks.refused(*refusal)
    return examples


def _counted(rows: int, invalid: int, written: Written, examples: Sequence[Refusal]) -> Added:
    already, duplicates = written.numbers - written.added, rows - invalid - written.numbers
    return Added(rows, written.added, already, duplicates, invalid, examples)
