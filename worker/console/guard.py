"""What holds for every answer and every form: headers, cookies, the origin of a form, and what belongs to its session.

The policy lets nothing in but our own files: no inline script or style, no frame, no form that leads elsewhere.
"""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.errors import Refused

COOKIE: Final = "loa_session"
LANGUAGE_COOKIE: Final = "loa_language"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
SAFE: Final = {"GET", "HEAD", "OPTIONS"}


class ForeignForm(Refused):
    """A form that another site sent in the name of whoever looked at it."""

    def __init__(self) -> None:
        super().__init__(
            "form_foreign",
            "This form came from another site, and nothing was done: open Loa's own page and repeat it there.",
        )


class Guard:
    """Lets every answer carry the headers, and turns away forms that come from another site; streams stay streams."""

    def __init__(self, app: ASGIApp, turned_away: Callable[[Request], Response]) -> None:
        self._app, self._turned_away = app, turned_away

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                # Pages hold numbers and costs: no proxy and no back button after a logout shows them again.
                headers.setdefault("Cache-Control", "no-store")
                if secure(request):
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        if request.method not in SAFE and foreign(request):
            await self._turned_away(request)(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)


def foreign(request: Request) -> bool:
    """Whether a browser says that another site sent this; whoever is no browser says nothing, and has no cookie to abuse."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return True
    origin = request.headers.get("origin")
    # What stands before us may give us another Host than the one that people type.
    ours = {request.headers.get("host", ""), urlsplit(request.app.state.loa.settings.public_url).netloc}
    return origin is not None and urlsplit(origin).netloc not in ours - {""}


def secure(request: Request) -> bool:
    """Whether people reach us by TLS: directly, or through what stands at LOA_PUBLIC_URL."""
    return request.url.scheme == "https" or str(request.app.state.loa.settings.public_url).startswith("https://")


def set_cookie(request: Request, answer: Response, name: str, value: str, *, longest_s: int | None = None) -> None:
    """Give the browser a cookie that no script reads and no other site sends with a form."""
    answer.set_cookie(name, value, max_age=longest_s, path="/", httponly=True, samesite="lax", secure=secure(request))


def drop_cookie(request: Request, answer: Response, name: str) -> None:
    """Take it back."""
    answer.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=secure(request))
