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
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, cast

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
from worker.services.deps import Account, Deps


@dataclass(frozen=True, slots=True)
class HandOrder:
    """What a command given by hand asks of an adapter: a phone call, or a message by another channel."""

    ask: Callable[[Any], Awaitable[Answer]]


#: What an adapter can be asked to do, and what it answers.
Request = AdOrder | TextMessage | TemplateMessage | AdCampaign | PushOrder | CancelOrder | CodeCheck | HandOrder
Reply = Answer | Push | Cancellation

C = TypeVar("C")
R = TypeVar("R", Answer, Push, Cancellation)


#: Sleeps for so many seconds; while calls are in flight, they go on meanwhile.
Pause = Callable[[float], None]


class PaidCall(Protocol[C, R]):
    """What differs from one kind of call to the next; an instance is used once, and may remember what it did."""

    def wait(self, pause: Pause) -> Sequence[float] | None:
        """Wait for the next slots: seconds from now to each; None: not now."""
        ...

    def claim(self, offsets: Sequence[float]) -> C | None:
        """One transaction, committed on return: claim the row and write its attempt; None: it is not there to be taken."""
        ...

    def in_time(self, claimed: C, nth: int = 0) -> bool:
        """Whether the `nth` call may begin now: the process did not sleep since its claim, and the window is open."""
        ...

    def requests(self, claimed: C) -> Sequence[Request]:
        """What the adapter is called with: as many as there are calls, each at its slot."""
        ...

    def not_begun(self) -> R:
        """What is recorded of a call that came too late to begin: certainly not taken."""
        ...

    def record(self, claimed: C, replies: Mapping[int, R]) -> None:
        """One transaction, safe to repeat: write down what calls came to, each by its `nth`, and move what was claimed."""
        ...

    def about(self, claimed: C) -> Mapping[str, str]:
        """What the log says of whose answer it is."""
        ...


@dataclass(frozen=True, slots=True)
class Begun(Generic[C, R]):
    """What was claimed, by a commit: each of its calls may have been made, until its reply is recorded."""

    account: Account
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
            return self.paid.not_begun()
        return cast("R", await _call(self.account, self.requests[nth]))


def make(deps: Deps, account: Account, paid: PaidCall[C, R], *, otp: bool = False) -> R | None:
    """Make one call. None: it was not made; else its reply, which is recorded by then. Waves are made by `waves`."""
    begun = begin(account, paid, time.sleep)
    if begun is None:
        return None
    # A process that slept since its claim begins nothing.
    reply = cast("R", deps.run(_call(account, begun.requests[0]))) if begun.in_time() else paid.not_begun()
    finish(deps, begun, {0: reply}, time.sleep, otp=otp)
    return reply


def begin(account: Account, paid: PaidCall[C, R], pause: Pause) -> Begun[C, R] | None:
    """Wait for the slots, and claim. None: nothing may be called now."""
    offsets = paid.wait(pause)
    if offsets is None:
        return None
    claimed = paid.claim(offsets)
    if claimed is None:
        return None
    return Begun(account, paid, claimed, paid.requests(claimed), offsets)


def finish(deps: Deps, begun: Begun[C, R], came: Mapping[int, R], pause: Pause, *, otp: bool = False) -> None:
    """Record what calls came to, and tell all processes how the provider is."""
    answers = [answer_of(one) for one in came.values()]
    evidence = {"code": answers[0].code, "ref": answers[0].ref} if len(came) == 1 else {"answers": str(len(came))}
    persist(lambda: begun.paid.record(begun.claimed, came), pause, **begun.paid.about(begun.claimed), **evidence)
    limits.record_result(deps, begun.account, *answers, otp=otp)


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
