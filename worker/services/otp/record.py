"""Where does an answer put a message? One transaction each; settled, a message has no text any more."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlmodel import Session

from worker.domain.message import MessageState, after, end_without_acceptance
from worker.domain.outcome import DEFINITE_REFUSALS, Outcome
from worker.providers.base import Answer
from worker.services.deps import Account, Deps
from worker.storage import messages
from worker.storage.tables import Message, MessageAttempt

log = structlog.get_logger(__name__)

#: Before a provider that refused it for now is asked again; doubles each time.
RETRY_FIRST_S: Final = 1.0
RETRY_LONGEST_S: Final = 10.0
NEWS_FOR_AN_OPERATOR: Final = frozenset({Outcome.HALT, Outcome.UNKNOWN, Outcome.REJECTED})
TOO_LATE: Final = "its time to live was over before a provider was asked"


def write(deps: Deps, account: Account, attempt: MessageAttempt, answer: Answer) -> MessageState:
    """Write down what a call came to, and move the message on; safe to repeat."""
    with deps.sessions.begin() as session:
        message = messages.held(session, attempt.message_id)
        messages.complete(session, attempt, ended_at=deps.clock.now(), answer=answer)
        return conclude(deps, session, message, account, answer, attempt.number)


def conclude(
    deps: Deps, session: Session, message: Message, account: Account, answer: Answer, number: int
) -> MessageState:
    """Move a message, which the caller has locked, by the answer to its call of that number; the state it is in then."""
    now = deps.clock.now()
    calls = messages.attempts(session, message.id)
    this, earlier = calls[number - 1], calls[: number - 1]
    if answer.outcome is Outcome.ACCEPTED or _seen_before(account, answer, earlier):
        # Counts however late it comes, and whoever has the message in hand by then. Where the provider says that it had the
        # text before, its id is not known: it was in the answer that was lost.
        changes = {"provider": account.name, "provider_ref": answer.ref, "sent_at": this.began_at}
        moved = messages.move(
            session, message.id, MessageState.ACCEPTED, now=now, code=answer.code, words=answer.words, **changes
        )
        return _said(message, answer, MessageState.ACCEPTED if moved else message.state)
    if message.state is not MessageState.SENDING or message.attempts != number:
        return _said(message, answer, message.state)
    again = account.keyed and all(one.request_id != this.request_id for one in earlier)
    onward = after(
        answer.outcome,
        message.ahead,
        again=again,
        doubted=any(map(_in_doubt, earlier)),
        fallback=deps.otp.fallback_after_unknown,
    )
    changes = {"ahead": list(onward.ahead), "code": answer.code, "words": answer.words}
    if answer.outcome in DEFINITE_REFUSALS and answer.code:
        # A refusal by the provider's own code may be remembered under its RequestId, so the next call gets a new one.
        changes["refusals"] = message.refusals + 1
    if onward.state is MessageState.QUEUED:
        at_once = again and answer.outcome is Outcome.UNKNOWN
        pause = None if at_once else _pause(onward.ahead[0], calls)
        changes |= {"not_before": now + (pause or timedelta()), "rung_at": None if pause else now}
    else:
        changes["sent_at"] = _doubtful_since(calls)
    messages.move(session, message.id, onward.state, now=now, **changes)
    return _said(message, answer, onward.state)


def expire(deps: Deps, message_id: UUID) -> None:
    """End a waiting message whose time is over."""
    with deps.sessions.begin() as session:
        message = messages.held(session, message_id)
        if message.state is MessageState.QUEUED and message.expires_at <= deps.clock.now():
            _end(deps, session, message, message.words or TOO_LATE, late=True)


def give_up(deps: Deps, message_id: UUID, words: str) -> None:
    """End a waiting message that cannot be sent, for a reason of ours."""
    with deps.sessions.begin() as session:
        message = messages.held(session, message_id)
        if message.state is MessageState.QUEUED:
            _end(deps, session, message, words, late=False)


def _end(deps: Deps, session: Session, message: Message, words: str, *, late: bool) -> None:
    doubtful_since = _doubtful_since(messages.attempts(session, message.id))
    state = end_without_acceptance(doubted=doubtful_since is not None, late=late)
    messages.move(session, message.id, state, now=deps.clock.now(), words=words, sent_at=doubtful_since)
    log.warning("message_ended", message=str(message.id), state=str(state), words=words)


def _seen_before(account: Account, answer: Answer, earlier: Sequence[MessageAttempt]) -> bool:
    """Whether the provider says that it had this text before, and it can have had it from us."""
    refusals = [str(outcome) for outcome in DEFINITE_REFUSALS]
    return answer.code in account.seen_before and any(
        one.provider == account.name and not (one.outcome in refusals and one.code) for one in earlier
    )


def _in_doubt(call: MessageAttempt) -> bool:
    return call.outcome in {None, str(Outcome.UNKNOWN)}


def _doubtful_since(calls: Sequence[MessageAttempt]) -> datetime | None:
    """When the latest call began by which the text may have left; None when all were refused."""
    return max((call.began_at for call in calls if _in_doubt(call)), default=None)


def _pause(provider: str, calls: Sequence[MessageAttempt]) -> timedelta | None:
    """How long to leave a provider alone that was asked before; None for one that was not."""
    tries = sum(call.provider == provider for call in calls)
    return timedelta(seconds=min(RETRY_FIRST_S * 2 ** min(tries - 1, 10), RETRY_LONGEST_S)) if tries else None


def _said(message: Message, answer: Answer, state: MessageState) -> MessageState:
    say = log.warning if answer.outcome in NEWS_FOR_AN_OPERATOR else log.info
    words = answer.words if answer.outcome is not Outcome.ACCEPTED else ""
    say("message_answered", message=str(message.id), state=str(state), code=answer.code, words=words)
    return state
