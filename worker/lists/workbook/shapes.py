"""Nearly all rows of a sheet have one shape: a pattern made from one of them reads many at once."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from worker.lists.workbook.cells import column_index

#: Attributes that no pattern looks at.
ATTRIBUTES: Final = r'(?: [\w:.]+="[^"<>]*")*'
_ROW: Final = re.compile(rf'<row r="\d+"{ATTRIBUTES}>')
_CELL: Final = re.compile(
    r'<c r="([A-Z]{1,3})\d+"((?: s="\d+"| t="(?:s|n|str|inlineStr)")*)>(<v>|<is><t>)[^<]*(</v>|</t></is>)</c>'
)
_SAID: Final = re.compile(r' ([st])="(\w+)"')
#: Wider rows are read cell by cell.
_MOST_CELLS, _LAST_PLACE = 100, 200


@dataclass(frozen=True, slots=True)
class Shape:
    """What many rows have in common."""

    #: Column, kind and style of each cell.
    cells: tuple[tuple[int, str, str], ...]
    #: Finds a row's number and what stands in each cell, "" where there is none.
    pattern: re.Pattern[str]


def shape_of(text: str) -> Shape | None:
    """The shape of the first row in some XML, if it is a simple one."""
    start = text.find("<row")
    end = text.find("</row>", start)
    tag = _ROW.match(text, start)
    if tag is None:
        return None
    cells, at = [], tag.end()
    while at < end and (cell := _CELL.match(text, at)):
        cells.append((cell[1], cell[2], cell[3], cell[4]))
        at = cell.end()
    return _shape(tuple(cells)) if at == end and 0 < len(cells) <= _MOST_CELLS else None


@lru_cache(64)
def _shape(cells: tuple[tuple[str, str, str, str], ...]) -> Shape | None:
    pattern, found = [rf'<row r="(\d+)"{ATTRIBUTES}>'], []
    for column, attributes, before, after in cells:
        said = dict(_SAID.findall(attributes))
        if (before == "<v>") == (said.get("t") == "inlineStr"):
            return None
        pattern.append(rf'(?:<c r="{column}\1"{attributes}>{before}([^<]*){after}</c>)?')
        found.append((column_index(column), said.get("t", ""), said.get("s", "")))
    places = [place for place, _, _ in found]
    if places != sorted(set(places)) or places[-1] > _LAST_PLACE:
        return None
    return Shape(tuple(found), re.compile("".join(pattern) + "</row>"))
