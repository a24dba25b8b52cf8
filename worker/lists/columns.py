"""Which row is the heading, which column holds the numbers, and what the others are called; judged by the first rows.

Nothing is guessed: where two columns could both be the numbers the list is refused, naming both, until a person decides.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from worker.domain.phone import is_among_words, several
from worker.errors import Refused
from worker.lists.header import Heading, chosen_heading, count, filled, heading_of
from worker.lists.headings import Speaks, clean_name, folded, has_phone_word
from worker.lists.source import AS_FOUND, Cell, ReadOptions, Row, is_blank

#: So many columns are named in a sentence.
_NAMED = 6
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
    #: Nobody who looks at the workbook sees it.
    hidden: bool = False
    #: A cell that holds a number among words, where none is a number.
    among: str = ""

    def __str__(self) -> str:
        place = f"column {self.at + 1}"
        named = f"{place} ({self.name})" if self.name else place
        return f"{named} with {self.mobiles} number{'s' * (self.mobiles != 1)}" + (", hidden" if self.hidden else "")

    @property
    def mostly_numbers(self) -> bool:
        return self.mobiles * 2 >= max(1, self.filled)


def layout_of(
    head: Sequence[Row],
    name: str,
    options: ReadOptions = AS_FOUND,
    *,
    plain: bool = False,
    placed: bool = False,
    hidden: Sequence[Sequence[int]] = (),
) -> Layout:
    """Judge the first rows that show anything; raises Refused where they hold no list, or more than one.

    `plain` says that it is a text file of no columns, as people write numbers one after the other; `placed` that each cell
    stands where somebody put it, as in a workbook; `hidden` which of its columns, from the first to the last of some on end,
    nobody sees.
    """
    if not head:
        raise Refused("file_empty", f"{name} is empty; a list has one phone number a row.")
    width = max(len(cells) for _, cells in head)
    asked = options.header_row
    heading = chosen_heading(head, asked, name) if asked else heading_of(head, width, name, plain=plain)
    rows = [cells for _, cells in head[heading.rows :]]
    if not rows:
        raise Refused("file_only_header", f"{name} has a heading in row {heading.row} and no row below it.")
    columns = [_judged(at, heading, rows, hidden) for at in range(width)]
    widest, unnamed = _widest(heading.names, rows, placed=placed)
    notes = (*heading.notes, *unnamed)
    if options.phone_column:
        column = _asked(columns, options.phone_column, name)
        return Layout(heading.row, heading.names, column, widest, notes=(*notes, *_unseen(columns[column])))
    lone = sum(map(bool, heading.names)) == 1 and plain
    if (not heading.names or lone) and _is_numbers_only(rows, plain=plain):
        return Layout(heading.row, heading.names, 0, every_cell=True)
    chosen, why = _choose(columns, name, len(rows), named=bool(heading.names))
    return Layout(heading.row, heading.names, chosen, widest, notes=(*notes, *why, *_unseen(columns[chosen])))


def _unseen(one: Column) -> tuple[str, ...]:
    return (f"C{_named(one)[1:]} is hidden in the workbook, and its numbers are read.",) if one.hidden else ()


def _choose(columns: Sequence[Column], name: str, rows: int, *, named: bool) -> tuple[int, tuple[str, ...]]:
    """The column of the numbers, and what should be said about the choice."""
    sure = [one for one in columns if one.speaks is Speaks.OF_PHONES]
    full = [one for one in sure if one.mobiles]
    # The documents name this column, so it needs no judgement, if it can be seen.
    seen = [one for one in sure if not one.hidden or len(sure) == 1]
    exact = [one for one in seen if one.name == "phone"] or [one for one in seen if folded(one.name) == "phone"]
    if len(exact) > 1:
        raise _two(exact, name)
    # `Zalo`, `Người nhận`, `Contact` beside a column that speaks of phones, full of numbers too: it could be it as well.
    rivals = [one for one in columns if one.speaks is Speaks.PERHAPS and one.mobiles and one.mostly_numbers]
    if exact:
        passed = [one for one in columns if one in (*full, *rivals) and one is not exact[0]]
        passed += [] if exact[0].mobiles else [one for one in _unsaid(columns) if one not in rivals]
        return exact[0].at, tuple(f"C{str(one)[1:]} is not read; {_named(exact[0])} is." for one in passed)
    if full and len(full) + len(rivals) > 1:
        raise _two([one for one in columns if one in (*full, *rivals)], name)
    if full:
        empty = [one for one in sure if one is not full[0]]
        return full[0].at, tuple(
            f"No mobile number was found in {_named(one)}; {_named(full[0])} is read." for one in empty
        )
    if sure and (others := _unsaid(columns)):
        without = ", ".join(map(_named, sure))
        raise Refused(
            "file_ambiguous_phone_column",
            f"{name} has no mobile number in {without}, and there are numbers in {_listed(others)}. Name the right one: "
            f"{DECIDE}.",
            {"columns": [one.name or one.at + 1 for one in (*sure, *others)]},
        )
    if sure:
        return max(sure, key=lambda one: one.meant).at, ()
    return _choose_by_values(columns, name, rows, named=named)


def _unsaid(columns: Sequence[Column]) -> list[Column]:
    """Columns of numbers whose heading speaks neither of phones nor of anything else; a lone number is a remark."""
    unsaid = (Speaks.OF_NOTHING, Speaks.PERHAPS)
    return [one for one in columns if one.speaks in unsaid and one.mobiles > 1 and one.mostly_numbers]


def _choose_by_values(columns: Sequence[Column], name: str, rows: int, *, named: bool) -> tuple[int, tuple[str, ...]]:
    """No heading speaks of phones: the one column of numbers whose heading does not speak of something else."""
    possible = [one for one in columns if one.speaks is not Speaks.OF_OTHER and one.mobiles]
    likely = [one for one in possible if one.mostly_numbers] or possible
    if len(likely) == 1 and likely[0].speaks is Speaks.OF_NOTHING:
        # A word about phones beside one of something else may still be theirs.
        likely = [
            one for one in columns if one in likely or (has_phone_word(one.name) and one.mobiles and one.mostly_numbers)
        ]
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
    if among := next((one.among for one in columns if one.among), ""):
        raise Refused(
            "file_no_phone_column",
            f'{name} has numbers only among words ("{among}"): give them a column of their own, behind a comma or a tab.',
            {"columns": [one.name for one in columns]},
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


def _listed(columns: Sequence[Column]) -> str:
    more = len(columns) - _NAMED
    return ", ".join(map(str, columns[:_NAMED])) + (f" and {more} more" if more > 0 else "")


def _named(one: Column) -> str:
    return f"column {one.at + 1}" + (f" ({one.name})" if one.name else "")


def _judged(at: int, heading: Heading, rows: Sequence[Sequence[Cell]], hidden: Sequence[Sequence[int]]) -> Column:
    cells = [cells[at] for cells in rows if at < len(cells) and not is_blank(cells[at])]
    name = heading.names[at] if at < len(heading.names) else ""
    unseen = any(first <= at <= last for first, last in hidden)
    mobiles, meant = count(cells)
    among = "" if mobiles or meant else next((str(cell) for cell in cells[:20] if is_among_words(cell)), "")[:60]
    return Column(at, name, heading.speaks(at), mobiles, meant, len(cells), unseen, among)


def _is_numbers_only(rows: Sequence[Sequence[Cell]], *, plain: bool) -> bool:
    """Whether every cell is a number of its own: one line of many, lines of any length, or of many in a text file.

    Lines of two numbers each are left to a person: one may be the sender's.
    """
    numbers = [
        [len(several(cell)) or 1 for cell in filled(cells)] if plain else [1] * len(filled(cells)) for cells in rows
    ]
    widths = Counter(map(sum, numbers))
    alike = len(rows) > 1 and len(widths) == 1 and not (plain and max(widths) > 2)
    if max(widths) < 2 or alike:
        return False
    cells = [cell for cells in rows for cell in filled(cells)]
    apart = sum(one > 1 for line in numbers for one in line)
    return sum(count(cells)) == len(cells) and (not apart or max(widths) > 2)


def _widest(names: Sequence[str], rows: Sequence[Sequence[Cell]], *, placed: bool) -> tuple[int, tuple[str, ...]]:
    """The cells of the heading up to its last name, without a heading of most rows; and what should be said about it.

    In a workbook a column without a name may be filled in most rows, and nothing has moved unless numbers stand there.
    """
    lengths = Counter(map(_last, rows))
    if not names:
        return lengths.most_common(1)[0][0], ()
    widest = max(at + 1 for at, one in enumerate(names) if one)
    beyond = [cells for cells in rows if _last(cells) > widest]
    if placed and len(beyond) * 2 > len(rows) and not any(count(cells[widest:])[0] for cells in beyond):
        return 0, (f"Most rows have more cells than the heading; what stands right of column {widest} is in no text.",)
    return widest, ()


def _last(cells: Sequence[Cell]) -> int:
    return max((at + 1 for at, cell in enumerate(cells) if not is_blank(cell)), default=0)
