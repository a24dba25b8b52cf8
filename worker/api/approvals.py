"""Approval of campaigns by HTTP: they are submitted, approved, declined, changed, copied, tried and forecast."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from worker.api import documents, openapi, responses
from worker.api.auth import RunsCampaigns, SeesCampaigns, Services
from worker.api.bodies import SMALL_BODY, json_body, optional_json
from worker.api.idempotency import REPLAY_HEADER, IdempotencyKey, answer, own
from worker.api.people_schemas import ChangeBody, CopyBody, DecisionBody, TestBody
from worker.errors import about
from worker.services.approval import change, copies, decide, trial
from worker.services.approval.change import Changes
from worker.services.deps import Deps
from worker.services.operations import idempotency
from worker.services.planning import forecast

router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])

DECIDED: Any = {
    200: {"model": responses.Decided, "headers": REPLAY_HEADER},
    **responses.problems(400, 404, 409, 413, 415, 422),
}


@router.post("/{campaign_id}/submit", summary="Submit a draft", response_class=JSONResponse, responses=DECIDED)
def submit(caller: RunsCampaigns, deps: Services, campaign_id: UUID, key: IdempotencyKey = None) -> JSONResponse:
    """Let a draft go on: to `awaiting_approval` where another person must agree first, else to `scheduled`."""
    return _once(
        deps, own(caller, key), f"submit {campaign_id}", lambda: documents.decided(decide.submit(deps, campaign_id))
    )


@router.post(
    "/{campaign_id}/approve",
    summary="Approve a campaign of somebody else",
    response_class=JSONResponse,
    openapi_extra=openapi.json_body("DecisionBody"),
    responses=DECIDED,
)
def approve(
    caller: RunsCampaigns,
    deps: Services,
    campaign_id: UUID,
    key: IdempotencyKey = None,
    *,
    said: Annotated[DecisionBody, Depends(optional_json(DecisionBody))],
) -> JSONResponse:
    """Agree to exactly what was frozen. Takes the key of a user with the role; nobody approves their own."""

    def done() -> dict[str, Any]:
        return documents.decided(decide.approve(deps, campaign_id, said.comment, seen=said.seen))

    return _once(deps, own(caller, key), f"approve {campaign_id} {said.seen}", done)


@router.post(
    "/{campaign_id}/decline",
    summary="Decline a campaign of somebody else",
    response_class=JSONResponse,
    openapi_extra=openapi.json_body("DecisionBody", required=True),
    responses=DECIDED,
)
def decline(
    caller: RunsCampaigns,
    deps: Services,
    campaign_id: UUID,
    key: IdempotencyKey = None,
    *,
    said: Annotated[DecisionBody, Depends(optional_json(DecisionBody))],
) -> JSONResponse:
    """Do not agree, and say why; it is a draft of its author's again."""

    def done() -> dict[str, Any]:
        with about("comment" if not said.comment.strip() else ""):
            return documents.decided(decide.decline(deps, campaign_id, said.comment))

    return _once(deps, own(caller, key), f"decline {campaign_id}", done)


@router.post(
    "/{campaign_id}/take-back", summary="Take a submitted campaign back", response_class=JSONResponse, responses=DECIDED
)
def take_back(caller: RunsCampaigns, deps: Services, campaign_id: UUID, key: IdempotencyKey = None) -> JSONResponse:
    """The author makes a draft of it again."""

    def done() -> dict[str, Any]:
        return documents.decided(decide.take_back(deps, campaign_id))

    return _once(deps, own(caller, key), f"take-back {campaign_id}", done)


@router.patch(
    "/{campaign_id}",
    summary="Change the name or the times of a campaign of which nothing has left",
    response_class=JSONResponse,
    openapi_extra=openapi.json_body("ChangeBody", required=True),
    responses={200: {"model": responses.Decided}, **responses.problems(400, 404, 409, 413, 415, 422)},
)
def patch(
    _caller: RunsCampaigns,
    deps: Services,
    campaign_id: UUID,
    wanted: Annotated[ChangeBody, Depends(json_body(ChangeBody, SMALL_BODY))],
) -> JSONResponse:
    """What waited for an approval, or had got one, is asked about anew."""
    changes = Changes(wanted.name, wanted.at, wanted.until)
    return JSONResponse(documents.decided(change.change(deps, campaign_id, changes)))


@router.post(
    "/{campaign_id}/copy",
    summary="Copy a campaign",
    status_code=202,
    response_class=JSONResponse,
    openapi_extra=openapi.json_body("CopyBody"),
    responses={
        202: {"model": responses.Draft, "description": "It was taken in.", "headers": REPLAY_HEADER},
        **responses.problems(400, 404, 409, 413, 415, 422),
    },
)
def copy(
    caller: RunsCampaigns,
    deps: Services,
    campaign_id: UUID,
    key: IdempotencyKey = None,
    *,
    wanted: Annotated[CopyBody, Depends(optional_json(CopyBody))],
) -> JSONResponse:
    """A new draft to the same people, or (`failed_only`) to those who certainly did not get it; never to unknown ones."""
    drafted = copies.copy_later(
        deps, campaign_id, own(caller, key), failed_only=wanted.failed_only, name=wanted.name.strip()
    )
    location = f"/v1/campaigns/{drafted.campaign.id}"
    return answer(documents.drafted(drafted), 202, repeated=drafted.repeated, location=location)


@router.post(
    "/{campaign_id}/test",
    summary="Send one row's text to one's own number",
    status_code=202,
    response_class=JSONResponse,
    openapi_extra=openapi.json_body("TestBody", required=True),
    responses={
        202: {"model": responses.Tested, "description": "It was taken in.", "headers": REPLAY_HEADER},
        **responses.problems(400, 404, 409, 413, 415, 422, 429),
    },
)
def send_test(
    caller: RunsCampaigns,
    deps: Services,
    campaign_id: UUID,
    key: IdempotencyKey = None,
    *,
    wanted: Annotated[TestBody, Depends(json_body(TestBody, SMALL_BODY))],
) -> JSONResponse:
    """Goes as a single message, by its rules and its limits; never part of the campaign. `GET /v1/otp/{id}` follows it."""
    sent = trial.send(deps, campaign_id, wanted.phone, wanted.row, own(caller, key))
    return answer(documents.tested(sent), 202, repeated=sent.repeated, location=f"/v1/otp/{sent.message.id}")


@router.get(
    "/{campaign_id}/forecast",
    summary="When the last one will leave, and what it costs by carrier",
    response_class=JSONResponse,
    responses={200: {"model": responses.Forecast}, **responses.problems(404, 422)},
)
def forecast_(_caller: SeesCampaigns, deps: Services, campaign_id: UUID) -> JSONResponse:
    """At the account's rate, in its hours, behind the campaigns that run already."""
    return JSONResponse(documents.forecast(forecast.show(deps, campaign_id)))


def _once(deps: Deps, key: str, what: str, act: Callable[[], dict[str, Any]]) -> JSONResponse:
    """Do it, or answer as the first time where the idempotency key stands for it already."""
    if not key:
        return answer(act(), 200, repeated=False)
    answered = idempotency.once(deps, key, what, act)
    return answer(answered.document, 200, repeated=answered.repeated)
