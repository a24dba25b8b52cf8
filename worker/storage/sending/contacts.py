"""Chooses the count that an ad belongs to: that of texts, or that of its own channel; the same questions of both."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

from worker.domain.limit import Limit
from worker.domain.policy import Channel
from worker.storage.sending import ad_counts, channel_counts, recipients
from worker.storage.tables.campaigns import Batch

#: More ads than anybody gets, in a time in which no other is forgotten.
UNLIMITED: Final = Limit(1_000_000, timedelta(days=366))


def reserve(
    session: Session, channel: Channel, phones: Sequence[int], at: datetime, limit: Limit, now: datetime
) -> set[int]:
    """Count an ad that reaches the numbers `at`; those that had room within the limit before and after."""
    if channel is Channel.SMS:
        return ad_counts.reserve(session, phones, at, limit.most, now, limit.within)
    return channel_counts.reserve_all(session, channel, phones, at, limit, now)


def give_back(session: Session, channel: Channel, phones: Sequence[int], at: datetime) -> None:
    """The ad that was counted `at` certainly did not leave."""
    if channel is Channel.SMS:
        ad_counts.give_back(session, phones, at)
    else:
        channel_counts.give_back_all(session, channel, phones, at)


# Of numbers of a locked batch that is called one by one it is known when each is counted (`counted_at`).


def mark_counted(session: Session, batch: Batch, phones: Collection[int], at: datetime | None) -> None:
    """Write down when the ads of these numbers are counted; None: they are not."""
    to, only = "counted_at = :at", "phone = ANY(:phones) AND counted_at IS DISTINCT FROM :at"
    recipients.change(session, batch, to, only, phones=list(phones), at=at)


def give_back_called(session: Session, batch: Batch, phones: Sequence[int]) -> None:
    """The ads of these numbers are not counted any more: they certainly did not leave, or count as of another time."""
    if phones:
        count = ad_counts if batch.channel is Channel.SMS else channel_counts
        count.give_back_called(session, batch, phones)
        mark_counted(session, batch, phones, None)


def count_called(session: Session, batch: Batch, phones: Sequence[int], at: datetime) -> None:
    """The ads of these numbers may reach them `at`: each counts as of then, and no longer as of before.

    No 24 hours see more than are allowed either way: who was let in since then was let in beside it, and who comes later sees
    it longer.
    """
    if phones:
        give_back_called(session, batch, phones)
        reserve(session, batch.channel, phones, at, UNLIMITED, at)
        mark_counted(session, batch, phones, at)


def count_taken(session: Session, batch: Batch, phones: Collection[int], at: datetime) -> None:
    """Numbers that turned out to have been taken: those whose ads were given back count as of `at`."""
    uncounted = text(
        "SELECT phone FROM recipient WHERE campaign_id = :campaign AND batch_seq = :seq AND phone = ANY(:phones)"
        " AND counted_at IS NULL ORDER BY phone"
    )
    given_back = session.scalars(uncounted, recipients.of(batch, phones=list(phones))).all()
    count_called(session, batch, given_back, at)
