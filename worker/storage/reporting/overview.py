"""What pages show of many campaigns at once: counts by state, months, numbers searched for. Reads only; each is one statement.

What one batch came to is worked out in `SENT` and `COST`, so that every page counts alike.
"""

# ruff: noqa: S608 - nothing but constants is put into a statement

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, String, cast, or_, select, text
from sqlmodel import Session, col

from worker.domain.states import BatchState, CampaignStatus
from worker.storage.campaigns import Tally, tally_columns
from worker.storage.tables.campaigns import Batch, Campaign, ProviderCampaign

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: Numbers of a batch that are or were with the provider.
SENT: Final = (
    "CASE WHEN b.state IN ('accepted', 'reported') THEN b.size - b.rejected - b.unknown - b.suppressed - b.cancelled"
    " ELSE b.accepted + b.delivered + b.failed END"
)
#: VND: what the provider told, else the campaign's estimate for so many numbers.
COST: Final = f"coalesce(b.cost, round(c.cost_estimate * ({SENT}) / nullif(c.valid, 0), 2), 0)"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which campaigns a list shows."""

    statuses: Sequence[CampaignStatus] = ()
    #: A part of the name, of the list's name or the beginning of the id.
    words: str = ""
    #: Only those of this user.
    author_id: UUID | None = None
    #: Only those created before this moment: the next page.
    before: datetime | None = None
    since: datetime | None = None
    #: Only those of which the provider answered something from the one moment up to the other.
    answered: tuple[datetime, datetime] | None = None
    #: Only those of whose batches one is unknown.
    unknown: bool = False


def campaigns(session: Session, chosen: Filter, limit: int) -> Sequence[Campaign]:
    """The campaigns that fit, newest first."""
    wanted = select(Campaign)
    if chosen.statuses:
        wanted = wanted.where(col(Campaign.status).in_(chosen.statuses))
    if chosen.author_id is not None:
        wanted = wanted.where(col(Campaign.author_id) == chosen.author_id)
    if chosen.before is not None:
        wanted = wanted.where(col(Campaign.created_at) < chosen.before)
    if chosen.since is not None:
        wanted = wanted.where(col(Campaign.created_at) >= chosen.since)
    if chosen.answered is not None:
        first, end = chosen.answered
        left = select(col(Batch.campaign_id)).where(col(Batch.answered_at) >= first, col(Batch.answered_at) < end)
        wanted = wanted.where(col(Campaign.id).in_(left))
    if chosen.unknown:
        wanted = wanted.where(
            col(Campaign.id).in_(select(col(Batch.campaign_id)).where(col(Batch.state) == BatchState.UNKNOWN))
        )
    if chosen.words:
        wanted = wanted.where(
            or_(
                col(Campaign.name).icontains(chosen.words, autoescape=True),
                col(Campaign.list_name).icontains(chosen.words, autoescape=True),
                col(Campaign.sender).icontains(chosen.words, autoescape=True),
                cast(col(Campaign.id), String).startswith(chosen.words.lower(), autoescape=True),
            )
        )
    return session.scalars(wanted.order_by(col(Campaign.created_at).desc()).limit(limit)).all()


def tallies(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, dict[BatchState, Tally]]:
    """What the batches of each campaign come to, by their state; a campaign without a batch is absent."""
    if not ids:
        return {}
    rows = session.execute(
        select(
            col(Batch.campaign_id),
            col(Batch.state),
            *tally_columns(),
        )
        .where(col(Batch.campaign_id).in_(ids))
        .group_by(col(Batch.campaign_id), col(Batch.state))
    )
    found: dict[UUID, dict[BatchState, Tally]] = {}
    for row in rows:
        found.setdefault(row[0], {})[row[1]] = Tally(*row[2:])
    return found


def by_ids(session: Session, ids: Sequence[UUID]) -> Sequence[Campaign]:
    """These campaigns, in no order."""
    return session.scalars(select(Campaign).where(col(Campaign.id).in_(ids))).all()


def names(session: Session, ids: Sequence[str]) -> Sequence[tuple[UUID, str]]:
    """The ids and names of these campaigns, named as text; what is no id finds nothing."""
    known = {UUID(one) for one in ids if _UUID.fullmatch(one)}
    wanted = select(col(Campaign.id), col(Campaign.name)).where(col(Campaign.id).in_(known))
    return [(row[0], row[1]) for row in session.execute(wanted)] if known else []


def batches(session: Session, campaign_id: UUID, *, after: int, limit: int) -> Sequence[Batch]:
    """Batches in their order, from the one behind number `after`."""
    wanted = select(Batch).where(col(Batch.campaign_id) == campaign_id, col(Batch.seq) > after)
    return session.scalars(wanted.order_by(col(Batch.seq)).limit(limit)).all()


def troubled_batches(session: Session, campaign_id: UUID, limit: int) -> Sequence[Batch]:
    """Batches that are unknown, and those that wait for a person first."""
    wanted = select(Batch).where(col(Batch.campaign_id) == campaign_id, col(Batch.state) == BatchState.UNKNOWN)
    partly = select(Batch).where(
        col(Batch.campaign_id) == campaign_id, col(Batch.state) != BatchState.UNKNOWN, col(Batch.unknown) > 0
    )
    first = list(session.scalars(wanted.order_by(col(Batch.needs_operator).desc(), col(Batch.seq)).limit(limit)))
    return [*first, *session.scalars(partly.order_by(col(Batch.seq)).limit(limit - len(first)))]


def places(session: Session, campaign_id: UUID) -> Mapping[int, str]:
    """The names of the provider's own campaigns of a campaign, by their number."""
    wanted = select(col(ProviderCampaign.number), col(ProviderCampaign.name))
    return {row[0]: row[1] for row in session.execute(wanted.where(col(ProviderCampaign.campaign_id) == campaign_id))}


