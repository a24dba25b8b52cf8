"""Follows a campaign to its end: looks once a second, and says what changed."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text
from sqlalchemy.exc import OperationalError

from worker.cli import console, runtime
from worker.cli.campaign import show
from worker.domain.states import ENDED, CampaignStatus
from worker.domain.window import local
from worker.outages import explain
from worker.services.reporting import report
from worker.services.reporting.report import View
from worker.wiring import Loa

LOOK_EVERY_S: Final = 1.0
#: A database that restarts is away for a few seconds.
DATABASE_AWAY_S: Final = 60.0
#: In these it does not go on by itself, and the reason tells what is to be done.
HELD: Final = {CampaignStatus.PAUSED, CampaignStatus.RECONCILING, CampaignStatus.AWAITING_APPROVAL}


def until_over(loa: Loa, campaign_id: UUID, timeout_s: float | None) -> View:
    """Wait until the campaign has ended or the time is up, and return its last state."""
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    told: tuple[CampaignStatus, str] | None = None
    with _display() as show_now:
        view = report.show(loa.deps, campaign_id)
        if view.campaign.status not in ENDED and not runtime.runs(loa):
            console.say(
                "No running scheduler was seen: nothing leaves before `loa up`, or your workers and scheduler, run."
            )
        while True:
            status = (view.campaign.status, view.campaign.status_reason)
            if status != told:
                _say_status(view)
                told = status
            show_now(view)
            left = None if deadline is None else deadline - time.monotonic()
            if view.campaign.status in ENDED or (left is not None and left <= 0):
                return view
            time.sleep(LOOK_EVERY_S if left is None else min(LOOK_EVERY_S, left))
            view = _look(loa, campaign_id)


def _look(loa: Loa, campaign_id: UUID) -> View:
    """The campaign; waits out a restart of the database, or a peak of its connections: to give up says that it failed."""
    since: float | None = None
    while True:
        try:
            return report.show(loa.deps, campaign_id)
        except OperationalError as fault:
            if since is None:
                since = time.monotonic()
                console.say(f"{explain(fault, loa.places) or 'The database does not answer.'} Waiting for it.")
            elif time.monotonic() - since > DATABASE_AWAY_S:
                raise
            time.sleep(LOOK_EVERY_S)


def _say_status(view: View) -> None:
    one = view.campaign
    if one.status is CampaignStatus.SCHEDULED:
        console.say(f"scheduled for {show.leaves(view.leaving) if view.leaving else local(one.scheduled_for)}")
    elif one.status in HELD and one.status_reason:
        console.say(f"{one.status}: {one.status_reason}")
        console.say(show.way_on(one, view.counts))
    else:
        console.say(str(one.status))


@contextmanager
def _display() -> Iterator[Callable[[View], None]]:
    """A picture that is drawn anew on a terminal; nothing elsewhere."""
    if not console.err.is_terminal:
        yield lambda _view: None
        return
    with Live(console=console.err, transient=True, auto_refresh=False) as live:
        yield lambda view: live.update(picture(view), refresh=True)


def picture(view: View) -> RenderableType:
    """Where a campaign is, in three lines."""
    head = Text(f"{view.campaign.name}: {view.campaign.status}", style="bold")
    return Group(head, show.bar(view.counts), show.legend(view.counts))
