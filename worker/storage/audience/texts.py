"""Saved texts: found by name, changed, deleted."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select
from sqlmodel import Session, col

from worker.storage.part import WHOLE, Part, in_part
from worker.storage.tables.audience import SavedText


def by_name(session: Session, name: str) -> SavedText | None:
    """The saved text of that name, in whatever case it is written."""
    return session.scalars(select(SavedText).where(func.lower(col(SavedText.name)) == func.lower(name))).first()


def everyone(session: Session, part: Part = WHOLE) -> Sequence[SavedText]:
    """All of them by name; or a part of them."""
    return session.scalars(in_part(select(SavedText), SavedText.name, part, SavedText.text)).all()


def latest(session: Session, limit: int) -> Sequence[SavedText]:
    """Those that were changed last."""
    return session.scalars(select(SavedText).order_by(col(SavedText.changed_at).desc()).limit(limit)).all()


def remove(session: Session, name: str) -> bool:
    """Delete one; False when there is none of that name."""
    gone = delete(SavedText).where(func.lower(col(SavedText.name)) == func.lower(name))
    return cast("CursorResult[Any]", session.execute(gone)).rowcount == 1
