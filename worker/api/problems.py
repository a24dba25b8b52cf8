"""Errors of the HTTP API: problem+json (RFC 9457), one sentence that names the field that is wrong.

No answer repeats what was sent: it may be a number or a password.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from redis import RedisError
from sqlalchemy.exc import DataError, SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from worker.errors import DiskFull, LoaError, Misuse, NotFound, Refused, Refusing, Unavailable
from worker.outages import NO_ROOM, Places, explain

log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 2
AGAIN: Final[Mapping[str, str]] = {"Retry-After": str(RETRY_AFTER_S)}
#: After so many an answer says no more than that there are more.
MOST_FAULTS: Final = 50
#: A name of a field that may be repeated: a slip of the pen, and no number or password.
FIELD_NAME: Final = re.compile(r"[A-Za-z_-]{1,40}")

#: Rules that say something else than "your words are wrong".
STATUS_OF: Final[Mapping[str, int]] = {
    "forbidden": 403,
    "own_campaign": 403,
    "wrong_login": 401,
    "task_refused": 404,
    "in_progress": 409,
    "all_has_left": 409,
    **dict.fromkeys(("key_conflict", "wrong_status", "facts_changed", "name_taken"), 409),
    "too_many_tries": 429,
    "too_many_to_number": 429,
    "too_many_to_prefix": 429,
    "too_many_of_key": 429,
    "too_many_of_client": 429,
    "code_still_good": 429,
    "no_code": 409,
    "not_checked": 503,
    "no_balance": 409,
    "no_secret_key": 503,
    "too_many_downloads": 503,
    "too_many_waiting": 503,
    "webhook_exists": 409,
    "webhook_pending": 409,
    "webhook_ended": 409,
}
#: Which field a rule is about, by the rule or what it begins with.
FIELD_OF: Final[Mapping[str, str]] = {
    "bad_phone": "phone",
    "too_many_to_": "phone",
    "too_many_of_client": "client_ip",
    "no_sender": "sender",
    "code_still_good": "phone",
    "route_makes_codes": "route",
    "text_without_code": "template",
    "template_unfilled": "template",
    "text_": "text",
    "ad_": "text",
    "at_": "at",
    "key_conflict": "Idempotency-Key",
    "in_progress": "Idempotency-Key",
    "webhook_exists": "url",
}


class FieldFault(BaseModel):
    """What is wrong with one field."""

    field: str = Field(description="Its path, as in `recipients.3`.")
    message: str


class Problem(BaseModel):
    """Why a request was not done (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="`urn:loa:problem:` and the rule that said no.")
    title: str
    status: int
    detail: str = Field(description="One sentence for people.")
    rule: str = Field(description="A stable word for programs.")
    errors: list[FieldFault] = Field(default=[], description="The fields that are wrong.")


