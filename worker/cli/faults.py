"""Turns any fault into one sentence and an exit code; a stack trace is shown only when it is asked for."""

import logging
import os
from dataclasses import dataclass, field
from typing import Any

import typer

from worker import log
from worker.cli import console
from worker.errors import ConfigError, DiskFull, LoaError, Misuse, Refused, Refusing, Unavailable
from worker.outages import Places, explain

RULES = {Misuse: "misuse", Unavailable: "unavailable", DiskFull: "disk_full", Refusing: "refusing"}
WHEN_AWAY = "start it or wait for it, then repeat the command"
FOR_THE_TRACE = "run with LOA_LOG_LEVEL=DEBUG for the trace"


@dataclass(frozen=True, slots=True)
class Explained:
    """A fault as it is shown: `rule` is a stable word for programs."""

    sentence: str
    exit_code: int
    rule: str
    details: dict[str, Any] = field(default_factory=dict)


def tell(fault: BaseException) -> Explained:
    """What to say of a fault, whoever raised it; keys and numbers are masked."""
    if isinstance(fault, LoaError):
        return _ours(fault)
    if isinstance(fault, typer.TyperException):
        return Explained(_usage(fault), exit_code=2, rule="usage")
    traced = os.environ.get("LOA_LOG_LEVEL", "").upper() == "DEBUG"
    if traced:
        log.configure("DEBUG")
        logging.getLogger("loa").debug("unforeseen", exc_info=fault)
    if found := explain(fault, Places()) or _away(fault):
        return _ours(found)
    return Explained(f"{_what_broke(fault)}{'' if traced else f'; {FOR_THE_TRACE}'}.", exit_code=1, rule="unforeseen")


def show(told: Explained, *, as_json: bool) -> None:
    """The sentence on stderr; for programs also one JSON document on stdout, with the counts that explain a refusal."""
    if told.sentence:
        console.say(told.sentence)
    if as_json:
        error = {"rule": told.rule, "sentence": told.sentence, "details": told.details}
        console.document({"error": error, **told.details})


def _ours(fault: LoaError) -> Explained:
    match fault:
        case Refused():
            return Explained(_one_line(str(fault)), fault.exit_code, fault.rule, fault.details)
        case ConfigError(problems=[problem]):
            return Explained(
                f"The settings cannot work: {problem}.", fault.exit_code, "settings", {"problems": [problem]}
            )
        case ConfigError():
            return Explained(str(fault), fault.exit_code, "settings", {"problems": fault.problems})
        case _:
            return Explained(_one_line(str(fault)), fault.exit_code, RULES.get(type(fault), "failed"))


def _away(fault: BaseException) -> Unavailable | None:
    """A server that is stopped, starts or cannot be reached: nothing of Loa is wrong, and no trace helps."""
    from redis import BusyLoadingError, RedisError  # noqa: PLC0415 - `loa --help` needs neither
    from redis import ConnectionError as Unconnected  # noqa: PLC0415
    from redis import TimeoutError as Unanswered  # noqa: PLC0415
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415

    match fault:
        case OperationalError() if (getattr(fault.orig, "sqlstate", None) or "08000").startswith(("08", "57P")):
            return Unavailable(f"PostgreSQL cannot be reached ({_first_line(fault.orig or fault)}): {WHEN_AWAY}.")
        case RedisError() if isinstance(fault, (BusyLoadingError, Unconnected, Unanswered)):
            return Unavailable(f"Redis cannot be reached ({_first_line(fault)}): {WHEN_AWAY}.")
    return None


def _what_broke(fault: BaseException) -> str:
    from redis import RedisError  # noqa: PLC0415 - `loa --help` needs neither
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    match fault:
        case SQLAlchemyError():
            return f"PostgreSQL could not do it: {_first_line(getattr(fault, 'orig', None) or fault)}"
        case RedisError():
            return f"Redis could not do it: {_first_line(fault)}"
        case OSError(strerror=str() as why):
            return f"The system refused: {why}" + (f" ({fault.filename})" if fault.filename else "")
        case _:
            return f"Loa failed ({type(fault).__name__}: {_first_line(fault)})"


def _usage(fault: typer.TyperException) -> str:
    """Typer's words on one line, and where to read more; empty where it has shown its help instead."""
    words = _one_line(fault.format_message())
    context = getattr(fault, "ctx", None)
    if not words or context is None:
        return words
    hint = f"`{context.command_path} --help` shows how."
    return f"{words} {hint}" if words.endswith("?") else f"{words.rstrip('.')}; {hint}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _first_line(fault: BaseException) -> str:
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    return log.redact(lines[0]).rstrip(".") if lines else type(fault).__name__
