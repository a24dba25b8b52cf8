"""What of a campaign would leave first: asked inside the transaction that has just laid it out."""

from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session


def first_batch(session: Session, campaign_id: UUID) -> tuple[str, list[int]]:
    """The text of the first batch, and its numbers in their order."""
    row = session.execute(
        text("SELECT text FROM batch WHERE campaign_id = :id AND seq = 1"), {"id": campaign_id}
    ).scalar_one()
    phones = session.execute(
        text("SELECT phone FROM recipient WHERE campaign_id = :id AND batch_seq = 1 ORDER BY phone"),
        {"id": campaign_id},
    )
    return str(row), [int(phone) for phone in phones.scalars()]


def phone_of_row(session: Session, campaign_id: UUID, row: int) -> int | None:
    """The number that a row of the list was stored for."""
    found = session.execute(
        text("SELECT phone FROM recipient WHERE campaign_id = :id AND row = :row LIMIT 1"),
        {"id": campaign_id, "row": row},
    ).scalar_one_or_none()
    return None if found is None else int(found)