class ProblemError(Exception):
    """An answer that is no success; raised anywhere behind the doors."""

    def __init__(
        self,
        status: int,
        rule: str,
        sentence: str,
        *,
        field: str = "",
        faults: Sequence[FieldFault] = (),
        headers: Mapping[str, str] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status, self.rule, self.sentence = status, rule, sentence
        self.faults = list(faults) or ([FieldFault(field=field, message=sentence)] if field else [])
        self.headers = dict(headers or {})
        self.details = dict(details or {})

    def response(self) -> JSONResponse:
        """The answer."""
        body = {
            **self.details,
            "type": f"urn:loa:problem:{self.rule}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.sentence,
            "rule": self.rule,
        }
        if self.faults:
            body["errors"] = [fault.model_dump() for fault in self.faults]
        return JSONResponse(body, self.status, self.headers, MEDIA_TYPE)


def of(fault: LoaError) -> ProblemError:
    """A fault of the services, as HTTP says it."""
    field = fault.field
    match fault:
        case NotFound():
            return ProblemError(404, "not_found", str(fault))
        case Refused(rule=rule, details=details):
            field = field or next((name for start, name in FIELD_OF.items() if rule.startswith(start)), "")
            headers = {"Retry-After": str(details["retry_after_s"])} if "retry_after_s" in details else {}
            status = STATUS_OF.get(rule, 422)
            return ProblemError(status, rule, str(fault), field=field, headers=headers, details={"details": details})
        case Misuse():
            return ProblemError(422, "misuse", str(fault), field=field)
        case Unavailable():
            return _away(fault)
        case _:
            return ProblemError(500, "failed", "Loa could not do it; its log tells why.")


def invalid(errors: Sequence[Any], *, prefix: Sequence[str] = ()) -> ProblemError:
    """What pydantic found, field by field; without the values."""
    faults = [
        FieldFault(field=".".join((*prefix, *_path(one))) or "body", message=_sentence(one))
        for one in errors[:MOST_FAULTS]
    ]
    named = ", ".join(dict.fromkeys(fault.field for fault in faults))
    more = " and more" if len(errors) > MOST_FAULTS else ""
    return ProblemError(422, "invalid", f"These fields are wrong: {named}{more}.", faults=faults)


async def _gone(_request: Request, _fault: Exception) -> Response:
    """Nobody reads it; and no trace in the log for each caller who hangs up in the middle of a body."""
    return Response(status_code=400)


def install(app: FastAPI) -> None:
    """Let every fault leave as a problem."""
    app.add_exception_handler(ClientDisconnect, _gone)

    @app.exception_handler(ProblemError)
    def _problem(_request: Request, fault: ProblemError) -> JSONResponse:
        return fault.response()

    @app.exception_handler(LoaError)
    def _ours(_request: Request, fault: LoaError) -> JSONResponse:
        return of(fault).response()

    @app.exception_handler(RequestValidationError)
    def _words(_request: Request, fault: RequestValidationError) -> JSONResponse:
        # The first part says where it stood (path, query, header); the name is what the caller wrote.
        return invalid([{**one, "loc": one["loc"][1:]} for one in fault.errors()]).response()

    @app.exception_handler(HTTPException)
    def _http(_request: Request, fault: HTTPException) -> JSONResponse:
        phrase = HTTPStatus(fault.status_code).phrase
        rule = phrase.lower().replace(" ", "_").replace("-", "_")
        return ProblemError(fault.status_code, rule, f"{phrase}.", headers=fault.headers).response()

    @app.exception_handler(DataError)
    @app.exception_handler(psycopg.DataError)
    def _bad_data(_request: Request, fault: Exception) -> JSONResponse:
        # To ask again would change nothing. The words of the database repeat values, and stay here.
        log.warning("data_refused", fault=type(getattr(fault, "orig", None) or fault).__name__)
        return ProblemError(422, "bad_data", "A value cannot be stored: send printable characters only.").response()

    @app.exception_handler(SQLAlchemyError)
    @app.exception_handler(psycopg.Error)
    @app.exception_handler(RedisError)
    def _part_away(request: Request, fault: Exception) -> JSONResponse:
        return _outage(fault, request.app.state.loa.places).response()

    @app.exception_handler(OSError)
    def _no_room(request: Request, fault: OSError) -> JSONResponse:
        if fault.errno not in NO_ROOM:
            raise fault
        return _outage(fault, request.app.state.loa.places).response()

    @app.exception_handler(Exception)
    def _unforeseen(_request: Request, _fault: Exception) -> JSONResponse:
        return ProblemError(500, "failed", "Loa could not do it; its log tells why.").response()


@contextmanager
def or_another_way(places: Places) -> Iterator[None]:
    """Whatever keeps a message from leaving is 503: its caller can take another way, and need not read why to know it."""
    try:
        yield
    except (Unavailable, SQLAlchemyError, psycopg.Error, RedisError) as fault:
        if isinstance(fault, (DataError, psycopg.DataError)):
            raise
        said = _outage(fault, places)
        raise ProblemError(503, said.rule, said.sentence, headers=said.headers or AGAIN) from fault


def _outage(fault: Exception, places: Places) -> ProblemError:
    """What a server or a disk says no for. Its words are for the log: they may name accounts and hosts."""
    found = explain(fault, places)
    log.warning("part_unavailable", fault=type(fault).__name__, says=str(found or ""))
    return _away(found)


def _away(fault: Unavailable | None) -> ProblemError:
    match fault:
        case DiskFull():
            return ProblemError(507, "disk_full", str(fault))
        case Refusing(brief=brief):
            return ProblemError(503, "refusing", f"{brief}: ask again later.", headers=AGAIN)
        case _:
            sentence = "A part that Loa needs cannot be reached: ask again soon."
            return ProblemError(503, "unavailable", sentence, headers=AGAIN)


def _path(error: Mapping[str, Any]) -> list[str]:
    """Where the fault is; the name of an unknown field is the caller's own words, and is left out where it is odd."""
    path = [str(part) for part in error["loc"]]
    if error["type"] == "extra_forbidden" and not FIELD_NAME.fullmatch(path[-1]):
        path.pop()
    return path


def _sentence(error: Mapping[str, Any]) -> str:
    words = str(error["msg"]).removeprefix("Value error, ")
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")
