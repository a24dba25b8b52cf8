"""The pieces of uploaded lists: of those that wait for their plan, and of those of forms."""

from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from worker.storage.tables.api import UploadPiece
from worker.storage.tables.console import FormPiece


def add(session: Session, campaign_id: UUID, seq: int, piece: bytes) -> None:
    """Store the next piece."""
    session.execute(insert(UploadPiece).values(campaign_id=campaign_id, seq=seq, data=piece))


def get(session: Session, campaign_id: UUID, seq: int) -> bytes | None:
    """One piece; None behind the last."""
    mine = select(col(UploadPiece.data)).where(col(UploadPiece.campaign_id) == campaign_id, col(UploadPiece.seq) == seq)
    return session.scalars(mine).first()


def add_to_form(session: Session, form_id: UUID, seq: int, piece: bytes) -> None:
    """Store the next piece of a form's list."""
    session.execute(insert(FormPiece).values(form_id=form_id, seq=seq, data=piece))


def of_form(session: Session, form_id: UUID, seq: int) -> bytes | None:
    """One piece of a form's list; None behind the last."""
    mine = select(col(FormPiece.data)).where(col(FormPiece.form_id) == form_id, col(FormPiece.seq) == seq)
    return session.scalars(mine).first()


def drop_of_form(session: Session, form_id: UUID) -> None:
    """Another list takes its place."""
    session.execute(delete(FormPiece).where(col(FormPiece.form_id) == form_id))
