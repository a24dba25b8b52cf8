"""What a page shows of the numbers that get no ads; nothing in it takes longer with the length of the list."""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.services.deps import Deps
from worker.storage.operations import suppression
from worker.storage.operations.suppression import DO_NOT_CALL, Entry
from worker.storage.tables.policy import SuppressionImport


@dataclass(frozen=True, slots=True)
class Overview:
    """The list as a page shows it."""

    numbers: int
    #: Whether that was counted, and not estimated.
    exact: bool
    #: The latest entries that are not of the national list, and the latest lists that were imported.
    entries: Sequence[Entry]
    imports: Sequence[SuppressionImport]
    #: The newest national list; None: none was ever imported.
    last: SuppressionImport | None


def overview(deps: Deps, limit: int, lists: int = 5) -> Overview:
    """What a page shows of the list, whatever its length."""
    with deps.sessions() as session:
        numbers, exact = suppression.about(session)
        entries, imported = suppression.newest_own(session, limit), suppression.imports(session, lists)
        return Overview(numbers, exact, entries, imported, suppression.last_import(session, DO_NOT_CALL))
