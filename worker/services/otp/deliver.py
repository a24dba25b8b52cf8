"""A message leaves along its route until one provider took it; those that wait with it leave with it.

Nothing is polled, batched or scheduled before the call: who comes alone is called for alone, at once. Where more wait than there
are processes, one task calls for several at the same time, so that a provider that takes half a second to answer holds up
nobody, and each moves on when its own call has ended. While calls are in flight, messages that nobody came for are called for
too: a provider that leaves some calls unanswered takes no process from the others. A refusal and, since the same code twice is
harmless, an unknown call sends a message on to the next provider; one that refused it for now has another turn after all others.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from worker.domain.attempts import Terms
from worker.domain.calls import Answer, TextMessage
from worker.domain.measures import OTP_CALL_SECONDS
from worker.domain.message import MessageState, without
from worker.domain.text import measure
from worker.errors import LoaError
from worker.services.calling import call, limits, waves
from worker.services.calling.call import PaidCall
from worker.services.calling.terms import RECORD_WITHIN, terms
from worker.services.deps import Account, Deps
from worker.services.otp import record
from worker.services.otp.made_elsewhere import order
from worker.storage import database
from worker.storage.otp import codes, messages
from worker.storage.tables.campaigns import Attempt, Message
from worker.storage.tables.messages import OtpCode

log = structlog.get_logger(__name__)

#: The most calls at once in one process, and so the most that a crash leaves unknown.
WAVE: Final = 16
#: A wave's calls begin within this.
WAVE_S: Final = 0.5
#: A task looks at no other message after this, so that a worker can be stopped, and Celery's limit of time ends none in a call.
RUN_S: Final = 30.0
#: A message that has waited for longer is not about to be called for by its own task: all processes are in calls.
UNTENDED: Final = timedelta(seconds=0.1)
#: So long those that end at the same moment are waited for, to be recorded together.
GATHER_S: Final = 0.01
#: A provider that has no slot within this is passed by; the message looks again, at the next one, after the pause.
LONGEST_WAIT_S: Final = 2.0
PASS_BY: Final = timedelta(seconds=1)


def deliver(deps: Deps, message_id: UUID) -> MessageState | None:
    """Send a message if it is there to be sent, and others that wait with it; safe to call twice and at any time.

    Returns the state that the last call for the message itself led to; None: no call was made for it.
    """
    deliveries = Deliveries(deps, message_id)
    waves.make_all(deps, deliveries, GATHER_S, otp=True)
    return deliveries.states.get(message_id)


@dataclass(frozen=True, slots=True)
class Readied:
    """A message that may be sent, and its text."""

    message: Message
    text: str = field(repr=False)
    #: The provider makes it.
    code: OtpCode | None = None


def _readied(deps: Deps, seen: Message) -> tuple[Account, Readied] | None:
    """The account whose turn it is, and the text; where one cannot be had, the message ends and says why."""
    if seen.expires_at <= deps.clock.now():
        record.expire(deps, [seen.id])
        return None
    if seen.sealed is None:
        return None
    try:
        account = deps.otp_account(seen.remaining_route[0])
        text, code = deps.sealer().open_text(seen.sealed, seen.id), None
        if account.makes_codes:
            with deps.sessions() as session:
                code = codes.get(session, seen.id)
        return account, Readied(seen, text, code)
    except LoaError as fault:
        log.warning("message_not_sendable", message=str(seen.id), reason=str(fault))
        record.give_up(deps, seen.id, provider_message=str(fault))
        return None


@dataclass(frozen=True, slots=True)
class Wave:
    """Messages that this process, and no other, may call for now."""

    calls: Sequence[tuple[Readied, Attempt]]
    on: Terms


class Deliveries:
    """What a task calls for: its own message, what comes back to be called for again, and those that nobody came for."""

    look_every_s: float | None = UNTENDED.total_seconds()

    def __init__(self, deps: Deps, message_id: UUID) -> None:
        self._deps = deps
        self._to_look_at = {message_id: None}
        self._began, self._looked = time.monotonic(), 0.0
        #: Where each that was called for is then.
        self.states: dict[UUID, MessageState] = {}

    def has_more(self, in_flight: int) -> bool:
        """Whether somebody may wait, and there is room for him."""
        now = time.monotonic()
        if in_flight >= WAVE or (now - self._began > RUN_S and self._looked):
            # Where a provider leaves calls unanswered, each wave adds more. The sweep enqueues for those that are left.
            return False
        return bool(self._to_look_at) or (in_flight > 0 and now - self._looked >= UNTENDED.total_seconds())

    def begin(self, in_flight: int, pause: call.Pause) -> call.Begun[Wave, Answer] | None:
        """Claim the next that are to be called for."""
        while self.has_more(in_flight):
            own = self._to_look_at.popitem()[0] if self._to_look_at else None
            passwords = self._next(own, WAVE - in_flight)
            begun = passwords and call.begin(passwords, pause)
            if begun:
                return begun
        return None

    def moved(self, states: Mapping[UUID, MessageState]) -> None:
        """Take note of where messages are."""
        self.states |= states
        self._to_look_at |= dict.fromkeys(one for one, state in states.items() if state is MessageState.QUEUED)

    def _next(self, message_id: UUID | None, room: int) -> "Passwords | None":
        """A message and those that wait with it, for the provider whose turn it is; None: nothing to do for it now."""
        deps, now = self._deps, self._deps.clock.now()
        self._looked = time.monotonic()
        with database.look(deps.sessions) as session:
            if message_id is None:
                # Its own task may be on its way to it.
                waiting = messages.waiting_for_calls(session, now - UNTENDED, room)
            else:
                waiting = messages.waiting_with(session, message_id, now, room)
        readied = _readied(deps, waiting[0]) if waiting else None
        if readied is None:
            return None
        account, first = readied
        most = limits.most_otps(deps, account, first.message.remaining_route[1:], room)
        if not most:
            # At once: its turn comes again after those that answer.
            with deps.sessions.begin() as session:
                messages.pass_by(session, first.message.id, account.name, until=now)
            self._to_look_at[first.message.id] = None
            return None
        others = (_readied(deps, one) for one in waiting[1:most] if one.remaining_route[0] == account.name)
        return Passwords(deps, account, [first, *(one[1] for one in others if one is not None)], self.moved)


class Passwords(PaidCall[Wave, Answer]):
    """The strategy: claim messages for the provider whose turn it is, send them, and move each along its route."""

    def __init__(
        self,
        deps: Deps,
        account: Account,
        members: Sequence[Readied],
        moved: Callable[[Mapping[UUID, MessageState]], None],
    ) -> None:
        """`moved` is told where each that was called for is then."""
        super().__init__(deps, account)
        self._members, self._moved = members, moved

    def wait(self, pause: call.Pause) -> Sequence[float] | None:
        """Slots of passwords, which must be near; else the first looks at the next provider of its route later."""
        deps, account = self.deps, self.account
        parts = max(measure(one.text).parts for one in self._members)
        offsets = limits.begin_otps(deps, account, len(self._members), parts, LONGEST_WAIT_S, WAVE_S, pause)
        if offsets is None:
            now = deps.clock.now()
            with deps.sessions.begin() as session:
                messages.pass_by(session, self._members[0].message.id, account.name, until=now + PASS_BY)
        return offsets

    def claim(self, offsets: Sequence[float]) -> Wave | None:
        """Claim the messages, those that are still there to be taken."""
        on = terms(self.deps, self.account, offsets[-1])
        members = {one.message.id: one for one in self._members[: len(offsets)]}
        lease = on.deadline + RECORD_WITHIN
        with self.deps.sessions.begin() as session:
            claimed = messages.claim(session, [*members], self.account.name, on.now, on.last_call, on.deadline, lease)
        if not claimed:
            return None
        self.about = {"message": str(claimed[0].owner_id)}
        return Wave([(members[one.owner_id], one) for one in claimed], on)

    def in_time(self, claimed: Wave, nth: int = 0) -> bool:
        """Not after a sleep, and not after its time to live, whatever is over of those that leave with it."""
        now = self.deps.clock.now()
        return claimed.on.in_time(now) and now < claimed.calls[nth][0].message.expires_at

    def requests(self, claimed: Wave) -> Sequence[TextMessage]:
        """A text each."""
        return [self._request(one, attempt) for one, attempt in claimed.calls]

    def record(self, claimed: Wave, replies: Mapping[int, Answer]) -> None:
        """Move each message by its answer, which may repeat the text and therefore is cleaned of it."""
        came = []
        for nth, reply in replies.items():
            one, attempt = claimed.calls[nth]
            said, raw = without(reply.provider_message, one.text), without(reply.raw, one.text)
            came.append((attempt, replace(reply, provider_message=said, raw=raw)))
        self._moved(record.write(self.deps, self.account, came))
        # A task may go on for half a minute; the door asks how many left in the last seconds.
        self.deps.measures.flush()

    def _request(self, one: Readied, attempt: Attempt) -> TextMessage:
        message, now = one.message, self.deps.clock.now()
        waited_s = (now - message.queued_at).total_seconds()
        self.deps.measures.observe(OTP_CALL_SECONDS, waited_s, provider=self.account.name)
        sender = message.sender or self.account.otp_sender
        made = order(one.code, now) if one.code is not None else None
        return TextMessage(attempt.request_id, str(message.id), sender, one.text, message.phone, made=made)
