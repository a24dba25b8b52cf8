"""Lines on which a worker can be made to die: points around Loa's functions from outside, in a test's workers only.

A point is armed by a file of its name in the folder that POINTS names; the process that takes the file away dies there and
then. So one armed point is one death, whichever worker comes by first.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Any

from worker.domain.policy import Channel
from worker.providers.esms import Esms
from worker.providers.fpt import Fpt
from worker.services.sending import lists, singles
from worker.services.sending.pushes import push
from worker.storage.sending import batches, provider_campaigns
from worker.storage.sending import singles as marks

FOLDER = "POINTS"
#: The sandbox takes an order at once and answers later than this (its `latency_s`), so a death then is a death in the call.
INTO_THE_CALL_S = 0.15
#: What single numbers are called here, by the channel of their batch.
SINGLES = {Channel.SMS: "single", Channel.ZALO: "zalo"}


class Line(StrEnum):
    """The four lines between which a send can break."""

    BEFORE_CLAIM = "before the claim's commit"
    AFTER_CLAIM = "after the claim's commit"
    IN_CALL = "during the call"
    AFTER_ANSWER = "after the answer, before its commit"


class Victim(StrEnum):
    """Who dies: a child, which its worker replaces, or the whole worker, which the supervisor replaces."""

    CHILD = "child"
    WORKER = "worker"


def arm(folder: Path, send_mode: str, line: Line, victim: Victim) -> None:
    """Let the next process that comes by die."""
    fresh = folder / "being armed"
    fresh.write_text(victim)
    fresh.rename(folder / f"{send_mode}.{line.name}")


def armed(folder: Path) -> list[str]:
    """The points where nobody died yet."""
    return sorted(path.name for path in folder.iterdir())


def _taken(send_mode: str, line: Line) -> Victim | None:
    if not any(word.startswith("send.") for word in sys.argv):
        return None  # a fork of the nursery that sends no campaigns
    path = Path(os.environ[FOLDER]) / f"{send_mode}.{line.name}"
    try:
        victim = Victim(path.read_text())
        # One step takes it: whoever is killed by another's death before it leaves the point armed.
        path.unlink()
    except FileNotFoundError:
        return None
    return victim


def _die(victim: Victim | None) -> None:
    if victim is Victim.WORKER:
        os.kill(os.getppid(), signal.SIGKILL)
    if victim is not None:
        os.kill(os.getpid(), signal.SIGKILL)


def install() -> None:
    """Put all points around the functions of this process."""
    _after(batches, "claim", "list", Line.BEFORE_CLAIM)
    _after(lists.Order, "claim", "list", Line.AFTER_CLAIM)
    _during(Esms, "send_ads", "list")
    _before(lists.Order, "record", "list", Line.AFTER_ANSWER)

    _after(marks, "intend", lambda _session, batch, _phones: SINGLES[batch.channel], Line.BEFORE_CLAIM)
    _after(singles.BatchRun, "claim", lambda run, _offsets: SINGLES[run.account.channel], Line.AFTER_CLAIM)
    _during(Esms, "send_message", "single")
    _during(Esms, "send_zalo", "zalo")
    _before(singles.BatchRun, "record", lambda run, *_: SINGLES[run.account.channel], Line.AFTER_ANSWER)

    _after(provider_campaigns, "begin_push", "push", Line.BEFORE_CLAIM)
    _after(push.PushCall, "claim", "push", Line.AFTER_CLAIM)
    _during(Fpt, "push", "push")
    _before(push.PushCall, "record", "push", Line.AFTER_ANSWER)


def _after(where: Any, name: str, send_mode: str | Callable[..., str], line: Line) -> None:
    original: Callable[..., Any] = getattr(where, name)

    @wraps(original)
    def struck(*given: Any, **named: Any) -> Any:
        result = original(*given, **named)
        if result:
            _die(_taken(send_mode(*given) if callable(send_mode) else send_mode, line))
        return result

    setattr(where, name, struck)


def _before(where: Any, name: str, send_mode: str | Callable[..., str], line: Line) -> None:
    original: Callable[..., Any] = getattr(where, name)

    @wraps(original)
    def struck(*given: Any, **named: Any) -> Any:
        _die(_taken(send_mode(*given) if callable(send_mode) else send_mode, line))
        return original(*given, **named)

    setattr(where, name, struck)


def _during(where: Any, name: str, send_mode: str) -> None:
    original: Callable[..., Any] = getattr(where, name)

    @wraps(original)
    async def struck(*given: Any, **named: Any) -> Any:
        victim = _taken(send_mode, Line.IN_CALL)
        call = asyncio.ensure_future(original(*given, **named))
        if victim is not None:
            await asyncio.sleep(INTO_THE_CALL_S)
            _die(victim)
        return await call

    setattr(where, name, struck)
