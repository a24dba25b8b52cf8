"""Signing in at a provider of OpenID Connect: the way there, and the way back; beside the password, never instead of it."""

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from worker.console import guard
from worker.console.i18n import LANGUAGES
from worker.console.pages.login import said, see, show
from worker.console.visitors import Services, own_path
from worker.domain.openid import for_the_log
from worker.errors import Refused
from worker.openid.account import OpenIdAccount
from worker.openid.begun import GOOD_FOR, Begun
from worker.services.deps import Deps
from worker.services.people import openid
from worker.services.people.login import Opened

if TYPE_CHECKING:
    from worker.openid.provider import OpenIdProvider

log = structlog.get_logger(__name__)
router: Final = APIRouter()

COOKIE: Final = "loa_openid"
BACK: Final = "/login/openid/callback"
#: What each refusal is in HTTP; who is refused anything else was not signed in.
STATUS: Final = {
    "openid_stale": 400,
    "openid_nameless": 403,
    "openid_unverified": 403,
    "openid_unknown": 403,
    "too_many_tries": 429,
    "openid_away": 502,
    "openid_answer": 502,
}


def provider(account: OpenIdAccount | None) -> "OpenIdProvider | None":
    """What calls the provider; None where there is none."""
    if account is None:
        return None
    from worker.openid.provider import OpenIdProvider  # noqa: PLC0415 - most installations have none

    return OpenIdProvider(account)


@router.get("/login/openid")
async def begin(request: Request, deps: Services, next: str = "/") -> Response:  # noqa: A002 - of the address
    """Send the browser to the provider, with a cookie by which it is known when it comes back."""
    calls = _provider(request)
    if "language" in request.query_params:
        return _other_language(request)
    begun = Begun.now(own_path(next), deps.clock.now())
    try:
        address = await calls.address(_back(request), begun)
    except Refused as fault:
        return _refused(request, fault, begun.path)
    answer = RedirectResponse(address, 303)
    guard.set_cookie(request, answer, COOKIE, begun.written(), longest_s=int(GOOD_FOR.total_seconds()))
    return answer


@router.get(BACK)
async def come_back(request: Request, deps: Services) -> Response:
    """Open a session for whom the provider vouches. The cookie counts once, whatever came of it."""
    calls = _provider(request)
    if "state" not in request.query_params:
        return _other_language(request)
    begun = Begun.read(request.cookies.get(COOKIE, ""))
    try:
        opened = await _opened(request, deps, calls, begun)
    except Refused as fault:
        answer = _refused(request, fault, "/" if begun is None else begun.path)
    else:
        answer = see(own_path((begun.path if begun else "") or "/"))
        guard.set_cookie(request, answer, guard.COOKIE, opened.token)
    guard.drop_cookie(request, answer, COOKIE)
    return answer


async def _opened(request: Request, deps: Deps, calls: "OpenIdProvider", begun: Begun | None) -> Opened:
    asked = request.query_params
    now = deps.clock.now()
    mine = begun is not None and begun.fits(asked.get("state", ""), now)
    # By RFC 9207 the provider may say who answers.
    if begun is None or not mine or asked.get("iss", calls.account.issuer) != calls.account.issuer:
        raise Refused("openid_stale", "This sign-in was begun too long ago, or in another browser: begin again.")
    # Counted only now: a page of another site could send a browser here without end, and nothing of it can be guessed.
    address = request.client.host if request.client else ""
    tried = await run_in_threadpool(openid.count, deps, address)
    if "error" in asked:
        raise Refused(
            "openid_declined", "The sign-in service did not sign you in: begin again.", {"why": asked["error"]}
        )
    try:
        claims = await calls.claims(asked.get("code", ""), _back(request), begun, now)
    except Refused as fault:
        if STATUS.get(fault.rule) == 502:
            await run_in_threadpool(openid.uncount, deps, tried)
        raise
    agent = request.headers.get("user-agent", "")
    return await run_in_threadpool(openid.enter, deps, claims, tried, address=address, agent=agent)


def _refused(request: Request, fault: Refused, path: str) -> Response:
    """The login form again, with one sentence: why in detail is for the log."""
    log.warning("openid_refused", rule=fault.rule, why=for_the_log(fault.details.get("why", "")))
    return show(request, next=path, wrong=said(request, fault), status=STATUS.get(fault.rule, 401))


def _other_language(request: Request) -> Response:
    """The page of a refusal, asked for in the other language: nobody came from the provider, nobody goes there."""
    language = request.query_params.get("language", "")
    return see(f"/login?language={language}" if language in LANGUAGES else "/login")


def _provider(request: Request) -> "OpenIdProvider":
    found: OpenIdProvider | None = request.app.state.openid
    if found is None:
        raise HTTPException(404)
    return found


def _back(request: Request) -> str:
    """Where the provider sends the browser back to; it must be registered there to the letter."""
    public = urlsplit(request.app.state.loa.settings.public_url)
    here = public if public.netloc else request.url
    return f"{here.scheme}://{here.netloc}{BACK}"
