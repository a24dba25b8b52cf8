"""How does a message leave? Wait, claim, commit, call, record, along its route until one provider took it.

Nothing is polled, batched or scheduled before the call. A refusal and, since the same code twice is harmless, a doubt sends
it on to the next provider; one that refused it for now has another turn after all others.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from worker.domain.message import MessageState, without
from worker.domain.outcome import Outcome
from worker.domain.text import measure
from worker.errors import LoaError
from worker.providers.base import Answer, TextMessage
from worker.services import lane
from worker.services.deps import Account, Deps
from worker.services.otp import record
from worker.services.record import persist
from worker.storage import messages
from worker.storage.tables import Message, MessageAttempt

log = structlog.get_logger(__name__)

#: A process that slept between its claim and its call must not wake up and send a code that nobody waits for any more.
CALL_WITHIN: Final = timedelta(seconds=2)
NOT_BEGUN: Final = Answer(Outcome.RETRY, words="the call was not begun in time, so it was not made")
#: From the end of a call to the end of its claim: time to write the answer down.
LEASE_MARGIN: Final = timedelta(seconds=5)
#: A provider that has no slot within this is passed by; the message looks again, at the next one, after the pause.
LONGEST_WAIT_S: Final = 2.0
PASS_BY: Final = timedelta(seconds=1)


def deliver(deps: Deps, message_id: UUID) -> MessageState | None:
    """Send one message if it is there to be sent; safe to call twice and at any time.

    Returns the state that the last call led to; None: no call was made.
    """
    state = _step(deps, message_id)
    while state is MessageState.QUEUED:
        onward = _step(deps, message_id)
        if onward is None:
            break
        state = onward
    return state


def _step(deps: Deps, message_id: UUID) -> MessageState | None:
    """One call to the provider whose turn it is. None: there was nothing to do now."""
    with deps.sessions() as session:
        seen = messages.get(session, message_id)
    now = deps.clock.now()
    if seen is None or seen.state is not MessageState.QUEUED or seen.not_before > now:
        return None
    readied = _readied(deps, seen)
    if readied is None:
        return None
    account, text = readied
    if not lane.answers_otp(deps, account, seen.ahead[1:]):
        # At once: its turn comes again after those that answer.
        with deps.sessions.begin() as session:
            messages.pass_by(session, message_id, account.name, until=now)
        return _step(deps, message_id)
    if not lane.begin_otp(deps, account, measure(text).parts, LONGEST_WAIT_S):
        with deps.sessions.begin() as session:
            messages.pass_by(session, message_id, account.name, until=now + PASS_BY)
        return None
    attempt = _claim(deps, account, message_id)
    if attempt is None:
        return None
    answer = _call(deps, account, seen, attempt, text)
    state = persist(
        lambda: record.write(deps, account, attempt, answer),
        message=str(message_id),
        code=answer.code,
        ref=answer.ref,
    )
    lane.heard(deps, account, answer, otp=True)
    return state


def _readied(deps: Deps, seen: Message) -> tuple[Account, str] | None:
    """The account whose turn it is, and the text; where one cannot be had, the message ends and says why."""
    if seen.expires_at <= deps.clock.now():
        record.expire(deps, seen.id)
        return None
    if seen.sealed is None:
        return None
    try:
        return deps.account(seen.ahead[0]), deps.sealer().open_text(seen.sealed, seen.id)
    except LoaError as fault:
        log.warning("message_not_sendable", message=str(seen.id), reason=str(fault))
        record.give_up(deps, seen.id, words=str(fault))
        return None


def _claim(deps: Deps, account: Account, message_id: UUID) -> MessageAttempt | None:
    now = deps.clock.now()
    deadline = now + timedelta(seconds=account.timeout_s)
    with deps.sessions.begin() as session:
        return messages.claim(
            session, message_id, account.name, now=now, deadline=deadline, lease_until=deadline + LEASE_MARGIN
        )


def _call(deps: Deps, account: Account, seen: Message, attempt: MessageAttempt, text: str) -> Answer:
    now = deps.clock.now()
    if now - attempt.began_at > CALL_WITHIN or now >= seen.expires_at:
        return NOT_BEGUN
    sender = seen.sender or account.otp_sender
    letter = TextMessage(attempt.request_id, str(seen.id), sender, text, seen.phone)
    answer = deps.run(account.messages.send_message(letter))
    return replace(answer, words=without(answer.words, text), raw=without(answer.raw, text))
