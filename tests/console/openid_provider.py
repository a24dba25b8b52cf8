"""A provider of OpenID Connect on loopback, for the tests: real HTTP, real keys, and a fault wherever a test wants one."""

import asyncio
import base64
import hashlib
import html
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.console.browserless import Console
from worker.clock import Clock

CLIENT = "loa"
SECRET = "mat-khau-cua-loa"
#: Opens the console with this provider, and with other settings where a test wants them.
Opener = Callable[..., Console]
SIGN_IN = """<!doctype html><html lang="vi"><title>Nơi đăng nhập</title><h1>Nơi đăng nhập của công ty</h1>
<form method="post" action="/authorize?{query}"><label for="email">E-mail</label><input id="email" name="email">
<button>Đăng nhập</button></form></html>"""


def rsa() -> RSAKey:
    """A new key with an id of its own."""
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})


def ec() -> ECKey:
    """The same on a curve."""
    return ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig"})


@dataclass
class Provider:
    """The provider, with the hands of a test on it."""

    url: str
    clock: Clock
    #: What signs, and what is published; a test makes them differ.
    key: Any = field(default_factory=rsa)
    published: list[Any] | None = None
    algorithm: str = "RS256"
    #: Who is signed in here already; None: a form asks.
    person: dict[str, Any] | None = None
    #: What a token says instead; a value of None leaves a claim out.
    claims: dict[str, Any] = field(default_factory=dict)
    #: The same of the discovery.
    discovery: dict[str, Any] = field(default_factory=dict)
    #: The whole id_token, in place of a signed one.
    id_token: str | None = None
    #: By endpoint: a status, a body of bytes, or `hang`.
    faults: dict[str, int | bytes | str] = field(default_factory=dict)
    #: What was asked: endpoint and fields.
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    _news: threading.Condition = field(default_factory=threading.Condition)
    #: Opened at the end, or by a test: whatever hangs goes on.
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop | None = None

    def calls(self, endpoint: str) -> int:
        """How often an endpoint was asked."""
        return sum(one == endpoint for one, _ in self.asked)

    def note(self, endpoint: str, fields: dict[str, str]) -> None:
        """It was asked."""
        with self._news:
            self.asked.append((endpoint, fields))
            self._news.notify_all()

    def until(self, endpoint: str, calls: int) -> None:
        """Wait until an endpoint was asked so often."""
        with self._news:
            assert self._news.wait_for(lambda: self.calls(endpoint) >= calls, 120)

    def go_on(self) -> None:
        """Let what hangs go on."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._open.set)

    async def fault(self, endpoint: str, fields: dict[str, str]) -> Response | None:
        """Note the question; what is answered in place of the true answer."""
        self.note(endpoint, fields)
        match self.faults.get(endpoint):
            case int(status):
                return (
                    RedirectResponse(f"{self.url}/elsewhere", status) if status < 400 else PlainTextResponse("", status)
                )
            case bytes(body):
                return Response(body, media_type="application/json")
            case "hang":
                self._loop = asyncio.get_running_loop()
                await self._open.wait()
        return None

    def token(self, code: dict[str, Any]) -> str:
        """A signed token for whom signed in."""
        if self.id_token is not None:
            return self.id_token
        now = int(self.clock.now().timestamp())
        said = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "so-7",
            "iat": now,
            "exp": now + 300,
            "nonce": code["nonce"],
            **code["person"],
            **self.claims,
        }
        header = {"alg": self.algorithm, "kid": self.key.kid}
        said = {name: value for name, value in said.items() if value is not None}
        # In ASCII, with escapes for half a surrogate.
        return jws.serialize_compact(header, json.dumps(said), self.key, algorithms=[self.algorithm])


async def describe(request: Request) -> Response:
    """The discovery."""
    here: Provider = request.app.state.provider
    said = {
        "issuer": here.url,
        "authorization_endpoint": f"{here.url}/authorize",
        "token_endpoint": f"{here.url}/token",
        "jwks_uri": f"{here.url}/keys",
        "response_types_supported": ["code"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        **here.discovery,
    }
    said = {name: value for name, value in said.items() if value is not None}
    return await here.fault("discovery", {}) or JSONResponse(said)


async def authorize(request: Request) -> Response:
    """Ask who it is, or send a person who is known back with a code."""
    here: Provider = request.app.state.provider
    asked = dict(request.query_params)
    here.note("authorize", asked)
    assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == ("code", CLIENT, "S256")
    person = here.person
    if request.method == "POST":
        form = await request.form()
        person = {"email": str(form["email"]), "email_verified": True}
    if person is None:
        return HTMLResponse(SIGN_IN.format(query=html.escape(urlencode(asked))))
    code = secrets.token_urlsafe(16)
    here.codes[code] = {**asked, "person": person}
    return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 303)


async def exchange(request: Request) -> Response:
    """A code for a token: once, for the client that asked, with the verifier of its challenge."""
    here: Provider = request.app.state.provider
    form = {name: str(value) for name, value in (await request.form()).items()}
    form["authorization"] = request.headers.get("authorization", "")
    if (answer := await here.fault("token", form)) is not None:
        return answer
    basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
    if form["authorization"] != basic and (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
        return JSONResponse({"error": "invalid_client"}, 401)
    code = here.codes.pop(form.get("code", ""), None)
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    if code is None or code["code_challenge"] != challenge or code["redirect_uri"] != form.get("redirect_uri"):
        return JSONResponse({"error": "invalid_grant"}, 400)
    answer = {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "id_token": here.token(code)}
    return JSONResponse(answer)


async def keys(request: Request) -> Response:
    """The public halves."""
    here: Provider = request.app.state.provider
    shown = here.published if here.published is not None else [here.key]
    said = {"keys": [one.as_dict(private=False) for one in shown]}
    return await here.fault("keys", {}) or JSONResponse(json.loads(json.dumps(said)))


async def elsewhere(request: Request) -> Response:
    """Where redirects lead; nobody should follow them."""
    here: Provider = request.app.state.provider
    here.note("elsewhere", {})
    return await describe(request)


@contextmanager
def provider(clock: Clock) -> Iterator[Provider]:
    """A running one. It is called `localhost`, and the console 127.0.0.1, so that a browser takes them for two sites."""
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", describe),
            Route("/authorize", authorize, methods=["GET", "POST"]),
            Route("/token", exchange, methods=["POST"]),
            Route("/keys", keys),
            Route("/elsewhere", elsewhere, methods=["GET", "POST"]),
        ]
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app.state.provider = made = Provider(f"http://localhost:{listener.getsockname()[1]}", clock)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            ends = time.monotonic() + 60
            while not server.started:
                assert time.monotonic() < ends, "the provider did not start"
                time.sleep(0.01)
            yield made
        finally:
            made.go_on()
            server.should_exit = True
            thread.join(60)
