"""The one function by which every call that costs money or reaches a phone is made.

    wait for the rate slot → claim (a guarded UPDATE) and attempt row → commit → call → outcome → record

In this order and never in another. Nothing is sent twice because:

- the claim is one UPDATE whose WHERE names the states that it may leave; only the process whose UPDATE hit a row calls;
- the attempt is committed with the claim, so whoever dies after it leaves a call that may have been made, which is UNKNOWN;
- waiting comes before the claim, and a claim that is older than `CALL_WITHIN` calls nothing (a machine that slept): each call
  of a wave is asked at its own slot;
- no transaction is open while a socket is, and no transport repeats a request;
- what the call came to is one of five outcomes, and UNKNOWN is never sent again from here.

Orders, pushes, single numbers, one-time passwords, checks of codes that a provider made, creations, cancellations and commands
by hand are strategies: they say what to claim and what an outcome means. Nothing else may call a sending method of an adapter
(a test of the house reads the code).
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from worker.domain.attempts import Terms
from worker.domain.calls import (
    AdCampaign,
    AdOrder,
    Answer,
    Cancellation,
    CancelOrder,
    CodeCheck,
    Push,
    PushOrder,
    TemplateMessage,
    TextMessage,
)
from worker.services.calling import limits
from worker.services.calling.persist import persist
from worker.services.calling.terms import NOT_BEGUN
from worker.services.deps import Account, Deps
from worker.storage.tables.campaigns import Attempt


@dataclass(frozen=True, slots=True)
class HandOrder:
    """What a command given by hand asks of an adapter: a phone call, or a message by another channel."""

    ask: Callable[[Any], Awaitable[Answer]]


#: What an adapter can be asked to do, and what it answers.
Request = AdOrder | TextMessage | TemplateMessage | AdCampaign | PushOrder | CancelOrder | CodeCheck | HandOrder
Reply = Answer | Push | Cancellation

C = TypeVar("C")
Q = TypeVar("Q", bound=Request)
R = TypeVar("R", Answer, Push, Cancellation)


#: Sleeps for so many seconds; while calls are in flight, they go on meanwhile.
Pause = Callable[[float], None]


class PaidCall(ABC, Generic[C, R]):
    """What differs from one kind of call to the next; an instance is used once, and may remember what it did."""

    #: What is recorded of a call that came too late to begin: certainly not taken.
    not_begun: Reply = NOT_BEGUN

    def __init__(self, deps: Deps, account: Account, **about: object) -> None:
        """`about` says in the log whose answer it is."""
        self.deps, self.account = deps, account
        self.about = {name: str(what) for name, what in about.items()}

    @abstractmethod
    def wait(self, pause: Pause) -> Sequence[float] | None:
        """Wait for the next slots: seconds from now to each; None: not now."""

    @abstractmethod
    def claim(self, offsets: Sequence[float]) -> C | None:
        """One transaction, committed on return: claim the row and write its attempt; None: it is not there to be taken."""

    @abstractmethod
    def in_time(self, claimed: C, nth: int = 0) -> bool:
        """Whether the `nth` call may begin now: the process did not sleep since its claim, and the window is open."""

    @abstractmethod
    def requests(self, claimed: C) -> Sequence[Request]:
        """What the adapter is called with: as many as there are calls, each at its slot."""

    @abstractmethod
    def record(self, claimed: C, replies: Mapping[int, R]) -> None:
        """One transaction, safe to repeat: write down what calls came to, each by its `nth`, and move what was claimed."""


@dataclass(frozen=True, slots=True)
class Claimed(Generic[Q]):
    """A call that this process, and no other, may make."""

    attempt: Attempt
    request: Q
    on: Terms


class OneCall(PaidCall[Claimed[Q], R], Generic[Q, R]):
    """A claim of one call; the slot that it waits for weighs `messages`, its numbers times parts."""

    def __init__(self, deps: Deps, account: Account, messages: int, task_of: UUID | None = None, **about: Any) -> None:
        """The task of the batch `task_of` counts as never enqueued when no slot is near."""
        super().__init__(deps, account, **about)
        self._messages, self._task_of = messages, task_of
        self.waited = False

    def wait(self, pause: Pause) -> Sequence[float] | None:
        """A slot for the call."""
        offsets = limits.begin(self.deps, self.account, self._task_of, messages=self._messages, pause=pause)
        self.waited = offsets is not None
        return offsets

    def requests(self, claimed: Claimed[Q]) -> Sequence[Q]:
        """The one."""
        return [claimed.request]


@dataclass(frozen=True, slots=True)
class Begun(Generic[C, R]):
    """What was claimed, by a commit: each of its calls may have been made, until its reply is recorded."""

    paid: PaidCall[C, R]
    claimed: C
    requests: Sequence[Request]
    offsets: Sequence[float]

    def in_time(self) -> bool:
        """Whether any of its calls may begin now."""
        return any(self.paid.in_time(self.claimed, nth) for nth in range(len(self.requests)))

    async def call(self, nth: int) -> R:
        """Make the `nth` call, at its slot, if that is still in time."""
        if not self.paid.in_time(self.claimed, nth):
            return cast("R", self.paid.not_begun)
        return cast("R", await _call(self.paid.account, self.requests[nth]))


def make(paid: PaidCall[C, R], *, otp: bool = False) -> R | None:
    """Make one call. None: it was not made; else its reply, which is recorded by then. Waves are made by `waves`."""
    begun = begin(paid, time.sleep)
    if begun is None:
        return None
    # A process that slept since its claim begins nothing.
    reply = cast("R", paid.deps.run(_call(paid.account, begun.requests[0])) if begun.in_time() else paid.not_begun)
    finish(begun, {0: reply}, time.sleep, otp=otp)
    return reply


def begin(paid: PaidCall[C, R], pause: Pause) -> Begun[C, R] | None:
    """Wait for the slots, and claim. None: nothing may be called now."""
    offsets = paid.wait(pause)
    if offsets is None:
        return None
    claimed = paid.claim(offsets)
    if claimed is None:
        return None
    return Begun(paid, claimed, paid.requests(claimed), offsets)


def finish(begun: Begun[C, R], came: Mapping[int, R], pause: Pause, *, otp: bool = False) -> None:
    """Record what calls came to, and tell all processes how the provider is."""
    answers = [answer_of(one) for one in came.values()]
    evidence = {"code": answers[0].code, "ref": answers[0].ref} if len(came) == 1 else {"answers": str(len(came))}
    persist(lambda: begun.paid.record(begun.claimed, came), pause, **begun.paid.about, **evidence)
    limits.record_result(begun.paid.deps, begun.paid.account, *answers, otp=otp)


def answer_of(reply: Reply) -> Answer:
    """The answer in a reply."""
    return reply if isinstance(reply, Answer) else reply.answer


def _call(account: Account, request: Request) -> Coroutine[Any, Any, Reply]:
    """The only place where a sending method of an adapter is called."""
    lists: Any = account.lists
    campaigns: Any = account.campaigns
    templates: Any = account.templates
    called: Any
    match request:
        case TextMessage():
            called = account.messages.send_message(request)
        case CodeCheck():
            called = cast("Any", account.messages).check_code(request)
        case TemplateMessage():
            called = templates.send_template(request)
        case AdOrder():
            called = lists.send_ads(request)
        case PushOrder(code, phones):
            called = campaigns.push(code, phones)
        case AdCampaign():
            called = campaigns.create_campaign(request)
        case HandOrder(ask):
            called = ask(account.messages)
        case CancelOrder(code):
            called = campaigns.cancel(code)
    return cast("Coroutine[Any, Any, Reply]", called)
