"""Finds the heading among the first rows, over one row or two, and what each column says of itself.

Above a heading there may be titles, labels and the shop's own number; a title that speaks of phones is no heading, since the
numbers do not stand below it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from worker.domain.phone import Fault, read
from worker.errors import Refused
from worker.lists.headings import BELOW_OTHERS, LONGEST, Speaks, clean_name, folded, speaks
from worker.lists.source import Cell, Row, is_blank

#: Not a number we can message, but certainly meant as one.
_MEANT_AS_NUMBER = frozenset(
    {Fault.SEVERAL, Fault.SCIENTIFIC, Fault.FIXED_LINE, Fault.FOREIGN, Fault.OLD_PREFIX, Fault.TOO_LONG}
)
#: A heading lies in the first rows or nowhere; above it there may be titles and labels.
_TITLE_ROWS = 20
#: More rows with numbers than this, without a word about them, may be the list itself.
_LABEL_ROWS = 3
#: So many rows are named in a sentence.
MOST_NAMED = 6
DECIDE = "Name the row of the heading by its number, or 0 where there is none: --header-row NUMBER"


@dataclass(frozen=True, slots=True)
class Heading:
    """What was found above the rows of a list."""

    #: The row of the heading; 0 when there is none.
    row: int = 0
    #: The names of the variables by column; "" for one that has none.
    names: tuple[str, ...] = ()
    #: The same with what spans it in the row above: "Số điện thoại Mẹ" where the variable is "Mẹ".
    whole: tuple[str, ...] = ()
    #: How many of the first rows it takes, with all that stands above it.
    rows: int = 0
    notes: tuple[str, ...] = field(default=())

    def speaks(self, at: int) -> Speaks:
        """How surely a column is named as that of the numbers."""
        if at >= len(self.names):
            return Speaks.OF_NOTHING
        own = speaks(self.names[at])
        return own if own is not Speaks.OF_NOTHING else speaks(self.whole[at])


def heading_of(head: Sequence[Row], width: int, name: str, *, plain: bool = False) -> Heading:
    """The heading among the first rows that show anything; an empty one when the first row is already data.

    Refused `file_numbers_above_heading` where it stands below what may be people of the list `name`.

    In a `plain` text no value stands beside its label.
    """
    position = _position(head, width, name, labels=width > 1 and not plain)
    if position is None:
        return Heading()
    if (merged := _with_row_above(head, position)) is not None:
        return merged
    names = variable_names(head[position][1])
    if (below := _below(head, position, names)) is not None:
        longest = max(len(names), len(below))
        names, below = _padded(names, longest), _padded(below, longest)
        whole, notes = _spanned(names, below), _above(head, position)
        return Heading(head[position + 1][0], tuple(map(_or, below, names)), whole, position + 2, notes)
    return _alone(head, position)


def chosen_heading(head: Sequence[Row], asked: str, name: str) -> Heading:
    """The heading that a person named by the number of its row, the last one of several; `0` is none.

    Refused `file_unknown_header_row` where the list `name` has no such row among the first ones, and
    `file_header_row_of_numbers` where somebody's number stands in it.
    """
    if asked.isdecimal() and not int(asked):
        return Heading()
    wanted = int(asked) if asked.isdecimal() else -1
    position = next((at for at, (number, _) in enumerate(head) if number == wanted), None)
    if position is None:
        raise Refused(
            "file_unknown_header_row",
            f"{name} has no row {asked} with anything in it among its first {len(head)}. {DECIDE}.",
            {"header_row": asked},
        )
    if count(head[position][1])[0]:
        raise Refused(
            "file_header_row_of_numbers",
            f"{name} has a phone number in row {asked}, so that row is no heading. {DECIDE}.",
            {"header_row": asked},
        )
    return _with_row_above(head, position) or _alone(head, position)


def variable_names(header: Sequence[Cell]) -> tuple[str, ...]:
    """The headings as variables, "" for a blank one.

    A repeated heading stays repeated: whoever fills a text can then say that the variable is ambiguous.
    """
    return tuple(map(clean_name, header))


def count(cells: Iterable[Cell]) -> tuple[int, int]:
    """How many of the cells are mobile numbers, and how many others are certainly meant as numbers."""
    valid = meant = 0
    for cell in cells:
        found = read(cell)
        if not isinstance(found, Fault):
            valid += 1
        elif found in _MEANT_AS_NUMBER:
            meant += 1
    return valid, meant


def filled(cells: Sequence[Cell]) -> list[Cell]:
    """The cells that show anything."""
    return [cell for cell in cells if not is_blank(cell)]


def _position(head: Sequence[Row], width: int, name: str, *, labels: bool) -> int | None:
    possible, numbered = [], list[int]()
    for position, (_, cells) in enumerate(head[:_TITLE_ROWS]):
        shown = filled(cells)
        if count(shown) != (0, 0):
            numbered.append(position)
        elif (len(shown) > 1 or position == 0) and _names_phones(shown, labels=labels):
            if len(numbered) <= _LABEL_ROWS:
                possible.append(position)
            elif not possible and len(shown) > 1 and _numbers_below(head, position):
                _refuse_numbers_above(head, numbered, position, name)
                return position
    rows = [at for at in possible if len(filled(head[at][1])) > 1]
    over_numbers = (at for at in rows if _numbers_below(head, at))
    first = next(over_numbers, next(iter(rows), None))
    if first is None and width > 1:
        first = _by_words(head)
    return next(iter(possible), None) if first is None else first


def _refuse_numbers_above(head: Sequence[Row], numbered: Sequence[int], position: int, name: str) -> None:
    """Many numbers above what looks like the heading are the shop's own only where words beside them say so."""
    unlabelled = [head[at][0] for at in numbered if not any(map(_is_label, filled(head[at][1])))]
    if unlabelled:
        raise Refused(
            "file_numbers_above_heading",
            f"{name}: row {head[position][0]} looks like the heading, and {len(numbered)} rows with numbers stand above it, the "
            f"first of them row {head[numbered[0]][0]}. If they are people of the list, move the heading above them; else delete "
            f"those rows, or name the heading: --header-row {head[position][0]}.",
            {"header_row": head[position][0], "rows": [head[at][0] for at in numbered]},
        )


