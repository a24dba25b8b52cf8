"""Bodies of requests by people other than a campaign: approvals, copies, tests, changes and stored lists."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from worker.api.schemas import Integer, ListReading, Name, Printable, without_nul


class AudienceFields(ListReading):
    """A stored list but for its file."""

    model_config = ConfigDict(extra="forbid")

    name: Name = Field(description="What it is called; nobody else's is.")


class DecisionBody(BaseModel):
    """What an approver says."""

    model_config = ConfigDict(extra="forbid")

    comment: Annotated[str, AfterValidator(without_nul)] = Field(
        default="", max_length=2000, description="Why; whoever declines must say it."
    )
    seen: Printable = Field(
        default="", max_length=64, description="The `facts_hash` that was looked at: refused when it is another by now."
    )


class CopyBody(BaseModel):
    """How a copy differs."""

    model_config = ConfigDict(extra="forbid")

    failed_only: bool = Field(
        default=False, description="Only to those who certainly did not get it; never to unknown ones."
    )
    name: Printable = Field(default="", max_length=200, description="A name to find it by.")


class TestBody(BaseModel):
    """Where a test text goes, and whose values it has."""

    model_config = ConfigDict(extra="forbid")

    phone: Printable = Field(min_length=1, max_length=40, description="The number, as people write it.", repr=False)
    row: Integer | None = Field(
        default=None, ge=1, le=2_000_000_000, description="A row of the list; by default its first."
    )


class ChangeBody(BaseModel):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Printable | None = Field(default=None, min_length=1, max_length=200, description="A name to find it by.")
    at: Printable | None = Field(
        default=None, max_length=40, description="When it may leave; empty: as soon as it may."
    )
    until: Printable | None = Field(
        default=None, max_length=40, description="After this moment nothing of it leaves; empty: no limit."
    )
