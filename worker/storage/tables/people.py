"""The tables of people: who may log in, who has, and what they did; part of METADATA."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from worker.domain.roles import Role
from worker.storage.columns import instant, state


class User(SQLModel, table=True):
    """A person with a password and a role."""

    __tablename__ = "loa_user"
    __table_args__ = (Index("uq_loa_user_lower_name", func.lower(Column("name", Text)), unique=True),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    name: str = Field(sa_type=Text)
    role: Role = state(Role)
    #: argon2id, with its salt and its cost.
    password_hash: str = Field(sa_type=Text)
    #: `vi` or `en`.
    language: str = Field(default="vi", max_length=5)
    created_at: datetime = instant(nullable=False)
    #: Since when nobody gets in by this name any more.
    disabled_at: datetime | None = instant()
    last_login_at: datetime | None = instant()
    #: The secret of the second factor, sealed; it counts from `totp_since` on.
    totp_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    totp_since: datetime | None = instant()
    #: The time step of the last code that was taken: none is taken twice.
    totp_step: int = Field(default=0, sa_type=BigInteger)

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """No hash shows in a repr."""
        return [("id", self.id), ("name", self.name), ("role", self.role)]


class WebSession(SQLModel, table=True):
    """A browser that is logged in; the token itself is in its cookie alone. Gone when it is over."""

    __tablename__ = "web_session"
    __table_args__ = (Index("ix_web_session_user_id", "user_id"), Index("ix_web_session_expires_at", "expires_at"))

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    #: SHA-256 of the token, in hexadecimal.
    hash: str = Field(unique=True, max_length=64)
    user_id: UUID = Field(foreign_key="loa_user.id")
    created_at: datetime = instant(nullable=False)
    #: When it was last used, to the minute.
    seen_at: datetime = instant(nullable=False)
    #: It ends then, however busy it is.
    expires_at: datetime = instant(nullable=False)
    address: str = Field(default="", sa_type=Text)
    #: What the browser called itself.
    agent: str = Field(default="", sa_type=Text)


class LoginTry(SQLModel, table=True):
    """A login that was tried and has not succeeded; counted, and forgotten after an hour."""

    __tablename__ = "login_try"
    __table_args__ = (
        Index("ix_login_try_name_at", "name", "at"),
        Index("ix_login_try_address_at", "address", "at"),
        Index("ix_login_try_at", "at"),
    )

    id: int | None = Field(default=None, sa_type=BigInteger, primary_key=True)
    #: SHA-256 of the name in lower case: people type their password there.
    name: str = Field(max_length=64)
    address: str = Field(sa_type=Text)
    at: datetime = instant(nullable=False)


class FirstLink(SQLModel, table=True):
    """The one-time link by which the first admin is made; at most one counts."""

    __tablename__ = "first_link"

    hash: str = Field(max_length=64, primary_key=True)
    expires_at: datetime = instant(nullable=False)


class AuditEntry(SQLModel, table=True):
    """One act of a person or a program; never changed, never deleted, each carries the hash of the one before."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_at", "at"),
        Index("ix_audit_object", "object_kind", "object_id", postgresql_where=text("object_id <> ''")),
    )

    #: 1, 2, 3 … without a gap.
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = instant(nullable=False)
    #: `user:lan`, `key:5f0c1d3e`, `cli:deploy`, `celery`, `loa`.
    who: str = Field(sa_type=Text)
    user_id: UUID | None = None
    key_id: UUID | None = None
    #: `cli`, `http`, `console`, `celery`, `loa`.
    door: str
    #: `campaign.approve`, `user.add` …
    act: str
    object_kind: str = ""
    object_id: str = Field(default="", sa_type=Text)
    #: What else is to be known: no secret, no text of a password, no full number.
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB(none_as_null=True), nullable=False))
    #: SHA-256 of the entry before, and of this one with it; in hexadecimal.
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64)
