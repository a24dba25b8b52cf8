"""Reads the body of a request: after its key was checked, up to its limit, and never repeating it in an answer."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool

from worker.api.problems import ProblemError, invalid
from worker.config import Settings

M = TypeVar("M", bound=BaseModel)

#: Of a body that is too long, what is still read and thrown away: who is cut off while sending does not read the answer.
LINGER: Final = 16_000_000
#: The longest body of a one-time password.
SMALL_BODY: Final = 16_384
#: A body with a sentence of a person in it, each character of which may be written as two escapes.
SENTENCE_BODY: Final = 65_536
#: Some programs write it before their JSON; RFC 8259 lets a reader pass over it.
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def settings_of(request: Request) -> Settings:
    """The settings of this process."""
    settings: Settings = request.app.state.loa.settings
    return settings


def type_of(request: Request) -> str:
    """The media type of the body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def pieces(request: Request, most: int) -> AsyncIterator[bytes]:
    """The body as it comes in; 413 for one that is longer than its limit."""
    length, fits = 0, _told_length(request) <= most
    async for chunk in request.stream():
        length += len(chunk)
        fits = fits and length <= most
        if fits:
            yield chunk
        elif length > most + LINGER:
            break
    if not fits:
        raise ProblemError(413, "too_large", f"The body has more than {most:,} bytes.", headers={"Connection": "close"})


async def read(request: Request, most: int) -> bytes:
    """The whole body."""
    body = bytearray()
    async for chunk in pieces(request, most):
        body += chunk
    return bytes(body)


def parsed(model: type[M], raw: bytes) -> M:
    """The body as what it should be; 400 where it is no JSON, 422 where a field is wrong."""
    try:
        return model.model_validate_json(raw.removeprefix(BYTE_ORDER_MARK))
    except ValidationError as fault:
        errors = fault.errors(include_url=False, include_context=False, include_input=False)
    if errors[0]["type"] == "json_invalid":
        raise ProblemError(400, "not_json", "The body is no JSON.", field="body")
    raise invalid(errors)


def wrong_type(*wanted: str) -> ProblemError:
    """415, and what it should have been."""
    return ProblemError(
        415, "wrong_type", f"The body is sent as {' or '.join(wanted)}.", headers={"Accept-Post": ", ".join(wanted)}
    )


def json_body(model: type[M], most: int | None = None) -> Callable[[Request], Awaitable[M]]:
    """A dependency: the JSON body of a request, with a limit of its own where `most` says so. Stands behind the one that
    looks at the key.

    On the event loop only small bodies of a few fields are parsed: 2 ms at most. The same 16 kB as a list of recipients take
    ten, so a body that may be long is parsed beside it however short it is.
    """
    small = most is not None and most <= SMALL_BODY

    async def body(request: Request) -> M:
        if type_of(request) != "application/json":
            raise wrong_type("application/json")
        longest = settings_of(request).max_request_bytes
        raw = await read(request, longest if most is None else min(most, longest))
        return parsed(model, raw) if small else await run_in_threadpool(parsed, model, raw)

    return body


def optional_json(model: type[M], most: int = SENTENCE_BODY) -> Callable[[Request], Awaitable[M]]:
    """The same for a body that may be left out: it is then what the model has without one."""

    async def body(request: Request) -> M:
        raw = await read(request, most)
        if raw.strip() and type_of(request) != "application/json":
            raise wrong_type("application/json")
        return parsed(model, raw if raw.strip() else b"{}")

    return body


def _told_length(request: Request) -> int:
    """What the caller says of the length; 0 where nothing is said."""
    told = request.headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() else 0
