"""Calls a provider once, and never twice by accident.

One request, one deadline over all of it, no redirects, no repeats. What comes back is a whole `Reply` or a `Fault` that
says whether the request can have left. An error's own text is never passed on: it may hold the URL, and that our keys.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Final, TypedDict, cast
from urllib.parse import urlsplit

import httpx

from worker.domain.outcome import Outcome
from worker.providers.wire import Body, Wire

# The request never left, so a later one cannot be a second one. LocalProtocolError is not here: h11 also raises it with
# half a request sent.
NEVER_LEFT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

WORDS: Final[dict[type[Exception], str]] = {
    httpx.ConnectError: "no connection",
    httpx.ConnectTimeout: "no connection in time",
    httpx.PoolTimeout: "no free connection in time",
    httpx.UnsupportedProtocol: "the address is not http or https",
    httpx.ReadTimeout: "read timeout",
    httpx.WriteTimeout: "write timeout",
    httpx.RemoteProtocolError: "the connection ended before a whole answer",
    httpx.DecodingError: "the answer's compression is broken",
}

#: "You call too fast" (RFC 6585): turned away unread.
TOO_MANY: Final = 429
#: "Not now". 503 is also what gateways say of a call that they had passed on, so without a code it is a refusal only where
#: a repeat under the same key does no harm.
NOT_NOW: Final = frozenset({TOO_MANY, 503})

#: The extension of a request that holds its address as it was written: httpx would put it together anew.
ADDRESS: Final = "address"

#: The encodings are those that httpx always reads.
HEADERS: Final = {"User-Agent": "loa", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}

#: How long after its time limit an answer that had come is read.
UNREAD_S: Final = 0.05
#: A wrong clock over there must not park a campaign for years.
LONGEST_RETRY_AFTER_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that was read to its end."""

    status: int
    body: bytes
    #: How long to stay away, by the Retry-After header.
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A call without a whole answer."""

    #: Not one byte of the request can have reached the provider.
    never_left: bool
    provider_message: str


class Hints(TypedDict):
    """What an answer to a send tells beside its outcome, as fields of an Answer."""

    retry_after_s: float | None
    slow_down: bool
    unreached: bool


def hints(got: Reply | Fault, code: str, outcome: Outcome, too_fast: AbstractSet[str] = frozenset()) -> Hints:
    """The signs in an answer; `code` is what the provider wrote in it, `too_fast` its codes for "you call too fast"."""
    if isinstance(got, Fault):
        return {"retry_after_s": None, "slow_down": False, "unreached": True}
    slow_down = code in too_fast or (not code and got.status in NOT_NOW)
    pause_s = got.retry_after_s if slow_down or outcome is Outcome.RETRY else None
    nobody = not code and (got.status >= 500 or outcome is Outcome.UNKNOWN)
    return {"retry_after_s": pause_s, "slow_down": slow_down, "unreached": nobody}


def new_wire() -> httpx.AsyncBaseTransport:
    """What an adapter calls over. A transport, not a client: it does nothing by itself."""
    return Wire()


def can_be_called(url: str) -> bool:
    """Whether an address is one that could ever work."""
    try:
        parts = urlsplit(url)
        httpx.URL(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except (ValueError, httpx.InvalidURL):
        return False


def phases(timeout_s: float) -> httpx.Timeout:
    """Limits of each phase of a call; those before the request leaves end before the whole does, to be told apart.

    Two of them come first, one after the other: a free connection, and its opening with TLS.
    """
    return httpx.Timeout(timeout_s, connect=min(timeout_s * 0.3, 5.0), pool=min(timeout_s * 0.3, 5.0))


def request(
    method: str, url: str, *, within_s: float, content: bytes | None = None, headers: Mapping[str, str] | None = None
) -> httpx.Request:
    """A request as every provider gets it; raises httpx.InvalidURL when its address is too long."""
    written = content or b""
    length = len(written) if content or method == "POST" else None
    # Addresses that hold no text are few, and all but its body is the same for a request to one of them.
    like = _bodiless if "?" not in url else _bodiless.__wrapped__
    made = httpx.Request.__new__(httpx.Request)
    # A stream, for which httpx works out no headers: that would cost more than all the rest of it.
    made.__dict__.update(
        like(method, url, tuple((headers or {}).items()), length, within_s).__dict__, stream=httpx.ByteStream(written)
    )
    return made


@lru_cache(maxsize=512)
def _bodiless(
    method: str, url: str, more: tuple[tuple[str, str], ...], length: int | None, within_s: float
) -> httpx.Request:
    """What requests have in common that differ in their body alone, and none of which is changed by whoever sends them."""
    address = httpx.URL(url)
    lines = ((b"Host", address.netloc), *httpx.Headers({**HEADERS, **dict(more)}).raw)
    if length is not None:
        lines = (*lines, (b"Content-Length", b"%d" % length))
    extensions = {"timeout": phases(within_s).as_dict(), ADDRESS: url}
    return httpx.Request(method, address, headers=lines, stream=httpx.ByteStream(b""), extensions=extensions)


#: Told of each call: its address (which may hold keys: for recognition only), its seconds, and how it ended.
Listener = Callable[[str, float, str], None]
_listener: Listener | None = None


def listen(listener: Listener | None) -> None:
    """Have every call of this process measured; one listener, or none."""
    global _listener  # noqa: PLW0603 - one per process is the point
    _listener = listener


async def call(
    wire: httpx.AsyncBaseTransport, request: httpx.Request, *, deadline_s: float, max_bytes: int
) -> Reply | Fault:
    """Send the request once and read the whole answer within `deadline_s` seconds, slow drip included; never raises."""
    began = time.monotonic()
    got = await _call(wire, request, deadline_s=deadline_s, max_bytes=max_bytes)
    if _listener is not None:
        answered = "answered" if isinstance(got, Reply) else "never_left" if got.never_left else "no_answer"
        address = request.extensions.get(ADDRESS) or str(request.url)
        _listener(address, time.monotonic() - began, answered)
    return got


async def _call(
    wire: httpx.AsyncBaseTransport, request: httpx.Request, *, deadline_s: float, max_bytes: int
) -> Reply | Fault:
    try:
        with _Within(deadline_s):
            response = await wire.handle_async_request(request)
            try:
                # As they came: to look one up by httpx takes longer than to read the body.
                names = {name.lower() for name, _ in response.headers.raw}
                body = await _read(response, names, max_bytes)
            finally:
                # The stream itself: what Response.aclose does around it costs more than all else that is done here.
                await cast("httpx.AsyncByteStream", response.stream).aclose()
    except NEVER_LEFT as error:
        return Fault(never_left=True, provider_message=_words(error))
    except TimeoutError:
        return Fault(never_left=False, provider_message=f"no whole answer within {deadline_s:g} s")
    except Exception as error:  # noqa: BLE001 - ssl and anyio let errors through that httpx does not know; money may be spent
        return Fault(never_left=False, provider_message=_words(error))
    if body is None:
        return Fault(never_left=False, provider_message=f"the answer is larger than {max_bytes} bytes")
    pause_s = retry_after_s(response.headers) if b"retry-after" in names else None
    return Reply(response.status_code, body, pause_s)


class _Within:
    """A time limit; TimeoutError after it. What came in time and lies unread, for the process was busy elsewhere, is read.

    `asyncio.timeout` gives up before it looks (findings/asyncio_timeout_drops_what_came_in_time.sh), and costs twice as much.
    """

    __slots__ = ("_cancelling", "_deadline_s", "_over", "_task", "_timer")

    def __init__(self, deadline_s: float) -> None:
        self._deadline_s = deadline_s
        self._over = False

    def __enter__(self) -> None:
        self._task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._cancelling = self._task.cancelling()
        self._timer = asyncio.get_running_loop().call_later(self._deadline_s, self._look)

    def _look(self) -> None:
        """Let the loop read once more."""
        self._timer = asyncio.get_running_loop().call_later(UNREAD_S, self._end)

    def _end(self) -> None:
        self._over = True
        self._task.cancel()

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: object) -> None:
        self._timer.cancel()
        # Whoever else cancelled the task meanwhile is heeded.
        if self._over and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from fault


async def _read(response: httpx.Response, names: AbstractSet[bytes], max_bytes: int) -> bytes | None:
    # What is not compressed goes past the decoder, which costs as much as its reading.
    if isinstance(response.stream, Body) and b"content-encoding" not in names:
        return await response.stream.whole(max_bytes)
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > max_bytes:
            return None
    return bytes(body)


def _words(error: Exception) -> str:
    return f"{WORDS.get(type(error), 'the call broke off')} ({type(error).__name__})"


def retry_after_s(headers: httpx.Headers) -> float | None:
    """Seconds of Retry-After, at most a day; a date counts from the answer's own Date, so both clocks are theirs."""
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    if re.fullmatch(r"[0-9]{1,12}", value):
        return min(float(value), LONGEST_RETRY_AFTER_S)
    try:
        until, since = (parsedate_to_datetime(text) for text in (value, headers.get("Date", "")))
        wait_s = (until.replace(tzinfo=until.tzinfo or UTC) - since.replace(tzinfo=since.tzinfo or UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait_s, 0.0), LONGEST_RETRY_AFTER_S)
