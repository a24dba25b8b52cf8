"""Workers that stop wherever a test wants, at every commit and every call, and may die there."""

import queue
import threading
from collections.abc import Callable, Collection, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import sessionmaker
from sqlmodel import Session

from worker.services.deps import Deps

Call = Coroutine[Any, Any, Any]


class Crash(BaseException):  # not an Exception: nothing may catch it
    """The process is no more."""


class At(StrEnum):
    """Where a worker stands still."""

    COMMITTED = "after a commit"
    #: Before it reads, where it was asked to stand there: what waits for others looks again and again.
    LOOKING = "before a look"
    CALLING = "in the call"
    ANSWERED = "with an answer in its hands"
    OVER = "over"


class Actor:
    """A process with one thing to do, in a thread that goes on only when it is told to."""

    def __init__(
        self,
        deps: Deps,
        work: Callable[[Deps], object],
        on_call: Callable[[Call], None],
        waits: Callable[[], bool] = lambda: False,
        *,
        lookups: bool = False,
    ) -> None:
        """`looks`: stand before each look too; `waits` tells when it looks again and again for the end of something else."""
        self.at = At.COMMITTED
        self.pending: Call | None = None
        self.called_at: datetime | None = None
        #: So many commits from now it dies just before one.
        self.dies_before: int | None = None
        self.died = False
        #: What the answers in its hands say was taken.
        self.confirmed: list[tuple[str, int]] = []
        self.fault: BaseException | None = None
        self._on_call, self._waits, self._looks = on_call, waits, lookups
        self._answer: Any = None
        self._to_the_call = False
        sessions = Observed(deps.sessions, self._look, self._commits, self._committed)
        self._deps = replace(deps, run=self._call, sessions=sessions)
        self._told: queue.Queue[bool] = queue.Queue()
        self._says: queue.Queue[At] = queue.Queue()
        self._thread = threading.Thread(target=self._work, args=(work,), daemon=True)
        self._thread.start()
        self.at = self._says.get(timeout=60)

    def go(self, *, to_the_call: bool = False) -> None:
        """Go on to the next place; `to_the_call` passes by looks and commits."""
        assert self.at is not At.OVER
        self._to_the_call = to_the_call
        self._told.put(True)
        self.at = self._says.get(timeout=60)

    def crash(self) -> None:
        """Die here."""
        if self.at is not At.OVER:
            self._told.put(False)
            self.at = self._says.get(timeout=60)
        if self.pending is not None:
            self.pending.close()
            self.pending = None
        self._thread.join(60)

    def answer(self, run: Callable[[Call], Any]) -> None:
        """Let the call in hand reach the provider and come back."""
        assert self.pending is not None
        self._answer, self.pending = run(self.pending), None
        self.go()

    def _work(self, work: Callable[[Deps], object]) -> None:
        try:
            work(self._deps)
        except Crash:
            self.died = True
        except BaseException as fault:  # noqa: BLE001 - whatever it is, the test wants to see it
            self.fault = fault
        self._says.put(At.OVER)

    def _stand(self, at: At) -> None:
        self._says.put(at)
        if not self._told.get(timeout=600):
            raise Crash

    def _call(self, call: Call, /) -> Any:
        self.pending, self.called_at = call, self._deps.clock.now()
        self._on_call(call)
        self._stand(At.CALLING)
        self._stand(At.ANSWERED)
        return self._answer

    def _look(self) -> None:
        if (self._looks and not self._to_the_call) or self._waits():
            self._stand(At.LOOKING)

    def _commits(self) -> None:
        if self.dies_before is not None:
            self.dies_before -= 1
            if self.dies_before < 0:
                raise Crash

    def _committed(self) -> None:
        if not self._to_the_call:
            self._stand(At.COMMITTED)


class Observed:
    """A factory of sessions that tells of each look, and of each commit before and after it."""

    def __init__(
        self,
        real: sessionmaker[Session],
        look: Callable[[], None],
        before: Callable[[], None],
        after: Callable[[], None],
    ) -> None:
        self._real, self._look, self._before, self._after = real, look, before, after

    def __call__(self) -> Session:
        self._look()
        return self._real()

    @contextmanager
    def begin(self) -> Iterator[Session]:
        with self._real.begin() as session:
            yield session
            self._before()
        self._after()

    @property
    def kw(self) -> "dict[str, Observed]":
        """Where `database.statement` finds the engine."""
        return {"bind": self}

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """For a statement by itself: whoever dies before its commit has sent nothing."""
        self._before()
        with self._real.kw["bind"].connect() as connection:
            yield connection
        self._after()


def reached(table: Any, start: Collection[Any]) -> set[Any]:
    """Every state that can follow those of `start`, they themselves included."""
    found, ahead = set(start), list(start)
    while ahead:
        for following in table[ahead.pop()] - found:
            found.add(following)
            ahead.append(following)
    return found
