"""Which numbers must be spared ads? The tables of suppression and of frequency; part of METADATA (worker/storage/tables.py)."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Column, Text
from sqlmodel import Field, SQLModel

from worker.storage.columns import Instant, instant


class Suppression(SQLModel, table=True):
    """A number that must not get ads."""

    __tablename__ = "suppression"

    phone: int = Field(sa_type=BigInteger, primary_key=True)
    #: `opt_out`, `do_not_call`, or the operator's own word.
    reason: str = Field(sa_type=Text)
    #: The door it came through (`cli`), or the name of the list.
    source: str = Field(sa_type=Text)
    added_at: datetime = instant(nullable=False)


class AdContact(SQLModel, table=True):
    """When a number got ads in the last days: what its next one is counted against."""

    __tablename__ = "ad_contact"

    phone: int = Field(sa_type=BigInteger, primary_key=True)
    times: list[datetime] = Field(sa_column=Column(ARRAY(Instant()), nullable=False))
