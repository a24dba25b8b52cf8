"""The hours in which a campaign may be ordered and its text may go out (manual 3.1); every hour is a setting."""

from datetime import UTC, datetime, timedelta

from worker.sandbox.fpt.codes import PARAMETERS, Refusal
from worker.sandbox.hours import VIETNAM, within
from worker.sandbox.settings import Settings


def due(written: str, now: datetime, settings: Settings) -> datetime:
    """The time that a ScheduleTime of a campaign names, which has to be one that FPT can keep."""
    try:
        at = datetime.strptime(written, "%Y-%m-%d %H:%M").replace(tzinfo=VIETNAM).astimezone(UTC)
    except ValueError as fault:
        raise Refusal(PARAMETERS, "ScheduleTime is not written like 2016-06-16 10:30") from fault
    if not within(at, settings.fpt_windows):
        raise Refusal(PARAMETERS, "ScheduleTime is outside the hours of phones (fpt_windows)")
    check_lead(at, now, settings.fpt_lead_s, "fpt_lead_s")
    return at


def check_open(now: datetime, settings: Settings) -> None:
    """Orders are taken in their hours only."""
    hours = settings.fpt_order_hours
    if hours and not (now.astimezone(VIETNAM).weekday() in settings.fpt_order_days and within(now, hours)):
        raise Refusal(PARAMETERS, "orders are closed now (fpt_order_hours, fpt_order_days)")


def check_lead(at: datetime, now: datetime, lead_s: float, setting: str) -> None:
    """There has to be so much time before ScheduleTime."""
    if at <= now or at - now < timedelta(seconds=lead_s):
        raise Refusal(PARAMETERS, f"ScheduleTime is too near or past ({setting})")
