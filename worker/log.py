"""Formats every log line in one place, and masks in it every key, token and full number.

The masking works on the final text of a line or traceback, whoever wrote it: our code, httpx (which logs URLs, and eSMS
wants its keys there), Celery, uvicorn (whose paths carry callback secrets). A number leaves as `8490***4567`.
"""

import json as json_text
import logging
import re
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any, Final
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import structlog

MASK: Final = "***"
#: Shorter secrets are masked only where a name says what they are: hiding `demo` everywhere would hide `loa demo`.
SHORTEST_SECRET: Final = 8

NAME: Final = (
    r"(?:api|secret|private)[_-]?key|client[_-]?(?:pass|secret)|(?:access|refresh)[_-]?token|pass(?:word|wd)"
    r"|session[_-]?id|basic[_-]?auth|sealed"
)
#: `"ApiKey": "..."`, `api_key='...'`, and both again inside a string (`\"ApiKey\": \"...\"`), whole or cut off.
QUOTED: Final = re.compile(rf"""((?:{NAME})\\*["']?\s*[:=]\s*b?(\\*["']))(?:(?!\2)(?:\\.|.))*""", re.IGNORECASE)
#: `?ApiKey=...&`, `api_key=...`, `"password": 123`, and a URL inside a URL (`ApiKey%3D...`).
BARE: Final = re.compile(rf"""((?:{NAME})\\*["']?\s*(?:[:=]|%3D)\s*)(?!b?\\*["'])[^\s"'&<>,;)}}\]\\]+""", re.IGNORECASE)
ELEMENT: Final = re.compile(rf"(<(?:\w+:)?(?:{NAME})\b[^>]{{0,200}}>)[^<]+", re.IGNORECASE)
AUTHORIZATION: Final = re.compile(
    r"""(authorization\\*["']?\s*[,:=]\s*(?:b?\\*["'])?)(?:(?:Bearer|Basic|Digest|Token)\s+)?[^\s"'\\,&)]+""",
    re.IGNORECASE,
)
BEARER: Final = re.compile(r"(\bBearer\s+)[\w.~+/=-]+", re.IGNORECASE)
#: redis://:password@host, postgresql+psycopg://user:password@host.
USERINFO: Final = re.compile(r"""(\b[a-z][a-z0-9+.-]{0,30}://[^\s:/@"']*:)[^\s/"'<>]+(?=@)""", re.IGNORECASE)
#: eSMS wants both keys in this path; our callbacks carry their secret in theirs.
BRANDNAME_PATH: Final = re.compile(r"""(GetListBrandname/)[^/\s?"'<>]+/[^/\s?"'<>]+""", re.IGNORECASE)
CALLBACK_PATH: Final = re.compile(r"""(/callbacks/\w+/)[^/\s?"'<>]+""")
PATTERNS: Final = (QUOTED, BARE, ELEMENT, AUTHORIZATION, BEARER, USERINFO, BRANDNAME_PATH, CALLBACK_PATH)

#: A name that announces a number, which may then come without its zero (`"Phone": 901234567`).
NAMED_PHONE: Final = re.compile(
    r"""((?:phone|phone[_-]?number|msisdn)\\*["']?\s*(?:[:=>]|%3D)\s*\\*["']?)(\d{9})(?!\d)""", re.IGNORECASE
)
# Ids and durations hold digits too: UUIDs and long hexadecimal ids are matched first and kept, and `0.0312345678` is no
# number. A letter may stand before one: `\n0901234567` in a repr, `%2B84901234567` in a URL.
PHONE: Final = re.compile(
    r"""
    (?P<id> [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12,16}
          | (?<![0-9a-z]) [0-9a-f]{16,} (?![0-9a-z]) )
    | (?: (?<!\d) | (?<=%[0-9a-f][0-9a-f]) ) (?<!\d\.)
      (?: 0084\d{9} | 84\d{9,10} | 0\d{9,10}
        | (?: 84 | 0 ) [ .-]? \d{2,3} (?P<gap>[ .-]) \d{3} (?P=gap) \d{3,4} )
      (?!\d)
    """,
    re.IGNORECASE | re.VERBOSE,
)

#: What the patterns above can begin with, in small letters. Most texts hold none of it, and are spared all the rest.
SUSPECT: Final = (
    *(
        "key",
        "secret",
        "pass",
        "token",
        "session",
        "auth",
        "bearer",
        "sealed",
        "://",
        "getlistbrandname/",
        "/callbacks/",
    ),
    *("phone", "msisdn"),
)
SUSPECT_DIGITS: Final = re.compile(r"\d(?:[ .-]?\d){8}")

#: What every spelling of a secret leaves as it is.
PLAIN: Final = re.compile(r"[A-Za-z0-9]+")

#: Loggers that say at INFO what nobody needs to know each second.
CHATTY: Final = ("httpx", "httpcore", "alembic", "celery.app.trace", "celery.worker.strategy", "celery.beat")

#: How Celery's lines begin that write down whole messages.
WITH_BODIES: Final = (
    "Received and deleted unknown message",
    "Received unregistered task",
    "Received invalid task message",
    "Can't decode message body",
)

