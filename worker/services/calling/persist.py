"""Writes an answer down whatever it takes: one that is lost here is an unknown call for ever after."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

import structlog

from worker.storage.database import AWAY

log = structlog.get_logger(__name__)

#: A PostgreSQL that restarts is back within this; the lease is longer.
AGAIN_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 2.0, 2.0, 4.0, 4.0, 4.0)

T = TypeVar("T")


def persist(write: Callable[[], T], pause: Callable[[float], None] = time.sleep, **about: str) -> T:
    """Do `write`, a transaction that is safe to repeat, until the database takes it or about 20 s are over.

    `pause` sleeps for so many seconds between two tries; `about` says in the log whose answer it is.
    """
    for pause_s in AGAIN_S:
        try:
            return write()
        except AWAY as fault:
            log.warning("recording_again", fault=type(fault.orig).__name__, pause_s=pause_s, **about)
            pause(pause_s)
    try:
        return write()
    except AWAY:
        log.exception("answer_not_recorded", **about)
        raise
