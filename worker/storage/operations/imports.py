"""What is known of the lists that were imported: when each came, and whether one looks like the people of a campaign."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, text
from sqlmodel import Session, col

from worker.storage.operations.suppression import DO_NOT_CALL, OPT_OUT
from worker.storage.tables.policy import Suppression, SuppressionImport

#: So many numbers of a list are looked up; of a longer one these stand for all.
LOOKED_UP: Final = 20_000
#: The campaigns that are looked at, the newest first.
CAMPAIGNS: Final = 10


@dataclass(frozen=True, slots=True)
class Import:
    """The numbers of one list that are on the suppression list since one moment."""

    added_at: datetime
    numbers: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """A campaign whose recipients stand on a list: how many of its numbers, estimated where the list is long."""

    name: str
    valid: int
    numbers: int


def of_source(session: Session, source: str) -> Sequence[Import]:
    """The imports under this name whose numbers are still there, oldest first."""
    moment = col(Suppression.added_at)
    found = select(moment, func.count()).where(col(Suppression.source) == source).group_by(moment).order_by(moment)
    return [Import(*row) for row in session.execute(found)]


def since(session: Session, source: str, moment: datetime) -> Sequence[SuppressionImport]:
    """The lists that were imported after this one and left numbers out that were there already, oldest first.

    A list of opt-outs leaves none out that a do-not-call list had brought: it takes their place.
    """
    listed = SuppressionImport
    own = select(col(listed.reason)).where(col(listed.source) == source, col(listed.imported_at) == moment)
    reason = session.scalar(own.limit(1))
    later = select(listed).where(col(listed.imported_at) > moment, col(listed.rows) > col(listed.added))
    if reason == DO_NOT_CALL:
        later = later.where(col(listed.reason) != OPT_OUT)
    return session.scalars(later.order_by(col(listed.imported_at))).all()


def overlaps(session: Session, since: datetime) -> Sequence[Overlap]:
    """The campaigns created since then that have numbers of the staged list; those that get no ads already do not count."""
    numbers = session.execute(text("SELECT count(phone) FROM staged")).scalar_one()
    each = max(1, -(-numbers // LOOKED_UP))
    found = session.execute(
        text(
            "WITH recent AS (SELECT id, name, valid FROM campaign WHERE created_at >= :since AND valid > 0"
            "   ORDER BY created_at DESC LIMIT :campaigns),"
            " looked AS (SELECT DISTINCT phone FROM staged WHERE phone IS NOT NULL AND abs(hashint8(phone) % :each) = 0"
            "   AND NOT EXISTS (SELECT FROM suppression s WHERE s.phone = staged.phone))"
            " SELECT recent.name, recent.valid, count(*) * :each AS numbers FROM recent CROSS JOIN looked"
            " JOIN recipient r ON r.campaign_id = recent.id AND r.phone = looked.phone"
            " GROUP BY recent.id, recent.name, recent.valid"
        ),
        {"since": since, "campaigns": CAMPAIGNS, "each": each},
    )
    return [Overlap(row.name, row.valid, min(row.numbers, row.valid)) for row in found]
