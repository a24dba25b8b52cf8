"""Looks for work in a thread of its own: a database that hangs stops nothing that needs Redis alone."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Final

import structlog
from sqlalchemy import Engine

from worker.storage.operations import pending
from worker.storage.operations.pending import Work

log = structlog.get_logger(__name__)

ALL: Final = frozenset(Work)
#: So long beat waits for an answer; one takes two milliseconds.
SHORTLY_S: Final = 0.5
#: A look without an answer for so long has failed, as far as we can tell.
LATE_S: Final = 5.0


class Look:
    """Asks the database what is pending, one question at a time."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        """The engine is used in the thread alone."""
        self._engine = engine
        self._now = now
        self._questions: SimpleQueue[None] = SimpleQueue()
        #: What was seen; None: the look failed.
        self._answers: SimpleQueue[frozenset[Work] | None] = SimpleQueue()
        #: When the question was asked that has no answer yet, monotonic.
        self._asked: float | None = None
        #: Whether looks fail: until one is answered, all is taken for pending.
        self._blind = False
        # A daemon: a question without an answer must not hold up the end of the process.
        threading.Thread(target=self._answer, name="look", daemon=True).start()

    def pending(self) -> frozenset[Work] | None:
        """What is pending, all of it while looks fail; None: that is not known yet. Never waits for longer than a moment."""
        wait_s = 0.0
        if self._asked is None:
            self._asked, wait_s = time.monotonic(), SHORTLY_S
            self._questions.put(None)
        try:
            seen = self._answers.get(timeout=wait_s)
        except Empty:
            if not self._blind and time.monotonic() - self._asked > LATE_S:
                log.warning("pending_not_seen", fault="no answer")
                self._blind = True
            return ALL if self._blind else None
        self._asked, self._blind = None, seen is None
        return ALL if seen is None else seen

    def _answer(self) -> None:
        while True:
            self._questions.get()
            try:
                # Kept and without transactions, so that a look is one round trip.
                with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as kept:
                    while True:
                        self._answers.put(pending.look(kept, self._now()))
                        self._questions.get()
            except Exception as fault:  # noqa: BLE001 - whatever it is, the sweeps find out for themselves, and say what is wrong
                log.warning("pending_not_seen", fault=type(fault).__name__)
                self._answers.put(None)
