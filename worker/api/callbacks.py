"""Doors for providers: a callback is stored as it came and answered at once; what it means is found out later.

The path holds a secret, as providers sign no reports. Who does not know it learns nothing, and nothing is kept.
"""

import hmac
from collections.abc import Sequence
from typing import Final

import structlog
from fastapi import FastAPI, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from worker.api.together import Together
from worker.errors import Refused, Unavailable
from worker.providers.callback import CallbackProvider
from worker.services.deps import Deps
from worker.services.operations import incoming
from worker.services.reporting import callbacks
from worker.wiring import Loa

log = structlog.get_logger(__name__)

#: Of the query, and of the body; the longest that a provider is known to send is a few kB.
LONGEST: Final = 65_536
NOT_THERE: Final = "there is nothing here"
TOO_LONG: Final = f"a callback has at most {LONGEST} bytes"
WRONG_SIGNATURE: Final = "the signature is not right"
AWAY: Final = "it could not be stored; come again"

#: Callbacks that come at the same time are stored together: each number of a campaign may bring one.
CallbackIntake = Together[callbacks.Arrived, None]


def callback_intake(deps: Deps) -> CallbackIntake:
    """Where this process takes callbacks in."""

    def store(arrived: Sequence[callbacks.Arrived]) -> Sequence[None]:
        callbacks.store(deps, *arrived)
        return [None] * len(arrived)

    return Together("callbacks", store)


def install(app: FastAPI) -> None:
    """Serve both doors. They are plain routes, and the first: a campaign brings a callback for each of its numbers, and FastAPI's
    look through all routers and its dependencies cost more than the work itself.
    """
    for path, endpoint in (("/{secret}", take), ("/incoming/{secret}", take_incoming)):
        route = Route(f"/callbacks/{{provider}}{path}", endpoint, methods=["GET", "POST"], include_in_schema=False)
        # Starlette adds HEAD to GET. Nobody reports by it.
        route.methods = {"GET", "POST"}
        app.router.routes.append(route)


async def take(request: Request) -> Response:
    """Store what came and say so in the words that the provider waits for; 503 makes it come again."""
    provider, secret = _path(request)
    deps: Deps = request.app.state.loa.deps
    # At once: the key was stretched when this process began.
    called_by = _entitled(deps, provider, secret)
    if called_by is None:
        return PlainTextResponse(NOT_THERE, 404)
    query: bytes = request.scope["query_string"]
    body = await _bounded(request)
    if body is None or len(query) > LONGEST:
        log.warning("callback_too_long", provider=provider)
        # Else uvicorn would read on, whatever the length.
        return PlainTextResponse(TOO_LONG, 413, {"Connection": "close"})
    try:
        intake: CallbackIntake = request.app.state.callback_intake
        await intake.ask((provider, query, body))
    except (SQLAlchemyError, Unavailable) as fault:
        log.warning("callback_not_stored", provider=provider, fault=type(fault).__name__)
        return PlainTextResponse(AWAY, 503)
    return Response(called_by.receipt.content, media_type=called_by.receipt.media_type)


async def take_incoming(request: Request) -> Response:
    """Take what a subscriber sent: the answer is the confirmation, where the provider carries it; 503 makes it come again."""
    provider, secret = _path(request)
    loa: Loa = request.app.state.loa
    by = loa.settings.incoming_providers().get(provider)
    if by is None or not await run_in_threadpool(_knows, loa.deps, f"{provider}/incoming", secret):
        return PlainTextResponse(NOT_THERE, 404)
    query: bytes = request.scope["query_string"]
    body = await _bounded(request)
    if body is None or len(query) > LONGEST:
        return PlainTextResponse(TOO_LONG, 413, {"Connection": "close"})
    try:
        answer = await run_in_threadpool(
            incoming.take, loa.deps, loa.settings.incoming_rules, provider, by, query, body
        )
    except SQLAlchemyError as fault:
        log.warning("incoming_not_stored", provider=provider, fault=type(fault).__name__)
        return PlainTextResponse(AWAY, 503)
    if answer is None:
        return PlainTextResponse(WRONG_SIGNATURE, 403)
    return Response(answer.content, media_type=answer.media_type)


def _path(request: Request) -> tuple[str, str]:
    """The provider and the secret that the path names."""
    return request.path_params["provider"], request.path_params["secret"]


def _entitled(deps: Deps, provider: str, secret: str) -> CallbackProvider | None:
    """The adapter of a provider that calls back, if the secret is its."""
    account = deps.accounts.get(provider)
    if account is None or account.callbacks is None:
        return None
    return account.callbacks if _knows(deps, provider, secret) else None


def _knows(deps: Deps, what: str, secret: str) -> bool:
    """Whether this is the secret of that path."""
    try:
        paths = deps.sealer().callback_secrets(what)
    except Refused:
        return False  # without LOA_SECRET_KEY no path was ever given out
    # All are compared, so that the time tells nothing of which.
    fits = [hmac.compare_digest(path.encode(), secret.encode()) for path in paths]
    return any(fits)


async def _bounded(request: Request) -> bytes | None:
    """The body; None as soon as it is too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            return None
    return bytes(body)
