"""The HTTP application: doors for producers, providers and people, and for load balancers and monitors."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractContextManager, asynccontextmanager, closing, suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from worker import config, log, tracing, wiring
from worker.api import (
    approvals,
    audiences,
    auth,
    callbacks,
    campaigns,
    download,
    guard,
    metrics,
    openapi,
    otp,
    problems,
    providers,
    reading,
    site,
    subscribers,
    webhooks,
    workbooks,
)
from worker.console import app as console
from worker.errors import DiskFull, Refused, Refusing
from worker.outages import Places, explain
from worker.services.ports import Run
from worker.storage import migrate
from worker.wiring import Loa

T = TypeVar("T")


def create_app() -> FastAPI:
    """The application, for `uvicorn --factory worker.api.app:create_app`."""
    settings = config.load()
    log.configure(settings.log_level, json=settings.log_json)
    tracing.start(settings, "web")
    app = doors(lambda: closing(wiring.build(settings)), settings.documents_dir or site.BUILT)
    tracing.trace_requests(app)
    return app


def doors(wire: Callable[[], AbstractContextManager[Loa]], documents_dir: Path | None = None) -> FastAPI:
    """The application around what `wire` opens when it starts, and closes when it ends."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        opened = wire()
        app.state.loa = loa = opened.__enter__()
        app.state.deps = deps = replace(loa.deps, run=_one_at_a_time(loa.deps.run))
        app.state.keys = keys = auth.keys(deps)
        app.state.otp_intake = intake = otp.otp_intake(deps)
        app.state.callback_intake = told = callbacks.callback_intake(deps)
        tracing.trace_statements(loa.engine)
        await run_in_threadpool(_warm_up, loa)
        app.state.downloads = pages.state.downloads = download.Share(loa.settings.max_downloads)
        console.start(pages, loa, app.state.deps)
        yield {guard.STATE: guard.of(loa.settings)}
        app.state.downloads.close()
        await console.stop(pages)
        for together in (keys, intake, told):
            await run_in_threadpool(together.close)
        await run_in_threadpool(opened.__exit__, None, None, None)
        await run_in_threadpool(tracing.stop)

    app = FastAPI(title="Loa", version=version("loa"), lifespan=lifespan, docs_url=None, redoc_url=None)
    otp.install(app)
    callbacks.install(app)
    problems.install(app)
    openapi.describe(app)
    reading.install(app)

    @app.get("/healthz", tags=["operation"])
    def healthz() -> dict[str, str]:
        """Whether this process answers at all."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["operation"], responses={503: {"description": "It cannot; `faults` says why."}})
    def readyz() -> JSONResponse:
        """Whether it can do its work: PostgreSQL in the shape of this code, and Redis."""
        faults = _faults(app.state.loa)
        body = {"status": "not ready", "faults": faults} if faults else {"status": "ready"}
        return JSONResponse(body, status_code=503 if faults else 200)

    routers = (
        otp.router,
        campaigns.router,
        workbooks.router,
        approvals.router,
        audiences.router,
        subscribers.router,
        subscribers.proofs_of,
        providers.router,
        webhooks.router,
        metrics.router,
    )
    for some in routers:
        app.include_router(some)
    site.install(app, documents_dir)
    pages = console.mount(app)
    return app


def _warm_up(loa: Loa) -> None:
    """Make the accounts and stretch the key now (scrypt takes its time), and not for the first password."""
    dict(loa.deps.accounts)
    with suppress(Refused):
        loa.deps.sealer().fingerprint()


def _one_at_a_time(on_loop: Run) -> Run:
    """The loop of a process runs one coroutine at a time; here several threads may want it (a cancel asks FPT)."""
    taken = Lock()

    def run(call: Coroutine[Any, Any, T], /) -> T:
        with taken:
            return on_loop(call)

    return run


def _faults(loa: Loa) -> list[str]:
    faults = []
    try:
        found, wanted = migrate.current(loa.engine), migrate.head()
        if found != wanted:
            faults.append(
                f"the database is at migration {found or 'none'}, this code wants {wanted}: run `loa migrate`"
            )
    except SQLAlchemyError as fault:
        faults.append(_brief(fault, "PostgreSQL"))
    try:
        loa.redis.ping()
    except RedisError as fault:
        faults.append(_brief(fault, "Redis"))
    return faults


def _brief(fault: Exception, part: str) -> str:
    """What a stranger may hear of it."""
    match explain(fault, Places()):
        case Refusing(brief=brief):
            return brief
        case DiskFull():
            return f"{part} has no room left on its disk"
        case _:
            return f"{part} cannot be reached ({type(fault).__name__})"
