"""The lists of campaigns that are still being written, and a number that is to be erased from them.

An uploaded list cannot be changed, so the whole list goes; what else was written stays, and the writer reads why and uploads
it again. A list that cannot be read cannot be looked through, and goes too. Of a stored list only the head is kept.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from worker.domain import phone as phones
from worker.errors import Misuse, Refused
from worker.services.deps import Deps
from worker.services.planning import forms, stored, uploads
from worker.storage.planning import forms as kept
from worker.storage.planning import upload_pieces

#: Every spelling of a number ends in as many digits of it.
DIGITS: Final = 9


def holding(deps: Deps, phone: int) -> list[tuple[UUID, Path]]:
    """Everybody's forms whose uploaded list has the number, or cannot be read; each with its file on this host."""
    with deps.sessions() as session:
        rows = kept.with_lists(session)
    found = []
    for row in rows:
        form = forms.read(row)
        path = uploads.of_form(deps, form.id, Path(row.path))
        if _holds(deps, form, path, phone):
            found.append((form.id, path))
    return found


def forget(session: Session, found: Sequence[tuple[UUID, Path]]) -> int:
    """Take the lists out of these forms, in the caller's transaction; how many. The files are removed after its commit."""
    lost = 0
    for form_id, path in found:
        row = kept.lock(session, form_id)
        if row is None or Path(row.path).name != path.name:
            continue
        row.path, row.head, row.campaign_id = "", asdict(forms.LIST_ERASED), None
        upload_pieces.drop_of_form(session, form_id)
        lost += 1
    return lost


def forget_in_heads(session: Session, phone: int) -> int:
    """Take the number out of what the heads of stored lists showed; of how many forms."""
    digits = str(phone)[-DIGITS:]
    changed = 0
    for row in kept.showing(session, digits):
        head: dict[str, Any] = dict(row.head or {})
        rows = [one for one in head.get("rows", []) if not any(_said(cell).endswith(digits) for cell in one[1])]
        if len(rows) != len(head.get("rows", [])):
            row.head = {**head, "rows": rows, "size": max(head.get("size", 0) - 1, 0)}
            changed += 1
    return changed


def _holds(deps: Deps, form: forms.Form, path: Path, phone: int) -> bool:
    digits = str(phone)[-DIGITS:]
    requested = replace(forms.request_of(form), list_path=path)
    try:
        with stored.opened(deps, requested) as found:
            for _, cells in found.rows():
                written = cells[found.phone_column] if found.phone_column < len(cells) else None
                read = phones.read(written)
                if not isinstance(read, phones.Fault) and read[0] == phone:
                    return True
                if any(_said(cell).endswith(digits) for cell in cells):
                    return True
    except (Refused, Misuse):
        return True
    return False


def _said(cell: object) -> str:
    """The digits of a cell."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return re.sub(r"\D", "", str(cell)) if cell is not None else ""
