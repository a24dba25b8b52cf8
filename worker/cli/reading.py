"""The options that say how a list is to be read, for every command that reads one."""

from enum import StrEnum
from typing import Annotated

import typer

from worker.lists.source import ReadOptions


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


def reading_options(phone_column: str, sheet: str, hidden: HiddenRows | None, encoding: ListEncoding) -> ReadOptions:
    """The four options as the readers of lists take them."""
    return ReadOptions(phone_column, sheet, str(hidden or ""), str(encoding))
