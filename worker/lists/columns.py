"""Which column holds the numbers, and what are the others called? Judged by the first rows."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from worker.domain.phone import Fault, read
from worker.errors import Refused
from worker.lists.source import UNSEEN, Cell, Row, is_blank

#: What people call the column, as `folded` gives it.
PHONE_NAMES = frozenset(
    {"phone", "phones", "phoneno", "phonenum", "phonenumber", "phonenumbers", "customerphone", "contactnumber"}
    | {"mobile", "mobileno", "mobilenumber", "mobilephone", "cell", "cellphone", "msisdn", "subscriber"}
    | {"tel", "telno", "telephone", "telephonenumber"}
    | {"sdt", "sodt", "sdtkh", "sdtkhachhang", "dt", "dtdd", "sodtdd", "didong", "sodidong", "thuebao", "sothuebao"}
    | {"dienthoai", "sodienthoai", "dienthoaididong", "sodienthoaididong", "sodienthoaikhachhang"}
)
#: Not a number we can message, but certainly meant as one.
_MEANT_AS_NUMBER = frozenset(
    {Fault.SEVERAL, Fault.SCIENTIFIC, Fault.FIXED_LINE, Fault.FOREIGN, Fault.OLD_PREFIX, Fault.TOO_LONG}
)
#: A heading lies in the first rows or nowhere; above it there may be a title.
_TITLE_ROWS = 10


@dataclass(frozen=True, slots=True)
class Layout:
    """How the columns of a list are to be read."""

    #: The row of the heading; 0 when there is none.
    header_row: int
    #: The names of the variables by column; "" for one that has none. Empty without a heading.
    columns: tuple[str, ...]
    #: Index of the column of the numbers.
    phone_column: int

    @property
    def width(self) -> int:
        """How many cells a row needs to have for all that is read of it."""
        return max(len(self.columns), self.phone_column + 1)


def layout_of(head: Sequence[Row], name: str) -> Layout:
    """Judge the first rows that show anything; raises Refused where they hold no list."""
    if not head:
        raise Refused("file_empty", f"{name} is empty; a list has one phone number a row.")
    width = max(len(cells) for _, cells in head)
    header = _header(head, width)
    header_row, names = head[header] if header is not None else (0, ())
    body = [cells for _, cells in (head if header is None else head[header + 1 :])]
    if not body:
        raise Refused("file_only_header", f"{name} has a heading in row {header_row} and no row below it.")
    counts = [_count(cells[column] for cells in body if column < len(cells)) for column in range(width)]
    named = [column for column, cell in enumerate(names) if folded(cell) in PHONE_NAMES]
    exact = [column for column in named if str(names[column]).strip() == "phone"]
    as_phone = [column for column in named if folded(names[column]) == "phone"]
    meant = exact or as_phone
    if len(meant) > 1:
        places = " and ".join(str(column + 1) for column in meant)
        raise Refused(
            "file_two_phone_columns",
            f"{name} has {len(meant)} columns named phone (columns {places}); rename those that are not meant.",
        )
    candidates = meant or named or range(width)
    # Of equal columns `max` takes the first.
    best = max(candidates, key=lambda column: counts[column])
    if not named and counts[best] == (0, 0):
        raise Refused(
            "file_no_phone_column",
            f"{name} has no column named phone, and none of its first {len(body)} rows holds a phone number; name the "
            "column of the numbers phone.",
        )
    return Layout(header_row, variable_names(names), best)


def variable_names(header: Sequence[Cell]) -> tuple[str, ...]:
    """The headings as variables, "" for a blank one.

    A repeated heading stays repeated: whoever fills a text can then say that the variable is ambiguous.
    """
    return tuple(unicodedata.normalize("NFC", "" if cell is None else str(cell)).strip(UNSEEN) for cell in header)


def folded(cell: Cell) -> str:
    """A heading without case, accents, spaces and punctuation: `Số điện thoại` -> `sodienthoai`."""
    text = unicodedata.normalize("NFKD", str(cell or "")).casefold().replace("đ", "d")
    return "".join(character for character in text if character.isalnum())


def _header(head: Sequence[Row], width: int) -> int | None:
    """The position of the heading in `head`; None when the first row is already data."""
    for position, (_, cells) in enumerate(head[:_TITLE_ROWS]):
        if _count(cells) != (0, 0):
            break
        # Above a heading only a title, which is alone in its row, is passed over.
        filled = sum(not is_blank(cell) for cell in cells)
        if any(folded(cell) in PHONE_NAMES for cell in cells) and (position == 0 or filled > 1):
            return position
        if filled > 1:
            break
    first = head[0][1]
    # In a single column a word nobody knows may be a heading or rubbish: as a row it is at least reported.
    return 0 if width > 1 and _count(first) == (0, 0) and all(map(_is_word, first)) else None


def _is_word(cell: Cell) -> bool:
    """Whether the cell may stand in a heading: blank, or with a letter in it."""
    return is_blank(cell) or any(character.isalpha() for character in str(cell))


def _count(cells: Iterable[Cell]) -> tuple[int, int]:
    """How many of the cells are mobile numbers, and how many others are certainly meant as numbers."""
    valid = meant = 0
    for cell in cells:
        found = read(cell)
        if not isinstance(found, Fault):
            valid += 1
        elif found in _MEANT_AS_NUMBER:
            meant += 1
    return valid, meant
