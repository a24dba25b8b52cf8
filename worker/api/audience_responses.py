"""What HTTP answers about stored lists, as OpenAPI describes it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from worker.api.responses import ListRead
from worker.domain.states import CampaignStatus


class Audience(BaseModel):
    """A stored list."""

    id: UUID
    name: str
    size: int = Field(description="Numbers in it, each once.")
    rows: int
    duplicates: int
    invalid: int
    columns: Sequence[str] = Field(description="The variables that its rows have.")
    list: ListRead | None
    notes: Sequence[str]
    author: str
    created_at: datetime


class Audiences(BaseModel):
    """The stored lists, by name."""

    audiences: list[Audience]


class Member(BaseModel):
    """One row of a stored list."""

    row: int
    phone: str = Field(description="In full for roles that may see it, else masked.")
    values: dict[str, str]


class UsedBy(BaseModel):
    """A campaign that was made of a stored list."""

    id: UUID
    name: str
    status: CampaignStatus


class AudienceShown(Audience):
    """A stored list with its first rows, and the campaigns that were made of it."""

    sample: Sequence[Member]
    used_by: Sequence[UsedBy]
