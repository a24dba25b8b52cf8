"""Response documents as OpenAPI describes them, each with an example; worker/api/documents.py makes them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from worker.api.problems import MEDIA_TYPE, Problem
from worker.domain.advice import Advice
from worker.domain.message import MessageState
from worker.domain.otp_code import CheckStatus
from worker.domain.policy import Channel
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


class ListRead(BaseModel):
    """Which file, sheet, heading row and column were read."""

    file: str
    sheet: str | None
    header_row: int | None
    phone_column: str
    columns: Sequence[str]


class Sample(BaseModel):
    """One row's text as its recipient will read it."""

    row: int
    text: str
    parts: int


class TemplateValue(BaseModel):
    """A value of a Zalo template, and the column of the list that fills it."""

    name: str
    column: str


class ZaloTemplate(BaseModel):
    """The template of a Zalo campaign."""

    oa_id: str
    template_id: str
    params: Sequence[TemplateValue]


class FallbackShown(BaseModel):
    """The text for those whom a Zalo campaign certainly did not reach."""

    text: str | None = Field(description="null: given up after a restore, for it may have been sent since.")
    sender: str
    decided_at: datetime | None = Field(description="When it was decided who gets it; null: not yet.")
    campaign: UUID | None = Field(description="The campaign that sends it; null: not yet, or to nobody.")


class Campaign(BaseModel):
    """A campaign; `rows = valid + duplicates + invalid + suppressed`."""

    id: UUID
    name: str
    provider: str
    sender: str = Field(description="The brandname, or over Zalo the official account.")
    kind: str
    channel: Channel = Field(description="`sms`, or `zalo`.")
    template: ZaloTemplate | None = Field(description="Of a Zalo campaign, what it fills; null for texts.")
    fallback: FallbackShown | None = Field(description="The text that follows a Zalo campaign; null: none does.")
    text: str = Field(description="Over Zalo: the template's values with the columns that fill them, a line each.")
    status: CampaignStatus
    status_reason: str
    created_at: datetime
    scheduled_for: datetime = Field(description="When the text may reach phones.")
    leaves: datetime | None = Field(description="When its next texts may leave; null when none are left to leave.")
    waits: str = Field(description="What it waits for until then, in a sentence; empty: for nothing.")
    started_at: datetime | None
    finished_at: datetime | None
    until: datetime | None = Field(description="After this moment nothing of it leaves.")
    finish_estimate: datetime | None = Field(description="When its last call is expected.")
    list: ListRead | None = Field(description="What was read of the list; null until it is planned.")
    samples: Sequence[Sample] = Field(description="The first filled text, the longest and the one with most parts.")
    notes: Sequence[str]
    author: str = Field(description="Who created it: `user:lan`, `key:5f0c1d3e`, `cli:deploy`; empty: long ago.")
    copied_from: UUID | None = Field(description="The campaign that it is a copy of.")
    rows: int
    valid: int
    duplicates: int
    invalid: int
    suppressed: int
    converted: int
    consents: int = Field(description="Numbers whose consent the list proves.")
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


class Approval(BaseModel):
    """The question whether a campaign may leave."""

    submitted_by: str
    submitted_at: datetime
    facts: dict[str, Any] = Field(description="What was frozen: list, counts, texts, cost, times, warnings.")
    facts_hash: str = Field(description="SHA-256 of the facts; `seen` of an approval names it.")
    verdict: Literal["approved", "declined", "withdrawn"] | None = Field(description="null: it waits.")
    decided_by: str | None
    decided_at: datetime | None
    comment: str


class Decided(BaseModel):
    """Where a campaign is after it was submitted, approved, declined, taken back or changed."""

    id: UUID
    status: CampaignStatus
    status_reason: str
    scheduled_for: datetime
    until: datetime | None
    approval: Approval | None = Field(description="null: no approval is needed, or none waits.")


class CarrierShare(BaseModel):
    """The share of one carrier, as the prefixes tell."""

    carrier: str
    numbers: int
    parts: int
    cost: float = Field(description="VND")


class Forecast(BaseModel):
    """When the last one is expected to leave, and what it costs."""

    begin: datetime | None
    finish: datetime | None = Field(description="null: nothing is left to send.")
    numbers_left: int
    calls_left: int
    calls_ahead: int = Field(description="Calls of other campaigns that run already and share the rate.")
    calls_per_second: float
    in_time: bool | None = Field(description="Whether that is before `until`; null: there is none.")
    cost: float | None = Field(description="VND")
    by_carrier: list[CarrierShare]
    notes: list[str]


class Warned(BaseModel):
    """What a person should think of before it leaves; nothing is refused for it."""

    code: Advice
    words: str = Field(description="The words that it is about; empty: none.")
    sentence: str


class DryRun(BaseModel):
    """What a campaign would come to; nothing is stored."""

    model_config = ConfigDict(extra="allow")
    status: CampaignStatus
    batches: int
    warnings: list[Warned]
    forecast: Forecast


class CampaignShown(Campaign):
    """A campaign with its counts and batches; `counts` partition `valid` by present state."""

    counts: dict[str, int]
    cost: float = Field(description="VND of all that was accepted: as the provider told, else as estimated.")
    cost_told: float = Field(description="VND, the part of it that the provider told.")
    approval: Approval | None = Field(description="The latest question whether it may leave.")
    tests: int = Field(description="Test texts that were sent; they are no part of it.")
    warnings: list[Warned]
    batches: list[Batch]


class Summary(Campaign):
    """A campaign with its counts and its cost; `counts` partition `valid` by present state."""

    counts: dict[str, int]
    cost: float = Field(description="VND, as far as the provider has told.")


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


class Tested(BaseModel):
    """A test text on its way."""

    message: Otp
    row: int
    text: str
    parts: int


class Checked(BaseModel):
    """What a check of a code came to."""

    model_config = _example(status="wrong", tries_left=4)
    status: CheckStatus
    tries_left: int = Field(description="0: a new password is needed.")


WORDS: Final = {
    400: "The body cannot be read.",
    401: "There is no key, or it is unknown, revoked or expired.",
    403: "The key has not the scope, or its user not the role.",
    404: "There is nothing with this id.",
    409: "The idempotency key stands for another request, or the campaign is where this cannot be done.",
    413: "The request is too large.",
    415: "The body is of another type.",
    422: "A rule or a limit says no; `errors` names the fields.",
    429: "The number got too many messages of late; `Retry-After` says when there is room.",
    503: "A part that Loa needs is away or refuses; `Retry-After` says when to ask again. Nothing was taken in.",
    507: "No room is left on a disk; `detail` names the path or the server. Nothing was taken in.",
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
