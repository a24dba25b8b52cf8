"""The report of a campaign as a workbook: phones and ids as text, times as dates, and a sheet of totals."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO, Final
from uuid import UUID

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from worker.domain.window import VIETNAM
from worker.services.deps import Deps
from worker.services.reporting import report
from worker.services.reporting.report import View

#: A sheet has 1,048,576 rows, one of which is the heading.
MOST_ROWS: Final = 1_048_575
#: The day first in every language: without its mark of Vietnamese, LibreOffice in English writes such a cell to CSV month first.
MOMENT: Final = "[$-42A]dd/mm/yyyy hh:mm:ss"


def write(deps: Deps, campaign_id: UUID, file: BinaryIO, progress: Callable[[int], None]) -> int:
    """Write the workbook, as many sheets as it needs; returns the recipients. Streams, whatever the size."""
    view = report.show(deps, campaign_id)
    book = Workbook(write_only=True)
    _totals(book, view)
    columns, rows = report.recipients_of(deps, view.campaign)
    number = 0
    for sheet_number, chunk in enumerate(_chunks(rows), 1):
        sheet = book.create_sheet("Recipients" if sheet_number == 1 else f"Recipients {sheet_number}")
        sheet.freeze_panes = "A2"
        sheet.column_dimensions["B"].width, sheet.column_dimensions["F"].width = 14, 40
        sheet.append([_bold(sheet, name) for name in columns])
        for row in chunk:
            sheet.append([_cell(sheet, cell) for cell in row])
            number += 1
            if not number % 5000:
                progress(number)
    book.save(file)
    return number


def _chunks(rows: Iterator[tuple[Any, ...]]) -> Iterator[Iterator[tuple[Any, ...]]]:
    """The rows sheet by sheet; at least one sheet."""
    yield islice(rows, MOST_ROWS)
    while True:
        first = next(rows, None)
        if first is None:
            return
        yield _after(first, islice(rows, MOST_ROWS - 1))


def _after(first: tuple[Any, ...], rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    yield first
    yield from rows


def _totals(book: Any, view: View) -> None:
    one = view.campaign
    sheet = book.create_sheet("Totals")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 20, 60
    facts: list[tuple[str, Any]] = [
        ("campaign", one.name),
        ("id", str(one.id)),
        ("status", str(one.status)),
        ("provider", one.provider),
        ("sender", one.sender),
        ("kind", one.kind),
        ("text", one.text),
        ("list", one.list_name),
        ("scheduled for", one.scheduled_for),
        ("started", one.started_at),
        ("finished", one.finished_at),
        ("numbers", one.valid),
        *view.counts.items(),
        ("cost so far (VND)", float(view.cost)),
        ("of it told by the provider (VND)", float(view.cost_told)),
        ("cost expected (VND)", float(one.cost_estimate or 0)),
    ]
    for name, value in facts:
        sheet.append([_bold(sheet, name), _cell(sheet, value)])


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: Any, value: Any) -> Any:
    """Texts are never formulas, and moments are those of Vietnam, since a spreadsheet knows no zones."""
    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value.astimezone(VIETNAM).replace(tzinfo=None, microsecond=0))
        cell.number_format = MOMENT
        return cell
    if isinstance(value, str) and value[:1] == "=":
        cell = WriteOnlyCell(sheet, value)
        cell.data_type = "s"
        return cell
    return value
