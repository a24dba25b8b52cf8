"""What our rows and the providers' records differ in: the latest comparisons, their differences, and a new one on demand."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, TextIO
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from worker.api import download
from worker.console import paged, sentences
from worker.console.forms import Form as Sent
from worker.console.forms import Posted
from worker.console.pages.login import see
from worker.console.render import page
from worker.console.visitors import Me, Visitor
from worker.domain.actor import Forbidden
from worker.domain.clock_times import parse_moment
from worker.domain.roles import May
from worker.domain.window import VIETNAM
from worker.errors import LoaError
from worker.services import reconcile
from worker.services.reconcile import results
from worker.storage.tables.reconcile import Reconciliation

router: Final = APIRouter()

#: Comparisons that are shown: those of some nights, and those that were asked for.
RUNS: Final = 14
#: Differences of each kind on the first page.
OF_EACH_KIND: Final = 5
A_DAY: Final = timedelta(days=1)
#: States in which a comparison is not over.
OPEN: Final = frozenset({"asked", "running"})
NOTHING_SENT: Final = Sent({})


@router.get("/reconciliation")
def reconciliation(request: Request, me: Me) -> Response:
    """The latest comparisons, with the first differences of each kind of each provider's last one."""
    return _shown(request, me)


@router.post("/reconciliation")
def compare(request: Request, me: Me, sent: Posted) -> Response:
    """Have some days compared, with one provider or with all; days are whole ones, today up to now."""
    me.must(May.RECONCILE)
    try:
        since = _midnight(sent["from"])
        until = _midnight(sent["to"])
        reconcile.ask(me.deps, since, None if until is None else until + A_DAY, sent["provider"])
    except Forbidden:
        raise
    except LoaError as fault:
        return _shown(request, me, sentences.fault(me.catalogue, me.formats, fault), sent)
    return see("/reconciliation", "compare")


@router.get("/reconciliation.csv")
def differences(request: Request, me: Me, run: UUID | None = None) -> StreamingResponse:
    """Every difference of the latest comparisons, or of one."""
    me.must(May.RECONCILE)
    runs = results.latest(me.deps, RUNS) if run is None else results.page(me.deps, run, "", 0, 0).runs

    def write(file: TextIO, _progress: Callable[[int], None]) -> int:
        return results.write(me.deps, runs, file)

    return download.rows(request, me.deps, write, 'attachment; filename="differences.csv"')


@router.get("/reconciliation/{run_id}")
def one(request: Request, me: Me, run_id: UUID, kind: str = "", after: int = 0) -> Response:
    """One comparison with its differences, a page a time; those of one kind where it is named."""
    me.must(May.RECONCILE)
    kind = kind if kind in results.KINDS else ""
    found = results.page(me.deps, run_id, kind, max(after, 0), paged.A_PAGE)
    values: dict[str, Any] = {"run": found.runs[0], "found": found, "kinds": list(results.KINDS)}
    return page(request, me, "comparison.html", **values, kind=kind, after=after)


def _shown(request: Request, me: Visitor, wrong: str = "", sent: Sent = NOTHING_SENT) -> Response:
    me.must(May.RECONCILE)
    runs = results.latest(me.deps, RUNS)
    newest: dict[str, Reconciliation] = {}
    for run in runs:
        if run.state not in OPEN:
            newest.setdefault(run.provider, run)
    today = me.deps.clock.now().astimezone(VIETNAM).date()
    values: dict[str, Any] = {
        "runs": runs,
        "kinds": list(results.KINDS),
        "found": results.first_of_each_kind(me.deps, list(newest.values()), OF_EACH_KIND),
        "providers": [name for name in me.deps.accounts if name not in me.deps.missing_settings],
        "going_on": any(run.state in OPEN for run in runs),
        "wrong": wrong,
        "entered": {
            "from": sent["from"] or (today - A_DAY).isoformat(),
            "to": sent["to"] or today.isoformat(),
            "provider": sent["provider"],
        },
        "today": today.isoformat(),
    }
    return page(request, me, "reconciliation.html", 422 if wrong else 200, **values)


def _midnight(day: str) -> datetime | None:
    """The beginning of a day in Vietnam; None where none was chosen."""
    return parse_moment(f"{day.strip()}T00:00") if day.strip() else None
