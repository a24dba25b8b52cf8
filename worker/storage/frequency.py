"""How many ads did a number get lately? Counted before the call, in one step, over all campaigns and providers.

Decree 91/2020: at most three advertising texts to a number in 24 hours, unless it agreed otherwise.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

WINDOW: Final = timedelta(hours=24)


def reserve(session: Session, phones: Sequence[int], at: datetime, most: int) -> set[int]:
    """Count an ad that is delivered `at` for every number that has room for it; those that had.

    Room: fewer than `most` in the 24 hours before and the 24 hours after, so that no 24 hours around it see more. A number
    that two campaigns reserve at once waits for the other's end; in the order of the numbers, so that none waits for ever.
    """
    rows = session.execute(
        text(
            "INSERT INTO ad_contact AS known (phone, times)"
            " SELECT phone, ARRAY[CAST(:at AS timestamptz)] FROM unnest(CAST(:phones AS bigint[])) AS phone ORDER BY phone"
            " ON CONFLICT (phone) DO UPDATE SET times ="
            "   array_append(ARRAY(SELECT t FROM unnest(known.times) AS t WHERE t > :old), CAST(:at AS timestamptz))"
            " WHERE (SELECT count(*) FROM unnest(known.times) AS t WHERE t > :after AND t < :before) < :most"
            " RETURNING phone"
        ),
        {
            "phones": list(phones),
            "at": at,
            "after": at - WINDOW,
            "before": at + WINDOW,
            "old": at - 2 * WINDOW,
            "most": most,
        },
    )
    return {row.phone for row in rows}


def give_back(session: Session, phones: Sequence[int], at: datetime) -> None:
    """The ad that was counted `at` certainly did not leave."""
    session.execute(
        text(
            "UPDATE ad_contact c SET times = array_remove(c.times, CAST(:at AS timestamptz)) FROM"
            " (SELECT phone FROM ad_contact WHERE phone = ANY(:phones) ORDER BY phone FOR UPDATE) mine"
            " WHERE c.phone = mine.phone"
        ),
        {"phones": list(phones), "at": at},
    )
