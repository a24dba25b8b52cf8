"""Approval by a second person: exactly what was frozen, then a yes or a no with a reason; nobody decides about their own."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from dateutil.parser import isoparse  # type: ignore[import-untyped]  # dateutil ships no types
from fastapi import APIRouter, Request
from starlette.responses import Response

from worker.console import sentences
from worker.console.forms import Posted
from worker.console.pages.login import see
from worker.console.render import page
from worker.console.visitors import Me, Visitor
from worker.domain.actor import Forbidden
from worker.domain.roles import May
from worker.errors import LoaError, NotFound
from worker.services.approval import decide
from worker.services.operations import overview
from worker.services.planning import forecast
from worker.services.reporting import warnings

router: Final = APIRouter()


@router.get("/approvals")
def waiting(request: Request, me: Me) -> Response:
    """What waits, the first of all first."""
    me.must(May.APPROVE)
    found = decide.waiting(me.deps)
    return page(request, me, "approvals.html", found=found, four_eyes=me.deps.people.four_eyes)


@router.get("/approvals/{campaign_id}")
def look(request: Request, me: Me, campaign_id: UUID) -> Response:
    """What was frozen."""
    return _looked(request, me, campaign_id)


@router.post("/approvals/{campaign_id}")
def settle(request: Request, me: Me, campaign_id: UUID, sent: Posted) -> Response:
    """Agree or not; of two at once one is told that the other was first."""
    me.must(May.APPROVE)
    yes = sent["verdict"] == "approve"
    try:
        if yes:
            decide.approve(me.deps, campaign_id, sent["comment"], seen=sent["seen"])
        else:
            decide.decline(me.deps, campaign_id, sent["comment"])
    except Forbidden:
        raise
    except LoaError as fault:
        return _looked(request, me, campaign_id, sentences.fault(me.catalogue, me.formats, fault))
    return see("/approvals", "approved" if yes else "declined")


def _looked(request: Request, me: Visitor, campaign_id: UUID, wrong: str = "") -> Response:
    me.must(May.APPROVE)
    one = overview.one(me.deps, campaign_id)
    asked = decide.history(me.deps, campaign_id)
    if not asked:
        raise NotFound("approval", str(campaign_id))
    question = asked[0]
    facts = question.facts
    own = me.me.user.id in {one.campaign.author_id, question.submitter_id}
    values: dict[str, Any] = {
        "one": one,
        "question": question,
        "asked": asked,
        "facts": facts,
        "cost": Decimal(facts["cost_estimate"]) if facts.get("cost_estimate") else None,
        "times": {name: _moment(facts.get(name)) for name in ("scheduled_for", "until", "finish_estimate")},
        "carriers": dict(forecast.in_order(facts.get("carriers"))),
        "advice": [(found.code, found.words) for found in warnings.of(me.deps, one.campaign)],
        "price": me.deps.account(one.campaign.provider, one.campaign.channel).price_per_part,
        "own": own,
        "wrong": wrong,
    }
    return page(request, me, "approval.html", 422 if wrong else 200, **values)


def _moment(written: Any) -> datetime | None:
    found: datetime | None = isoparse(written) if written else None
    return found
