"""Which doors does HTTP have? So far the two that a load balancer knocks on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from worker import config, log, wiring
from worker.storage import migrate
from worker.wiring import Loa


def create_app() -> FastAPI:
    """The application, for `uvicorn --factory worker.api.app:create_app`."""
    settings = config.load()
    log.configure(settings.log_level, json=settings.log_json)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.loa = wiring.build(settings)
        yield
        await run_in_threadpool(app.state.loa.close)

    app = FastAPI(title="Loa", lifespan=lifespan, docs_url=None, redoc_url=None)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """Whether this process answers at all."""
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> JSONResponse:
        """Whether it can do its work: PostgreSQL in the shape of this code, and Redis."""
        faults = _faults(app.state.loa)
        body = {"status": "not ready", "faults": faults} if faults else {"status": "ready"}
        return JSONResponse(body, status_code=503 if faults else 200)

    return app


def _faults(loa: Loa) -> list[str]:
    faults = []
    try:
        found, wanted = migrate.current(loa.engine), migrate.head()
        if found != wanted:
            faults.append(
                f"the database is at migration {found or 'none'}, this code wants {wanted}: run `loa migrate`"
            )
    except SQLAlchemyError as fault:
        faults.append(f"PostgreSQL cannot be reached ({type(fault).__name__})")
    try:
        loa.redis.ping()
    except RedisError as fault:
        faults.append(f"Redis cannot be reached ({type(fault).__name__})")
    return faults
