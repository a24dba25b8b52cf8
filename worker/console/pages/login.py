"""Logging in and out, the first administrator, and the own account: language, password, sessions, second factor."""

from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from worker.console import guard, sentences
from worker.console.formats import Formats
from worker.console.forms import Posted, read
from worker.console.i18n import LANGUAGES, catalogue
from worker.console.render import page
from worker.console.visitors import Me, Services, Visitor, language_of, own_path
from worker.domain.actor import Actor
from worker.errors import LoaError, Refused
from worker.services.people import first, login, totp, users

router: Final = APIRouter()


def see(path: str, done: str = "") -> RedirectResponse:
    """Go on with a page; `done` is the code of what it says on top."""
    mark = ("&" if "?" in path else "?") + f"done={done}" if done else ""
    head, sign, fragment = path.partition("#")
    return RedirectResponse(head + mark + sign + fragment, 303)


@router.get("/login")
def form(request: Request, deps: Services, next: str = "/", language: str = "", ended: bool = False) -> Response:  # noqa: A002 - of the address
    """The login form; who is logged in already goes on."""
    if login.find(deps, request.cookies.get(guard.COOKIE, "")) is not None:
        return see(own_path(next))
    return show(request, next=next, chosen=language, ended=ended)


@router.post("/login")
async def log_in(request: Request, deps: Services) -> Response:
    """Open a session; a second factor is asked for once the password was right."""
    sent = await read(request)
    name, code = sent["username"], sent["code"]
    try:
        opened = await run_in_threadpool(
            login.log_in,
            deps,
            name,
            sent.raw("password"),
            code=code,
            address=request.client.host if request.client else "",
            agent=request.headers.get("user-agent", ""),
        )
    except Refused as fault:
        wrong = said(request, fault)
        with_code = fault.rule in {"code_needed", "wrong_code"}
        status = 429 if fault.rule == "too_many_tries" else 401
        return show(request, next=sent["next"], name=name, wrong=wrong, with_code=with_code, status=status)
    answer = see(own_path(sent["next"] or "/"))
    guard.set_cookie(request, answer, guard.COOKIE, opened.token)
    return answer


@router.post("/logout")
def log_out(request: Request, deps: Services, me: Me, _form: Posted) -> Response:
    """End the session on the server: a copy of its cookie opens nothing."""
    login.log_out(deps, request.cookies.get(guard.COOKIE, ""))
    answer = see("/login")
    guard.drop_cookie(request, answer, guard.COOKIE)
    guard.set_cookie(request, answer, guard.LANGUAGE_COOKIE, me.language, longest_s=365 * 86_400)
    return answer


@router.post("/language")
def language(request: Request, me: Me, form: Posted) -> Response:
    """The user's language from now on, on every machine."""
    users.change_language(me.deps, form["language"])
    answer = see(own_path(form["next"] or "/"))
    guard.set_cookie(request, answer, guard.LANGUAGE_COOKIE, form["language"], longest_s=365 * 86_400)
    return answer


@router.get("/first/{token}")
def welcome(request: Request, deps: Services, token: str, language: str = "") -> Response:
    """The form of the one-time link that makes the first administrator."""
    if not first.counts(deps, token):
        raise Refused("link_used", "This link was used, is older than a day, or there is a user already: log in.")
    answer = page(request, None, "first.html", wrong="", name="", chosen=language)
    return _kept(request, answer, language)


@router.post("/first/{token}")
async def begin(request: Request, deps: Services, token: str) -> Response:
    """Make the first administrator and log them in."""
    sent = await read(request)
    name, password = sent["username"], sent.raw("password")
    try:
        await run_in_threadpool(first.claim, deps.acting(Actor("console")), token, name, password)
        where = {
            "address": request.client.host if request.client else "",
            "agent": request.headers.get("user-agent", ""),
        }
        opened = await run_in_threadpool(partial(login.log_in, deps, name, password, **where))
    except LoaError as fault:
        return page(request, None, "first.html", 422, wrong=said(request, fault), name=name)
    answer = see("/")
    guard.set_cookie(request, answer, guard.COOKIE, opened.token)
    return answer


@router.get("/me")
def account(request: Request, me: Me) -> Response:
    """The own account."""
    return _account(request, me)


@router.post("/me/password")
def change_password(request: Request, me: Me, form: Posted) -> Response:
    """A new password; other sessions end."""
    try:
        login.change_password(me.deps, me.me, form.raw("old"), form.raw("new"))
    except LoaError as fault:
        return _account(request, me, sentences.fault(me.catalogue, me.formats, fault), status=422)
    return see("/me", "password")


@router.post("/me/totp")
def second_factor(request: Request, me: Me, form: Posted) -> Response:
    """Begin, finish or take off the second factor."""
    try:
        match form["step"]:
            case "begin":
                return _account(request, me, setup=totp.begin(me.deps, me.me.user))
            case "confirm":
                totp.confirm(me.deps, me.me.user, form["code"])
                return see("/me", "totp_on")
            case _:
                totp.remove(me.deps, me.me.user, form["code"])
                return see("/me", "totp_off")
    except LoaError as fault:
        wrong = sentences.fault(me.catalogue, me.formats, fault)
        return _account(request, me, wrong, totp.begun(me.deps, me.me.user), 422)


def _account(request: Request, me: Visitor, wrong: str = "", setup: object = None, status: int = 200) -> Response:
    sessions = login.own_sessions(me.deps)
    return page(request, me, "me.html", status, wrong=wrong, sessions=sessions, setup=setup)


def show(
    request: Request,
    *,
    next: str,  # noqa: A002 - of the address
    name: str = "",
    wrong: str = "",
    with_code: bool = False,
    status: int = 200,
    chosen: str = "",
    ended: bool = False,
) -> Response:
    """The login form, with what was wrong; a provider's button stands beside it where there is one."""
    values: dict[str, Any] = {"next": own_path(next or "/"), "name": name, "wrong": wrong, "with_code": with_code}
    values["ended"] = ended
    provider = request.app.state.openid
    values["provider"] = "" if provider is None else provider.account.title
    answer = page(request, None, "login.html", status, chosen=chosen, **values)
    return _kept(request, answer, chosen)


def _kept(request: Request, answer: Response, chosen: str) -> Response:
    """Keep the language that somebody chose who is not logged in."""
    if chosen in LANGUAGES:
        guard.set_cookie(request, answer, guard.LANGUAGE_COOKIE, chosen, longest_s=365 * 86_400)
    return answer


def said(request: Request, fault: LoaError) -> str:
    """What a service refused, in the language of somebody who is not logged in."""
    language = language_of(request)
    return sentences.fault(catalogue(language), Formats(language), fault)
