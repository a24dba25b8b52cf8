"""The calls of a sign-in: discovery, the code for a token, the keys. Few at once, each within a limit, to the issuer alone.

They live on the event loop of the web process and take no thread while they wait, so that a provider that hangs holds up its own
sign-ins and nothing else.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import aiohttp
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from yarl import URL

from worker.domain.openid import for_the_log
from worker.errors import Refused
from worker.openid.account import OpenIdAccount
from worker.openid.begun import Begun
from worker.openid.token import TokenFault, believed

#: Calls of one process at once; further ones wait within their time limit.
CONNECTIONS: Final = 8
#: A provider's description and keys are some kilobytes.
MOST_READ: Final = 256_000
#: How long a description counts; keys are fetched for each sign-in, so that a new one is known at once.
KNOWN_FOR_S: Final = 600.0
LONGEST_CODE: Final = 4_096
_POST_SECRET: Final = "client_secret_post"  # noqa: S105 - the name of a method
_BASIC: Final = "client_secret_basic"


@dataclass(frozen=True, slots=True)
class Discovery:
    """What the provider says of itself, checked."""

    authorization: str
    token: str
    keys: str
    #: How our secret is sent.
    secret_by: str


class OpenIdProvider:
    """One provider, called from one event loop."""

    def __init__(self, account: OpenIdAccount) -> None:
        self.account = account
        self._session: aiohttp.ClientSession | None = None
        self._known: tuple[Discovery, float] | None = None
        self._asking: asyncio.Task[Discovery] | None = None

    async def address(self, redirect_uri: str, begun: Begun) -> str:
        """Where the browser signs in; Refused `openid_away` and `openid_answer`."""
        found = await self.discovered()
        made: str = prepare_grant_uri(
            found.authorization,
            client_id=self.account.client_id,
            response_type="code",
            redirect_uri=redirect_uri,
            scope=self.account.scopes,
            state=begun.state,
            nonce=begun.nonce,
            code_challenge=create_s256_code_challenge(begun.verifier),
            code_challenge_method="S256",
        )
        return made

    async def claims(self, code: str, redirect_uri: str, begun: Begun, now: datetime) -> Mapping[str, Any]:
        """What the provider vouches for, by the code that the browser brought.

        Refused `openid_away`, `openid_answer`, `openid_declined` (the code counts for nothing) and `openid_token`.
        """
        # By the rules of OAuth a code is printable ASCII; nothing else is worth a call.
        if not 0 < len(code) <= LONGEST_CODE or not (code.isascii() and code.isprintable()):
            raise declined("there is no code in the answer")
        try:
            async with asyncio.timeout(self.account.timeout_s):
                found = await self.discovered()
                answer = await self._exchange(found, code, redirect_uri, begun)
                keys = await self._call("GET", found.keys)
        except TimeoutError:
            raise away(f"no answer within {self.account.timeout_s:g} s") from None
        if not isinstance(keys.get("keys"), list):
            raise strange("its jwks_uri has no keys")
        us = {"issuer": self.account.issuer, "client_id": self.account.client_id}
        try:
            return await asyncio.to_thread(believed, answer, keys, nonce=begun.nonce, now=now, **us)
        except TokenFault as fault:
            raise Refused(
                "openid_token",
                "What the sign-in service says of you cannot be trusted: begin again.",
                {"why": str(fault)},
            ) from None

    async def discovered(self) -> Discovery:
        """The provider's description; whoever asks while it is asked for waits for the same answer."""
        loop = asyncio.get_running_loop()
        if self._known is not None and loop.time() < self._known[1]:
            return self._known[0]
        if self._asking is None or self._asking.done():
            self._asking = loop.create_task(self._discover())
            # Its fault is told even where nobody waits for it any more.
            self._asking.add_done_callback(lambda done: done.cancelled() or done.exception())
        # Who goes away, or has waited long enough, ends nobody else's wait.
        found = await asyncio.shield(self._asking)
        self._known = (found, loop.time() + KNOWN_FOR_S)
        return found

    async def aclose(self) -> None:
        """Close all connections; a description that is asked for ends with its own."""
        if self._session is not None:
            await self._session.close()

    async def _discover(self) -> Discovery:
        try:
            async with asyncio.timeout(self.account.timeout_s):
                said = await self._call("GET", self.account.discovery)
        except TimeoutError:
            raise away(f"no answer within {self.account.timeout_s:g} s") from None
        if said.get("issuer") != self.account.issuer:
            raise strange("its discovery names another issuer than LOA_OIDC_ISSUER")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if foreign := [name for name in names if not self.account.owns(said.get(name))]:
            raise strange(f"its {foreign[0]} is not an address of the issuer, nor of LOA_OIDC_HOSTS")
        methods = said.get("token_endpoint_auth_methods_supported") or [_BASIC]
        by_post = isinstance(methods, list) and _POST_SECRET in methods and _BASIC not in methods
        authorization, token, keys = (str(said[name]) for name in names)
        return Discovery(authorization, token, keys, _POST_SECRET if by_post else _BASIC)

    async def _exchange(self, found: Discovery, code: str, redirect_uri: str, begun: Begun) -> dict[str, Any]:
        """The answer of the token endpoint to a code."""
        client = ClientAuth(self.account.client_id, self.account.client_secret, found.secret_by)
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=redirect_uri, code_verifier=begun.verifier
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        address, headers, body = client.prepare("POST", found.token, headers, body)
        return await self._call("POST", address, headers, body)

    async def _call(
        self, method: str, address: str, headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> dict[str, Any]:
        """One call, not repeated, its redirects not followed; its answer as a JSON object."""
        data = None if body is None else body.encode()
        said = bytearray()
        try:
            async with self._opened().request(
                method, URL(address, encoded=True), headers=headers, data=data, allow_redirects=False
            ) as answer:
                async for chunk in answer.content.iter_any():
                    said += chunk
                    if len(said) > MOST_READ:
                        raise strange("it answered more than a sign-in needs")
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            # The error's own text may hold the address and what was sent.
            raise away(f"no answer ({type(fault).__name__})") from None
        return _read(answer.status, bytes(said), asked_for_token=method == "POST")

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # A kept connection that its server has closed would have its call repeated by aiohttp.
                connector=aiohttp.TCPConnector(limit=CONNECTIONS, force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Loa"},
                timeout=aiohttp.ClientTimeout(total=None),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session


def _read(status: int, body: bytes, *, asked_for_token: bool) -> dict[str, Any]:
    if status >= 500 or status == 429:
        raise away(f"it answered {status}")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if asked_for_token and 400 <= status < 500 and isinstance(said, dict) and said.get("error") == "invalid_grant":
        raise declined("invalid_grant")
    if status != 200:
        code = for_the_log(str(said.get("error", "")), 60) if isinstance(said, dict) else ""
        raise strange(f"it answered {status} {code}".strip())
    if not isinstance(said, dict):
        raise strange("it answered no JSON object")
    return said


def away(why: str) -> Refused:
    """The provider cannot be reached; `why` is for the log and the doctor."""
    return Refused(
        "openid_away", "The sign-in service cannot be reached: try again soon, or log in with a password.", {"why": why}
    )


def strange(why: str) -> Refused:
    """The provider answers what no provider should."""
    return Refused(
        "openid_answer",
        "The sign-in service answers something that Loa cannot use: tell an administrator of Loa.",
        {"why": why},
    )


def declined(why: str) -> Refused:
    """The provider did not sign anybody in."""
    return Refused("openid_declined", "The sign-in service did not sign you in: begin again.", {"why": why})
