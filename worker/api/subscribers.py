"""Numbers are kept out of ads by HTTP: what a shop's own preference page or call centre hears counts at once."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from worker.api import openapi, responses
from worker.api.auth import RunsCampaigns, SeesCampaigns, Services
from worker.api.bodies import json_body
from worker.api.problems import ProblemError
from worker.api.schemas import Printable
from worker.domain import phone as phones
from worker.domain.window import local
from worker.errors import about
from worker.services.operations import proofs, suppression
from worker.storage.operations.suppression import OPT_OUT, Entry

router = APIRouter(prefix="/v1/suppressions", tags=["suppressions"])

MOST: Final = 10_000


class SuppressionBody(BaseModel):
    """Numbers that must get no ads."""

    model_config = ConfigDict(extra="forbid")

    phones: list[Printable] = Field(
        min_length=1, max_length=MOST, description="Numbers, as people write them.", examples=[["0900000001"]]
    )
    reason: Printable = Field(
        default=OPT_OUT, max_length=40, description="opt_out, do_not_call, or a word of your own."
    )


class Suppressed(BaseModel):
    """What became of the numbers: `rows = added + already + duplicates + invalid`."""

    rows: int
    added: int
    already: int
    duplicates: int
    invalid: int
    examples: list[dict[str, Any]] = Field(
        description="The first few that are no mobile numbers, by their place from 1."
    )


class SuppressionEntry(BaseModel):
    """An entry of one number; of one that ended, `until` and `ended_by` say when and by whom."""

    phone: str
    reason: str
    source: str
    since: datetime
    by: str | None
    until: datetime | None
    ended_by: str | None


class SuppressionHistory(BaseModel):
    """Whether a number gets no ads, and every entry that it ever had."""

    suppressed: bool
    history: list[SuppressionEntry]


@router.post(
    "",
    summary="Keep numbers out of ads",
    response_class=JSONResponse,
    openapi_extra=openapi.json_body_of(SuppressionBody),
    responses={200: {"model": Suppressed}, **responses.problems(400, 413, 415, 422)},
)
def add(
    caller: RunsCampaigns, deps: Services, *, ask: Annotated[SuppressionBody, Depends(json_body(SuppressionBody))]
) -> JSONResponse:
    """From now on, campaigns that are being sent included. Repeating it changes nothing."""
    with about("reason"):
        made = suppression.add(deps, ask.phones, ask.reason, "http", by=f"key {caller.id}")
    examples = [{"place": place, "reason": reason} for place, _, reason in made.examples]
    counts = {name: getattr(made, name) for name in ("rows", "added", "already", "duplicates", "invalid")}
    return JSONResponse({**counts, "examples": examples})


@router.get(
    "/{phone}",
    summary="Whether a number gets ads",
    response_class=JSONResponse,
    responses={200: {"model": SuppressionHistory}, **responses.problems(422)},
)
def show(_caller: SeesCampaigns, deps: Services, phone: str) -> JSONResponse:
    """Every entry that it ever had, the one of today last."""
    with about("phone"):
        found = suppression.history(deps, phone)
    now = bool(found) and found[-1].ended_at is None
    return JSONResponse({"suppressed": now, "history": [entry(one) for one in found]})


@router.delete(
    "/{phone}",
    summary="Let a number get ads again",
    response_class=JSONResponse,
    responses={200: {"model": SuppressionHistory}, **responses.problems(404, 422)},
)
def remove(caller: RunsCampaigns, deps: Services, phone: str) -> JSONResponse:
    """Its entry ends and is kept; 404 where there is none."""
    with about("phone"):
        suppression.history(deps, phone)
    if not suppression.remove(deps, [phone], by=f"key {caller.id}").removed:
        raise ProblemError(404, "not_found", "The number is not suppressed.", field="phone")
    return JSONResponse({"suppressed": False, "history": [entry(one) for one in suppression.history(deps, phone)]})


def entry(one: Entry) -> dict[str, Any]:
    """An entry as JSON."""
    return {
        "phone": phones.local(one.phone),
        "reason": one.reason,
        "source": one.source,
        "since": local(one.added_at),
        "by": one.added_by,
        "until": local(one.ended_at) if one.ended_at else None,
        "ended_by": one.ended_by,
    }


proofs_of: Final = APIRouter(prefix="/v1/consents", tags=["suppressions"])


class Consent(BaseModel):
    """A proof of consent, and the message that it covers."""

    phone: str
    consent_at: datetime
    consent_source: str
    consent_evidence: str
    campaign: UUID
    name: str
    kind: str
    sender: str
    provider: str
    text: str = Field(description="The campaign's text, before its variables.")
    state: str | None
    sent_at: datetime | None
    provider_ref: str


class Consents(BaseModel):
    """Every proof of one number."""

    consents: list[Consent]


@proofs_of.get(
    "/{phone}",
    summary="The proofs of consent of a number",
    response_class=JSONResponse,
    responses={200: {"model": Consents}, **responses.problems(422)},
)
def consents(_caller: RunsCampaigns, deps: Services, phone: str) -> JSONResponse:
    """When and where it agreed to ads, with every message that this covered."""
    with about("phone"):
        found = proofs.of_number(deps, phone)
    return JSONResponse({"consents": found})