def _is_label(cell: Cell) -> bool:
    text = clean_name(cell)
    return any(map(str.isalpha, text)) and (text.endswith(":") or speaks(text) in {Speaks.OF_PHONES, Speaks.PERHAPS})


def _by_words(head: Sequence[Row]) -> int | None:
    """None speaks of phones: the first row below the titles, where it is of words and numbers follow."""
    position = next((at for at, (_, cells) in enumerate(head) if len(filled(cells)) > 1), 0)
    first = head[position][1]
    # In a single column a word nobody knows may be a heading or rubbish: as a row it is at least reported.
    words = count(first) == (0, 0) and all(map(_is_word, first))
    return position if words and not any(count(cells) != (0, 0) for _, cells in head[:position]) else None


def _names_phones(shown: Sequence[Cell], *, labels: bool) -> bool:
    """Whether a row without numbers names a column of phones; `Điện thoại:` is a label, whose value stands beside it."""
    texts = [clean_name(cell) for cell in shown]
    if any(len(text) > LONGEST for text in texts):
        return False
    return any(speaks(text) is Speaks.OF_PHONES and not (labels and text.endswith(":")) for text in texts)


def _numbers_below(head: Sequence[Row], position: int) -> bool:
    """Whether numbers stand in a column that this row names as that of the numbers."""
    places = [at for at, cell in enumerate(head[position][1]) if speaks(clean_name(cell)) is Speaks.OF_PHONES]
    below = (cells[at] for _, cells in head[position + 1 :] for at in places if at < len(cells))
    return any(count([cell]) != (0, 0) for cell in below)


def _alone(head: Sequence[Row], position: int) -> Heading:
    number, cells = head[position]
    names = variable_names(cells)
    return Heading(number, names, names, position + 1, _above(head, position))


def _with_row_above(head: Sequence[Row], position: int) -> Heading | None:
    """The heading whose lower row this is, its cells merged over two rows; None where the row above is something else."""
    if not position or (above := _adjacent(head, position - 1)) is None:
        return None
    number, cells = head[position]
    names = variable_names(cells)
    longest = max(len(names), len(above))
    names, above = _padded(names, longest), _padded(above, longest)
    whole, notes = _spanned(above, names), _above(head, position)
    return Heading(number, tuple(map(_or, names, above)), whole, position + 1, notes)


