"""How long a claim is believed, when its call may begin, and how long to wait after a refusal."""

from datetime import timedelta
from typing import Final

from worker.domain.attempts import Terms
from worker.domain.calls import Answer
from worker.domain.outcome import Outcome
from worker.services.deps import Account, Deps

#: From the end of a call to the end of its claim: time to write the answer down.
RECORD_WITHIN: Final = timedelta(seconds=5)
NOT_BEGUN: Final = Answer(Outcome.RETRY, provider_message="the call was not begun in time, so it was not made")
#: A worker that died between its claim and its record.
STOPPED: Final = Answer(Outcome.UNKNOWN, provider_message="the worker stopped before an answer was recorded")
RETRY_FIRST_S: Final = 1.0
RETRY_LONGEST_S: Final = 60.0
NEWS_FOR_AN_OPERATOR: Final = frozenset({Outcome.HALT, Outcome.UNKNOWN, Outcome.REJECTED})


def terms(deps: Deps, account: Account, calls_s: float = 0.0) -> Terms:
    """The terms of a claim whose last call begins within `calls_s` seconds from now."""
    now = deps.clock.now()
    last_call = now + timedelta(seconds=calls_s)
    deadline = last_call + timedelta(seconds=account.timeout_s)
    lease_until = max(now + deps.lease, deadline + RECORD_WITHIN)
    return Terms(account.name, account.fingerprint, now, last_call, deadline, lease_until)


def pause_before_retry(answer: Answer, tries: int, longest_s: float = RETRY_LONGEST_S) -> timedelta:
    """How long after the `tries`-th call that was refused for now; a Retry-After is heeded."""
    longest = min(RETRY_FIRST_S * 2 ** min(max(tries - 1, 0), 10), longest_s)
    return timedelta(seconds=max(answer.retry_after_s or 0, longest))


def describe(account: Account, answer: Answer) -> str:
    """An answer as the reason of a campaign's status."""
    return f"{' '.join(filter(None, [account.title, answer.code]))}: {answer.provider_message}"
