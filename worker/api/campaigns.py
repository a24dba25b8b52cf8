"""Campaigns by HTTP: taken in as drafts and planned in the background; followed, stopped, reported."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from worker.api import bodies, documents, download, openapi, responses, upload
from worker.api.auth import RunsCampaigns, SeesCampaigns, Services
from worker.api.idempotency import REPLAY_HEADER, IdempotencyKey, answer, own
from worker.api.problems import ProblemError, invalid
from worker.api.schemas import CampaignBody, CampaignFields
from worker.errors import about
from worker.lists import ReadOptions
from worker.services import webhooks
from worker.services.audience import audiences
from worker.services.deps import Deps
from worker.services.operations import control, idempotency
from worker.services.operations.api_keys import Known
from worker.services.operations.control import Receipt
from worker.services.planning import channels, drafts, forecast, plan
from worker.services.planning.request import CampaignRequest
from worker.services.reporting import report

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
        200: {"model": responses.DryRun, "description": "What it would come to; nothing was stored (`dry_run`)."},
        202: {"model": responses.Draft, "description": "It was taken in.", "headers": REPLAY_HEADER},
        **responses.problems(400, 409, 413, 415, 422, 507),
    },
)
async def create(
    caller: RunsCampaigns,
    deps: Services,
    request: Request,
    key: IdempotencyKey = None,
    *,
    # The same as the field of that name, which OpenAPI describes.
    dry_run: Annotated[bool, Query(include_in_schema=False)] = False,
) -> JSONResponse:
    """Take a campaign in as a `draft`: its recipients in JSON, or its list as a file of up to a million rows and more.

    A worker plans it: it becomes `scheduled`, `awaiting_approval` where another person must agree first, stays `draft` where
    that was asked for, or is `failed` with the reason in `status_reason` and nothing sent.
    """
    settings = bodies.settings_of(request)
    path = await run_in_threadpool(upload.new_path, deps.uploads)
    match bodies.type_of(request):
        case "application/json":
            raw = await bodies.read(request, settings.max_request_bytes)
            return await run_in_threadpool(_from_json, deps, caller, own(caller, key), raw, path, dry_run=dry_run)
        case "multipart/form-data":
            form = await upload.receive(request, path, settings.max_upload_bytes)
            return await run_in_threadpool(_from_form, deps, caller, own(caller, key), form, path, dry_run=dry_run)
        case _:
            raise bodies.wrong_type(JSON, FORM)


@router.get(
    "",
    summary="The latest campaigns",
    response_class=JSONResponse,
    responses={200: {"model": responses.Campaigns}, **responses.problems(422)},
)
def newest(_caller: SeesCampaigns, deps: Services, limit: Annotated[int, Query(ge=1, le=1000)] = 20) -> JSONResponse:
    """The newest first."""
    return JSONResponse({"campaigns": [documents.campaign(*row) for row in report.newest(deps, limit)]})


@router.get(
    "/{campaign_id}",
    summary="One campaign",
    response_class=JSONResponse,
    responses={200: {"model": responses.CampaignShown}, **responses.problems(404, 422)},
)
def show(_caller: SeesCampaigns, deps: Services, campaign_id: UUID) -> JSONResponse:
    """Its status, its counts, its batches."""
    return JSONResponse(documents.shown(report.show(deps, campaign_id)))


@router.get(
    "/{campaign_id}/report",
    summary="The summary of one campaign",
    response_class=JSONResponse,
    responses={200: {"model": responses.Summary}, **responses.problems(404, 422)},
)
def report_summary(_caller: SeesCampaigns, deps: Services, campaign_id: UUID) -> JSONResponse:
    """Its counts and its cost, without its batches: the same size whatever the list."""
    shown = documents.shown(report.show(deps, campaign_id))
    return JSONResponse({name: value for name, value in shown.items() if name != "batches"})


@router.get(
    "/{campaign_id}/report.csv",
    summary="What became of every number",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "One line a recipient."},
        **responses.problems(404, 422),
    },
)
def report_csv(request: Request, _caller: SeesCampaigns, deps: Services, campaign_id: UUID) -> StreamingResponse:
    """One CSV line a recipient, whatever the size."""
    report.show(deps, campaign_id)  # so that 404 is said before the first line
    return download.report(request, deps, "report.csv", campaign_id, f'attachment; filename="{campaign_id}.csv"')


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
                200: {"model": responses.Receipt, "headers": REPLAY_HEADER},
                **responses.problems(404, 409, 422),
            },
        )(_command(name, act))


def _command(name: str, act: Callable[[Deps, UUID], Receipt]) -> Callable[..., JSONResponse]:
    def command(caller: RunsCampaigns, deps: Services, campaign_id: UUID, key: IdempotencyKey = None) -> JSONResponse:
        def done() -> dict[str, Any]:
            return documents.receipt(campaign_id, act(deps, campaign_id))

        if not key:
            return answer(done(), 200, repeated=False)
        answered = idempotency.once(deps, own(caller, key), f"{name} {campaign_id}", done)
        return answer(answered.document, 200, repeated=answered.repeated)

    return command


_commands()


def _from_json(deps: Deps, caller: Known, key: str, raw: bytes, path: Path, *, dry_run: bool) -> JSONResponse:
    ask = bodies.parsed(CampaignBody, raw)
    ask.dry_run |= dry_run
    _no_test(ask, caller)
    if ask.recipients is not None:
        requested = _requested(deps, ask, caller, key, path, RECIPIENTS)
        upload.write_rows(ask.recipients, path)
        return _taken(deps, requested, uploaded=True, dry_run=ask.dry_run)
    with about("audience"):
        source, name = audiences.source_of(deps, ask.audience, ask.minus)
    requested = replace(_requested(deps, ask, caller, key, Path(name), name), source=source)
    return _taken(deps, requested, uploaded=False, dry_run=ask.dry_run)


def _from_form(deps: Deps, caller: Known, key: str, form: upload.Form, path: Path, *, dry_run: bool) -> JSONResponse:
    try:
        try:
            ask = CampaignFields.model_validate(form.fields)
        except ValidationError as fault:
            raise invalid(fault.errors(include_url=False, include_context=False, include_input=False)) from None
        ask.dry_run |= dry_run
        _no_test(ask, caller)
        requested = _requested(deps, ask, caller, key, path, form.file_name or upload.LIST)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return _taken(deps, requested, uploaded=True, dry_run=ask.dry_run)


def _taken(deps: Deps, requested: CampaignRequest, *, uploaded: bool, dry_run: bool) -> JSONResponse:
    """Take the request in, or tell what it would come to."""
    if dry_run:
        try:
            made = plan.create(deps, replace(requested, key=""), dry_run=True)
        finally:
            if uploaded:
                requested.list_path.unlink(missing_ok=True)
        expected = documents.forecast(forecast.of_plan(deps, made.campaign))
        return JSONResponse({**documents.created(made, dry_run=True), "forecast": expected})
    drafted = drafts.create(deps, requested, uploaded=uploaded)
    location = f"/v1/campaigns/{drafted.campaign.id}"
    return answer(documents.drafted(drafted), 202, repeated=drafted.repeated, location=location)


def _no_test(ask: CampaignFields, caller: Known) -> None:
    if caller.row.test and not ask.dry_run:
        raise ProblemError(403, "test_key", "A test key sends one-time passwords only, and dry runs of campaigns.")


def _requested(deps: Deps, ask: CampaignFields, caller: Known, key: str, path: Path, list_name: str) -> CampaignRequest:
    with about("callback_url"):
        callback_url = webhooks.check_callback(deps, ask.callback_url, caller.id)
    with about("params"):
        channel, template = channels.read(ask.channel, ask.oa_id, ask.template_id, ask.params)
    with about("fallback_text"):
        fallback = channels.fallback(ask.fallback_text, ask.fallback_sender)
    return CampaignRequest(
        ask.provider,
        ask.sender,
        ask.kind,
        ask.text,
        path,
        name=ask.name,
        at=ask.at,
        key=key,
        list_name=list_name,
        reading=ReadOptions(ask.phone_column, ask.sheet, ask.hidden, ask.encoding, ask.header_row),
        until=ask.until,
        again=ask.again,
        plain=ask.plain,
        draft=ask.draft,
        callback_url=callback_url,
        api_key_id=caller.id,
        channel=channel,
        template=template,
        fallback=fallback,
    )
