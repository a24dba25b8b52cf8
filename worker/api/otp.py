"""How does a backend send a one-time password by HTTP? One commit, one bell, and an answer; what came of it is asked for."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from worker.api import answers, documents, openapi
from worker.api.asks import OtpAsk
from worker.api.auth import SeesOtps, SendsOtps, Services
from worker.api.bodies import json_body
from worker.api.idempotency import REPLAY_HEADER, IdempotencyKey, answer, own
from worker.api.problems import about
from worker.services import otp
from worker.services.otp import Wish

router = APIRouter(prefix="/v1/otp", tags=["one-time passwords"])


@router.post(
    "",
    summary="Send a one-time password",
    status_code=202,
    openapi_extra=openapi.OTP_BODY,
    responses={
        202: {"model": answers.Otp, "description": "It was taken in.", "headers": REPLAY_HEADER},
        **answers.problems(400, 409, 413, 415, 422, 429),
    },
)
def send(
    caller: SendsOtps, deps: Services, key: IdempotencyKey = None, *, ask: Annotated[OtpAsk, Depends(json_body(OtpAsk))]
) -> JSONResponse:
    """Take one text with a code in for one number, ahead of every campaign.

    The next provider of the route is tried when one refuses or is silent. The text is encrypted where it is stored, and wiped
    when a provider has it. One number gets only so many: 429 says when there is room again.
    """
    with about("route"):
        for name in ask.route:
            deps.account(name)
    wish = Wish(ask.phone, ask.text, ask.ttl, tuple(ask.route), ask.sender.strip(), own(caller, key))
    taken = otp.take_in(deps, wish)
    document = documents.queued(taken.message)
    return answer(document, 202, repeated=taken.repeated, location=f"/v1/otp/{taken.message.id}")


@router.get(
    "/{message_id}",
    summary="What became of a one-time password",
    response_class=JSONResponse,
    responses={200: {"model": answers.Otp}, **answers.problems(404, 422)},
)
def show(_caller: SeesOtps, deps: Services, message_id: UUID) -> JSONResponse:
    """Its state, the provider that took it, the calls it needed; never its text."""
    return JSONResponse(documents.message(otp.show(deps, message_id)))
