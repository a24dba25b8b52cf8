"""Which row is the heading, which column holds the numbers, and what the others are called; judged by the first rows.

Nothing is guessed: where two columns could both be the numbers the list is refused, naming both, until a person decides.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from worker.domain.phone import Fault, read
from worker.errors import Refused
from worker.lists.headings import LONGEST, Speaks, clean_name, folded, speaks
from worker.lists.source import AS_FOUND, Cell, ReadOptions, Row, is_blank

#: Not a number we can message, but certainly meant as one.
_MEANT_AS_NUMBER = frozenset(
    {Fault.SEVERAL, Fault.SCIENTIFIC, Fault.FIXED_LINE, Fault.FOREIGN, Fault.OLD_PREFIX, Fault.TOO_LONG}
)
#: A heading lies in the first rows or nowhere; above it there may be titles and labels.
_TITLE_ROWS = 20
#: More rows with numbers than this are the list itself, and no labels above its heading.
_LABEL_ROWS = 3
DECIDE = "--phone-column NAME|NUMBER"


@dataclass(frozen=True, slots=True)
class Layout:
    """How the columns of a list are to be read."""

    #: The row of the heading; 0 when there is none.
    header_row: int
    #: The names of the variables by column; "" for one that has none. Empty without a heading.
    columns: tuple[str, ...]
    #: Index of the column of the numbers.
    phone_column: int
    #: A row with more cells than this that show anything was parted wrongly; 0: unknown.
    widest: int = 0
    #: Whether each cell is a number of its own.
    every_cell: bool = False
    notes: tuple[str, ...] = field(default=())

    @property
    def width(self) -> int:
        """How many cells a row needs to have for all that is read of it."""
        return max(len(self.columns), self.phone_column + 1)


@dataclass(frozen=True, slots=True)
class Column:
    """One column as it was judged."""

    at: int
    name: str
    speaks: Speaks
    #: Mobile numbers among the judged rows, others that are meant as numbers, and cells that show anything.
    mobiles: int
    meant: int
    filled: int

    def __str__(self) -> str:
        place = f"column {self.at + 1}"
        named = f"{place} ({self.name})" if self.name else place
        return f"{named} with {self.mobiles} number{'s' * (self.mobiles != 1)}"

    @property
    def mostly_numbers(self) -> bool:
        return self.mobiles * 2 >= max(1, self.filled)


def layout_of(head: Sequence[Row], name: str, options: ReadOptions = AS_FOUND, *, plain: bool = False) -> Layout:
    """Judge the first rows that show anything; raises Refused where they hold no list, or more than one.

    `plain` says that it is a text file of no columns, as people write numbers one after the other.
    """
    if not head:
        raise Refused("file_empty", f"{name} is empty; a list has one phone number a row.")
    width = max(len(cells) for _, cells in head)
    header = _header(head, width)
    header_row, body = 0, list(head)
    names: tuple[str, ...] = ()
    if header is not None:
        header_row, names = head[header][0], variable_names(head[header][1])
        body = list(head[header + 1 :])
        names, below = _second_heading(head, header, names)
        if below:
            header_row, body = head[header + 1][0], body[1:]
    if not body:
        raise Refused("file_only_header", f"{name} has a heading in row {header_row} and no row below it.")
    rows = [cells for _, cells in body]
    columns = [_judged(at, names, rows) for at in range(width)]
    notes = _above(head, header)
    if options.phone_column:
        return Layout(header_row, names, _asked(columns, options.phone_column, name), _widest(names, rows), notes=notes)
    if not names and _is_numbers_only(rows, plain=plain):
        return Layout(0, (), 0, every_cell=True)
    chosen, why = _choose(columns, name, len(rows), named=bool(names))
    return Layout(header_row, names, chosen, _widest(names, rows), notes=(*notes, *why))


def variable_names(header: Sequence[Cell]) -> tuple[str, ...]:
    """The headings as variables, "" for a blank one.

    A repeated heading stays repeated: whoever fills a text can then say that the variable is ambiguous.
    """
    return tuple(map(clean_name, header))


def _choose(columns: Sequence[Column], name: str, rows: int, *, named: bool) -> tuple[int, tuple[str, ...]]:
    """The column of the numbers, and what should be said about the choice."""
    sure = [one for one in columns if one.speaks is Speaks.OF_PHONES]
    full = [one for one in sure if one.mobiles]
    # The documents name this column, so it needs no judgement.
    exact = [one for one in sure if one.name == "phone"] or [one for one in sure if folded(one.name) == "phone"]
    if len(exact) > 1:
        raise _two(exact, name)
    # `Zalo`, `Người nhận`, `Contact` beside a column that speaks of phones, full of numbers too: it could be it as well.
    rivals = [one for one in columns if one.speaks is Speaks.PERHAPS and one.mobiles and one.mostly_numbers]
    if exact:
        passed = [one for one in columns if one in (*full, *rivals) and one is not exact[0]]
        return exact[0].at, tuple(f"C{str(one)[1:]} is not read; {_named(exact[0])} is." for one in passed)
    if full and len(full) + len(rivals) > 1:
        raise _two([one for one in columns if one in (*full, *rivals)], name)
    if full:
        empty = [one for one in sure if one is not full[0]]
        return full[0].at, tuple(
            f"No mobile number was found in {_named(one)}; {_named(full[0])} is read." for one in empty
        )
    if sure:
        return max(sure, key=lambda one: one.meant).at, ()
    return _choose_by_values(columns, name, rows, named=named)


def _choose_by_values(columns: Sequence[Column], name: str, rows: int, *, named: bool) -> tuple[int, tuple[str, ...]]:
    """No heading speaks of phones: the one column of numbers whose heading does not speak of something else."""
    possible = [one for one in columns if one.speaks is not Speaks.OF_OTHER and one.mobiles]
    likely = [one for one in possible if one.mostly_numbers] or possible
    if len(likely) > 1:
        raise Refused(
            "file_ambiguous_phone_column",
            f"{name} has {len(likely)} columns that could be the numbers: {_listed(likely)}. Name the right one: {DECIDE}.",
            {"columns": [one.name or one.at + 1 for one in likely]},
        )
    if likely:
        return likely[0].at, (f"No heading speaks of phones; {_named(likely[0])} holds the numbers.",) if named else ()
    meant = [one for one in columns if one.speaks is not Speaks.OF_OTHER and one.meant]
    if meant:
        return max(meant, key=lambda one: one.meant).at, ()
    others = [one for one in columns if one.mobiles or one.meant]
    seen = (
        f"what looks like numbers stands under headings that speak of something else: {_listed(others)}"
        if others
        else f"none of its first {rows} rows holds a phone number"
    )
    raise Refused(
        "file_no_phone_column",
        f"{name} has no column named phone, and {seen}; name the column of the numbers phone, or say which it is: {DECIDE}.",
        {"columns": [one.name for one in columns]},
    )


def _asked(columns: Sequence[Column], asked: str, name: str) -> int:
    """The column that a person named: by its heading, or by its number from 1."""
    wanted = clean_name(asked)
    fitting = [one for one in columns if one.name == wanted] or [
        one for one in columns if one.name and one.name.casefold() == wanted.casefold()
    ]
    if not fitting and wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(columns):
        return int(wanted) - 1
    if len(fitting) == 1:
        return fitting[0].at
    if fitting:
        raise Refused(
            "file_two_phone_columns",
            f"{name} has {len(fitting)} columns named {wanted}: {_listed(fitting)}. Name the right one by its number: "
            "--phone-column NUMBER.",
        )
    there = ", ".join(one.name or f"column {one.at + 1}" for one in columns)
    raise Refused("file_unknown_phone_column", f"{name} has no column {wanted}; its columns are: {there}.")


def _two(columns: Sequence[Column], name: str) -> Refused:
    return Refused(
        "file_two_phone_columns",
        f"{name} has {len(columns)} columns of phone numbers: {_listed(columns)}. Name the right one: {DECIDE}.",
        {"columns": [one.name or one.at + 1 for one in columns]},
    )


def _listed(columns: Iterable[Column]) -> str:
    return ", ".join(map(str, columns))


def _named(one: Column) -> str:
    return f"column {one.at + 1}" + (f" ({one.name})" if one.name else "")


def _judged(at: int, names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Column:
    cells = [cells[at] for cells in rows if at < len(cells) and not is_blank(cells[at])]
    name = names[at] if at < len(names) else ""
    return Column(at, name, speaks(name), *_count(cells), len(cells))


def _header(head: Sequence[Row], width: int) -> int | None:
    """The position of the heading in `head`; None when the first row is already data."""
    passed = 0
    for position, (_, cells) in enumerate(head[:_TITLE_ROWS]):
        filled = [cell for cell in cells if not is_blank(cell)]
        if _count(filled) != (0, 0):
            passed += 1
            if passed > _LABEL_ROWS:
                break
        elif (len(filled) > 1 or position == 0) and _is_heading(filled):
            return position
    # None speaks of phones: the first row below the titles, where it is of words and numbers follow.
    position = next((at for at, (_, cells) in enumerate(head) if width == 1 or _filled(cells) > 1), 0)
    first = head[position][1]
    # In a single column a word nobody knows may be a heading or rubbish: as a row it is at least reported.
    words = width > 1 and _count(first) == (0, 0) and all(map(_is_word, first))
    return position if words and not any(_count(cells) != (0, 0) for _, cells in head[:position]) else None


def _is_heading(filled: Sequence[Cell]) -> bool:
    """Whether a row without numbers names a column of phones; `Điện thoại:` is a label, whose value stands elsewhere."""
    texts = [clean_name(cell) for cell in filled]
    if any(len(text) > LONGEST for text in texts):
        return False
    return any(speaks(text) is Speaks.OF_PHONES and not text.endswith(":") for text in texts)


def _second_heading(head: Sequence[Row], header: int, names: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """The names of a heading whose cells are merged over two rows, and whether the second is the row below."""
    above = variable_names(head[header - 1][1]) if header else ()
    if sum(map(bool, above)) > 1 and head[header - 1][0] == head[header][0] - 1 and _count(above) == (0, 0):
        longest = max(len(names), len(above))
        padded = [*names, *[""] * (longest - len(names))]
        return tuple(one or (above[at] if at < len(above) else "") for at, one in enumerate(padded)), False
    if header + 1 >= len(head):
        return names, False
    below = variable_names(head[header + 1][1])
    filled = [at for at, one in enumerate(below) if one]
    phones = [at for at, one in enumerate(names) if speaks(one) is Speaks.OF_PHONES]
    fills_gap = any(at >= len(names) or not names[at] for at in filled)
    over = not any(at in phones for at in filled) and all(_is_word(below[at]) for at in filled)
    if not (phones and fills_gap and over and not any(character.isdigit() for one in below for character in one)):
        return names, False
    longest = max(len(names), len(below))
    return tuple(
        (below[at] if at < len(below) else "") or (names[at] if at < len(names) else "") for at in range(longest)
    ), True


def _above(head: Sequence[Row], header: int | None) -> tuple[str, ...]:
    """A number above the heading is said, because it gets no message."""
    rows = [number for number, cells in head[: header or 0] if _count(cells)[0]]
    return tuple(f"The number in row {number} stands above the heading and gets no message." for number in rows)


def _is_numbers_only(rows: Sequence[Sequence[Cell]], *, plain: bool) -> bool:
    """Whether every cell is a number of its own: one line of many, lines of any length, or of many in a text file.

    Lines of two numbers each are left to a person: one may be the sender's.
    """
    widths = Counter(map(_filled, rows))
    alike = len(rows) > 1 and len(widths) == 1 and not (plain and max(widths) > 2)
    if max(widths) < 2 or alike:
        return False
    filled = [cell for cells in rows for cell in cells if not is_blank(cell)]
    return sum(_count(filled)) == len(filled)


def _widest(names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> int:
    """The cells of the heading up to its last name; without a heading, of most rows."""
    if names:
        return max(at + 1 for at, one in enumerate(names) if one)
    return Counter(_last(cells) for cells in rows).most_common(1)[0][0]


def _last(cells: Sequence[Cell]) -> int:
    return max((at + 1 for at, cell in enumerate(cells) if not is_blank(cell)), default=0)


def _filled(cells: Sequence[Cell]) -> int:
    return sum(not is_blank(cell) for cell in cells)


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
