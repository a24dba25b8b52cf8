"""eSMS's memory of RequestIds against duplicates, in every reading that the web leaves open."""

from dataclasses import dataclass

from worker.sandbox.ledger import Order
from worker.sandbox.world import World


@dataclass(frozen=True, slots=True)
class First:
    """The first request with an id; `order` is None when it was refused or only tried (Sandbox)."""

    seconds: float
    order: Order | None


class RequestIds:
    """The ids of the last hours."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._firsts: dict[tuple[str, str], First] = {}

    def first(self, function: str, request_id: str) -> First | None:
        """The request that had this id first, if it still counts; an empty id never repeats."""
        first = self._firsts.get(self._key(function, request_id)) if request_id else None
        window_s = self._world.settings.request_id_hours * 3600
        return first if first and self._world.seconds() - first.seconds < window_s else None

    def keep(self, function: str, request_id: str, order: Order | None) -> None:
        """Remember an id; a repeat within the window does not prolong it."""
        if request_id and self.first(function, request_id) is None:
            self._firsts[self._key(function, request_id)] = First(self._world.seconds(), order)

    def _key(self, function: str, request_id: str) -> tuple[str, str]:
        settings = self._world.settings
        return (
            function if settings.request_ids_per_function else "",
            request_id if settings.request_id_case_sensitive else request_id.casefold(),
        )
