"""Makes columns: their naming, their times and their states, for all tables.

Times are aware and in UTC. No column has a default that asks the database for the time: the clock is ours (worker/clock.py).
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, Enum, TypeDecorator
from sqlmodel import Field, SQLModel

# A row is never validated by pydantic; building that for every table takes half of the time that their import takes.
SQLModel.model_config["defer_build"] = True
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """An aware time; a naive one is a fault of ours and is refused before it reaches the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        return value


def state(kind: type[StrEnum]) -> Any:
    """A column for one word of several, kept as that word; arrows are guarded by the updates, not by a type of the database."""
    return Field(sa_column=Column(_words(kind), nullable=False))


def with_default(kind: type[StrEnum], word: StrEnum) -> Any:
    """The same, with a word that stands where a release that does not know the column writes none."""
    return Field(default=word, sa_column=Column(_words(kind), nullable=False, server_default=str(word)))


def nullable_state(kind: type[StrEnum]) -> Any:
    """The same, where there may be none."""
    return Field(default=None, sa_column=Column(_words(kind), nullable=True))


def _words(kind: type[StrEnum]) -> Enum:
    return Enum(
        kind, native_enum=False, create_constraint=False, length=20, values_callable=lambda k: [str(w) for w in k]
    )


def instant(*, nullable: bool = True) -> Any:
    """A column for an aware time."""
    return Field(default=None, sa_column=Column(Instant(), nullable=nullable))
