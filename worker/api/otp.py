"""One-time passwords by HTTP: sending is one commit, one task and an answer; the result is asked for later."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from worker.api import documents, openapi, responses
from worker.api.auth import SeesOtps, SendsOtps, Services, bearer, sends_otps, services
from worker.api.bodies import SMALL_BODY, json_body
from worker.api.idempotency import REPLAY_HEADER, IdempotencyKey, answer, key_of, own
from worker.api.otp_schemas import CheckBody, OtpBody
from worker.api.problems import or_another_way
from worker.api.together import Together
from worker.errors import LoaError, NotFound, about
from worker.services import otp, webhooks
from worker.services.deps import Deps
from worker.services.operations import refused_tasks
from worker.services.operations.api_keys import Known, Scope
from worker.services.otp import OtpRequest, Taken
from worker.services.otp.request import code_plan, network_of

#: Requests that come at the same time are stored together.
OtpIntake = Together[otp.CheckedRequest, Taken | LoaError | None]

router = APIRouter(prefix="/v1/otp", tags=["one-time passwords"])


def otp_intake(deps: Deps) -> OtpIntake:
    """Where this process takes requests in."""
    return Together("otp", lambda asked: otp.take_in_together(deps, asked))


#: The body of a request to send.
_read_body = json_body(OtpBody, SMALL_BODY)


def install(app: FastAPI) -> None:
    """Serve `POST /v1/otp` as a plain route, before all others: FastAPI's look through its routers and dependencies took as long
    as the work itself. The router's own route stands for the documents.
    """
    app.router.routes.append(Route("/v1/otp", _send, methods=["POST"], include_in_schema=False))


async def _send(request: Request) -> JSONResponse:
    """Read what `send` declares, in the same order."""
    caller = await sends_otps(request, await bearer(request))
    ask = await _read_body(request)
    return await send(request, caller, await services(request), key_of(request), ask=ask)


@router.post(
    "",
    summary="Send a one-time password",
    status_code=202,
    openapi_extra=openapi.OTP_BODY,
    responses={
        202: {"model": responses.Otp, "description": "It was taken in.", "headers": REPLAY_HEADER},
        **responses.problems(400, 409, 413, 415, 422, 429),
    },
)
async def send(
    request: Request,
    caller: SendsOtps,
    deps: Services,
    key: IdempotencyKey = None,
    *,
    ask: Annotated[OtpBody, Depends(_read_body)],
) -> JSONResponse:
    """Take one text with a code in for one number, ahead of every campaign; or let Loa make the code (`generate`).

    The next provider of the route is tried when one refuses or is silent. The text is encrypted where it is stored, and wiped
    when a provider has it. One number gets only so many: 429 says when there is room again.
    """
    if ask.callback_url:
        # Its secret may have to be made and stored first.
        checked_request = await run_in_threadpool(_checked, deps, caller, key, ask)
    else:
        checked_request = _checked(deps, caller, key, ask)
    intake: OtpIntake = request.app.state.otp_intake
    with or_another_way(request.app.state.loa.places):
        taken = await intake.ask(checked_request)
        if taken is None:
            taken = await run_in_threadpool(otp.take_in_checked, deps, checked_request, surely=True)
        if isinstance(taken, LoaError):
            raise taken
    document = documents.queued(taken.message)
    return answer(document, 202, repeated=taken.repeated, location=f"/v1/otp/{taken.message.id}")


@router.get(
    "/{message_id}",
    summary="What became of a one-time password",
    response_class=JSONResponse,
    responses={200: {"model": responses.Otp}, **responses.problems(404, 422)},
)
def show(_caller: SeesOtps, deps: Services, message_id: UUID) -> JSONResponse:
    """Its state, the provider that took it, the calls it needed; never its text. Why a Celery task of that id was refused."""
    try:
        found = otp.show(deps, message_id)
    except NotFound as missing:
        raise refused_tasks.explain(deps, str(message_id), missing) from None
    return JSONResponse(documents.message(found))


@router.post(
    "/{message_id}/check",
    summary="Check a code that Loa made",
    response_class=JSONResponse,
    openapi_extra=openapi.json_body_of(CheckBody),
    responses={200: {"model": responses.Checked}, **responses.problems(400, 404, 409, 413, 415, 422)},
)
def check(
    caller: SendsOtps,
    deps: Services,
    message_id: UUID,
    *,
    ask: Annotated[CheckBody, Depends(json_body(CheckBody, SMALL_BODY))],
) -> JSONResponse:
    """Whether it is the code that was sent: `approved` once, else `wrong`, `expired`, `used` or `too_many` (after five).

    A code of the route `esms_code` is checked at eSMS: 503 `not_checked` where it did not say, with `details.tries_left`.
    """
    came = otp.check(deps, message_id, ask.code, api_key_id=caller.id, everyone=Scope.ADMIN in caller.row.scopes)
    return JSONResponse({"status": str(came.status), "tries_left": came.tries_left})


def _checked(deps: Deps, caller: Known, key: str | None, ask: OtpBody) -> otp.CheckedRequest:
    """What is asked for, ready to be stored; who asks wrongly hears which field it was."""
    with about("route"):
        for name in () if caller.row.test else ask.route:
            deps.otp_account(name)
    with about("callback_url"):
        webhooks.check_callback(deps, ask.callback_url, caller.id)
    with about("client_ip"):
        network_of(ask.client_ip)
    plan = None
    if ask.generate is not None:
        with about("generate"):
            plan = code_plan(ask.generate.model_dump())
    requested = OtpRequest(
        ask.phone,
        ask.template or ask.text or "",
        ask.ttl,
        tuple(ask.route),
        ask.sender.strip(),
        own(caller, key),
        callback_url=ask.callback_url,
        api_key_id=caller.id,
        generate=plan,
        client_ip=ask.client_ip,
        test=caller.row.test,
    )
    return otp.checked(deps, requested)
