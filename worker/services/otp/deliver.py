"""A message leaves along its route until one provider took it.

Nothing is polled, batched or scheduled before the call. A refusal and, since the same code twice is harmless, an unknown
call sends it on to the next provider; one that refused it for now has another turn after all others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from worker.domain.calls import Answer, TextMessage
from worker.domain.measures import OTP_CALL_SECONDS
from worker.domain.message import MessageState, without
from worker.domain.text import measure
from worker.errors import LoaError
from worker.services.calling import call, limits
from worker.services.calling.terms import CALL_WITHIN, NOT_BEGUN, RECORD_WITHIN, terms
from worker.services.deps import Account, Deps
from worker.services.otp import record
from worker.storage.otp import messages
from worker.storage.tables.campaigns import Attempt, Message

log = structlog.get_logger(__name__)

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
    if not limits.should_try(deps, account, seen.remaining_route[1:]):
        # At once: its turn comes again after those that answer.
        with deps.sessions.begin() as session:
            messages.pass_by(session, message_id, account.name, until=now)
        return _step(deps, message_id)
    password = Password(deps, account, seen, text)
    return password.state if call.make(deps, account, password, otp=True) else None


def _readied(deps: Deps, seen: Message) -> tuple[Account, str] | None:
    """The account whose turn it is, and the text; where one cannot be had, the message ends and says why."""
    if seen.expires_at <= deps.clock.now():
        record.expire(deps, [seen.id])
        return None
    if seen.sealed is None:
        return None
    try:
        return deps.otp_account(seen.remaining_route[0]), deps.sealer().open_text(seen.sealed, seen.id)
    except LoaError as fault:
        log.warning("message_not_sendable", message=str(seen.id), reason=str(fault))
        record.give_up(deps, seen.id, provider_message=str(fault))
        return None


class Password:
    """The strategy: claim a message for the provider whose turn it is, send it, and move it along its route."""

    def __init__(self, deps: Deps, account: Account, message: Message, text: str) -> None:
        self._deps, self._account, self._message, self._text = deps, account, message, text
        self.state: MessageState | None = None

    def wait(self) -> Sequence[float] | None:
        """A slot of passwords, which must be near; else the next provider of the route is looked at later."""
        deps, message = self._deps, self._message
        if limits.begin_otp(deps, self._account, measure(self._text).parts, LONGEST_WAIT_S):
            return [0.0]
        now = deps.clock.now()
        until = now + PASS_BY
        with deps.sessions.begin() as session:
            messages.pass_by(session, message.id, self._account.name, until=until)
        return None

    def claim(self, _offsets: Sequence[float]) -> Attempt | None:
        """Claim the message."""
        on = terms(self._deps, self._account)
        lease = on.deadline + RECORD_WITHIN
        with self._deps.sessions.begin() as session:
            return messages.claim(
                session, self._message.id, self._account.name, now=on.now, deadline=on.deadline, lease_until=lease
            )

    def in_time(self, claimed: Attempt) -> bool:
        """Not after a sleep, and not after its time to live."""
        now = self._deps.clock.now()
        return now - claimed.began_at <= CALL_WITHIN and now < self._message.expires_at

    def requests(self, claimed: Attempt) -> Sequence[TextMessage]:
        """One text."""
        message = self._message
        now = self._deps.clock.now()
        waited_s = (now - message.queued_at).total_seconds()
        self._deps.measures.observe(OTP_CALL_SECONDS, waited_s, provider=self._account.name)
        sender = message.sender or self._account.otp_sender
        return [TextMessage(claimed.request_id, str(message.id), sender, self._text, message.phone)]

    def not_begun(self) -> Answer:
        """It goes back to its queue."""
        return NOT_BEGUN

    def about(self, _claimed: Attempt) -> Mapping[str, str]:
        """The message."""
        return {"message": str(self._message.id)}

    def record(self, claimed: Attempt, replies: Sequence[Answer]) -> None:
        """Move the message by the answer, which may repeat the text and therefore is cleaned of it."""
        said, raw = without(replies[0].provider_message, self._text), without(replies[0].raw, self._text)
        answer = replace(replies[0], provider_message=said, raw=raw)
        self.state = record.write(self._deps, self._account, claimed, answer)
