"""The JSON answers of campaign commands: those that HTTP gives too, and those that only a command gives."""

from typing import Any

from worker.api import documents
from worker.api.documents import campaign, counted, receipt, shown
from worker.services.planning.forecast import Forecast
from worker.services.planning.plan import Plan
from worker.services.unknown.resolve import Resolved

__all__ = ["campaign", "counted", "created", "receipt", "resolved", "shown"]


def created(
    plan: Plan, refused_by_reason: dict[str, int], *, dry_run: bool, forecast: Forecast | None = None
) -> dict[str, Any]:
    """The answer to `create` and `copy`; without an id when nothing was stored, with a forecast then."""
    return {
        **documents.created(plan, dry_run=dry_run),
        # The list is not read again for a key that was used before.
        "refused_by_reason": None if plan.repeated else refused_by_reason,
        **({} if forecast is None else {"forecast": documents.forecast(forecast)}),
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
