"""How many ads a number got lately over a channel that is no text: counted before the call, as texts are (ad_counts.py)."""

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

from worker.domain.limit import Limit
from worker.domain.policy import Channel

_RESERVE: Final = text(
    "INSERT INTO channel_contact AS known (channel, phone, times) VALUES (:channel, :phone, ARRAY[CAST(:at AS timestamptz)])"
    " ON CONFLICT (channel, phone) DO UPDATE SET times ="
    "   array_append(ARRAY(SELECT t FROM unnest(known.times) AS t WHERE t > :old), CAST(:at AS timestamptz))"
    " WHERE (SELECT count(*) FROM unnest(known.times) AS t WHERE t > :after AND t < :before) < :most"
    " RETURNING phone"
)
_GIVE_BACK: Final = text(
    "UPDATE channel_contact SET times = array_remove(times, CAST(:at AS timestamptz))"
    " WHERE channel = :channel AND phone = :phone"
)


def reserve(session: Session, channel: Channel, phone: int, at: datetime, limit: Limit, now: datetime) -> bool:
    """Count an ad that reaches the number `at`; False where it has no room within the limit before and after."""
    given = {
        "channel": str(channel),
        "phone": phone,
        "at": at,
        "after": at - limit.within,
        "before": at + limit.within,
        "old": min(at, now) - 2 * limit.within,
        "most": limit.most,
    }
    return session.execute(_RESERVE, given).first() is not None


def give_back(session: Session, channel: Channel, phone: int, at: datetime) -> None:
    """The ad that was counted `at` certainly did not leave."""
    session.execute(_GIVE_BACK, {"channel": str(channel), "phone": phone, "at": at})
