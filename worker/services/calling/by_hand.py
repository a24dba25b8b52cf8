"""Commands given by hand (phone call, Zalo, Viber, multichannel) go the same way as everything else that is paid for."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from worker.domain.attempts import CallKind, ad_by_hand_owner, may_repeat, maybe_taken
from worker.domain.calls import Answer
from worker.domain.outcome import DEFINITE_REFUSALS, Outcome
from worker.domain.window import local
from worker.errors import Refused, Unavailable
from worker.services.calling import call, hand_ads
from worker.services.calling.call import Claimed, HandOrder, OneCall
from worker.services.calling.hand_ads import HandAd
from worker.services.calling.terms import RECORD_WITHIN, terms
from worker.services.deps import Account, Deps
from worker.storage.calling import attempts
from worker.storage.tables.campaigns import Attempt

log = structlog.get_logger(__name__)


def make(
    deps: Deps, provider: str, request_id: str, ask: Callable[[Any], Awaitable[Answer]], ad: HandAd | None = None
) -> Answer:
    """Make one call within the account's rate limit, and keep its attempt. Raises Unavailable when no slot is near.

    An `ad` obeys the rules of its channels (hand_ads.check), and is not counted where it certainly did not leave. Given again
    under its request id it is one ad: accepted, its answer is given again; while it is under way, Unavailable; where it may have
    left, it is counted once, and is Refused (`may_have_left`) as soon as the provider may not know the id any more.
    """
    account = deps.account(provider)
    if ad is None:
        return _make(deps, account, Call(request_id, ask, uuid4()))
    owner = ad_by_hand_owner(provider, request_id, ad.phone, ad.channels) if request_id else uuid4()
    now = deps.clock.now()
    with deps.sessions() as session:
        calls = attempts.of(session, owner)
        earlier = [one for one in calls if maybe_taken(one.outcome)]
        for one in earlier:
            if one.outcome is Outcome.ACCEPTED:
                return Answer(one.outcome, one.code, one.provider_message, one.ref, one.raw)
        if any(one.outcome is None and one.deadline + RECORD_WITHIN > now for one in earlier):
            raise _under_way(account)
        others = any(one.account not in {None, account.fingerprint} for one in earlier)
        if earlier and (others or not may_repeat(earlier[0].began_at, now)):
            raise _may_have_left(account, earlier[0])
        # Before it waits for a slot; the claim asks once more.
        hand_ads.check(session, deps, account, ad, now)
    number = calls[-1].number + 1 if calls else 1
    return _make(deps, account, Call(request_id, ask, owner, ad, number, counted=bool(earlier)))


def _under_way(account: Account) -> Unavailable:
    return Unavailable(
        f"The same ad is under way under this request id, and {account.title} has not answered yet: this command sent nothing. "
        "Give it again in a minute, and it shows that answer."
    )


def _may_have_left(account: Account, first: Attempt) -> Refused:
    began = local(first.began_at)
    return Refused(
        "may_have_left",
        f"This ad may have left on {began}: its answer was lost, and {account.title} may not know its request id any more "
        f"(after 20 hours, or by another account), so that it could go out twice. Look for {first.request_id} in the provider's "
        "own record; if it is not there, give the command with a new --request-id.",
        {"began_at": began, "request_id": first.request_id},
    )


@dataclass(frozen=True, slots=True)
class Call:
    """What a command asks for: the calls under one `owner` are those of one command, however often it is given."""

    request_id: str
    ask: Callable[[Any], Awaitable[Answer]]
    owner: UUID
    ad: HandAd | None = None
    #: Which of them this one is, by those that were there when it was given: of two at once only one can be it.
    number: int = 1
    #: Whether the ad was counted at an earlier one, which may have been taken.
    counted: bool = False


def _make(deps: Deps, account: Account, wanted: Call) -> Answer:
    """An answer that the database does not take is returned all the same: who reads an error gives the command again."""
    hand = ByHand(deps, account, wanted)
    try:
        answer = call.make(hand)
    except SQLAlchemyError as fault:
        if hand.reply is None:
            raise
        log.warning("answer_of_a_command_not_recorded", fault=type(fault).__name__, outcome=str(hand.reply.outcome))
        return hand.reply
    if answer is None:
        raise Unavailable(
            f"Nothing was sent: the rate limit of {account.title} has no slot within seconds, or its circuit is "
            "open. Give the command again in a minute."
        )
    return answer


class ByHand(OneCall[HandOrder, Answer]):
    """The strategy: each command is one call, and its attempt is the claim; an ad is counted with it, and given back with it."""

    def __init__(self, deps: Deps, account: Account, wanted: Call) -> None:
        super().__init__(deps, account, 1, request_id=wanted.request_id)
        self._wanted = wanted
        #: When its ad reaches the number, as it was counted.
        self._counted_at: datetime | None = None
        #: What the provider said, from the moment that it did.
        self.reply: Answer | None = None

    def claim(self, _offsets: Sequence[float]) -> Claimed[HandOrder] | None:
        """Write the attempt, and count an ad that may go; Unavailable where another command is this very call."""
        on = terms(self.deps, self.account)
        wanted, ad = self._wanted, self._wanted.ad
        with self.deps.sessions.begin() as session:
            try:
                attempt = attempts.begin(session, wanted.owner, wanted.number, CallKind.DIRECT, on, wanted.request_id)
            except IntegrityError as fault:
                raise _under_way(self.account) from fault
            if ad is not None:
                at = hand_ads.check(session, self.deps, self.account, ad, on.now)
                if not wanted.counted:
                    hand_ads.count(session, self.deps, self.account, ad, at=at, now=on.now)
                    self._counted_at = at
            return Claimed(attempt, HandOrder(wanted.ask), on)

    def in_time(self, claimed: Claimed[HandOrder], _nth: int = 0) -> bool:
        """Not after a sleep, and an ad not after its hours."""
        now, ad = self.deps.clock.now(), self._wanted.ad
        return claimed.on.in_time(now) and (ad is None or hand_ads.in_hours(self.account, ad, now))

    def record(self, claimed: Claimed[HandOrder], replies: Mapping[int, Answer]) -> None:
        """Complete the attempt; an ad that certainly did not leave is not counted any more. Safe to repeat."""
        self.reply = answer = replies[0]
        with self.deps.sessions.begin() as session:
            is_news = attempts.lock(session, claimed.attempt).outcome is None
            attempts.complete(session, claimed.attempt, ended_at=self.deps.clock.now(), answer=answer)
            ad, at = self._wanted.ad, self._counted_at
            if is_news and ad is not None and at is not None and answer.outcome in DEFINITE_REFUSALS:
                hand_ads.give_back(session, ad, at)
