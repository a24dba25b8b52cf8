"""Counts the ads that a number got lately: before the call, in one step, over all campaigns and providers.

How many are allowed in which time is the rule of the day on which the ad leaves (worker/domain/policy.toml). An ad counts when
it reaches the phone: at the call, or at the hour of the provider campaign that it is pushed into.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from worker.domain.limit import Limit
from worker.storage.sending import recipients
from worker.storage.tables.campaigns import Batch

#: In which ads are counted where no rule is named.
WINDOW: Final = timedelta(hours=24)

#: The numbers of some batches that are where their batch is.
_MEMBERS: Final = (
    "(SELECT phone FROM recipient WHERE campaign_id = :campaign AND batch_seq = ANY(:seqs)"
    " AND state IS NULL) AS members"
)
#: Numbers that were all counted at one time.
ONE_TIME: Final = "SELECT phone, CAST(:at AS timestamptz) AS at FROM unnest(CAST(:phones AS bigint[])) AS phone"
#: When numbers of a batch that is called one by one are counted.
CALLED: Final = (
    "SELECT phone, counted_at AS at FROM recipient WHERE campaign_id = :campaign AND batch_seq = :seq AND phone = ANY(:phones)"
    " AND counted_at IS NOT NULL"
)
#: Of `{phones}`, those that have room. A number that two campaigns count at once waits for the other's end; in the order of
#: the numbers, so that none waits for ever.
_RESERVE: Final = (
    "INSERT INTO ad_contact AS known (phone, times)"
    " SELECT phone, ARRAY[CAST(:at AS timestamptz)] FROM {phones} ORDER BY phone"
    " ON CONFLICT (phone) DO UPDATE SET times ="
    "   array_append(ARRAY(SELECT t FROM unnest(known.times) AS t WHERE t > :old), CAST(:at AS timestamptz))"
    " WHERE (SELECT count(*) FROM unnest(known.times) AS t WHERE t > :after AND t < :before) < :most"
    " RETURNING phone"
)
#: Those of the members that the `{reserve}` did not count get no message.
_EXCLUDE_OTHERS: Final = (
    "WITH counted AS ({reserve})"
    " UPDATE recipient r SET state = 'suppressed', reason = :reason WHERE r.campaign_id = :campaign"
    " AND r.batch_seq = ANY(:seqs) AND r.state IS NULL AND NOT EXISTS (SELECT FROM counted c WHERE c.phone = r.phone)"
)
#: One ad less for each of `{wanted}` (phone, at) of which one was counted then.
_GIVE_BACK: Final = (
    "UPDATE ad_contact c SET times = ARRAY(SELECT t FROM unnest(c.times) WITH ORDINALITY AS kept (t, place)"
    "   WHERE place IS DISTINCT FROM (SELECT min(place) FROM unnest(c.times) WITH ORDINALITY AS counted (t, place)"
    "     WHERE t = mine.at))"
    " FROM (SELECT known.phone, wanted.at FROM ad_contact known JOIN ({wanted}) wanted"
    "   ON wanted.phone = known.phone ORDER BY known.phone FOR UPDATE OF known) mine WHERE c.phone = mine.phone"
)


def reserve(
    session: Session, phones: Sequence[int], at: datetime, most: int, now: datetime, within: timedelta = WINDOW
) -> set[int]:
    """Count an ad that is delivered `at` for every number that has room for it; those that had.

    Room: fewer than `most` in the 24 hours (`within`) before and the 24 hours after, so that no 24 hours around it see more.
    What is long past `now` is forgotten.
    """
    statement = _RESERVE.format(phones="unnest(CAST(:phones AS bigint[])) AS phone")
    rows = session.execute(text(statement), {"phones": list(phones), **_room(at, most, now, within)})
    return {row.phone for row in rows}


def reserve_members(
    session: Session, campaign_id: UUID, seqs: Sequence[int], at: datetime, limit: Limit, now: datetime, reason: str
) -> None:
    """As `reserve`, for all numbers of locked batches at once; those without room get no message, for this reason."""
    room = _room(at, limit.most, now, limit.within)
    given = {"campaign": campaign_id, "seqs": list(seqs), "reason": reason, **room}
    session.execute(text(_EXCLUDE_OTHERS.format(reserve=_RESERVE.format(phones=_MEMBERS))), given)


def give_back(session: Session, phones: Sequence[int], at: datetime) -> None:
    """The ad that was counted `at` certainly did not leave."""
    if phones:
        session.execute(text(_GIVE_BACK.format(wanted=ONE_TIME)), {"phones": list(phones), "at": at})


def give_back_called(session: Session, batch: Batch, phones: Sequence[int]) -> None:
    """The same for numbers of a locked batch that is called one by one: each at the time at which it is counted."""
    session.execute(text(_GIVE_BACK.format(wanted=CALLED)), recipients.of(batch, phones=list(phones)))


def give_back_placed(session: Session, campaign_id: UUID, seqs: Sequence[int]) -> None:
    """The numbers of these batches certainly do not go with the provider campaign that they are in.

    To be called while they are in it: they were counted at its hour, unless it is `planned`, when nobody is counted yet.
    """
    wanted = (
        "SELECT r.phone, p.due AS at FROM recipient r"
        " JOIN batch b ON b.campaign_id = r.campaign_id AND b.seq = r.batch_seq"
        " JOIN provider_campaign p ON p.campaign_id = b.campaign_id AND p.number = b.provider_campaign AND p.state <> 'planned'"
        " WHERE r.campaign_id = :campaign AND r.batch_seq = ANY(:seqs) AND r.state IS NULL"
    )
    if seqs:
        session.execute(text(_GIVE_BACK.format(wanted=wanted)), {"campaign": campaign_id, "seqs": list(seqs)})


def _room(at: datetime, most: int, now: datetime, within: timedelta) -> dict[str, Any]:
    old = min(at, now) - 2 * max(within, WINDOW)
    return {"at": at, "after": at - within, "before": at + within, "old": old, "most": most}