def _adjacent(head: Sequence[Row], position: int) -> tuple[str, ...] | None:
    """The upper row of a heading whose cells are merged over two rows; None where that row is something else."""
    cells = head[position][1]
    above = variable_names(cells)
    next_to = head[position][0] == head[position + 1][0] - 1
    return above if next_to and sum(map(bool, above)) > 1 and count(cells) == (0, 0) else None


def _below(head: Sequence[Row], position: int, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """The lower row of a heading whose cells are merged over two rows; None where that row is data."""
    if position + 1 >= len(head):
        return None
    cells = head[position + 1][1]
    below = variable_names(cells)
    places = [at for at, one in enumerate(below) if one]
    if count(cells) != (0, 0) or not all(_is_word(below[at]) for at in places):
        return None
    phones = [at for at, one in enumerate(names) if speaks(one) is Speaks.OF_PHONES]
    if sum(_is_known_heading(below[at]) or _over_no_words(head, position + 1, at) for at in places) * 2 < len(places):
        return None
    fills_gap = any(at >= len(names) or not names[at] for at in places)
    digits = any(character.isdigit() for one in below for character in one)
    beside_phones = bool(phones) and not any(at in phones for at in places)
    return below if fills_gap and ((beside_phones and not digits) or _is_merged(names, below)) else None


def _is_known_heading(name: str) -> bool:
    return folded(name) in BELOW_OTHERS or speaks(name) is not Speaks.OF_NOTHING


def _over_no_words(head: Sequence[Row], position: int, at: int) -> bool:
    """Whether mostly numbers or dates stand below a cell, so that a word there is a name."""
    below = filled([cells[at] for _, cells in head[position + 1 :] if at < len(cells)])
    return sum(map(_is_word, below)) * 2 < len(below)


def _is_merged(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether a row names the columns below merged cells, all of them, and nothing else."""
    longest = max(len(upper), len(lower))
    upper, lower = _padded(upper, longest), _padded(lower, longest)
    spans = _spans(upper)
    beneath = {at for span in spans for at in span}
    if any(one for at, one in enumerate(lower) if at not in beneath):
        return False
    # The last span has no end that could be seen.
    named = [[at for at in span if lower[at]] for span in spans]
    return all(len(found) in {0, len(span)} for found, span in zip(named[:-1], spans[:-1], strict=True)) and any(
        len(found) > 1 for found in named
    )


def _spans(row: Sequence[str]) -> list[range]:
    """The columns that each name covers with the blank cells behind it, where there are any."""
    starts = [at for at, one in enumerate(row) if one]
    found = [range(start, end) for start, end in zip(starts, [*starts[1:], len(row)], strict=True)]
    return [span for span in found if len(span) > 1]


def _spanned(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    """Each name of the lower row with the one that spans it."""
    whole = list(map(_or, lower, upper))
    for span in _spans(upper):
        if not upper[span.start].endswith(":") and sum(bool(lower[at]) for at in span) > 1:
            for at in span:
                whole[at] = f"{upper[span.start]} {lower[at]}".strip()
    return tuple(whole)


def _above(head: Sequence[Row], position: int) -> tuple[str, ...]:
    """A number above the heading is said, because it gets no message."""
    rows = [str(number) for number, cells in head[:position] if count(cells)[0]]
    if (more := len(rows) - MOST_NAMED) > 0:
        first = ", ".join(rows[:MOST_NAMED])
        return (f"The numbers in rows {first} and {more} more stand above the heading and get no message.",)
    if len(rows) > 1:
        return (f"The numbers in rows {', '.join(rows)} stand above the heading and get no message.",)
    return tuple(f"The number in row {row} stands above the heading and gets no message." for row in rows)


def _padded(names: Sequence[str], width: int) -> tuple[str, ...]:
    return (*names, *[""] * (width - len(names)))


def _or(one: str, other: str) -> str:
    return one or other


def _is_word(cell: Cell) -> bool:
    """Whether the cell may stand in a heading: blank, or with a letter in it."""
    return is_blank(cell) or any(character.isalpha() for character in str(cell))
