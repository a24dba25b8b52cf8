"""Moves a planned campaign to another time: its batches, and its campaigns at the provider."""

from datetime import datetime

from sqlmodel import Session

from worker.domain.ads import check_label
from worker.domain.calls import Purpose
from worker.domain.policy import Channel
from worker.domain.send_mode import SendMode
from worker.domain.window import local, parse_at
from worker.errors import Refused
from worker.services.deps import Deps
from worker.services.planning import forecast, law
from worker.services.planning.schedule import Schedule, check_until, plan_times
from worker.storage.approval import approvals
from worker.storage.tables.campaigns import Campaign


def put_off(session: Session, deps: Deps, campaign: Campaign) -> None:
    """A locked draft whose time has passed leaves as soon as it may."""
    now = deps.clock.now()
    if campaign.until is not None and campaign.until <= now:
        raise Refused(
            "until_passed",
            f"Nothing of this campaign may leave after {local(campaign.until)}, and that is over: give it another --until.",
        )
    if campaign.scheduled_for < now:
        move(session, deps, campaign, None, campaign.until)


def move(session: Session, deps: Deps, campaign: Campaign, at: str | None, until: datetime | None) -> Schedule:
    """Plan a locked campaign of which nothing has left for another time; raises what `plan_times` raises."""
    account = deps.account(campaign.provider, campaign.channel)
    batches = approvals.batches_of(session, campaign.id)[2]
    pushes = batches if campaign.send_mode is SendMode.PUSH else 1
    times = plan_times(account, campaign.kind, at, deps.clock.now(), pushes)
    if campaign.kind == Purpose.ADS and campaign.channel is Channel.SMS:
        # The day may have other labels than the one for which it was written.
        check_label(campaign.text, account.ads_on(times.due))
    check_until(times, until)
    approvals.move_batches(session, campaign.id, opening=times.opening, due=times.due, push_by=times.push_by)
    campaign.scheduled_for, campaign.until = times.due, until
    campaign.finish_estimate = forecast.last_call(
        account, campaign.kind, times.opening, times.due, campaign.valid, campaign.parts_total
    )
    kept = (one for one in campaign.notes or [] if one not in times.notes and not law.is_change(one))
    changes = law.changes(account, campaign.kind, times.due, campaign.finish_estimate)
    campaign.notes = [*kept, *times.notes, *changes]
    session.flush()
    return times


def read_until(deps: Deps, written: str | None) -> datetime | None:
    """The last moment that a person wrote; None: no limit."""
    return None if written is None else parse_at(written, deps.clock.now())
