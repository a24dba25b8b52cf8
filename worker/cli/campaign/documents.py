"""How do the answers of commands look as JSON? Those that HTTP gives too, and those that only a command gives."""

from typing import Any

from worker.api.documents import campaign, counted, receipt, shown
from worker.domain.window import local
from worker.services.plan import Plan
from worker.services.resolve import Resolved

__all__ = ["campaign", "counted", "created", "receipt", "resolved", "shown"]


def created(plan: Plan, refused_by_reason: dict[str, int], *, dry_run: bool) -> dict[str, Any]:
    """The answer to `create`; without an id when nothing was stored."""
    one = plan.campaign
    return {
        "id": None if dry_run else str(one.id),
        "name": one.name,
        "status": str(one.status),
        **counted(one),
        "batches": plan.batches,
        "scheduled_for": local(one.scheduled_for),
        "notes": plan.notes,
        # The list is not read again for a key that was used before.
        "refused_by_reason": None if plan.repeated else refused_by_reason,
        "repeated": plan.repeated,
    }


def resolved(campaign_id: object, batch: int, what: Resolved) -> dict[str, Any]:
    """The answer to `resolve`."""
    return {
        "id": str(campaign_id),
        "batch": batch,
        "numbers": what.numbers,
        "state": str(what.state),
        "status": str(what.status),
    }
