"""The first rows of a list that was refused, as they stand: a person sees what to choose, such as the column of the numbers."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from worker.errors import Refused
from worker.lists import first_rows
from worker.lists.source import Row
from worker.services.planning.request import CampaignRequest

#: What is shown at most.
SHEETS: Final = 3
ROWS: Final = 20
COLUMNS: Final = 40
LONGEST_CELL: Final = 300

#: The name of a sheet ("" where there is none), and its rows with their numbers and cells.
Shown = tuple[str, Sequence[tuple[int, Sequence[str]]]]


def shown(asked: CampaignRequest, fault: Refused) -> list[Shown]:
    """The first rows of each sheet that was meant; nothing of a file that cannot be read at all."""
    sheets = [str(one) for one in fault.details.get("sheets") or [asked.reading.sheet]]
    found: list[Shown] = []
    for sheet in sheets[:SHEETS]:
        options = replace(asked.reading, sheet=sheet, hidden=asked.reading.hidden or "keep")
        with suppress(Refused):
            rows = first_rows(asked.list_path, asked.list_name, options, ROWS)
            found.append((sheet, as_text(rows)))
    return [one for one in found if one[1]]


def as_text(rows: Sequence[Row]) -> list[tuple[int, list[str]]]:
    """The rows as a person reads them."""
    return [(number, [cell_text(cell) for cell in cells[:COLUMNS]]) for number, cells in rows[:ROWS]]


def cell_text(cell: object) -> str:
    """A cell as a text is filled with it."""
    if cell is None:
        return ""
    whole = isinstance(cell, float) and cell.is_integer()
    return (str(int(cell)) if whole else str(cell).strip())[:LONGEST_CELL]  # type: ignore[call-overload]
