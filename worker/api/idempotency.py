"""Repeated requests: with the same `Idempotency-Key` the same request gets the first answer, word for word.

A key belongs to the API key that brought it, so that two producers who count from 1 do not meet. A request that was refused
left nothing behind; its key may be used again.
"""

from typing import Annotated, Any, Final

from fastapi import Header, Request
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter, ValidationError

from worker.api.problems import invalid
from worker.services.operations.api_keys import Known

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias=HEADER,
        min_length=1,
        max_length=150,
        pattern="^[ -~]+$",
        description="Your own id of the request: repeating it does nothing new, and is answered as the first time.",
    ),
]

_KEY: Final = TypeAdapter(IdempotencyKey)


def key_of(request: Request) -> str | None:
    """The key of a request, for a route that FastAPI does not read; 422 where it is none."""
    try:
        return _KEY.validate_python(request.headers.get(HEADER))
    except ValidationError as fault:
        raise invalid(
            fault.errors(include_url=False, include_context=False, include_input=False), prefix=[HEADER]
        ) from None


def own(caller: Known, key: str | None) -> str:
    """The key as it is stored; empty for none."""
    return f"{caller.id}:{key}" if key else ""


def answer(document: dict[str, Any], status: int, *, repeated: bool, location: str = "") -> JSONResponse:
    """An answer that says whether it was given before."""
    headers = {REPLAYED: "true"} if repeated else {}
    return JSONResponse(document, status, {**headers, **({"Location": location} if location else {})})


#: For OpenAPI.
REPLAY_HEADER: Final = {
    REPLAYED: {
        "description": "`true`: this is the answer of an earlier request with this key.",
        "schema": {"type": "string"},
    }
}
