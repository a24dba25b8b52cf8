"""How does a number get onto the list of those that get no ads, and off it? By hand, or with a list of millions."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final, TextIO

from sqlmodel import Session

from worker.domain import phone
from worker.domain.window import local
from worker.errors import Misuse, Refused
from worker.lists import ListFile, open_list
from worker.services.deps import Deps
from worker.services.plan import Hooks
from worker.storage import staging, suppression
from worker.storage.staging import Staging
from worker.storage.suppression import DO_NOT_CALL, OPT_OUT, Entry, Written

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


@dataclass(frozen=True, slots=True)
class Removed:
    """What became of the numbers that were to get ads again; a number that is given twice counts once."""

    removed: int
    #: Were not suppressed.
    absent: Sequence[int] = field(repr=False)
    invalid: int
    examples: Sequence[Refusal]


def add(deps: Deps, phones: Sequence[str], reason: str = OPT_OUT, source: str = "cli") -> Added:
    """Suppress numbers as people write them; those that can be read are stored, whatever the others are.

    Raises Misuse for a reason that is no word.
    """
    reason = _word(reason)
    numbers, refusals = _read(phones)
    with deps.sessions.begin() as session:
        written = suppression.add(session, numbers, reason, source, deps.clock.now())
    return _counted(len(phones), len(refusals), written, refusals[:EXAMPLES])


def remove(deps: Deps, phones: Sequence[str]) -> Removed:
    """Let numbers get ads again, whatever the reason was why they got none."""
    numbers, refusals = _read(phones)
    with deps.sessions.begin() as session:
        gone = suppression.remove(session, numbers)
    return Removed(len(gone), sorted(set(numbers) - gone), len(refusals), refusals[:EXAMPLES])


def import_list(deps: Deps, path: Path, reason: str = DO_NOT_CALL, hooks: Hooks | None = None) -> Added:
    """Suppress every number of a CSV, TXT or XLSX list, whatever its length, or none of them when it cannot be read whole.

    Raises Misuse for a reason that is no word, Refused `file_changed` and what `open_list` raises.
    """
    hooks = hooks or Hooks()
    reason = _word(reason)
    with open_list(path) as list_file:
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
            # Before the first number is locked: whoever reads the refusals may be slow.
            examples = _show(session, hooks)
            written = suppression.add_staged(session, reason, _source(path), deps.clock.now())
    return _counted(rows, invalid, written, examples)


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


def export(deps: Deps, file: TextIO) -> int:
    """One CSV line a number, in the order of the numbers; returns the lines.

    Read in portions without a transaction around them, so that a slow reader holds nothing up.
    """
    writer = csv.writer(file)
    writer.writerow(["phone", "reason", "source", "added_at"])
    # The numbers of one list share their moment, and telling it costs more than reading the row.
    moment = lru_cache(local)
    lines, last = 0, 0
    while entries := _portion(deps, last):
        for one in entries:
            # A list whose name begins like a formula would run it in the spreadsheet of whoever opens this.
            source = f"'{one.source}" if one.source[:1] in {"=", "+", "-", "@"} else one.source
            writer.writerow([phone.local(one.phone), one.reason, source, moment(one.added_at)])
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
    with Staging(session) as staged:
        for rows, (row, cells) in enumerate(list_file.rows(), start=1):
            found = phone.read(cells[at])
            if isinstance(found, phone.Fault):
                invalid += 1
                staged.refuse(row, "" if cells[at] is None else str(cells[at]), found.value)
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
    return Added(
        rows=rows,
        added=written.added,
        already=written.numbers - written.added,
        duplicates=rows - invalid - written.numbers,
        invalid=invalid,
        examples=examples,
    )
