"""The numbers of an earlier campaign, with values, for another one: all, or those that certainly did not get it."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlmodel import Session

PORTION: Final = 5_000
#: Certainly without a delivery, and never to be called again by their own campaign: what the provider says failed or was
#: rejected, what was cancelled before it left, what was left out by a rule. Neither those whose outcome is unknown, nor those
#: that a provider took and tells no more of, nor those that may still leave.
WITHOUT_DELIVERY: Final = ("failed", "rejected", "cancelled", "suppressed")
#: A recipient without a state of its own is where its batch is.
_FROM: Final = (
    " FROM recipient r JOIN batch b ON b.campaign_id = r.campaign_id AND b.seq = r.batch_seq"
    " WHERE r.campaign_id = :campaign AND (:everybody OR coalesce(r.state, b.state) = ANY(:states))"
    # Those that were marked for a text, and nobody else of a Zalo campaign.
    " AND (NOT :unreached OR r.next_call = 'fall_back')"
)


def _given(campaign_id: UUID, *, failed_only: bool, unreached: bool) -> dict[str, Any]:
    everybody = not (failed_only or unreached)
    return {
        "campaign": campaign_id,
        "everybody": everybody,
        "states": list(WITHOUT_DELIVERY),
        "unreached": unreached,
    }


#: The columns of proof that a copy takes along.
CONSENT: Final = ("consent_at", "consent_source", "consent_evidence")
_WITH_CONSENT: Final = (
    "coalesce(r.vars, '{}') || coalesce((SELECT jsonb_build_object('consent_at', p.consent_at,"
    " 'consent_source', p.consent_source, 'consent_evidence', p.consent_evidence)"
    " FROM consent_proof p WHERE p.campaign_id = r.campaign_id AND p.phone = r.phone),"
    " '{}') AS vars"
)


def numbers(
    session: Session,
    campaign_id: UUID,
    *,
    failed_only: bool,
    unreached: bool = False,
    consents: bool = False,
    most: int | None = None,
) -> Iterator[Row[Any]]:
    """Row, phone and values of each, or of the first `most`, in the order of the list; with their proof of consent."""
    values = _WITH_CONSENT if consents else "r.vars"
    statement = text(f"SELECT r.row, r.phone, {values}{_FROM} ORDER BY r.row LIMIT CAST(:most AS int)")
    options = {"yield_per": PORTION}
    given = _given(campaign_id, failed_only=failed_only, unreached=unreached) | {"most": most}
    yield from session.execute(statement, given, execution_options=options)


def size(session: Session, campaign_id: UUID, *, failed_only: bool, unreached: bool = False) -> int:
    """How many they are."""
    statement = text(f"SELECT count(*){_FROM}")
    return int(
        session.execute(statement, _given(campaign_id, failed_only=failed_only, unreached=unreached)).scalar_one()
    )


def variables(session: Session, campaign_id: UUID) -> list[str]:
    """The variables that its numbers have values for; the same for all of them."""
    found = session.execute(
        text("SELECT vars FROM recipient WHERE campaign_id = :campaign AND vars IS NOT NULL LIMIT 1"),
        {"campaign": campaign_id},
    ).first()
    return [] if found is None else list(found.vars)


def at_row(session: Session, campaign_id: UUID, row: int | None) -> Row[Any] | None:
    """Row, phone and values of one number: that of this row of the list, or the first."""
    found = session.execute(
        text(
            "SELECT row, phone, vars FROM recipient WHERE campaign_id = :campaign AND (CAST(:row AS int) IS NULL OR row = :row)"
            " ORDER BY row LIMIT 1"
        ),
        {"campaign": campaign_id, "row": row},
    )
    return found.first()
