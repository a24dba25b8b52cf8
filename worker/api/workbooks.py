"""The report as a workbook, which a spreadsheet opens as it is; the CSV is in `worker/api/campaigns.py`."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from worker.api import download, responses
from worker.api.auth import SeesCampaigns, Services
from worker.services.reporting import report

CONTENT: Final[dict[str, Any]] = {download.XLSX: {"schema": {"type": "string", "format": "binary"}}}

router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])


@router.get(
    "/{campaign_id}/report.xlsx",
    summary="What became of every number, as a workbook",
    response_class=StreamingResponse,
    responses={
        200: {"content": CONTENT, "description": "One row a recipient, phones and ids as text; a sheet of totals."},
        **responses.problems(404, 422),
    },
)
def report_xlsx(request: Request, _caller: SeesCampaigns, deps: Services, campaign_id: UUID) -> StreamingResponse:
    """The same as `report.csv`, with leading zeros and long ids kept whole; it begins when all of it is written."""
    report.show(deps, campaign_id)
    return download.report(request, deps, "report.xlsx", campaign_id, f'attachment; filename="{campaign_id}.xlsx"')
