"""The pieces of uploaded lists that wait for their plan."""

from uuid import UUID

from sqlalchemy import insert, select
from sqlmodel import Session, col

from worker.storage.tables.api import UploadPiece


def add(session: Session, campaign_id: UUID, seq: int, piece: bytes) -> None:
    """Store the next piece."""
    session.execute(insert(UploadPiece).values(campaign_id=campaign_id, seq=seq, data=piece))


def get(session: Session, campaign_id: UUID, seq: int) -> bytes | None:
    """One piece; None behind the last."""
    mine = select(col(UploadPiece.data)).where(col(UploadPiece.campaign_id) == campaign_id, col(UploadPiece.seq) == seq)
    return session.scalars(mine).first()
