"""The report of a campaign as a workbook: phones and ids as text, times as dates, and a sheet of totals."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO, Final
from uuid import UUID

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from worker.domain.window import VIETNAM
from worker.services.deps import Deps
from worker.services.reporting import report
from worker.services.reporting.report import View

#: A sheet has 1,048,576 rows, one of which is the heading.
MOST_ROWS: Final = 1_048_575
#: The day first in every language: without its mark of Vietnamese, LibreOffice in English writes such a cell to CSV month first.
MOMENT: Final = "[$-42A]dd/mm/yyyy hh:mm:ss"
#: Wide enough for what stands in the columns of a report; a spreadsheet shows a moment without room as ####.
WIDTHS: Final = (8, 14, 18, 8, 22, 40, 14, 20, 40, 12)
WIDTH_OF_VALUES: Final = 20
STATE: Final = report.COLUMNS.index("state")
#: The words of a language, by context (`report` for headings, `count` for states, `status`, `kind`) and then by code.
Words = Mapping[str, Mapping[str, str]]
AS_THEY_ARE: Final[Words] = {}


def write(
    deps: Deps, campaign_id: UUID, file: BinaryIO, progress: Callable[[int], None], words: Words = AS_THEY_ARE
) -> int:
    """Write the workbook, as many sheets as it needs; returns the recipients. Streams, whatever the size."""
    view = report.show(deps, campaign_id)
    book = Workbook(write_only=True)
    _totals(book, view, words)
    title, states = _said(words, "report", "Recipients"), words.get("count", {})
    columns, rows = report.recipients_of(deps, view.campaign)
    number = 0
    for sheet_number, chunk in enumerate(_chunks(rows), 1):
        sheet = book.create_sheet(title if sheet_number == 1 else f"{title} {sheet_number}")
        sheet.freeze_panes = "A2"
        letters = [get_column_letter(place) for place in range(1, len(columns) + 1)]
        for place, letter in enumerate(letters):
            sheet.column_dimensions[letter].width = WIDTHS[place] if place < len(WIDTHS) else WIDTH_OF_VALUES
        known = [_said(words, "report", name) for name in report.COLUMNS]
        sheet.append([_bold(sheet, name) for name in [*known, *columns[len(known) :]]])
        before = number
        for row in chunk:
            cells = [_cell(sheet, cell) for cell in row]
            cells[STATE] = states.get(row[STATE], row[STATE])
            sheet.append(cells)
            number += 1
            if not number % 5000:
                progress(number)
        sheet.auto_filter.ref = f"A1:{letters[-1]}{number - before + 1}"
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


def _totals(book: Any, view: View, words: Words) -> None:
    one = view.campaign
    sheet = book.create_sheet(_said(words, "report", "Totals"))
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, 60
    facts: list[tuple[str, Any]] = [
        ("campaign", one.name),
        ("id", str(one.id)),
        ("status", _said(words, "status", str(one.status))),
        ("provider", _said(words, "provider", one.provider)),
        ("sender", one.sender),
        ("kind", _said(words, "kind", one.kind)),
        ("text", one.text),
        ("list", one.list_name),
        ("scheduled for", one.scheduled_for),
        ("started", one.started_at),
        ("finished", one.finished_at),
        ("numbers", one.valid),
        *((_said(words, "count", name), number) for name, number in view.counts.items()),
        ("cost so far (VND)", float(view.cost)),
        ("of it told by the provider (VND)", float(view.cost_told)),
        ("cost expected (VND)", float(one.cost_estimate or 0)),
    ]
    for name, value in facts:
        sheet.append([_bold(sheet, _said(words, "report", name)), _cell(sheet, value)])


def _said(words: Words, context: str, code: str) -> str:
    return words.get(context, {}).get(code, code)


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