#: Longest first, so that no secret is cut by one that it holds.
_hidden: list[str] = []


def redact_words(*secrets: str) -> None:
    """Mask these values wherever they appear from now on, also as a URL, JSON or XML writes them."""
    _hidden[:] = _longest_first(_spellings(secrets).union(_hidden))


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without keys, tokens, passwords and full numbers; `secrets` are masked besides those told to `hide`."""
    there = [secret for secret in secrets if _may_hold(text, secret)]
    for secret in _longest_first(_spellings(there).union(_hidden)) if there else tuple(_hidden):
        text = text.replace(secret, MASK)
    if not _is_suspect(text):
        return text
    for pattern in PATTERNS:
        text = pattern.sub(rf"\g<1>{MASK}", text)
    text = NAMED_PHONE.sub(lambda found: found[1] + _masked_digits(found[2]), text)
    return PHONE.sub(lambda found: found[0] if found["id"] else _masked_digits(found[0]), text)


def _is_suspect(text: str) -> bool:
    small = text.casefold()
    # A plain loop: of all that masks, this alone is done for every answer, and a generator would cost half as much again.
    for suspect in SUSPECT:
        if suspect in small:
            return True
    return SUSPECT_DIGITS.search(text) is not None


def _longest_first(secrets: Iterable[str]) -> list[str]:
    return sorted(secrets, key=len, reverse=True)


def _may_hold(text: str, secret: str) -> bool:
    """Whether the secret can be in the text in any spelling, all of which leave its plain letters and digits together."""
    return _longest_plain(secret) in text


@lru_cache(maxsize=8)
def _longest_plain(secret: str) -> str:
    return max(PLAIN.findall(secret), key=len, default="")


def _spellings(secrets: Iterable[str]) -> set[str]:
    return {
        spelling
        for secret in secrets
        if len(secret) >= SHORTEST_SECRET
        for spelling in (
            secret,
            quote(secret, safe=""),
            quote_plus(secret),
            escape(secret),
            json_text.dumps(secret)[1:-1],
            json_text.dumps(secret, ensure_ascii=False)[1:-1],
        )
    }


def _masked_digits(number: str) -> str:
    """`84901234567` as `8490***4567`, `0901234567` as `0901***567`: enough to recognise, too little to call."""
    digits = re.sub(r"\D", "", number)
    tail = min(4, len(digits) - 7)
    return f"{digits[: len(digits) - 3 - tail]}{MASK}{digits[-tail:]}"


class RedactingHandler(logging.StreamHandler[Any]):
    """Writes to stderr what is left of a line after `redact`."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def format(self, record: logging.LogRecord) -> str:
        """The final text of the line."""
        return redact(super().format(record))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        """Say which line was lost; the standard library would print its arguments unmasked."""
        fault = sys.exc_info()[0]
        name = fault.__name__ if fault else "unknown fault"
        sys.stderr.write(f"a log line of {record.name} (line {record.lineno}) could not be written: {name}\n")


def configure(level: str = "INFO", json: bool = False) -> None:
    """Send all logs, ours and the libraries', to stderr: one plain line each, or one JSON object each."""
    stamps: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if json
        # No colours, which would stand between a name and its value; no rich traceback, which would print variables.
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    handler = RedactingHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=stamps,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _mask_fields, *renderer],
        )
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *stamps,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    for own_handlers in ("uvicorn", "uvicorn.error"):
        # uvicorn brings handlers of its own, past which nothing is masked.
        logger = logging.getLogger(own_handlers)
        logger.handlers.clear()
        logger.propagate = True
    sys.excepthook = _uncaught


class BodiesLeftOut(logging.Filter):
    """Keeps of a message that Celery could not take only which kind of fault it was: its body may hold a number and a text.

    The name of the task is left out too: a producer may have written anything there.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every line pass, the dangerous ones without what they would repeat."""
        for start in WITH_BODIES:
            if str(record.msg).startswith(start):
                record.msg, record.args = f"{start}; its body and its name are not repeated here", ()
                record.exc_info = record.exc_text = record.stack_info = None
        return True


def leave_out_bodies() -> None:
    """In a worker: write nothing of the bodies of messages that it could not take."""
    consumer = logging.getLogger("celery.worker.consumer.consumer")
    if not any(isinstance(one, BodiesLeftOut) for one in consumer.filters):
        consumer.addFilter(BodiesLeftOut())


def _mask_fields(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Mask values while their types are known: a number masked in finished JSON would no longer be JSON."""
    return {name: value if name == "exc_info" else _masked(name, value) for name, value in event.items()}


def _masked(name: str, value: Any) -> Any:
    match value:
        case _ if re.search(rf"(?:{NAME})$", name, re.IGNORECASE):
            return MASK
        case Mapping():
            return {key: _masked(str(key), inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_masked("", inner) for inner in value]
        case str():
            return redact(f"{name}={value}").removeprefix(f"{name}=")
        case int() if redact(f"{name}={value}") != f"{name}={value}":
            return _masked(name, str(value))
        case _:
            return value


def _uncaught(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, fault, trace)
        return
    logging.getLogger("loa").critical("uncaught", exc_info=(kind, fault, trace))
