"""Idempotency keys of commands: a repeat under the same key gets the first answer, and nothing happens again.

For commands that leave no row of their own to keep the key in (pause, resume, cancel). Creating a campaign or a message
needs none of this: its row holds the key, in the same commit as the effect.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from worker.errors import Refused
from worker.services.deps import Deps
from worker.storage.operations import idempotency
from worker.storage.tables.api import Answer

#: Whoever began and has not answered for so long died; the command may be begun again, for it may be repeated.
LOST_AFTER: Final = timedelta(minutes=2)
KEPT_FOR: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a command came to, and whether that was known before."""

    document: dict[str, Any]
    repeated: bool


def once(deps: Deps, key: str, fingerprint: str, act: Callable[[], dict[str, Any]]) -> Answered:
    """Do it, or give back what came of it before. A refusal is not kept: the key may be used again.

    Refused: `key_conflict` when the key stands for something else, `in_progress` while another does it.
    """
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        ours = idempotency.begin(session, key, fingerprint, now=now, lost_before=now - LOST_AFTER)
        found = None if ours else session.get(Answer, key)
    if not ours:
        if found is not None and found.fingerprint != fingerprint:
            raise Refused("key_conflict", "The idempotency key already stands for another command: use a new key.")
        if found is None or found.document is None:
            words = "The same command is being worked on: ask again in a second."
            raise Refused("in_progress", words, {"retry_after_s": 1})
        return Answered(found.document, repeated=True)
    try:
        document = act()
    except BaseException:
        with deps.sessions.begin() as session:
            idempotency.drop(session, key)
        raise
    with deps.sessions.begin() as session:
        idempotency.keep(session, key, document)
    return Answered(document, repeated=False)


def forget(deps: Deps) -> None:
    """Let go of old answers; a sweep does it."""
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        idempotency.forget(session, now - KEPT_FOR)
