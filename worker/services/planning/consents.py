"""The columns of a list that are the proof of consent, and what each row says."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from worker.domain.consent import Consent, Fault, read
from worker.lists.headings import folded

#: Headings without case, accents and punctuation, by what they hold.
HEADINGS: Final = {
    "at": ("consentat", "consentdate", "ngaydongy", "thoidiemdongy"),
    "source": ("consentsource", "nguondongy"),
    "evidence": ("consentevidence", "bangchungdongy"),
}


class Consents:
    """The consents of a list, row by row; `unread` counts those that a row names and that are no proof."""

    def __init__(self, columns: Sequence[str], now: datetime, *, required: bool) -> None:
        names = [folded(name) for name in columns]
        self._places = {
            what: next((at for at, name in enumerate(names) if name in known), None) for what, known in HEADINGS.items()
        }
        self._now, self._required = now, required
        self.unread = 0

    @property
    def there(self) -> bool:
        """Whether the list has the two columns that make a proof."""
        return self._places["at"] is not None and self._places["source"] is not None

    def of(self, cells: Sequence[Any]) -> Consent | Fault | None:
        """What a row proves; a Fault only where proof is required."""
        at, source, evidence = (self._cell(cells, what) for what in ("at", "source", "evidence"))
        found = read(at, source, evidence, self._now)
        if isinstance(found, Consent) or self._required:
            return found
        self.unread += found is not Fault.MISSING or bool(at or source)
        return None

    def _cell(self, cells: Sequence[Any], what: str) -> str:
        place = self._places[what]
        cell = cells[place] if place is not None and place < len(cells) else None
        if cell is None:
            return ""
        return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def of_list(columns: Sequence[str], now: datetime, *, required: bool) -> Consents | None:
    """The consents of a list; None where it has none and none is required, so that nothing is looked at."""
    found = Consents(columns, now, required=required)
    return found if required or found.there else None