def provider_messages(session: Session, campaign_id: UUID, limit: int) -> Sequence[Row[Any]]:
    """What the provider said of this campaign's batches: its code and words, how often and when last."""
    return session.execute(
        text(
            "SELECT code, provider_message AS words, count(*) AS batches, sum(size) AS numbers, max(answered_at) AS last_at"
            " FROM batch WHERE campaign_id = :campaign AND (code <> '' OR provider_message <> '') GROUP BY code, provider_message"
            " ORDER BY batches DESC, last_at DESC LIMIT :limit"
        ),
        {"campaign": campaign_id, "limit": limit},
    ).all()


_RECIPIENT: Final = (
    "SELECT r.campaign_id, r.phone, r.row, r.batch_seq, r.state, r.reason, r.vars, r.converted, b.state AS batch_state,"
    " b.answered_at, coalesce(r.ref, b.provider_ref) AS ref,"
    " CASE WHEN b.state IN ('accepted', 'reported') OR r.state IN ('accepted', 'delivered') THEN ''"
    " ELSE b.provider_message END AS words"
    " FROM recipient r JOIN batch b ON b.campaign_id = r.campaign_id AND b.seq = r.batch_seq"
)


def recipients(session: Session, campaign_id: UUID, low: int, high: int, limit: int) -> Sequence[Row[Any]]:
    """The numbers of a campaign from `low` to `high`, in their order."""
    return session.execute(
        text(
            f"{_RECIPIENT} WHERE r.campaign_id = :campaign AND r.phone BETWEEN :low AND :high ORDER BY r.phone LIMIT :limit"
        ),
        {"campaign": campaign_id, "low": low, "high": high, "limit": limit},
    ).all()


def everywhere(session: Session, phone: int, limit: int) -> Sequence[Row[Any]]:
    """One number in all campaigns, the newest first: a look into the primary key for each campaign."""
    return session.execute(
        text(
            "SELECT c.name, c.status, c.author_id, c.sender, c.created_at, found.* FROM campaign c CROSS JOIN LATERAL"
            f" ({_RECIPIENT} WHERE r.campaign_id = c.id AND r.phone = :phone) found ORDER BY c.created_at DESC LIMIT :limit"
        ),
        {"phone": phone, "limit": limit},
    ).all()


def refused(session: Session, campaign_id: UUID, limit: int) -> Sequence[Row[Any]]:
    """The first rows of the list that get no message."""
    return session.execute(
        text("SELECT row, value, reason FROM refused_row WHERE campaign_id = :campaign ORDER BY row LIMIT :limit"),
        {"campaign": campaign_id, "limit": limit},
    ).all()


def refused_by_reason(session: Session, campaign_id: UUID) -> Mapping[str, int]:
    """How many rows get no message for which reason, counted anew."""
    found = session.execute(
        text("SELECT reason, count(*) FROM refused_row WHERE campaign_id = :campaign GROUP BY reason"),
        {"campaign": campaign_id},
    )
    return {row[0]: row[1] for row in found}


