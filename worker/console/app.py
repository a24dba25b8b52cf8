"""The console as an application of its own, mounted at / of the web process; what is the API's stays the API's."""

from typing import Any, Final

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from redis import RedisError
from sqlalchemy.exc import DataError, SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Match, Mount
from starlette.types import Scope

from worker.console import assets, render, sentences
from worker.console.formats import Formats
from worker.console.forms import StaleForm
from worker.console.guard import COOKIE, ForeignForm, Guard
from worker.console.i18n import catalogue
from worker.console.live import Hub
from worker.console.pages import PAGES, openid
from worker.console.visitors import LoginNeeded, language_of, login_address, present
from worker.domain.actor import Forbidden
from worker.errors import DiskFull, LoaError, NotFound, Refused, Unavailable
from worker.outages import Places, explain
from worker.services.operations import overview
from worker.services.people import login

log = structlog.get_logger(__name__)

#: Paths that are not the console's, whatever is or is not behind them.
NOT_OURS: Final = ("/v1/", "/v1", "/callbacks/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs")

#: What a refusal is in HTTP; any other is 422.
STATUSES: Final = {"too_many_downloads": 503, "too_many_tries": 429, "form_too_large": 413}


class Console(Mount):
    """Everything that is not the API's."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Nothing where the path is one of the API's: its own 404 and 405 answer there."""
        if scope.get("path", "").startswith(NOT_OURS):
            return Match.NONE, {}
        return super().matches(scope)


def mount(app: FastAPI) -> FastAPI:
    """Put the console behind the API's routes; `start` follows when the process has its wiring."""
    console = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    console.add_middleware(Guard, turned_away=lambda request: _fault_page(request, 403, ForeignForm()))
    console.include_router(assets.router)
    for router in PAGES:
        console.include_router(router)
    _answer_faults(console)
    app.router.routes.append(Console("/", app=console, name="console"))
    return console


def start(console: FastAPI, loa: Any, deps: Any) -> None:
    """Hand the console what the API has too."""
    console.state.loa, console.state.deps = loa, deps
    console.state.openid = openid.provider(loa.settings.openid)
    console.state.hub = Hub(lambda ids: overview.progress(deps, list(ids)), lambda tokens: login.going_on(deps, tokens))
    for language in ("vi", "en"):
        render.environment(language)


async def stop(console: FastAPI) -> None:
    """Close what lives on the event loop of this process."""
    if console.state.openid is not None:
        await console.state.openid.aclose()


def _answer_faults(console: FastAPI) -> None:
    @console.exception_handler(LoginNeeded)
    def _to_the_login(request: Request, fault: LoginNeeded) -> Response:
        if "text/event-stream" in request.headers.get("accept", ""):
            return Response(status_code=401)
        return RedirectResponse(login_address(fault.path, ended=COOKIE in request.cookies), 303)

    @console.exception_handler(LoaError)
    def _ours(request: Request, fault: LoaError) -> Response:
        return _fault_page(request, _status(fault), fault)

    @console.exception_handler(RequestValidationError)
    def _words(request: Request, _fault: Exception) -> Response:
        return _fault_page(request, 404)

    @console.exception_handler(HTTPException)
    def _http(request: Request, fault: HTTPException) -> Response:
        return _fault_page(request, fault.status_code)

    @console.exception_handler(SQLAlchemyError)
    @console.exception_handler(psycopg.Error)
    @console.exception_handler(RedisError)
    @console.exception_handler(OSError)
    def _away(request: Request, fault: Exception) -> Response:
        return _fault_page(request, _status_of_outage(fault, request.app.state.loa.places))

    @console.exception_handler(Exception)
    def _unforeseen(request: Request, _fault: Exception) -> Response:
        return _fault_page(request, 500)


def _status(fault: LoaError) -> int:
    match fault:
        case Forbidden() | StaleForm():
            return 403
        case NotFound():
            return 404
        case DiskFull():
            return 507
        case Unavailable():
            return 503
        case _:
            return STATUSES.get(fault.rule, 422) if isinstance(fault, Refused) else 422


def _status_of_outage(fault: Exception, places: Places) -> int:
    """A server that is away or says no, or a full disk; raises any other fault of the system again."""
    # A number that no column holds stands for nothing that is there.
    if isinstance(fault, (DataError, psycopg.DataError)):
        return 404
    found = explain(fault, places)
    if found is None and isinstance(fault, OSError):
        raise fault
    log.warning("part_unavailable", fault=type(fault).__name__, says=str(found or ""))
    return 507 if isinstance(found, DiskFull) else 503


def _fault_page(request: Request, status: int, fault: LoaError | None = None) -> Response:
    """A page that says what is wrong, in the reader's language and with the navigation where somebody is logged in."""
    # Where a server is away, nobody is asked who this is; and what comes from another site is nobody's.
    me = present(request) if status < 500 and not isinstance(fault, ForeignForm) else None
    language = me.language if me else language_of(request)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"status": status}, status)
    words = catalogue(language)
    # A form that does not belong here is no matter of what somebody may do.
    title = sentences.code(words, "http", 422 if isinstance(fault, (StaleForm, ForeignForm)) else status)
    sentence = sentences.fault(words, Formats(language), fault) if fault else sentences.code(words, "http-says", status)
    return render.page(request, me, "fault.html", status, title=title, sentence=sentence)
