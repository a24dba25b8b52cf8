"""How does a program run campaigns by HTTP? Taken in as drafts and planned behind; followed, stopped, reported."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, TextIO
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from worker.api import answers, bodies, documents, download, openapi, upload
from worker.api.asks import CampaignAsk, CampaignFields
from worker.api.auth import RunsCampaigns, SeesCampaigns, Services
from worker.api.idempotency import REPLAY_HEADER, IdempotencyKey, answer, own
from worker.api.problems import about, invalid
from worker.services import control, drafts, once, report
from worker.services.control import Receipt
from worker.services.deps import Deps
from worker.services.plan import Wish
from worker.services.schedule import plan_times

router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])

JSON, FORM = "application/json", "multipart/form-data"
#: What recipients of a JSON body are called in sentences.
RECIPIENTS: Final = "recipients"


@router.post(
    "",
    summary="Create a campaign",
    status_code=202,
    openapi_extra=openapi.CAMPAIGN_BODY,
    responses={
        202: {"model": answers.Draft, "description": "It was taken in.", "headers": REPLAY_HEADER},
        **answers.problems(400, 409, 413, 415, 422),
    },
)
async def create(caller: RunsCampaigns, deps: Services, request: Request, key: IdempotencyKey = None) -> JSONResponse:
    """Take a campaign in as a `draft`: its recipients in JSON, or its list as a file of up to a million rows and more.

    A worker plans it: it becomes `scheduled`, or `failed` with the reason in `status_reason` and nothing sent.
    """
    settings = bodies.settings_of(request)
    path = await run_in_threadpool(upload.new_path, deps.uploads)
    match bodies.type_of(request):
        case "application/json":
            raw = await bodies.read(request, settings.max_request_bytes)
            drafted = await run_in_threadpool(_from_json, deps, own(caller, key), raw, path)
        case "multipart/form-data":
            form = await upload.receive(request, path, settings.max_upload_bytes)
            drafted = await run_in_threadpool(_from_form, deps, own(caller, key), form, path)
        case _:
            raise bodies.wrong_type(JSON, FORM)
    location = f"/v1/campaigns/{drafted.campaign.id}"
    return answer(documents.drafted(drafted), 202, repeated=drafted.repeated, location=location)


@router.get(
    "",
    summary="The latest campaigns",
    response_class=JSONResponse,
    responses={200: {"model": answers.Campaigns}, **answers.problems(422)},
)
def newest(_caller: SeesCampaigns, deps: Services, limit: Annotated[int, Query(ge=1, le=1000)] = 20) -> JSONResponse:
    """The newest first."""
    return JSONResponse({"campaigns": [documents.campaign(one) for one in report.newest(deps, limit)]})


@router.get(
    "/{campaign_id}",
    summary="One campaign",
    response_class=JSONResponse,
    responses={200: {"model": answers.CampaignShown}, **answers.problems(404, 422)},
)
def show(_caller: SeesCampaigns, deps: Services, campaign_id: UUID) -> JSONResponse:
    """Its status, its counts, its batches."""
    return JSONResponse(documents.shown(report.show(deps, campaign_id)))


@router.get(
    "/{campaign_id}/report.csv",
    summary="What became of every number",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "One line a recipient."},
        **answers.problems(404, 422),
    },
)
def report_csv(_caller: SeesCampaigns, deps: Services, campaign_id: UUID) -> StreamingResponse:
    """One CSV line a recipient, whatever the size."""
    report.show(deps, campaign_id)  # so that 404 is said before the first line

    def write(file: TextIO, progress: Callable[[int], None]) -> int:
        return report.write_recipients(deps, campaign_id, file, progress)

    disposition = f'attachment; filename="{campaign_id}.csv"'
    lines = download.blocks(write, deps.uploads)
    return StreamingResponse(lines, media_type="text/csv", headers={"Content-Disposition": disposition})


def _commands() -> None:
    """The three commands differ in nothing but what they call."""
    for name, what, act in (
        ("pause", "Stop for now: no call to the provider begins after the answer", control.pause),
        ("resume", "Go on at the next batch", control.resume),
        ("cancel", "End for good: what has not left will not", control.cancel),
    ):
        router.post(
            f"/{{campaign_id}}/{name}",
            name=name,
            summary=what,
            response_class=JSONResponse,
            responses={
                200: {"model": answers.Receipt, "headers": REPLAY_HEADER},
                **answers.problems(404, 409, 422),
            },
        )(_command(name, act))


def _command(name: str, act: Callable[[Deps, UUID], Receipt]) -> Callable[..., JSONResponse]:
    def command(caller: RunsCampaigns, deps: Services, campaign_id: UUID, key: IdempotencyKey = None) -> JSONResponse:
        def done() -> dict[str, Any]:
            return documents.receipt(campaign_id, act(deps, campaign_id))

        if not key:
            return answer(done(), 200, repeated=False)
        answered = once.once(deps, own(caller, key), f"{name} {campaign_id}", done)
        return answer(answered.document, 200, repeated=answered.repeated)

    return command


_commands()


def _from_json(deps: Deps, key: str, raw: bytes, path: Path) -> drafts.Drafted:
    ask = bodies.parsed(CampaignAsk, raw)
    _check(deps, ask)
    upload.write_rows(ask.recipients, path)
    return drafts.create(deps, _wish(ask, key, path, RECIPIENTS), uploaded=True)


def _from_form(deps: Deps, key: str, form: upload.Form, path: Path) -> drafts.Drafted:
    try:
        try:
            ask = CampaignFields.model_validate(form.fields)
        except ValidationError as fault:
            raise invalid(fault.errors(include_url=False, include_context=False, include_input=False)) from None
        _check(deps, ask)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return drafts.create(deps, _wish(ask, key, path, form.file_name or upload.LIST), uploaded=True)


def _check(deps: Deps, ask: CampaignFields) -> None:
    """What the services would refuse too, but here it is known which field it was."""
    with about("provider"):
        account = deps.account(ask.provider)
    with about("at"):
        plan_times(account, ask.kind, ask.at, deps.clock.now())


def _wish(ask: CampaignFields, key: str, path: Path, list_name: str) -> Wish:
    return Wish(
        ask.provider, ask.sender, ask.kind, ask.text, path, name=ask.name, at=ask.at, key=key, list_name=list_name
    )
