"""Records what an answer makes of a message, in one transaction each; once settled, a message has no text any more."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlmodel import Session

from worker.domain.attempts import maybe_taken
from worker.domain.calls import Answer
from worker.domain.measures import OTPS_ENDED
from worker.domain.message import MessageState, after, end_without_acceptance
from worker.domain.outcome import DEFINITE_REFUSALS, Outcome
from worker.services.calling.terms import NEWS_FOR_AN_OPERATOR, NOT_BEGUN, pause_before_retry
from worker.services.deps import Account, Deps
from worker.storage.calling import attempts
from worker.storage.otp import messages
from worker.storage.otp.messages import Move
from worker.storage.tables.campaigns import Attempt, Message

log = structlog.get_logger(__name__)

#: The longest pause before a provider that refused it for now is asked again.
RETRY_LONGEST_S: Final = 10.0
TOO_LATE: Final = "its time to live was over before a provider was asked"


def write(deps: Deps, account: Account, came: Sequence[tuple[Attempt, Answer]]) -> Mapping[UUID, MessageState]:
    """Write down what each call came to, and move its message on; the state of each then. Safe to repeat."""
    with deps.sessions.begin() as session:
        theirs = messages.locked_all(session, [attempt.owner_id for attempt, _ in came])
        attempts.complete_all(session, came, ended_at=deps.clock.now())
        calls = attempts.of_all(session, [*theirs])
        concluded = [
            conclude(deps, theirs[one.owner_id], account, answer, calls[one.owner_id][: one.number])
            for one, answer in came
        ]
        states = {one.message.id: one.to if one.is_allowed else one.message.state for one in concluded}
        messages.move_all(session, [one for one in concluded if one.is_allowed], deps.clock.now())
    for (_, answer), one in zip(came, concluded, strict=True):
        state = states[one.message.id]
        _say(one.message, answer, state)
        if state is not MessageState.QUEUED:
            deps.measures.count(OTPS_ENDED, state=str(state))
    return states


def conclude(deps: Deps, message: Message, account: Account, answer: Answer, calls: Sequence[Attempt]) -> Move:
    """What becomes of a message, which the caller has locked, by the answer to the last of these its calls."""
    now = deps.clock.now()
    *earlier, this = calls
    if answer.outcome is Outcome.ACCEPTED or _is_duplicate(account, answer, earlier):
        # Counts however late it comes, and whoever has the message in hand by then. Where the provider says that it had the
        # text before, its id is not known: it was in the answer that was lost.
        taken: messages.MessageChanges = {
            "code": answer.code,
            "provider_message": answer.provider_message,
            "provider": account.name,
            "provider_ref": answer.ref,
            "sent_at": this.began_at,
        }
        return Move(message, MessageState.ACCEPTED, taken)
    if message.state is not MessageState.SENDING or message.attempts != this.number:
        return Move(message, message.state, {})
    again = account.accepts_idempotency_key and all(one.request_id != this.request_id for one in earlier)
    onward = after(
        answer.outcome,
        message.remaining_route,
        again=again,
        maybe_taken=any(maybe_taken(call.outcome) for call in earlier),
        # A telephone that may have rung has told the code, or will be silent again: nobody is called and texted for one code.
        fallback=deps.otp.fallback_after_unknown and not account.spoken,
    )
    changes: messages.MessageChanges = {
        "remaining_route": list(onward.remaining_route),
        "code": answer.code,
        "provider_message": answer.provider_message,
    }
    if answer.outcome in DEFINITE_REFUSALS and answer.code:
        # A refusal by the provider's own code may be remembered under its RequestId, so the next call gets a new one.
        changes["refusals"] = message.refusals + 1
    if onward.state is MessageState.QUEUED:
        at_once = again and answer.outcome is Outcome.UNKNOWN
        pause = None if at_once else _pause(onward.remaining_route[0], calls)
        changes["not_before"], changes["enqueued_at"] = now + (pause or timedelta()), None if pause else now
    else:
        changes["sent_at"] = _maybe_sent_at(calls)
    return Move(message, onward.state, changes)


def expire(deps: Deps, message_ids: Sequence[UUID]) -> None:
    """End waiting messages whose time is over; what somebody else has in hand is left to him."""
    if not message_ids:
        return
    with deps.sessions.begin() as session:
        for message in messages.waiting(session, message_ids):
            if message.expires_at <= deps.clock.now():
                end(deps, session, message, message.provider_message or TOO_LATE, late=True)


def give_up(deps: Deps, message_id: UUID, provider_message: str) -> None:
    """End a waiting message that cannot be sent, for a reason of ours."""
    with deps.sessions.begin() as session:
        message = messages.locked(session, message_id)
        if message.state is MessageState.QUEUED:
            end(deps, session, message, provider_message, late=False)


def end(deps: Deps, session: Session, message: Message, provider_message: str, *, late: bool) -> None:
    """End a message that the caller has locked, for a reason of ours; unknown where a provider may have it."""
    maybe_sent_at = _maybe_sent_at(attempts.of(session, message.id)) if message.attempts else None
    state = end_without_acceptance(maybe_taken=maybe_sent_at is not None, late=late)
    messages.move(
        session, message.id, state, now=deps.clock.now(), provider_message=provider_message, sent_at=maybe_sent_at
    )
    deps.measures.count(OTPS_ENDED, state=str(state))
    log.warning("message_ended", message=str(message.id), state=str(state), provider_message=provider_message)


def _is_duplicate(account: Account, answer: Answer, earlier: Sequence[Attempt]) -> bool:
    """Whether the provider says that it had this text before, and it can have had it from us."""
    return answer.code in account.duplicate_codes and any(
        one.provider == account.name and not (one.outcome in DEFINITE_REFUSALS and one.code) for one in earlier
    )


def _maybe_sent_at(calls: Sequence[Attempt]) -> datetime | None:
    """When the latest call began by which the text may have left; None when all were refused."""
    return max((call.began_at for call in calls if maybe_taken(call.outcome)), default=None)


def _pause(provider: str, calls: Sequence[Attempt]) -> timedelta | None:
    """How long to leave a provider alone that was asked before; None for one that was not."""
    tries = sum(call.provider == provider for call in calls)
    return pause_before_retry(NOT_BEGUN, tries, RETRY_LONGEST_S) if tries else None


def _say(message: Message, answer: Answer, state: MessageState) -> None:
    say = log.warning if answer.outcome in NEWS_FOR_AN_OPERATOR else log.info
    provider_message = answer.provider_message if answer.outcome is not Outcome.ACCEPTED else ""
    say(
        "message_answered",
        message=str(message.id),
        state=str(state),
        code=answer.code,
        provider_message=provider_message,
    )
