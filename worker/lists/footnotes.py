"""Below a list there may stand the shop's own hotline or a total: what a row of that kind holds is no number of the list.

Such a row begins with a word about itself (`Hotline:`, `Mọi thắc mắc liên hệ`, `Tổng cộng`) where the others begin with a name,
stands among the last, and has fewer cells than they, or a blank row above it, or nothing before that word.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from worker.domain.phone import Fault, read
from worker.lists.headings import Speaks, clean_name, plain, speaks
from worker.lists.source import Cell, Row, is_blank

#: So many rows are looked at, those that show anything.
_LAST_ROWS = 5
#: Read ahead, so that the last ones are known as such; more than `_LAST_ROWS` with blank ones between them.
_AHEAD = 500
#: What a row of that kind begins with, without accents.
_WORDS = re.compile(
    r"\b(?:hotline|tong dai|cskh|cham soc khach hang|lien he|lien lac|thac mac|can ho tro|ghi chu|luu y|nguoi lap|nguoi xuat"
    r"|phu trach|tong cong|tong so|grand total|total|notes?|contact|support|prepared by|customer service)\b"
)
#: No name begins so, whatever else the row has.
_BEGINS = re.compile(rf"(?:{_WORDS.pattern}|(?:dien thoai|so dien thoai|sdt|tel|phone|tong)\b[\d :.]*\Z)")


class Footnotes:
    """Finds them below one list, judged by its first rows."""

    def __init__(self, head: Sequence[Sequence[Cell]], phone_column: int) -> None:
        self._at = phone_column
        #: Of a short list the lower half.
        self._last = min(_LAST_ROWS, max(1, len(head) // 2))
        upper = head[: -self._last]
        self._usual = Counter(map(_filled, upper)).most_common(1)[0][0] if upper else 0
        #: In a list whose rows begin so, such a word says nothing.
        self._can_be_told = bool(upper) and not any(_speaks_of_itself(self._first(cells)) for cells in upper)
        self._found: dict[int, str] = {}
        self._apart: list[int] = []

    @property
    def notes(self) -> list[str]:
        """What is said of each; complete when all rows were read."""
        said = [
            f'Row {row} says "{label}" beside its number: it is taken for a note below the list and gets no message.'
            for row, label in self._found.items()
        ]
        rows = ", ".join(map(str, self._apart))
        apart = f"What stands apart below the list, with fewer cells than the others, gets a message too: row {rows}."
        return [*said, *([apart] if self._apart else [])]

    def without(self, rows: Iterator[Row]) -> Iterator[Row]:
        """All rows but those."""
        self._found.clear()
        self._apart.clear()
        piece = list(islice(rows, _AHEAD))
        while len(following := list(islice(rows, _AHEAD))) == _AHEAD:
            yield from piece
            piece = following
        piece += following
        shown = [place for place, (_, cells) in enumerate(piece) if _filled(cells)]
        if not self._can_be_told or len(shown) <= self._last:
            yield from piece
            return
        # The blank row above them counts.
        last = shown[-self._last] - 1
        yield from piece[:last]
        yield from self._of_last(piece[last:])

    def _of_last(self, rows: Sequence[Row]) -> Iterator[Row]:
        gap, label = False, ""
        for number, cells in rows:
            gap = gap or not _filled(cells)
            first, sparse = clean_name(self._first(cells)), _filled(cells) < self._usual
            if (gap or sparse) and _speaks_of_itself(first):
                label = first
            elif not (gap and sparse):
                # Below a blank row what is said in one goes on in the next.
                label = first if _begins(first) else ""
            is_number = not isinstance(read(cells[self._at]), Fault)
            if is_number and label:
                self._found[number] = label
                continue
            if is_number and gap and sparse:
                self._apart.append(number)
            yield number, cells

    def _first(self, cells: Sequence[Cell]) -> Cell:
        """The first cell that shows anything beside the number."""
        return next((cell for at, cell in enumerate(cells) if at != self._at and not is_blank(cell)), None)


def _filled(cells: Sequence[Cell]) -> int:
    return sum(not is_blank(cell) for cell in cells)


def _speaks_of_itself(cell: Cell) -> bool:
    name = clean_name(cell)
    return speaks(name) is Speaks.OF_PHONES or bool(_WORDS.search(plain(name))) or _begins(name)


def _begins(name: str) -> bool:
    return _BEGINS.match(plain(name).lstrip(" (*-•–[")) is not None
