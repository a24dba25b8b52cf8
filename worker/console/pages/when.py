"""The step of a new campaign that says when it leaves and who sends it, with what is known of the registered brandnames."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from worker.console import sentences
from worker.console.forms import Posted
from worker.console.pages import zalo
from worker.console.pages.login import see
from worker.console.render import page
from worker.console.visitors import Me, Visitor
from worker.domain.actor import Forbidden
from worker.domain.calendar import public_holidays
from worker.domain.calls import Purpose
from worker.domain.policy import Channel
from worker.domain.window import VIETNAM
from worker.errors import LoaError, NotFound, Refused
from worker.services.approval import drafting
from worker.services.deps import Account
from worker.services.operations import overview
from worker.services.planning import forms, senders
from worker.services.planning import request as request_rules
from worker.services.planning.forms import Form
from worker.services.planning.schedule import Schedule, plan_times

router: Final = APIRouter()

DAYS_SHOWN: Final = 10


@router.get("/new/{form_id}/when")
def when_step(request: Request, me: Me, form_id: UUID) -> Response:
    """When it leaves and who sends it."""
    return _when(request, me, forms.get(me.deps, form_id))


@router.post("/new/{form_id}/when")
def choose_when(request: Request, me: Me, form_id: UUID, sent: Posted) -> Response:
    """Keep time and sender; refused where the time cannot be."""
    now = sent["begin"] != "at"
    at = "" if now else f"{sent['date']}T{sent['time'] or '09:00'}"
    until = f"{sent['until_date']}T{sent['until_time'] or '20:00'}" if sent["until_date"] else ""
    named = {name: value for name in ("provider", "sender", "name") if (value := sent.fields.get(name)) is not None}
    changes: dict[str, Any] = {name: value.strip() for name, value in named.items()}
    changes |= {"at": at, "until": until, "again": sent.flag("again"), "timed": True}
    try:
        form = drafting.enter(me.deps, form_id, **changes)
    except Forbidden:
        raise
    except Refused as fault:
        form = forms.get(me.deps, form_id)
        form = replace(form, entered=replace(form.entered, **changes))
        return _when(request, me, form, sentences.fault(me.catalogue, me.formats, fault), 422)
    if provider := sent["read"]:
        # What was entered is kept; the list of brandnames stands below.
        try:
            senders.read_now(me.deps, provider)
        except LoaError as fault:
            return _when(request, me, form, sentences.fault(me.catalogue, me.formats, fault), 422)
        return see(f"/new/{form_id}/when#senders")
    try:
        if not any(zalo.fits(one.account, form) for one in senders.listed(me.deps)):
            raise _no_account(me)
        request_rules.check_words(forms.request_of(form))
        account = me.deps.account(form.entered.provider, Channel(form.entered.channel))
        _times(account, form, me.deps.clock.now())
        zalo.checked(me, form)
        if sent["go"] != "on":
            return see(f"/new/{form_id}/when", "saved")
        if not form.entered.zalo:
            senders.check(me.deps, account, form.entered.kind, form.entered.sender)
        drafting.plan(me.deps, form_id)
    except (Forbidden, NotFound):
        raise
    except LoaError as fault:
        return _when(request, me, form, sentences.fault(me.catalogue, me.formats, fault), 422)
    return see(f"/new/{form_id}/check")


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar."""

    day: datetime
    #: Whether orders are taken on it; and the public holiday that it is, or another day on which the provider rests.
    orders: bool
    rests: str
    #: The hours in which ads may reach phones on it.
    hours: str


def _when(request: Request, me: Visitor, form: Form, wrong: str = "", status: int = 200) -> Response:
    if not form.readable:
        return see(f"/new/{form.id}/list")
    account, now = zalo.account_of(me, form), me.deps.clock.now()
    schedule: Schedule | None = None
    try:
        schedule = _times(account, form, now)
    except LoaError as fault:
        wrong = wrong or sentences.fault(me.catalogue, me.formats, fault)
    day, _, hour = form.entered.at.partition("T")
    until_day, _, until_hour = form.entered.until.partition("T")
    values: dict[str, Any] = {
        "form": form,
        "step": "when",
        "wrong": wrong,
        "accounts": [one for one in overview.accounts(me.deps) if zalo.fits(one.account, form)],
        "account": account,
        "senders": overview.senders(me.deps),
        "listed": senders.listed(me.deps),
        "lacks": me.deps.missing_settings,
        "schedule": schedule,
        "law": account.rule(now).hours_written,
        "days": _days(me, account, form.entered.kind, now),
        "date": day,
        "later": bool(form.entered.at),
        "time": hour or "09:00",
        "until_date": until_day,
        "until_time": until_hour or "20:00",
        "today": now.astimezone(VIETNAM).date().isoformat(),
        "tomorrow": (now.astimezone(VIETNAM) + timedelta(days=1)).date().isoformat(),
    }
    return page(request, me, "new_when.html", status, **values)


def _times(account: Account, form: Form, now: datetime) -> Schedule:
    """When it leaves by what was entered; Refused `no_day` for an hour without a day, and what `plan_times` refuses."""
    if form.entered.at.startswith("T"):
        raise Refused("no_day", "Choose the day on which it is to leave.")
    return plan_times(account, form.entered.kind, form.entered.at or None, now)


def _no_account(me: Visitor) -> Refused:
    missing = " / ".join(" + ".join(variables) for variables in me.deps.missing_settings.values())
    return Refused("no_account", f"There is no account at a provider yet: set {missing}.", {"missing": missing})


def _days(me: Visitor, account: Account, kind: str, now: datetime) -> Sequence[Day]:
    """The days to come, with the provider's rests where it takes orders by the day."""
    found = []
    for ahead in range(DAYS_SHOWN):
        day = (now.astimezone(VIETNAM) + timedelta(days=ahead)).replace(hour=12, minute=0)
        intake = account.intake if kind == Purpose.ADS else None
        orders = intake is None or not intake.rests_on(day.date())
        rests = "" if intake is None or intake.holiday(day.date()) is None else _name(me, day.date())
        found.append(Day(day, orders, rests, account.windows.written(day)))
    return found


def _name(me: Visitor, day: date) -> str:
    """A day on which a provider rests, as the reader calls it."""
    named = public_holidays(day.year, "vi" if me.language == "vi" else "en_US").get(day)
    return named or me.gettext("a closed day")
