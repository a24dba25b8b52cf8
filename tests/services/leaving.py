"""Sends campaigns to their last number, on a machine that may be busy."""

from uuid import UUID

from tests.world import World
from worker.services.reporting import report


def all_left(loa: World, campaign_id: UUID) -> None:
    """Send until no number is planned: a call that found no connection in time is put off, by more than a clock that stands."""
    for _ in range(10):
        loa.go()
        counts = report.show(loa.deps, campaign_id).counts
        if not counts["planned"]:
            return
        loa.clock.tick(seconds=2)
    raise AssertionError(counts)
