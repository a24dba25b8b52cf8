"""How do providers reach us? A callback is stored as it came and answered at once; what it means is found out later.

The path holds a secret, because the providers sign nothing. Who does not know it learns nothing, and nothing is kept.
"""

import hmac
from typing import Final

import structlog
from fastapi import APIRouter, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from worker.errors import Refused
from worker.providers.callback import CallbackProvider
from worker.services import callbacks
from worker.services.deps import Deps

log = structlog.get_logger(__name__)

#: Of the query, and of the body; the longest that a provider is known to send is a few kB.
LONGEST: Final = 65_536
NOT_THERE: Final = "there is nothing here"
TOO_LONG: Final = f"a callback has at most {LONGEST} bytes"
AWAY: Final = "it could not be stored; come again"

router = APIRouter(include_in_schema=False)


@router.api_route("/callbacks/{provider}/{secret}", methods=["GET", "POST"])
async def take(request: Request, provider: str, secret: str) -> Response:
    """Store what came and say so in the words that the provider waits for; 503 makes it come again."""
    deps: Deps = request.app.state.loa.deps
    called_by = await run_in_threadpool(_entitled, deps, provider, secret)
    if called_by is None:
        return PlainTextResponse(NOT_THERE, 404)
    query: bytes = request.scope["query_string"]
    body = await _bounded(request)
    if body is None or len(query) > LONGEST:
        log.warning("callback_too_long", provider=provider)
        # Else uvicorn would read on, whatever the length.
        return PlainTextResponse(TOO_LONG, 413, {"Connection": "close"})
    try:
        await run_in_threadpool(callbacks.store, deps, provider, query, body)
    except SQLAlchemyError as fault:
        log.warning("callback_not_stored", provider=provider, fault=type(fault).__name__)
        return PlainTextResponse(AWAY, 503)
    return Response(called_by.receipt.content, media_type=called_by.receipt.media_type)


def _entitled(deps: Deps, provider: str, secret: str) -> CallbackProvider | None:
    """The adapter of a provider that calls back, if the secret is its."""
    account = deps.accounts.get(provider)
    if account is None or account.callbacks is None:
        return None
    try:
        wanted = deps.sealer().callback_secret(provider)
    except Refused:
        return None  # without LOA_SECRET_KEY no path was ever given out
    return account.callbacks if hmac.compare_digest(wanted.encode(), secret.encode()) else None


async def _bounded(request: Request) -> bytes | None:
    """The body; None as soon as it is too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            return None
    return bytes(body)
