"""One event to one receiver: signed, posted once, its answer read no further than needed. Redirects are not followed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

from worker.receivers.address import AddressRefused, PublicResolver, check_literal

#: Posts that one process makes at once, to all receivers together.
CONNECTIONS: Final = 200
#: Of an answer, what is read so that its connection can be used again; its content means nothing.
MOST_READ: Final = 65_536
LONGEST_RETRY_AFTER_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of one post."""

    #: The HTTP status; None: there was no answer.
    status: int | None
    words: str
    #: By the Retry-After header.
    retry_after_s: float | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the receiver said that it wants no more (410)."""
        return self.status == 410


class Poster:
    """Connections to receivers, of one event loop."""

    def __init__(self, *, timeout_s: float, allow_private: bool) -> None:
        self._timeout_s, self._allow_private = timeout_s, allow_private
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        """Post once; never raises. The answer must come within the time limit, slow drip included."""
        try:
            address = URL(url, encoded=True)
            check_literal(address.host or "", allow_private=self._allow_private)
            async with (
                asyncio.timeout(self._timeout_s),
                self._opened().post(address, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                await answer.content.read(MOST_READ)
                return Posted(answer.status, _said(answer), _retry_after_s(answer.headers.get("Retry-After", "")))
        except TimeoutError:
            return Posted(None, f"no answer within {self._timeout_s:g} s")
        except AddressRefused as fault:
            return Posted(None, str(fault))
        except Exception as fault:  # noqa: BLE001 - whatever it was, the event is tried again
            refused = _refusal_in(fault)
            # The error's own text may hold the address, and that a secret of the receiver.
            return Posted(None, str(refused) if refused else f"no answer ({type(fault).__name__})")

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=CONNECTIONS,
                    resolver=PublicResolver(allow_private=self._allow_private),
                    use_dns_cache=False,
                    keepalive_timeout=5,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()


def _said(answer: aiohttp.ClientResponse) -> str:
    if 300 <= answer.status < 400:
        return f"it answered {answer.status}, and redirects are not followed: register the address that it leads to"
    return f"it answered {answer.status}"


def _retry_after_s(written: str) -> float | None:
    found = written.strip()
    return min(float(found), LONGEST_RETRY_AFTER_S) if found.isascii() and found.isdigit() and len(found) < 10 else None


def _refusal_in(fault: BaseException | None) -> AddressRefused | None:
    """The refusal of an address inside what aiohttp made of it."""
    while fault is not None:
        if isinstance(fault, AddressRefused):
            return fault
        inner = getattr(fault, "os_error", None) or fault.__cause__ or fault.__context__
        fault = inner if inner is not fault else None
    return None
