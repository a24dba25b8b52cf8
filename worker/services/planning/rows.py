"""Reads each row of a list as a number to write to, or as a refusal with its reason; streamed, never held."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from sqlmodel import Session

from worker.domain import consent, phone
from worker.domain.ads import check_length
from worker.domain.calls import Purpose
from worker.domain.consent import Consent
from worker.domain.plain import only_typographic, plain
from worker.domain.policy import Channel
from worker.domain.template import Template
from worker.domain.text import measure
from worker.errors import Refused
from worker.lists.source import Row, RowList
from worker.services.deps import Account
from worker.services.planning.consents import Consents
from worker.storage.planning import staging
from worker.storage.planning.staging import Staging

#: Of customer care, as a public client of eSMS has it: 765 characters without accents, 335 with them.
MOST_PARTS: Final = 5
#: Few enough that one odd number in a hundred leaves many pieces plain.
_PIECE: Final = 100


@dataclass(slots=True)
class Noughts:
    """What stands in the cells of one variable: a 0 among words is what a formula finds in an empty cell."""

    words: int = 0
    noughts: int = 0
    first_row: int = 0

    def count(self, value: str, row: int) -> None:
        """Look at one value."""
        if value == "0":
            self.noughts, self.first_row = self.noughts + 1, self.first_row or row
        elif value[:1].isalpha():
            self.words += 1


@dataclass(slots=True)
class Noticed:
    """What was noticed in the values of a list: first of all texts that are Unicode only because of typographic characters."""

    noughts: dict[str, Noughts] = field(default_factory=dict)
    rows: int = 0
    #: Parts that they have more for it.
    parts: int = 0
    first_row: int = 0

    def count(self, filled: str, row: int) -> None:
        """Look at one filled text."""
        if (more := only_typographic(filled)) is not None:
            self.rows, self.parts, self.first_row = self.rows + 1, self.parts + more, self.first_row or row


def stage(
    session: Session,
    account: Account,
    kind: str,
    template: Template,
    columns: Mapping[str, str],
    list_file: RowList,
    progress: Callable[[float], None],
    *,
    plainly: bool = False,
    consents: Consents | None = None,
) -> Noticed:
    """Stream every row of the list into the transaction: as a number to write to, or as a refusal with its reason.

    `consents` reads their proof of consent. `plainly` writes the values' typographic characters as plain ones; without it those
    that cost parts are counted.
    """
    noticed = Noticed()
    places = {name: list_file.columns.index(column) for name, column in columns.items()}
    noticed.noughts = {name: Noughts() for name in places}
    plain = None if places else parts_of(template.fill({}), account)
    at = list_file.phone_column
    read, too_wide = phone.read, list_file.too_wide
    with Staging.begun(session, consents=consents is not None) as staged:
        for row, cells in _not_plain(list_file, staged, plain if consents is None else None, progress):
            cell = cells[at] if at < len(cells) else None
            found = read(cell if cell is not None else "")
            proof = None if consents is None else consents.of(cells)
            if too_wide(cells):
                staged.refuse(row, "" if cell is None else str(cell), "row_too_wide")
            elif isinstance(found, phone.Fault):
                staged.refuse(row, "" if cell is None else str(cell), found.value)
            elif isinstance(proof, consent.Fault):
                staged.refuse(row, phone.local(found[0]), proof.value)
            elif plain is not None:
                staged.add(row, found[0], converted=found[1], parts=plain, consent=proof)
            else:
                values = _values(places, cells, plainly=plainly)
                list_file.see(row, values.values())
                _stage_filled(staged, account, kind, template, values, row, found, noticed, proof=proof)
    progress(1.0)
    return noticed


def _not_plain(
    list_file: RowList, staged: Staging, parts: int | None, progress: Callable[[float], None]
) -> Iterator[Row]:
    """The rows that have to be looked at one by one; the others are staged.

    Where all texts have the same `parts`, a number is all that matters of a row, and a piece of plain ones is checked at once.
    """
    at, rows, done = list_file.phone_column, list_file.rows(), 0
    while piece := list(islice(rows, _PIECE)):
        digits = [] if parts is None else phone.plain_digits([cells[at] for _, cells in piece])
        if parts is not None and digits and not any(list_file.too_wide(cells) for _, cells in piece):
            staged.add_plain((row for row, _ in piece), digits, parts)
        else:
            yield from piece
        done += len(piece)
        if not done % staging.BLOCK:
            progress(list_file.progress())


def check_text(filled: str, kind: str, account: Account) -> None:
    """Refuse a filled text that is longer than the provider takes for this kind; values of a template are Zalo's."""
    if account.channel is not Channel.SMS:
        return
    if kind == Purpose.ADS:
        check_length(filled, account.ads, account.title)
    elif (parts := measure(filled).parts) > MOST_PARTS:
        raise Refused(
            "text_too_long",
            f"The text has {parts} parts, and carriers take {MOST_PARTS}: shorten it, or write it without accents.",
            {"parts": parts, "max_parts": MOST_PARTS},
        )


def parts_of(filled: str, account: Account) -> int:
    """The parts of a filled text; a message by template is one, whatever its length."""
    return measure(filled).parts if account.channel is Channel.SMS else 1


def _stage_filled(
    staged: Staging,
    account: Account,
    kind: str,
    template: Template,
    values: Mapping[str, str],
    row: int,
    found: tuple[int, bool],
    noticed: Noticed,
    *,
    proof: Consent | None,
) -> None:
    """A row whose text is filled from its own columns; what cannot be filled is refused, not sent half empty."""
    try:
        filled = template.fill(values)
        check_text(filled, kind, account)
    except Refused as fault:
        staged.refuse(row, phone.local(found[0]), fault.rule if "variable" not in fault.details else _named(fault))
        return
    for name, value in values.items():
        noticed.noughts[name].count(value, row)
    if not filled.isascii() and account.channel is Channel.SMS:
        noticed.count(filled, row)
    staged.add(
        row,
        found[0],
        converted=found[1],
        parts=parts_of(filled, account),
        values=json.dumps(values, ensure_ascii=False, sort_keys=True),
        consent=proof,
    )


def _values(places: Mapping[str, int], cells: Any, *, plainly: bool) -> dict[str, str]:
    values = {name: _written(cells[place]) if place < len(cells) else "" for name, place in places.items()}
    return {name: plain(value) for name, value in values.items()} if plainly else values


def _named(fault: Refused) -> str:
    return f"{fault.rule}: {fault.details['variable']}"


def _written(cell: Any) -> str:
    """A cell as its text: a spreadsheet's 5.0 is a 5 to the person who wrote it."""
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
