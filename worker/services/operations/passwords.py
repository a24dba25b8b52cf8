"""Figures of one-time passwords: outcome and latency over a day, by provider and by hour, and the calls of one message."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from worker.domain.roles import May
from worker.services.deps import Deps
from worker.storage.otp import outcomes
from worker.storage.otp.outcomes import Hour, Outcomes
from worker.storage.tables.campaigns import Attempt

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def last_day(deps: Deps) -> Sequence[Outcomes]:
    """The messages of the last 24 hours by provider; those that no provider has yet come under an empty name."""
    deps.actor.must(May.SEE_OTP)
    now = deps.clock.now()
    with deps.sessions() as session:
        return outcomes.since(session, now - DAY)


def hours(deps: Deps) -> Sequence[Hour]:
    """The messages of this hour and of the 23 before it, by the hour in which they came; the oldest first."""
    deps.actor.must(May.SEE_OTP)
    this_hour = deps.clock.now().replace(minute=0, second=0, microsecond=0)
    with deps.sessions() as session:
        return outcomes.hours(session, this_hour - DAY + HOUR)


def attempts(deps: Deps, message_id: UUID) -> Sequence[Attempt]:
    """The calls that were made for a message, in their order."""
    deps.actor.must(May.SEE_OTP)
    with deps.sessions() as session:
        return outcomes.attempts(session, message_id)
