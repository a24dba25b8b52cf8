"""A provider whose campaigns are created with a quota and filled by pushes, as FPT, with the far side in a test's hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.reliability.actors import Call
from tests.reliability.emulated import UNSEEN, DeliveryModel, FarSide
from worker.domain.calls import AdCampaign, Answer, Cancellation, Push
from worker.domain.outcome import Outcome
from worker.providers.fpt import campaigns

BUSY = Answer(Outcome.UNKNOWN, provider_message="HTTP 503 and no readable result or error")
REFUSALS = {
    DeliveryModel.TOO_FAST: Answer(Outcome.RETRY, provider_message="HTTP 429: not now"),
    DeliveryModel.NOT_LIKE_THIS: Answer(Outcome.REJECTED, "1014", "refused"),
    DeliveryModel.NOT_YOU: Answer(Outcome.HALT, "2504", "refused"),
}
#: What becomes of a call that the provider took: nothing of its answer is seen.
NO_ANSWER = {DeliveryModel.TAKEN_ANSWER_LOST: UNSEEN, DeliveryModel.TAKEN_LATER: UNSEEN, DeliveryModel.LOST: UNSEEN}
NO_ANSWER |= {DeliveryModel.GATEWAY_BUSY: BUSY, DeliveryModel.GATEWAY_LIES: BUSY}
NOT_NOW = (DeliveryModel.LOST, DeliveryModel.GATEWAY_BUSY, DeliveryModel.TAKEN_LATER)


@dataclass(frozen=True, slots=True)
class Begun:
    """A call as its caller made it; campaigns are known by their names."""

    what: str
    name: str
    phones: tuple[int, ...] = ()


@dataclass
class Pushed:
    """Numbers that were taken."""

    ref: str
    phones: tuple[int, ...]
    at: datetime
    stopped: bool = False


@dataclass
class Kept:
    """A campaign on the ledger."""

    ref: str
    name: str
    quota: int
    due: datetime
    pushes: list[Pushed] = field(default_factory=list)
    cancelled: bool = False

    @property
    def room(self) -> int:
        """How many more it takes."""
        return self.quota - sum(len(push.phones) for push in self.pushes)


@dataclass
class EmulatedCampaigns(FarSide):
    """Unique names, a quota each, one answer a push; the open points of FPT's documents are fields."""

    #: Whether an answer, and a refusal for want of room, tells what is left; whether a name that is there is called so.
    tells_room: bool = True
    tells_room_when_full: bool = False
    tells_why: bool = True
    #: How many pushes of a campaign it does not stop.
    keeps: int = 0
    kept: list[Kept] = field(default_factory=list)
    #: Of every call that was ever begun, what it was.
    begun: dict[Call, Begun] = field(default_factory=dict)
    name: str = "fpt"

    def create_campaign(self, order: AdCampaign) -> Call:
        return self._begin(Begun("create", order.name), lambda: self._create(order))

    def push(self, campaign_code: str, phones: Sequence[int]) -> Call:
        name, numbers = self._find(campaign_code).name, tuple(phones)
        return self._begin(Begun("push", name, numbers), lambda: self._push(campaign_code, numbers))

    def cancel(self, campaign_code: str) -> Call:
        return self._begin(Begun("cancel", self._find(campaign_code).name), lambda: self._cancel(campaign_code))

    def name_taken(self, answer: Answer, *, after_unknown: bool = False) -> bool:
        return campaigns.name_taken(answer, after_unknown=after_unknown)

    def taken(self) -> list[tuple[str, int]]:
        """Every number of every push, with the name of its campaign; those that were stopped later with them."""
        return [(kept.name, phone) for kept in self.kept for push in kept.pushes for phone in push.phones]

    def stopped(self) -> list[tuple[str, int]]:
        """Those that get no text after all."""
        pushes = ((kept.name, push) for kept in self.kept for push in kept.pushes if push.stopped)
        return [(name, phone) for name, push in pushes for phone in push.phones]

    def ads(self) -> list[tuple[int, datetime]]:
        """Each ad that a number gets, and when."""
        pushes = ((kept.due, push) for kept in self.kept for push in kept.pushes if not push.stopped)
        return [(phone, due) for due, push in pushes for phone in push.phones]

    def _begin(self, begun: Begun, meet: Callable[[], Any]) -> Call:
        async def call() -> Any:
            return meet()

        coroutine = call()
        self.begun[coroutine] = begun
        return coroutine

    def _create(self, order: AdCampaign) -> Answer:
        delivery_model = self.delivery_model
        if delivery_model is DeliveryModel.TAKEN_LATER:
            self.later(lambda: self._open(order))
        if delivery_model in NOT_NOW:
            return NO_ANSWER[delivery_model]
        answer = REFUSALS.get(delivery_model) or self._open(order)
        return NO_ANSWER.get(delivery_model, answer)

    def _open(self, order: AdCampaign) -> Answer:
        if any(kept.name == order.name for kept in self.kept):
            return Answer(
                Outcome.REJECTED, "1014", "the campaign name already exists" if self.tells_why else "bad parameters"
            )
        kept = Kept(f"campaign-{len(self.kept) + 1}", order.name, order.quota, order.at)
        self.kept.append(kept)
        return Answer(Outcome.ACCEPTED, provider_message=f"CampaignCode {kept.ref}", ref=kept.ref)

    def _push(self, ref: str, phones: tuple[int, ...]) -> Push:
        delivery_model = self.delivery_model
        if delivery_model is DeliveryModel.TAKEN_LATER:
            self.later(lambda: self._put(ref, phones))
        if delivery_model in NOT_NOW:
            return Push(NO_ANSWER[delivery_model])
        if refusal := REFUSALS.get(delivery_model):
            return Push(refusal)
        push = self._put(ref, phones)
        if delivery_model in NO_ANSWER:
            return Push(NO_ANSWER[delivery_model])
        if push.answer.outcome is Outcome.ACCEPTED:
            self.confirmed += [(self._find(ref).name, phone) for phone in phones]
        return push

    def _put(self, ref: str, phones: tuple[int, ...]) -> Push:
        kept = self._find(ref)
        if kept.cancelled:
            return Push(Answer(Outcome.REJECTED, "1014", "the campaign was cancelled"))
        if len(phones) > kept.room:
            remaining = kept.room if self.tells_room_when_full else None
            return Push(Answer(Outcome.HALT, "1016", "over quota"), remaining=remaining, no_room=True)
        pushed = Pushed(f"{ref}.{len(kept.pushes) + 1}", phones, self.clock.now())
        kept.pushes.append(pushed)
        answer = Answer(Outcome.ACCEPTED, provider_message=f"BatchId {pushed.ref}", ref=pushed.ref)
        return Push(answer, len(phones), kept.room if self.tells_room else None)

    def _cancel(self, ref: str) -> Cancellation:
        delivery_model, kept = self.delivery_model, self._find(ref)
        if delivery_model in (DeliveryModel.LOST, DeliveryModel.GATEWAY_BUSY):
            return Cancellation(NO_ANSWER[delivery_model])
        if refusal := REFUSALS.get(delivery_model):
            return Cancellation(refusal)
        kept.cancelled = True
        for push in kept.pushes[self.keeps :]:
            push.stopped = push.stopped or self.clock.now() < kept.due
        if delivery_model in NO_ANSWER:
            return Cancellation(NO_ANSWER[delivery_model])
        sides = {side: tuple(push.ref for push in kept.pushes if push.stopped is side) for side in (True, False)}
        words = f"{len(sides[True])} pushes stopped, {len(sides[False])} not stopped"
        return Cancellation(Answer(Outcome.ACCEPTED, provider_message=words), sides[True], sides[False])

    def _find(self, ref: str) -> Kept:
        return next(kept for kept in self.kept if kept.ref == ref)
