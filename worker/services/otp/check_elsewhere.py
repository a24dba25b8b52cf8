"""Asks the provider whether a code that it made is right, under our own rules: five tries, our time, once.

A try is counted and committed before the provider is asked, so that neither a crash nor a lost answer is a try for nothing. What
cannot be asked now is no try.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import BoundedSemaphore
from typing import Final

import structlog
from sqlmodel import Session

from worker.domain.attempts import Terms
from worker.domain.calls import Answer, CodeCheck
from worker.domain.message import MessageState
from worker.domain.otp_code import LONGEST, MOST_TRIES, SHORTEST, CheckStatus
from worker.domain.outcome import DEFINITE_REFUSALS, Outcome
from worker.errors import Refused
from worker.services.calling import call, limits
from worker.services.calling.call import PaidCall
from worker.services.calling.terms import NOT_BEGUN, terms
from worker.services.deps import Account, Deps
from worker.storage.otp import codes, messages
from worker.storage.tables.messages import Message, OtpCode

log = structlog.get_logger(__name__)

#: Where the provider may have made the code; anywhere else there is none.
MAYBE_MADE: Final = frozenset(
    {
        MessageState.SENDING,
        MessageState.ACCEPTED,
        MessageState.UNKNOWN,
        MessageState.DELIVERED,
        MessageState.FAILED,
    }
)
#: A person waits at a screen: a slot must be near.
LONGEST_WAIT_S: Final = 2.0
ASK_AGAIN_S: Final = 3
#: Questions of one process at once, since each may wait for as long as a call takes.
ROOM: Final = BoundedSemaphore(8)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check came to, and how many tries the code has left."""

    status: CheckStatus
    tries_left: int


def check(deps: Deps, message: Message, written: str) -> Checked:
    """Ask the provider about a code of its own; Refused `not_checked` (with `tries_left`) where it did not say."""
    account = deps.otp_account(message.route[0])
    question = Question(deps, account, message, written)
    if not question.answered:
        if not ROOM.acquire(blocking=False):
            raise question.not_checked("too many codes are being checked just now; this was no try.")
        try:
            call.make(question, otp=True)
        finally:
            ROOM.release()
    if question.came is None:
        raise question.not_checked(question.why)
    return question.came


class Question(PaidCall[Terms, Answer]):
    """The strategy: count the try, ask, and write down what was said."""

    def __init__(self, deps: Deps, account: Account, message: Message, written: str) -> None:
        super().__init__(deps, account, message=message.id)
        self._message, self._written = message, written
        self._began = deps.clock.now()
        #: What it came to; None: nothing was said, and `why`.
        self.came: Checked | None = None
        self.why = "it cannot be asked now; this was no try."
        self._left = MOST_TRIES
        with deps.sessions.begin() as session:
            #: Whether there was nothing to ask.
            self.answered = self._by_ourselves(session)

    def not_checked(self, why: str) -> Refused:
        """What is said where the provider did not say."""
        return Refused(
            "not_checked",
            f"{self.account.title} did not say whether the code is right: {why}",
            {"tries_left": self._left, "retry_after_s": ASK_AGAIN_S},
        )

    def wait(self, pause: Callable[[float], None]) -> Sequence[float] | None:
        """A slot of passwords, which must be near."""
        return limits.begin_check(self.deps, self.account, LONGEST_WAIT_S, pause)

    def claim(self, offsets: Sequence[float]) -> Terms | None:
        """Count the try, unless it was decided meanwhile."""
        on = terms(self.deps, self.account, offsets[-1])
        with self.deps.sessions.begin() as session:
            if self._by_ourselves(session):
                return None
            self._left = self._try(session)
        self.why = "its answer was lost. This was a try."
        return on

    def in_time(self, claimed: Terms, nth: int = 0) -> bool:  # noqa: ARG002 - there is one call
        """Not after a sleep."""
        return claimed.in_time(self.deps.clock.now())

    def requests(self, claimed: Terms) -> Sequence[CodeCheck]:  # noqa: ARG002 - the same whenever it is asked
        """One question."""
        return [CodeCheck(self._message.phone, self._written)]

    def record(self, claimed: Terms, replies: Mapping[int, Answer]) -> None:  # noqa: ARG002 - the row tells
        """Note that a right code is used, and it is right once; a wrong one was counted before."""
        answer = replies[0]
        if answer.outcome not in {Outcome.ACCEPTED, Outcome.REJECTED}:
            if answer.outcome in DEFINITE_REFUSALS:
                said = "it was not asked in time." if answer is NOT_BEGUN else "it refused to tell."
                self.why = f"{said} This was a try."
            log.warning(
                "code_not_checked",
                message=str(self._message.id),
                code=answer.code,
                provider_message=answer.provider_message,
            )
            return
        with self.deps.sessions.begin() as session:
            kept = self._locked(session)
            # Our own moment: this very record was committed before, and the database's answer was lost.
            if kept.used_at not in {None, self._began}:
                self.came = Checked(CheckStatus.USED, 0)
            elif answer.outcome is Outcome.REJECTED:
                self.came = Checked(CheckStatus.WRONG, self._left)
            else:
                kept.used_at = self._began
                session.add(kept)
                self.came = Checked(CheckStatus.APPROVED, self._left + 1)

    def _by_ourselves(self, session: Session) -> bool:
        """Whether it is known without the provider; a try that cannot be right counts too."""
        kept, now = self._locked(session), self.deps.clock.now()
        self._left = max(MOST_TRIES - kept.tries, 0)
        if status := _known(kept, now):
            self.came = Checked(status, 0)
        elif not (_may_be_one(self._written) and _maybe_made(session, self._message)):
            self._left = self._try(session)
            self.came = Checked(CheckStatus.WRONG, self._left)
        return self.came is not None

    def _try(self, session: Session) -> int:
        """Count one; how many are left."""
        kept = self._locked(session)
        kept.tries += 1
        session.add(kept)
        return max(MOST_TRIES - kept.tries, 0)

    def _locked(self, session: Session) -> OtpCode:
        kept = codes.lock(session, self._message.id)
        if kept is None:
            raise Refused("no_code", f"The code of message {self._message.id} is not kept any more.")
        return kept


def _known(kept: OtpCode, now: datetime) -> CheckStatus | None:
    if kept.used_at is not None:
        return CheckStatus.USED
    if now >= kept.expires_at:
        return CheckStatus.EXPIRED
    return CheckStatus.TOO_MANY if kept.tries >= MOST_TRIES else None


def _may_be_one(written: str) -> bool:
    return written.isascii() and written.isdigit() and SHORTEST <= len(written) <= LONGEST


def _maybe_made(session: Session, message: Message) -> bool:
    found = messages.get(session, message.id)
    return found is not None and found.state in MAYBE_MADE
