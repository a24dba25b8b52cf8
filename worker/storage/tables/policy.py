"""The tables of suppression and of frequency, by which numbers are spared ads, and of refused rows."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, BigInteger, Column, Identity, Index, Text, text
from sqlmodel import Field, SQLModel

from worker.storage.columns import Instant, instant


class Suppression(SQLModel, table=True):
    """A number that must not get ads."""

    __tablename__ = "suppression"
    __table_args__ = (
        # The latest that came to us ourselves; an import of the national list writes nothing to it.
        Index("ix_suppression_own", text("added_at DESC"), "phone", postgresql_where=text("reason <> 'do_not_call'")),
    )

    phone: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    #: `opt_out`, `do_not_call`, or the operator's own word.
    reason: str = Field(sa_type=Text)
    #: The door it came through (`cli`), or the name of the list.
    source: str = Field(sa_type=Text)
    added_at: datetime = instant(nullable=False)
    #: Who put it in: `cli`, `subscriber`, `key <id>`; None: before this was kept.
    added_by: str | None = Field(default=None, sa_type=Text)


class SuppressionEnded(SQLModel, table=True):
    """An entry that ended: a refusal and its withdrawal are evidence, so neither is deleted."""

    __tablename__ = "suppression_ended"
    __table_args__ = (Index("ix_suppression_ended_phone", "phone"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    phone: int = Field(sa_type=BigInteger)
    reason: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    added_at: datetime = instant(nullable=False)
    added_by: str | None = Field(default=None, sa_type=Text)
    ended_at: datetime = instant(nullable=False)
    #: Who ended it, or what took its place.
    ended_by: str = Field(sa_type=Text)


class SuppressionImport(SQLModel, table=True):
    """A list that was imported, and of which day it is."""

    __tablename__ = "suppression_import"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    source: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    as_of: date
    imported_at: datetime = instant(nullable=False)
    rows: int
    added: int


class AdContact(SQLModel, table=True):
    """When a number got ads in the last days: what its next one is counted against."""

    __tablename__ = "ad_contact"

    phone: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    times: list[datetime] = Field(sa_column=Column(ARRAY(Instant()), nullable=False))


class ChannelContact(SQLModel, table=True):
    """The same for ads over another channel than text: `call`, `zalo`, `viber`."""

    __tablename__ = "channel_contact"

    channel: str = Field(sa_type=Text, primary_key=True)
    phone: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    times: list[datetime] = Field(sa_column=Column(ARRAY(Instant()), nullable=False))


class RefusedRow(SQLModel, table=True):
    """A row of a list that gets no message, and why: the list to download and mend."""

    __tablename__ = "refused_row"

    campaign_id: UUID = Field(primary_key=True)
    row: int = Field(primary_key=True)
    #: What stood there, cut to 100 characters.
    value: str = Field(sa_type=Text)
    reason: str
