"""What does each row of a list come to? A number to write to, or a refusal with its reason; streamed, never held."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlmodel import Session

from worker.domain import phone
from worker.domain.ads import check_length
from worker.domain.template import Template
from worker.domain.text import measure
from worker.errors import Refused
from worker.lists import ListFile
from worker.providers.base import Purpose
from worker.services.deps import Account
from worker.storage import staging
from worker.storage.staging import Staging

#: Of customer care, as a public client of eSMS has it: 765 characters without accents, 335 with them.
MOST_PARTS: Final = 5


def stage(
    session: Session,
    account: Account,
    kind: str,
    template: Template,
    columns: Mapping[str, str],
    list_file: ListFile,
    progress: Callable[[float], None],
) -> None:
    """Stream every row of the list into the transaction: as a number to write to, or as a refusal with its reason."""
    places = {name: list_file.columns.index(column) for name, column in columns.items()}
    plain = None if places else measure(template.fill({})).parts
    at = list_file.phone_column
    read = phone.read
    with Staging(session) as staged:
        for row, cells in list_file.rows():
            cell = cells[at] if at < len(cells) else None
            found = read(cell if cell is not None else "")
            if isinstance(found, phone.Fault):
                staged.refuse(row, "" if cell is None else str(cell), found.value)
            elif plain is not None:
                staged.add(row, found[0], converted=found[1], parts=plain)
            else:
                _stage_filled(staged, account, kind, template, places, row, cells, found)
            if not row % staging.BLOCK:
                progress(list_file.progress())
    progress(1.0)


def check_text(filled: str, kind: str, account: Account) -> None:
    """Refuse a filled text that is longer than the provider takes for this kind."""
    if kind == Purpose.ADS:
        check_length(filled, account.ads, account.title)
    elif (parts := measure(filled).parts) > MOST_PARTS:
        raise Refused(
            "text_too_long",
            f"The text has {parts} parts, and carriers take {MOST_PARTS}: shorten it, or write it without accents.",
            {"parts": parts, "max_parts": MOST_PARTS},
        )


def _stage_filled(
    staged: Staging,
    account: Account,
    kind: str,
    template: Template,
    places: Mapping[str, int],
    row: int,
    cells: Any,
    found: tuple[int, bool],
) -> None:
    """A row whose text is filled from its own columns; what cannot be filled is refused, not sent half empty."""
    values = {name: _written(cells[place]) if place < len(cells) else "" for name, place in places.items()}
    try:
        filled = template.fill(values)
        check_text(filled, kind, account)
    except Refused as fault:
        staged.refuse(row, phone.local(found[0]), fault.rule if "variable" not in fault.details else _named(fault))
        return
    staged.add(
        row,
        found[0],
        converted=found[1],
        parts=measure(filled).parts,
        values=json.dumps(values, ensure_ascii=False, sort_keys=True),
    )


def _named(fault: Refused) -> str:
    return f"{fault.rule}: {fault.details['variable']}"


def _written(cell: Any) -> str:
    """A cell as its text: a spreadsheet's 5.0 is a 5 to the person who wrote it."""
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
