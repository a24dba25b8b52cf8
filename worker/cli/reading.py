"""The options that say how a list is to be read, for every command that reads one."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from worker.errors import Refused
from worker.lists.source import ReadOptions
from worker.services.operations import import_guard


class HiddenRows(StrEnum):
    """What is done with rows that a filter or a person has hidden."""

    KEEP = "keep"
    SKIP = "skip"


class ListEncoding(StrEnum):
    """The encodings that Vietnamese lists are written in."""

    AUTO = "auto"
    UTF8 = "utf-8"
    CP1258 = "cp1258"
    TCVN3 = "tcvn3"
    VNI = "vni"
    VISCII = "viscii"


PhoneColumn = Annotated[
    str,
    typer.Option("--phone-column", metavar="NAME|NUMBER", help="The column of the numbers: its heading, or 1, 2, 3 …"),
]
Sheet = Annotated[str, typer.Option("--sheet", metavar="NAME", help="The sheet of a workbook that is the list.")]
Hidden = Annotated[
    HiddenRows | None, typer.Option("--hidden", help="Read hidden rows like the others, or leave them out.")
]
Encoding = Annotated[
    ListEncoding, typer.Option("--encoding", help="The encoding of a text file, where it is not recognised.")
]
HeaderRow = Annotated[
    int | None,
    typer.Option("--header-row", metavar="NUMBER", min=0, help="The row of the heading, from 1; 0: there is none."),
]


def reading_options(
    phone_column: str, sheet: str, hidden: HiddenRows | None, encoding: ListEncoding, header_row: int | None
) -> ReadOptions:
    """The five options as the readers of lists take them."""
    row = "" if header_row is None else str(header_row)
    return ReadOptions(phone_column, sheet, str(hidden or ""), str(encoding), row)


def ask_about_refusals(path: Path, reading: ReadOptions) -> None:
    """Ask a person at a terminal about a list that speaks of no refusal; Refused `list_of_customers` where he says no.

    A script has a note, and `suppress undo`.
    """
    if not sys.stdin.isatty() or import_guard.names_refusals(path, reading):
        return
    question = f"Neither the name of {path.name} nor its headings speak of refusals. Shall all its people get no ads?"
    if not typer.confirm(question, err=True):
        raise Refused("list_of_customers", "Nothing was added. Add --yes if they all refused ads.")
