"""Commands given by hand (phone call, Zalo, Viber, multichannel) go the same way as everything else that is paid for."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy.exc import SQLAlchemyError

from worker.domain.attempts import CallKind, ad_by_hand_owner, may_repeat, maybe_taken
from worker.domain.calls import Answer
from worker.domain.outcome import DEFINITE_REFUSALS, Outcome
from worker.domain.window import local
from worker.errors import Refused, Unavailable
from worker.services.calling import call, hand_ads, limits
from worker.services.calling.call import HandOrder
from worker.services.calling.hand_ads import HandAd
from worker.services.calling.terms import NOT_BEGUN, Terms, terms
from worker.services.deps import Account, Deps
from worker.storage.calling import attempts
from worker.storage.tables.campaigns import Attempt

log = structlog.get_logger(__name__)


def make(
    deps: Deps, provider: str, request_id: str, ask: Callable[[Any], Awaitable[Answer]], ad: HandAd | None = None
) -> Answer:
    """Make one call within the account's rate limit, and keep its attempt. Raises Unavailable when no slot is near.

    An `ad` obeys the rules of its channels (hand_ads.admit), and is not counted where it certainly did not leave. Given again
    under its request id it is one ad: accepted, its answer is given again; where it may have left, it is counted once, and is
    Refused (`may_have_left`) as soon as the provider may have forgotten the id.
    """
    account = deps.account(provider)
    if ad is None:
        return _make(deps, account, Call(request_id, ask, uuid4()))
    owner = ad_by_hand_owner(provider, request_id, ad.phone, ad.channels) if request_id else uuid4()
    with deps.sessions() as session:
        earlier = [one for one in attempts.of(session, owner) if maybe_taken(one.outcome)]
    for one in earlier:
        if one.outcome is Outcome.ACCEPTED:
            return Answer(one.outcome, one.code, one.provider_message, one.ref, one.raw)
    if earlier and not may_repeat(earlier[0].began_at, deps.clock.now()):
        raise _may_have_left(account, earlier[0])
    counted = bool(earlier)
    at = hand_ads.admit(deps, account, ad, counted=counted)
    try:
        answer = _make(deps, account, Call(request_id, ask, owner, ad))
    except Unavailable:
        if not counted:
            hand_ads.give_back(deps, ad, at)
        raise
    if answer.outcome in DEFINITE_REFUSALS and not counted:
        hand_ads.give_back(deps, ad, at)
    return answer


def _may_have_left(account: Account, first: Attempt) -> Refused:
    began = local(first.began_at)
    return Refused(
        "may_have_left",
        f"This ad may have left on {began}: its answer was lost, and {account.title} may have forgotten its request id since, so "
        f"that it could go out twice. Look for {first.request_id} in the provider's own record; if it is not there, give the "
        "command with a new --request-id.",
        {"began_at": began, "request_id": first.request_id},
    )


@dataclass(frozen=True, slots=True)
class Call:
    """What a command asks for: the calls under one `owner` are those of one command, however often it is given."""

    request_id: str
    ask: Callable[[Any], Awaitable[Answer]]
    owner: UUID
    ad: HandAd | None = None


def _make(deps: Deps, account: Account, wanted: Call) -> Answer:
    """An answer that the database does not take is returned all the same: who reads an error gives the command again."""
    hand = ByHand(deps, account, wanted)
    try:
        answer = call.make(deps, account, hand)
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


class ByHand:
    """The strategy: nothing is claimed, for each command is one call; the attempt is its trace."""

    def __init__(self, deps: Deps, account: Account, wanted: Call) -> None:
        self._deps, self._account, self._wanted = deps, account, wanted
        self._on: Terms | None = None
        #: What the provider said, from the moment that it did.
        self.reply: Answer | None = None

    def wait(self, pause: call.Pause) -> Sequence[float] | None:
        """A slot."""
        return limits.begin(self._deps, self._account, pause=pause)

    def claim(self, _offsets: Sequence[float]) -> Attempt | None:
        """Write the attempt."""
        self._on = on = terms(self._deps, self._account)
        with self._deps.sessions.begin() as session:
            return attempts.begin(
                session,
                self._wanted.owner,
                attempts.count(session, self._wanted.owner) + 1,
                CallKind.DIRECT,
                self._account.name,
                request_id=self._wanted.request_id,
                now=on.now,
                deadline=on.deadline,
            )

    def in_time(self, _claimed: Attempt, _nth: int = 0) -> bool:
        """Not after a sleep, and an ad not after its hours."""
        now = self._deps.clock.now()
        ad = self._wanted.ad
        if ad is not None and not hand_ads.in_hours(self._account, ad, now):
            return False
        return self._on is not None and self._on.in_time(now)

    def requests(self, _claimed: Attempt) -> Sequence[HandOrder]:
        """One."""
        return [HandOrder(self._wanted.ask)]

    def not_begun(self) -> Answer:
        """It may be given again."""
        return NOT_BEGUN

    def about(self, _claimed: Attempt) -> Mapping[str, str]:
        """Its key."""
        return {"request_id": self._wanted.request_id}

    def record(self, claimed: Attempt, replies: Mapping[int, Answer]) -> None:
        """Complete the attempt."""
        self.reply = replies[0]
        with self._deps.sessions.begin() as session:
            attempts.complete(session, claimed, ended_at=self._deps.clock.now(), answer=replies[0])
