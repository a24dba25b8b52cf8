"""What stands where a person's value should stand: a spreadsheet's error, a program's nothing, another tool's placeholder."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

#: Errors of spreadsheets, in any case.
_ERRORS: Final = frozenset(
    {
        "#n/a",
        "#ref!",
        "#value!",
        "#name?",
        "#div/0!",
        "#null!",
        "#num!",
        "#spill!",
        "#calc!",
        "#getting_data",
        "#field!",
    }
)
#: What programs write for nothing, as they write it; a person may be called Nan, so case counts.
_NOTHING: Final = frozenset(
    {
        "NULL",
        "null",
        "(null)",
        "Null",
        "None",
        "nil",
        "Nil",
        "NIL",
        "nan",
        "NaN",
        "NAN",
        "undefined",
        "\\N",
        "[object Object]",
        "NaT",
        "<NA>",
        "N/A",
    }
    | {
        "n/a",
        "(blank)",
        "(empty)",
        "(trống)",
        "(Trống)",
        "(trong)",
        "Invalid Date",
        "#ERROR!",
        "[null]",
        "<null>",
        "<nil>",
    }
)
#: What people type where there is nothing to type.
_STROKES: Final = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2212_?.")
_BLANKS: Final = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
#: How other tools write a variable; the name is in whichever group matched.
_FOREIGN: Final = re.compile(
    r"\{\{\{?\s*(?:[$#%@&]?\s*)([^{}]{1,60}?)\s*\}?\}\}"
    r"|\$\{\s*([^{}]{1,60}?)\s*\}"
    r"|\(\(\s*([^()]{1,60}?)\s*\)\)"
    r"|\[\[?\s*([^\[\]]{1,60}?)\s*\]?\]"
    r"|<<?\s*([^<>]{1,60}?)\s*>?>"
    r"|\xab\s*([^\xab\xbb]{1,60}?)\s*\xbb"
    r"|%%?([^%\s][^%]{0,59}?)\s*%%?"
    r"|\*\|\s*([^*|]{1,60}?)\s*\|\*"
    r"|##?([^#\s][^#]{0,59}?)\s*##?"
)


def clean_name(written: str) -> str:
    """The name of a variable or column: NFC, and any run of blanks, line breaks and invisible characters one space."""
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", written)).strip()


def is_missing(value: str) -> bool:
    """Whether a value says that there is none."""
    if value in _NOTHING or (value[:1] == "#" and value.casefold() in _ERRORS):
        return True
    return value[:1] in _STROKES and _STROKES.issuperset(value)


def foreign(text: str, columns: Iterable[str]) -> tuple[int, str, str] | None:
    """The first placeholder of another tool that names a column: its position from 1, as it stands, and the column."""
    by_name = {_loose(column): column for column in columns if column}
    start = 0
    while found := _FOREIGN.search(text, start):
        name = next(group for group in found.groups() if group is not None)
        if column := by_name.get(_loose(name)):
            return found.start() + 1, found[0], column
        start = found.start() + 1
    return None


def _loose(name: str) -> str:
    """Without case, accents, and what may stand between words: `Ho_Ten` and `họ tên` are one."""
    apart = unicodedata.normalize("NFKD", clean_name(name)).casefold().replace("đ", "d")
    return re.sub(r"[\s_.-]+", " ", "".join(one for one in apart if not unicodedata.combining(one))).strip()
