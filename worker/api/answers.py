"""What does HTTP answer? The documents as OpenAPI describes them, each with an example; worker/api/documents.py makes them."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from worker.api.problems import MEDIA_TYPE, Problem
from worker.domain.message import MessageState
from worker.domain.states import BatchState, CampaignStatus

ID: Final = "5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11"
NINE: Final = "2026-03-02T09:00:00+07:00"


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


class Draft(BaseModel):
    """A campaign that was taken in; `GET /v1/campaigns/{id}` tells what becomes of it."""

    model_config = _example(id=ID, name="march", status="draft", created_at=NINE, notes=[])
    id: UUID
    name: str
    status: CampaignStatus
    created_at: datetime
    notes: list[str] = Field(description="What was changed in the text, in sentences.")


class Campaign(BaseModel):
    """A campaign; `rows = valid + duplicates + invalid + suppressed`."""

    id: UUID
    name: str
    provider: str
    sender: str
    kind: str
    text: str
    status: CampaignStatus
    status_reason: str
    created_at: datetime
    scheduled_for: datetime = Field(description="When the text may reach phones.")
    started_at: datetime | None
    finished_at: datetime | None
    rows: int
    valid: int
    duplicates: int
    invalid: int
    suppressed: int
    converted: int
    parts: int
    parts_total: int
    cost_estimate: float | None = Field(description="VND")


class Batch(BaseModel):
    """The recipients that go to the provider in one order."""

    seq: int
    size: int
    state: BatchState
    provider_ref: str
    code: str
    words: str


class CampaignShown(Campaign):
    """A campaign with its counts and batches; `counts` partition `valid` by present state."""

    counts: dict[str, int]
    cost: float = Field(description="VND, as far as the provider has told.")
    batches: list[Batch]


class Campaigns(BaseModel):
    """The latest campaigns, the newest first."""

    campaigns: list[Campaign]


class Share(BaseModel):
    """Some batches, and how many numbers they hold."""

    numbers: int
    batches: list[int]


class Receipt(BaseModel):
    """What a pause, resume or cancel did, in numbers of recipients."""

    model_config = _example(id=ID, status="paused", stopped=800, beyond_reach=200, unknown=0)
    id: UUID
    status: CampaignStatus
    stopped: int = Field(description="Not with the provider: they wait, go on or never leave, as the status says.")
    beyond_reach: int = Field(description="With the provider, or in a call at this moment.")
    unknown: int = Field(description="May or may not be with the provider.")
    stopped_by_provider: Share | None = None
    kept_by_provider: Share | None = None
    words: list[str] = Field(default=[], description="What the provider said.")


class Otp(BaseModel):
    """A one-time password; neither its number nor its text."""

    model_config = _example(
        id=ID, state="queued", provider=None, provider_ref=None, attempts=0, code=None, words=None,
        route=["esms", "fpt"], queued_at=NINE, expires_at="2026-03-02T09:02:00+07:00", sent_at=None,
    )  # fmt: skip
    id: UUID
    state: MessageState
    provider: str | None
    provider_ref: str | None
    attempts: int
    code: str | None
    words: str | None
    route: list[str]
    queued_at: datetime
    expires_at: datetime
    sent_at: datetime | None


WORDS: Final = {
    400: "The body cannot be read.",
    401: "There is no key, or it is unknown or revoked.",
    403: "The key has not the scope.",
    404: "There is nothing with this id.",
    409: "The idempotency key stands for another request, or the campaign is where this cannot be done.",
    413: "The request is too large.",
    415: "The body is of another type.",
    422: "A rule or a limit says no; `errors` names the fields.",
    429: "The number got too many messages of late; `Retry-After` says when there is room.",
    503: "A part that Loa needs is away; `Retry-After` says when to ask again.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers of an endpoint that are no success, for OpenAPI."""
    return {
        status: {
            "description": WORDS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}},
        }
        for status in (401, 403, *statuses, 503)
    }
