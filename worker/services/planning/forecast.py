"""Forecasts the end and the cost of a campaign: at the account's rate, in its hours, behind what is ahead of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from worker.domain.forecast import finish
from worker.domain.roles import May
from worker.domain.send_mode import SendMode
from worker.domain.states import BatchState
from worker.domain.window import local
from worker.errors import NotFound
from worker.services.deps import Account, Deps
from worker.storage import campaigns
from worker.storage.approval import approvals
from worker.storage.tables.campaigns import Campaign


@dataclass(frozen=True, slots=True)
class Carrier:
    """The share of one carrier, as the prefixes tell."""

    name: str
    numbers: int
    parts: int
    #: VND.
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected of a campaign."""

    #: When its next call may begin, and when its last one is expected; None: nothing is left to send.
    begin: datetime | None
    finish: datetime | None
    #: Numbers that have not left, and the calls that they need.
    numbers_left: int
    calls_left: int
    #: Calls of other campaigns of the account that run already and share its rate.
    calls_ahead: int
    calls_per_second: float
    #: VND, for all of its numbers.
    cost: Decimal | None
    by_carrier: Sequence[Carrier]
    #: Whether the last one leaves before the campaign's last moment; None: there is no such moment.
    in_time: bool | None
    notes: Sequence[str] = field(default_factory=list)


def show(deps: Deps, campaign_id: UUID) -> Forecast:
    """The forecast of a stored campaign as of now; NotFound names the id."""
    with deps.sessions() as session:
        campaign = campaigns.get(session, campaign_id)
        if campaign is None:
            raise NotFound("campaign", str(campaign_id))
        deps.actor.must_own(campaign.author_id, May.SEE_ALL, May.SEE_OWN)
        tally = campaigns.tally(session, campaign_id)
        ahead = approvals.calls_ahead(session, campaign.provider, campaign_id)
    left = sum(tally[state].rest for state in (BatchState.PLANNED, BatchState.SENDING) if state in tally)
    return _forecast(deps, campaign, left, ahead)


def of_plan(deps: Deps, campaign: Campaign) -> Forecast:
    """The forecast of a campaign that was planned and is not stored (a dry run)."""
    with deps.sessions() as session:
        ahead = approvals.calls_ahead(session, campaign.provider, campaign.id)
    return _forecast(deps, campaign, campaign.valid, ahead)


def last_call(
    account: Account, kind: str, opening: datetime, due: datetime, numbers: int, parts: int, ahead: float = 0
) -> datetime:
    """When the last call of so many numbers is expected that begin at `opening`, behind `ahead` seconds of other calls.

    A push leaves its texts to the provider, which sends them when they are `due`.
    """
    if account.send_mode(kind) is SendMode.PUSH:
        return due
    return finish(opening, account.hours(kind), 1, 1 / max(_seconds(account, kind, numbers, parts) + ahead, 1e-9))


def _forecast(deps: Deps, campaign: Campaign, left: int, ahead: Mapping[str, int]) -> Forecast:
    account, now = deps.account(campaign.provider, campaign.channel), deps.clock.now()
    calls_ahead = ahead["calls"]
    begin = end = None
    notes = []
    parts = round(campaign.parts_total * left / campaign.valid) if campaign.valid else 0
    if left:
        begin = account.hours(campaign.kind).next_opening(max(now, campaign.scheduled_for))
        waits = calls_ahead / account.requests_per_second
        end = last_call(account, campaign.kind, begin, max(begin, campaign.scheduled_for), left, parts, waits)
        if local(begin)[:10] != local(end)[:10]:
            notes.append(f"It will not finish on the day that it begins: the last one is expected at {local(end)}.")
        if calls_ahead:
            notes.append(
                f"{calls_ahead:,} calls of other campaigns that run already share the rate of {account.title}."
            )
    in_time = None if campaign.until is None else end is None or end <= campaign.until
    if in_time is False and campaign.until is not None:
        notes.append(f"It will not finish in time: nothing leaves after {local(campaign.until)}.")
    price = account.price_per_part
    shares = [Carrier(name, numbers, parts, parts * price) for name, (numbers, parts) in in_order(campaign.carriers)]
    calls = _calls(account, campaign.kind, left)
    cost, rate = campaign.cost_estimate, account.requests_per_second
    return Forecast(begin, end, left, calls, calls_ahead, rate, cost, shares, in_time, notes)


def in_order(carriers: Mapping[str, Sequence[int]] | None) -> list[tuple[str, Sequence[int]]]:
    """Carriers with their numbers and parts, that with most numbers first and what belongs to none last."""
    return sorted((carriers or {}).items(), key=lambda one: (one[0] == "unknown", -one[1][0], one[0]))


def _calls(account: Account, kind: str, numbers: int) -> int:
    return numbers if account.send_mode(kind) is SendMode.SINGLE else -(-numbers // account.max_recipients)


def _seconds(account: Account, kind: str, numbers: int, parts: int) -> float:
    """How long the calls take at the rate of calls, and of messages where the provider counts those too."""
    by_calls = _calls(account, kind, numbers) / account.requests_per_second
    by_messages = parts / account.messages_per_second if account.messages_per_second else 0.0
    return timedelta(seconds=max(by_calls, by_messages)).total_seconds()
