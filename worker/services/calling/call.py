"""The one function by which every call that costs money or reaches a phone is made.

    wait for the rate slot → claim (a guarded UPDATE) and attempt row → commit → call → outcome → record

In this order and never in another. Nothing is sent twice because:

- the claim is one UPDATE whose WHERE names the states that it may leave; only the process whose UPDATE hit a row calls;
- the attempt is committed with the claim, so whoever dies after it leaves a call that may have been made, which is UNKNOWN;
- waiting comes before the claim, and a claim that is older than `CALL_WITHIN` calls nothing (a machine that slept): each call
  of a wave is asked at its own slot;
- no transaction is open while a socket is, and no transport repeats a request;
- what the call came to is one of five outcomes, and UNKNOWN is never sent again from here.

Orders, pushes, single numbers, one-time passwords, creations, cancellations and commands by hand are strategies: they say
what to claim and what an outcome means. Nothing else may call a sending method of an adapter (a test of the house
reads the code).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

from worker.domain.calls import (
    AdCampaign,
    AdOrder,
    Answer,
    Cancellation,
    CancelOrder,
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
Request = AdOrder | TextMessage | TemplateMessage | AdCampaign | PushOrder | CancelOrder | HandOrder
Reply = Answer | Push | Cancellation

C = TypeVar("C")
R = TypeVar("R", Answer, Push, Cancellation)


class PaidCall(Protocol[C, R]):
    """What differs from one kind of call to the next; an instance is used once, and may remember what it did."""

    def wait(self) -> Sequence[float] | None:
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

    def record(self, claimed: C, replies: Sequence[R]) -> None:
        """One transaction, safe to repeat: write down what the calls came to, and move what was claimed."""
        ...

    def about(self, claimed: C) -> Mapping[str, str]:
        """What the log says of whose answer it is."""
        ...


def make(deps: Deps, account: Account, paid: PaidCall[C, R], *, otp: bool = False) -> Sequence[R] | None:
    """Make a call, or a wave of calls. None: none was made; else each reply, which is recorded by then."""
    offsets = paid.wait()
    if offsets is None:
        return None
    claimed = paid.claim(offsets)
    if claimed is None:
        return None
    requests = paid.requests(claimed)
    came = _replies(deps, account, paid, claimed, requests, offsets)
    first = answer_of(came[0])
    evidence = {"code": first.code, "ref": first.ref} if len(came) == 1 else {"answers": str(len(came))}
    persist(lambda: paid.record(claimed, came), **paid.about(claimed), **evidence)
    limits.record_result(deps, account, *map(answer_of, came), otp=otp)
    return came


def answer_of(reply: Reply) -> Answer:
    """The answer in a reply."""
    return reply if isinstance(reply, Answer) else reply.answer


def _replies(
    deps: Deps,
    account: Account,
    paid: PaidCall[C, R],
    claimed: C,
    requests: Sequence[Request],
    offsets: Sequence[float],
) -> Sequence[R]:
    # A process that slept since its claim begins nothing; each call of a wave is asked once more, at its own slot.
    if not any(paid.in_time(claimed, nth) for nth in range(len(requests))):
        return [paid.not_begun()] * len(requests)
    if len(requests) > 1:
        return deps.run(_all(account, paid, claimed, requests, offsets))
    return [cast("R", deps.run(_call(account, requests[0])))]


async def _all(
    account: Account, paid: PaidCall[C, R], claimed: C, requests: Sequence[Request], offsets: Sequence[float]
) -> list[R]:
    """Call all at once, each at its slot; no call raises, so none is lost."""
    began = asyncio.get_running_loop().time()
    # What was not there to be claimed leaves its slot unused.
    slots = enumerate(zip(offsets, requests, strict=False))
    return list(await asyncio.gather(*(_at(began + s, account, paid, claimed, nth, one) for nth, (s, one) in slots)))


async def _at(slot: float, account: Account, paid: PaidCall[C, R], claimed: C, nth: int, request: Request) -> R:
    """Wait for the slot, and call if that is still in time."""
    wait_s = slot - asyncio.get_running_loop().time()
    if wait_s > 0:
        await asyncio.sleep(wait_s)
    if not paid.in_time(claimed, nth):
        return paid.not_begun()
    return cast("R", await _call(account, request))


def _call(account: Account, request: Request) -> Coroutine[Any, Any, Reply]:
    """The only place where a sending method of an adapter is called."""
    lists, campaigns, templates = (cast("Any", one) for one in (account.lists, account.campaigns, account.templates))
    called: Any
    match request:
        case TextMessage():
            called = account.messages.send_message(request)
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
