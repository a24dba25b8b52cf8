"""Chooses the count that an ad belongs to: that of texts, or that of its own channel; the same questions of both."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from worker.domain.limit import Limit
from worker.domain.policy import Channel
from worker.storage.sending import ad_counts, channel_counts, recipients
from worker.storage.tables.campaigns import Batch


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


def give_back_called(session: Session, batch: Batch, phones: Sequence[int]) -> None:
    """The ads of these numbers of a locked batch that is called one by one certainly did not leave, where they are counted."""
    count = ad_counts if batch.channel is Channel.SMS else channel_counts
    count.give_back_called(session, batch, phones)
    recipients.change(session, batch, "counted_at = NULL", "phone = ANY(:phones)", phones=list(phones))
