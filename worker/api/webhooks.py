"""A program tells Loa by HTTP where its events are to be posted; each key sees its own receivers, an admin key all."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from worker.api import documents_webhooks as documents
from worker.api import openapi, responses
from worker.api.auth import Services, needs
from worker.api.bodies import SMALL_BODY, json_body
from worker.api.schemas import Printable
from worker.domain.webhook import EVENTS, LONGEST_URL, parse_events
from worker.errors import about
from worker.services import webhooks
from worker.services.operations.api_keys import Known, Scope

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

Owner = Annotated[Known, Depends(needs(Scope.OTP, Scope.CAMPAIGNS))]


class WebhookAsk(BaseModel):
    """A receiver of events."""

    model_config = ConfigDict(extra="forbid")

    url: Printable = Field(
        min_length=1,
        max_length=LONGEST_URL,
        description="Where events are posted to.",
        examples=["https://shop.example/loa"],
    )
    events: list[Printable] = Field(
        default=[],
        max_length=len(EVENTS),
        description="Names, or patterns such as `otp.*`; empty: all.",
        examples=[["otp.*"]],
    )


class WebhookShown(BaseModel):
    """A receiver of events."""

    id: UUID
    url: str
    events: list[str]
    key_id: UUID | None
    created_at: datetime
    pending: int = Field(default=0, description="Events that are still to be delivered.")
    failed: int = Field(default=0, description="Events that were given up after 24 hours.")
    ended_at: datetime | None = Field(
        default=None,
        description="Since then it gets nothing more: it answered 410. Remove it, or add its address again.",
    )
    end_reason: str = Field(default="", description="Why, in words.")


class WebhookMade(BaseModel):
    """A receiver with its secret, by which it verifies events as the Standard Webhooks specification says."""

    id: UUID
    url: str | None
    events: list[str]
    key_id: UUID | None
    created_at: datetime
    secret: str
    former_secret_until: datetime | None = Field(description="Until then the secret before signs too.")


class Webhooks(BaseModel):
    """The receivers of a key, and the secret that signs what goes to the `callback_url` of its requests."""

    webhooks: list[WebhookShown]
    callback_secret: str


class Delivery(BaseModel):
    """One event for one receiver, and what came of it."""

    id: int
    event_id: UUID
    webhook_id: UUID
    type: str
    about: UUID
    state: str
    tries: int
    status: int | None
    detail: str
    at: datetime
    next_try_at: datetime | None
    ended_at: datetime | None


class Deliveries(BaseModel):
    """The latest deliveries, the newest first."""

    deliveries: list[Delivery]


@router.post(
    "",
    summary="Add a receiver of events",
    status_code=201,
    openapi_extra=openapi.json_body_of(WebhookAsk),
    responses={201: {"model": WebhookMade}, **responses.problems(400, 409, 413, 415, 422)},
)
def add(
    caller: Owner, deps: Services, *, ask: Annotated[WebhookAsk, Depends(json_body(WebhookAsk, SMALL_BODY))]
) -> JSONResponse:
    """Post what becomes of this key's passwords and campaigns to an address. The secret is shown now."""
    with about("events"):
        parse_events(ask.events)
    with about("url"):
        made = webhooks.add(deps, ask.url, ask.events, caller.id)
    return JSONResponse(documents.made(made), 201, {"Location": f"/v1/webhooks/{made.row.id}"})


@router.get("", summary="The receivers of this key", responses={200: {"model": Webhooks}, **responses.problems()})
def listed(caller: Owner, deps: Services) -> JSONResponse:
    """Without their secrets; with the secret of callbacks, which is made when it is first asked for."""
    found = webhooks.listed(deps, caller.id, everyone=_all(caller))
    secret = webhooks.callback_secret(deps, caller.id).secret
    return JSONResponse({"webhooks": [documents.listed(one) for one in found], "callback_secret": secret})


@router.get(
    "/deliveries",
    summary="What was posted",
    responses={200: {"model": Deliveries}, **responses.problems(422)},
)
def deliveries(
    caller: Owner, deps: Services, failed: bool = False, limit: Annotated[int, Query(ge=1, le=1000)] = 50
) -> JSONResponse:
    """The newest first, for the receivers of this key; `failed`: only those that were given up."""
    mine = [one.row.id for one in webhooks.listed(deps, caller.id)] + [webhooks.callback_secret(deps, caller.id).row.id]
    ids = None if _all(caller) else mine
    found = webhooks.deliveries(deps, failed=failed, webhook_ids=ids, limit=limit)
    return JSONResponse({"deliveries": [documents.delivery(one) for one in found]})


@router.delete("/{webhook_id}", summary="Remove a receiver", status_code=204, responses=responses.problems(404, 422))
def remove(caller: Owner, deps: Services, webhook_id: UUID) -> Response:
    """It gets nothing any more."""
    webhooks.remove(deps, webhook_id, caller.id, everyone=_all(caller))
    return Response(status_code=204)


@router.post(
    "/{webhook_id}/rotate",
    summary="Give a receiver a new secret",
    responses={200: {"model": WebhookMade}, **responses.problems(404, 422)},
)
def rotate(caller: Owner, deps: Services, webhook_id: UUID) -> JSONResponse:
    """For 24 hours the secret before signs too."""
    return JSONResponse(documents.made(webhooks.rotate(deps, webhook_id, caller.id, everyone=_all(caller))))


@router.post(
    "/{webhook_id}/test",
    summary="Post a test event now",
    responses={200: {"model": Delivery}, **responses.problems(404, 422)},
)
def test(caller: Owner, deps: Services, webhook_id: UUID) -> JSONResponse:
    """An event of the type `webhook.test`; the answer says what came of it."""
    return JSONResponse(documents.delivery(webhooks.trial(deps, webhook_id, caller.id, everyone=_all(caller))))


def _all(caller: Known) -> bool:
    return Scope.ADMIN in caller.row.scopes
