"""The one door to the shared rate limits and circuits: asked before each call, and told of its answer."""

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from worker.domain.calls import Answer
from worker.domain.measures import CALLS, LIMIT_WAIT_SECONDS, REFUSALS
from worker.domain.outcome import Outcome
from worker.services.deps import Account, Deps
from worker.storage.sending import batches
from worker.throttle import Gate
from worker.throttle.rate_limits import LONGEST_WAIT_S

#: As long as a provider's Retry-After keeps us away.
LONGEST_HOLD_S: Final = 60.0
#: A code as providers write them; whatever else stands in its place is not made into a series of its own.
CODE: Final = re.compile(r"-?[A-Za-z0-9_]{0,24}")


def begin(
    deps: Deps,
    account: Account,
    batch_id: UUID | None = None,
    *,
    slots: int = 1,
    messages: int = 1,
    spread_s: float = LONGEST_WAIT_S,
    pause: Callable[[float], None] = time.sleep,
) -> Sequence[float] | None:
    """Wait for the next slots of ads and care texts: seconds from now to each, at most `slots` and within `spread_s`.

    None: not now (too many wait, the circuit is open, Redis is away), and the batch's task counts as never enqueued, so that
    it is enqueued again as soon as it is worth it. `messages` is the weight of each slot: numbers times parts.
    """
    began = time.monotonic()
    offsets = deps.throttle.wait(account.rate_limit, slots=slots, messages=messages, spread_s=spread_s, pause=pause)
    deps.measures.observe(LIMIT_WAIT_SECONDS, time.monotonic() - began, provider=account.name, kind="campaign")
    if offsets is not None:
        gate = deps.breaker.admit(account.name, account.timeout_s)
        if gate is not Gate.OPEN:
            return offsets if gate is Gate.CLOSED else offsets[:1]
    if batch_id is not None:
        with deps.sessions.begin() as session:
            batches.forget_enqueued(session, batch_id)
    return None


def capacity(deps: Deps, account: Account) -> int | None:
    """How many calls of ads it is worth to enqueue for; None: any number."""
    gate = deps.breaker.look(account.name, account.timeout_s).gate
    if gate is Gate.OPEN or deps.throttle.ahead(account.rate_limit) > LONGEST_WAIT_S:
        return 0
    return 1 if gate is Gate.HALF_OPEN else None


def begin_otps(
    deps: Deps,
    account: Account,
    slots: int,
    messages: int,
    longest_wait_s: float,
    spread_s: float,
    pause: Callable[[float], None] = time.sleep,
) -> Sequence[float] | None:
    """Wait for slots of one-time passwords: seconds from now to each, at most `slots`; None: the first is too far away."""
    began = time.monotonic()
    offsets = deps.throttle.wait(
        account.rate_limit, longest_wait_s, slots=slots, messages=messages, spread_s=spread_s, otp=True, pause=pause
    )
    deps.measures.observe(LIMIT_WAIT_SECONDS, time.monotonic() - began, provider=account.name, kind="otp")
    return offsets


def begin_check(
    deps: Deps, account: Account, longest_wait_s: float, pause: Callable[[float], None] = time.sleep
) -> Sequence[float] | None:
    """Wait for a slot of passwords to check one; None: it is too far away, or the circuit is open."""
    if deps.breaker.admit(account.name, account.timeout_s) is Gate.OPEN:
        return None
    return begin_otps(deps, account, 1, 1, longest_wait_s, 0.0, pause)


def most_otps(deps: Deps, account: Account, others: Sequence[str], most: int) -> int:
    """How many passwords are to be tried here at once, at most `most`; 0: rather one of the `others` of the route.

    Where all circuits are open one is tried: a call that fails costs less than a code that was never tried.
    """
    gate = deps.breaker.admit(account.name, account.timeout_s)
    if gate is Gate.CLOSED:
        return most
    if gate is Gate.HALF_OPEN:
        return 1
    rest = [deps.otp_account(name) for name in others if name in deps.accounts or name in deps.otp_only]
    return int(all(deps.breaker.look(one.name, one.timeout_s).gate is Gate.OPEN for one in rest))


def read(deps: Deps, account: Account) -> bool:
    """Wait for a slot of status reads: they have a share of their own, so that they never delay a send."""
    return deps.throttle.wait(account.reading) is not None


def record_result(deps: Deps, account: Account, *answers: Answer, otp: bool = False) -> None:
    """Tell all processes what calls came to; after the answers are recorded, since Redis may be away."""
    kind = "otp" if otp else "campaign"
    for (outcome, said), number in Counter((answer.outcome, answer.code) for answer in answers).items():
        code = said if CODE.fullmatch(said) else "other"
        deps.measures.count(CALLS, number, provider=account.name, kind=kind, outcome=str(outcome), code=code)
        if outcome is Outcome.HALT:
            deps.measures.count(REFUSALS, number, provider=account.name)
    failures = sum(answer.unreached for answer in answers)
    if any(_spoke(answer) for answer in answers):
        deps.breaker.answered(account.name)
    elif failures:
        deps.breaker.failed(account.name, account.timeout_s, failures)
    if any(answer.slow_down for answer in answers):
        deps.throttle.slow_down(account.rate_limit)
    if pause_s := max((answer.retry_after_s or 0.0 for answer in answers), default=0.0):
        deps.throttle.hold(account.rate_limit, min(pause_s, LONGEST_HOLD_S), otp=otp)


def _spoke(answer: Answer) -> bool:
    """Whether the provider itself answered; a call that was not begun tells nothing."""
    return not answer.unreached and (bool(answer.code) or answer.slow_down or answer.outcome is not Outcome.RETRY)
