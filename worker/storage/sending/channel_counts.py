"""How many ads a number got lately over a channel that is no text: counted before the call, as texts are (ad_counts.py)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

from worker.domain.limit import Limit
from worker.domain.policy import Channel
from worker.storage.sending import recipients
from worker.storage.sending.ad_counts import CALLED, ONE_TIME
from worker.storage.tables.campaigns import Batch

#: In the order of the numbers, so that two campaigns never wait in a circle.
_RESERVE: Final = text(
    "INSERT INTO channel_contact AS known (channel, phone, times)"
    " SELECT :channel, phone, ARRAY[CAST(:at AS timestamptz)] FROM unnest(CAST(:phones AS bigint[])) AS phone ORDER BY phone"
    " ON CONFLICT (channel, phone) DO UPDATE SET times ="
    "   array_append(ARRAY(SELECT t FROM unnest(known.times) AS t WHERE t > :old), CAST(:at AS timestamptz))"
    " WHERE (SELECT count(*) FROM unnest(known.times) AS t WHERE t > :after AND t < :before) < :most"
    " RETURNING phone"
)
#: Of `{wanted}` (phone, at), as in ad_counts.py.
_GIVE_BACK: Final = (
    "UPDATE channel_contact c SET times = ARRAY(SELECT t FROM unnest(c.times) WITH ORDINALITY AS kept (t, place)"
    "   WHERE place IS DISTINCT FROM (SELECT min(place) FROM unnest(c.times) WITH ORDINALITY AS counted (t, place)"
    "     WHERE t = mine.at))"
    " FROM (SELECT known.phone, wanted.at FROM channel_contact known JOIN ({wanted}) wanted ON wanted.phone = known.phone"
    "   WHERE known.channel = :channel ORDER BY known.phone FOR UPDATE OF known) mine"
    " WHERE c.channel = :channel AND c.phone = mine.phone"
)


def reserve(session: Session, channel: Channel, phone: int, at: datetime, limit: Limit, now: datetime) -> bool:
    """Count an ad that reaches the number `at`; False where it has no room within the limit before and after."""
    return bool(reserve_all(session, channel, [phone], at, limit, now))


def reserve_all(
    session: Session, channel: Channel, phones: Sequence[int], at: datetime, limit: Limit, now: datetime
) -> set[int]:
    """The same for many numbers at once; those that had room."""
    given = {
        "channel": str(channel),
        "phones": list(phones),
        "at": at,
        "after": at - limit.within,
        "before": at + limit.within,
        "old": min(at, now) - 2 * limit.within,
        "most": limit.most,
    }
    return {row.phone for row in session.execute(_RESERVE, given)}


def give_back_all(session: Session, channel: Channel, phones: Sequence[int], at: datetime) -> None:
    """Ads that certainly did not leave: of each number the one that was counted `at`."""
    if phones:
        given = {"channel": str(channel), "phones": list(phones), "at": at}
        session.execute(text(_GIVE_BACK.format(wanted=ONE_TIME)), given)


def give_back_called(session: Session, batch: Batch, phones: Sequence[int]) -> None:
    """The same for numbers of a locked batch that is called one by one: each at the time at which it is counted."""
    given = recipients.of(batch, channel=batch.channel, phones=list(phones))
    session.execute(text(_GIVE_BACK.format(wanted=CALLED)), given)
