"""What is left of a person whose data was erased, and of tasks that were refused."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from worker.storage.columns import instant


class Erasure(SQLModel, table=True):
    """A number whose data was erased on request: the number itself is nowhere, only its keyed hash."""

    __tablename__ = "erasure"
    __table_args__ = (Index("ix_erasure_hash", "hash"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    hash: bytes = Field(sa_type=LargeBinary)
    erased_at: datetime = instant(nullable=False)
    #: How many rows of what were erased.
    counts: dict[str, int] = Field(sa_column=Column(JSONB(none_as_null=True), nullable=False))
    #: What the law wants kept: entries of the suppression list that had ended, without the number.
    kept: list[dict[str, Any]] = Field(sa_column=Column(JSONB(none_as_null=True), nullable=False))


class RefusedTask(SQLModel, table=True):
    """A producer's Celery task that was refused, under its own id; nothing of its arguments is kept."""

    __tablename__ = "refused_task"
    __table_args__ = (Index("ix_refused_task_refused_at", "refused_at"),)

    id: str = Field(sa_type=Text, primary_key=True)
    task: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    refused_at: datetime = instant(nullable=False)