@dataclass(frozen=True, slots=True)
class Month:
    """What left in a month for one value of what it is broken down by; `of` is empty where it is not."""

    month: date
    of: str
    campaigns: int
    sent: int
    #: None: not known by what it is broken down by.
    delivered: int | None
    failed: int | None
    cost: Decimal
    #: Whether a part of the cost is our estimate.
    estimated: bool


CARRIER: Final = "carrier"
_LEFT: Final = (
    " FROM batch b JOIN campaign c ON c.id = b.campaign_id WHERE b.answered_at >= :since"
    " AND (CAST(:author AS uuid) IS NULL OR c.author_id = :author)"
)
_MONTH: Final = "date_trunc('month', b.answered_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS month"
_MONTHS: Final = (
    f"SELECT {_MONTH}, {{by}} AS of, count(DISTINCT c.id) AS campaigns, sum({SENT}) AS sent, sum(b.delivered) AS delivered,"
    f" sum(b.failed) AS failed, sum({COST}) AS cost, bool_or(b.cost IS NULL AND {SENT} > 0) AS estimated{_LEFT}"
    " GROUP BY 1, 2 ORDER BY 1 DESC, 4 DESC, 2"
)
#: Of a campaign it is known how many numbers and parts its list has of each carrier: what left is shared out by that. What
#: became of each carrier's numbers would have to be counted number by number.
_BY_CARRIER: Final = (
    f"WITH one AS (SELECT {_MONTH}, c.id, sum({SENT}) AS sent, sum({COST}) AS cost{_LEFT} GROUP BY 1, 2),"
    " share AS (SELECT one.*, s.key AS of, (s.value ->> 0)::numeric / nullif(c.valid, 0) AS numbers,"
    " (s.value ->> 1)::numeric / nullif(c.parts_total, 0) AS parts FROM one JOIN campaign c ON c.id = one.id"
    " CROSS JOIN LATERAL jsonb_each(coalesce(c.carriers, jsonb_build_object('unknown',"
    " jsonb_build_array(c.valid, c.parts_total)))) s)"
    " SELECT month, of, count(*) AS campaigns, round(coalesce(sum(sent * numbers), 0))::bigint AS sent, NULL, NULL,"
    " round(coalesce(sum(cost * parts), 0), 2) AS cost, true FROM share GROUP BY 1, 2 ORDER BY 1 DESC, 4 DESC, 2"
)
BY: Final = {"": "''", "sender": "c.sender", "provider": "c.provider", "author": "c.author", "kind": "c.kind"}


def months(session: Session, since: datetime, by: str, author_id: UUID | None = None) -> Sequence[Month]:
    """Every month since then, by the moment at which the provider answered; Vietnam's months."""
    wanted = _BY_CARRIER if by == CARRIER else _MONTHS.format(by=BY[by])
    rows = session.execute(text(wanted), {"since": since, "author": author_id})
    return [Month(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Period:
    """What left since a moment."""

    sent: int
    delivered: int
    cost: Decimal
    campaigns: int


def since(session: Session, moment: datetime, author_id: UUID | None = None) -> Period:
    """What left since then, in numbers and VND."""
    row = session.execute(
        text(
            f"SELECT coalesce(sum({SENT}), 0) AS sent, coalesce(sum(b.delivered), 0) AS delivered,"
            f" coalesce(sum({COST}), 0) AS cost, count(DISTINCT c.id) AS campaigns"
            " FROM batch b JOIN campaign c ON c.id = b.campaign_id WHERE b.answered_at >= :since"
            " AND (CAST(:author AS uuid) IS NULL OR c.author_id = :author)"
        ),
        {"since": moment, "author": author_id},
    ).one()
    return Period(int(row.sent), int(row.delivered), row.cost, row.campaigns)


def senders(session: Session, limit: int = 200) -> Sequence[Row[Any]]:
    """Brandnames by provider and kind: those of past campaigns, the latest first, then what providers list."""
    return session.execute(
        text(
            "SELECT provider, sender, kind, max(last_at) AS last_at FROM ("
            " SELECT provider, sender, kind, max(created_at) AS last_at FROM campaign"
            # A refused campaign may have been refused for its sender.
            " WHERE status NOT IN ('draft', 'failed') AND channel = 'sms' GROUP BY provider, sender, kind"
            " UNION ALL SELECT l.provider, pair ->> 0, pair ->> 1, NULL FROM sender_list l, jsonb_array_elements(l.senders) pair"
            ") known GROUP BY provider, sender, kind ORDER BY max(last_at) DESC NULLS LAST, sender, kind LIMIT :limit"
        ),
        {"limit": limit},
    ).all()
