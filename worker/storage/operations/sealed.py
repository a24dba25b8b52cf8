"""Rows that hold something sealed, read in the order of their ids, whatever the table."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session


def following(session: Session, table: Any, column: str, after: UUID, limit: int) -> Sequence[Any]:
    """Rows of a table whose `column` is filled, by their ids after that one; locked, those in other hands left out.

    Their keys stay as they are, and it is said so: else whoever just writes a row that refers to one (an event of a webhook,
    one after the other on a busy day) would count as having it in hand.
    """
    mine = select(table).where(getattr(table, column).is_not(None), table.id > after)
    locked = mine.order_by(table.id).limit(limit).with_for_update(key_share=True, skip_locked=True)
    return session.scalars(locked).all()


def count(session: Session, table: Any, column: str) -> int:
    """How many rows have something in that column."""
    filled = select(func.count()).select_from(table).where(getattr(table, column).is_not(None))
    return int(session.execute(filled).scalar_one())
