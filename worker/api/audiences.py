"""Stored lists by HTTP: sent as a file, listed, shown, deleted; a campaign names one as its `audience`."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from worker.api import audience_responses, bodies, documents, openapi, responses, upload
from worker.api.auth import RunsCampaigns, SeesCampaigns, Services
from worker.api.idempotency import REPLAY_HEADER, IdempotencyKey, answer, own
from worker.api.people_schemas import AudienceFields
from worker.api.problems import invalid
from worker.lists import ReadOptions
from worker.services.audience import audiences
from worker.services.deps import Deps
from worker.services.operations import idempotency
from worker.services.operations.idempotency import Answered

router = APIRouter(prefix="/v1/audiences", tags=["audiences"])

Named = Annotated[str, InPath(max_length=100, description="Its name or its id.")]


@router.get(
    "",
    summary="The stored lists",
    response_class=JSONResponse,
    responses={200: {"model": audience_responses.Audiences}, **responses.problems()},
)
def everyone(_caller: SeesCampaigns, deps: Services) -> JSONResponse:
    """By name."""
    return JSONResponse({"audiences": [documents.audience(one) for one in audiences.everyone(deps)]})


@router.post(
    "",
    summary="Store a list",
    status_code=201,
    openapi_extra=openapi.AUDIENCE_BODY,
    responses={
        201: {"model": audience_responses.Audience, "headers": REPLAY_HEADER},
        **responses.problems(400, 409, 413, 415, 422),
    },
)
async def create(caller: RunsCampaigns, deps: Services, request: Request, key: IdempotencyKey = None) -> JSONResponse:
    """Read a file whole and keep each of its numbers once, with the values of all its columns."""
    if bodies.type_of(request) != "multipart/form-data":
        raise bodies.wrong_type("multipart/form-data")
    path = await run_in_threadpool(upload.new_path, deps.uploads)
    form = await upload.receive(request, path, bodies.settings_of(request).max_upload_bytes)
    return await run_in_threadpool(_stored, deps, own(caller, key), form, path)


@router.get(
    "/{name}",
    summary="One stored list",
    response_class=JSONResponse,
    responses={200: {"model": audience_responses.AudienceShown}, **responses.problems(404, 422)},
)
def show(_caller: SeesCampaigns, deps: Services, name: Named) -> JSONResponse:
    """With its first rows, and the campaigns that were made of it."""
    return JSONResponse(documents.audience_shown(audiences.show(deps, name)))


@router.delete("/{name}", summary="Delete a stored list", status_code=204, responses=responses.problems(404, 422))
def delete(_caller: RunsCampaigns, deps: Services, name: Named) -> Response:
    """Campaigns that were made of it keep their numbers."""
    audiences.delete(deps, name)
    return Response(status_code=204)


def _stored(deps: Deps, key: str, form: upload.Form, path: Path) -> JSONResponse:
    try:
        try:
            ask = AudienceFields.model_validate(form.fields)
        except ValidationError as fault:
            raise invalid(fault.errors(include_url=False, include_context=False, include_input=False)) from None
        reading = ReadOptions(ask.phone_column, ask.sheet, ask.hidden, ask.encoding, ask.header_row)
        name = form.file_name or upload.LIST

        def done() -> dict[str, Any]:
            return documents.audience(audiences.create(deps, ask.name, path, list_name=name, reading=reading))

        once = idempotency.once(deps, key, f"audience {ask.name}", done) if key else Answered(done(), repeated=False)
        location = f"/v1/audiences/{once.document['id']}"
        return answer(once.document, 201, repeated=once.repeated, location=location)
    finally:
        path.unlink(missing_ok=True)
