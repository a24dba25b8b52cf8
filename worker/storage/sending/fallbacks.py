"""Zalo campaigns that are over with a text to follow, and who gets it: decided once, by an update of the campaign."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import CursorResult, Select, select, text, update
from sqlmodel import Session, col

from worker.domain.policy import Channel
from worker.domain.states import CampaignStatus, NextCall
from worker.storage.sending import singles
from worker.storage.tables.campaigns import Campaign

#: Over, and nothing of it is unknown or awaited. A cancelled one is over too, and nothing follows it.
OVER: Final = (CampaignStatus.DONE, CampaignStatus.FAILED)
MOST_AT_ONCE: Final = 5
#: Batches whose record is read together.
MOST_TOGETHER: Final = 100


@dataclass(frozen=True, slots=True)
class Due:
    """A Zalo campaign that is over, and the text that follows it."""

    campaign_id: UUID
    provider: str
    kind: str
    name: str
    list_name: str
    fallback_text: str = field(repr=False)
    fallback_sender: str
    until: datetime | None
    callback_url: str | None
    api_key_id: UUID | None
    #: The last batch of which it was decided.
    decided: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A number that our rows say was refused or failed; `ref` is the provider's id of the message, empty where it was refused."""

    phone: int = field(repr=False)
    ref: str


@dataclass(frozen=True, slots=True)
class Failures:
    """Those of one batch."""

    batch_id: UUID
    seq: int
    numbers: Sequence[Failure]


def undecided(session: Session, now: datetime, *, over_since: datetime) -> list[Due]:
    """Those of which nobody has decided yet, the longest over first; not those past their last moment."""
    statement = _due().where(
        col(Campaign.fell_back_at).is_(None),
        col(Campaign.status).in_(OVER),
        col(Campaign.started_at).is_not(None),
        col(Campaign.finished_at) <= over_since,
        (col(Campaign.until).is_(None)) | (col(Campaign.until) > now),
    )
    return _found(session, statement.order_by(col(Campaign.finished_at)).limit(MOST_AT_ONCE))


def without_campaign(session: Session) -> list[Due]:
    """Those that were decided, with somebody to get the text, and whose campaign of texts is not noted yet."""
    marked = text("EXISTS (SELECT FROM recipient r WHERE r.campaign_id = campaign.id AND r.next_call = 'fall_back')")
    statement = _due().where(col(Campaign.fell_back_at).is_not(None), col(Campaign.fallback_id).is_(None), marked)
    return _found(session, statement.limit(MOST_AT_ONCE))


def next_failures(session: Session, campaign_id: UUID, after: int, within: timedelta) -> list[Failures]:
    """The numbers of the next batches that our rows say were refused or failed; empty: no more batches have any.

    The next batch, and those behind it whose last calls lie at most `within` from its own.
    """
    due = session.execute(
        text(
            "SELECT id, seq, answered_at FROM batch WHERE campaign_id = :campaign AND seq > :after AND channel = 'zalo'"
            " AND rejected + failed > 0 ORDER BY seq LIMIT :most"
        ),
        {"campaign": campaign_id, "after": after, "most": MOST_TOGETHER},
    ).all()
    together = list(takewhile(lambda one: one is due[0] or _apart(one.answered_at, due[0].answered_at) <= within, due))
    rows = session.execute(
        text(
            "SELECT batch_seq, phone, coalesce(ref, '') AS ref FROM recipient"
            " WHERE campaign_id = :campaign AND batch_seq = ANY(:seqs)"
            " AND (state = 'rejected' AND coalesce(ref, '') = '' OR state = 'failed' AND ref <> '')"
        ),
        {"campaign": campaign_id, "seqs": [one.seq for one in together]},
    )
    found: dict[int, list[Failure]] = {one.seq: [] for one in together}
    for row in rows:
        found[row.batch_seq].append(Failure(row.phone, row.ref))
    return [Failures(one.id, one.seq, found[one.seq]) for one in together]


def _apart(one: datetime | None, other: datetime | None) -> timedelta:
    return timedelta.max if one is None or other is None else abs(one - other)


def decide(session: Session, campaign_id: UUID, of: Failures, phones: Sequence[int], *, after: int) -> int | None:
    """Mark who of a batch gets the text; how many. None: it was decided before, or is not to be decided any more.

    The update of the campaign is the guard: whoever hits it marks, and nobody else does.
    """
    if not _move_on(session, campaign_id, after, fallback_seq=of.seq):
        return None
    # Before its numbers, as everywhere.
    singles.lock(session, of.batch_id)
    done = session.execute(
        text(
            "UPDATE recipient SET next_call = :mark WHERE campaign_id = :campaign AND batch_seq = :seq"
            " AND phone = ANY(:phones) AND state IN ('rejected', 'failed')"
        ),
        {"mark": str(NextCall.FALL_BACK), "campaign": campaign_id, "seq": of.seq, "phones": list(phones)},
    )
    return cast("CursorResult[Any]", done).rowcount


def close(session: Session, campaign_id: UUID, now: datetime, *, after: int) -> bool:
    """It is decided of all batches."""
    return _move_on(session, campaign_id, after, fell_back_at=now)


def _move_on(session: Session, campaign_id: UUID, after: int, **values: Any) -> bool:
    mine = (
        update(Campaign)
        .where(
            col(Campaign.id) == campaign_id,
            col(Campaign.fallback_seq) == after,
            col(Campaign.fell_back_at).is_(None),
            col(Campaign.fallback_text).is_not(None),
            col(Campaign.status).in_(OVER),
        )
        .values(**values)
    )
    return cast("CursorResult[Any]", session.execute(mine)).rowcount == 1


def followed(session: Session, campaign_id: UUID, made: UUID) -> None:
    """Note the campaign of texts."""
    mine = col(Campaign.id) == campaign_id, col(Campaign.fallback_id).is_(None)
    session.execute(update(Campaign).where(*mine).values(fallback_id=made))


def refused(session: Session, campaign_id: UUID, sentence: str) -> None:
    """The campaign of texts could not be taken in: nothing follows, and the campaign says why."""
    mine = col(Campaign.id) == campaign_id, col(Campaign.fallback_id).is_(None)
    session.execute(update(Campaign).where(*mine).values(fallback_text=None, status_reason=sentence))


def _due() -> Select[Any]:
    columns: list[Any] = [
        col(Campaign.id),
        col(Campaign.provider),
        col(Campaign.kind),
        col(Campaign.name),
        col(Campaign.list_name),
        col(Campaign.fallback_text),
        col(Campaign.fallback_sender),
        col(Campaign.until),
        col(Campaign.callback_url),
        col(Campaign.api_key_id),
        col(Campaign.fallback_seq),
    ]
    return select(*columns).where(col(Campaign.channel) == Channel.ZALO, col(Campaign.fallback_text).is_not(None))


def _found(session: Session, statement: Select[Any]) -> list[Due]:
    return [Due(*row) for row in session.execute(statement)]
