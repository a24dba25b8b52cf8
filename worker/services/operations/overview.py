"""What pages show of many campaigns at once: which run, which need a person and why, what left today, this month, each month.

Everything is read from the database in a few statements, whatever the number of campaigns and the size of a list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from worker.domain import phone
from worker.domain.roles import May
from worker.domain.states import BatchState, CampaignStatus
from worker.domain.template import Template
from worker.domain.window import VIETNAM
from worker.errors import NotFound, Refused
from worker.services.deps import Account, Deps
from worker.services.reconcile.balances import latest
from worker.services.reporting.report import COUNTED_AS, LEFT, count
from worker.storage import campaigns
from worker.storage.campaigns import Tally
from worker.storage.reporting import overview
from worker.storage.reporting.overview import Filter, Month, Period
from worker.storage.tables.campaigns import Batch, Campaign
from worker.storage.tables.reconcile import BalanceReading
from worker.throttle import Gate

C = CampaignStatus
#: What may still happen to a campaign by itself.
OPEN: Final = (C.SENDING, C.PAUSED, C.RECONCILING, C.AWAITING_APPROVAL, C.SCHEDULED)
MOST_OPEN: Final = 50
#: Months of a picture.
MONTHS: Final = 13


@dataclass(frozen=True, slots=True)
class Standing:
    """A campaign with its counts by present state, and what of it only a person can decide."""

    campaign: Campaign
    counts: Mapping[str, int]
    #: VND, as far as the provider has told.
    cost: Decimal
    batches: int
    #: Those of its batches of which only a person can say whether they left.
    needs_operator: int

    @property
    def total(self) -> int:
        """All numbers of it."""
        return sum(self.counts.values())

    @property
    def left(self) -> int:
        """Numbers that are or were with the provider."""
        return sum(self.counts[name] for name in LEFT)

    @property
    def over(self) -> bool:
        """Whether nothing more of it leaves."""
        return self.campaign.status in {C.DONE, C.CANCELLED, C.FAILED}

    @property
    def cost_estimate(self) -> Decimal | None:
        """VND, by our own prices: for all of it, and once it is over for what left."""
        whole, estimated = self.campaign.valid, self.campaign.cost_estimate
        return estimated if not self.over or estimated is None or not whole else estimated * self.left / whole

    @property
    def halted(self) -> bool:
        """Whether it is paused by a provider's word, and not by a person."""
        return self.campaign.status is C.PAUSED and self.campaign.halted

    @property
    def finding_out(self) -> bool:
        """Whether Loa looks for evidence of what may have left, and needs nobody for it."""
        return self.counts["unknown"] > 0 and not self.needs_operator


@dataclass(frozen=True, slots=True)
class AccountNow:
    """How an account stands: its balance, its circuit, its hours."""

    account: Account
    balance: BalanceReading | None
    gate: Gate
    #: Whether ads may leave now, and until when or from when.
    open: bool
    changes_at: datetime | None


@dataclass(frozen=True, slots=True)
class Home:
    """The front page."""

    open: Sequence[Standing]
    accounts: Sequence[AccountNow]
    today: Period
    month: Period
    #: Those that are over, of which it is not known whether all of them left.
    unsettled: Sequence[Standing] = ()


def home(deps: Deps) -> Home:
    """What runs, what waits for whom, what left today and this month."""
    author_id = whose(deps)
    midnight = datetime.combine(deps.clock.now().astimezone(VIETNAM).date(), time(), VIETNAM)
    with deps.sessions() as session:
        standing = _standing(session, overview.campaigns(session, Filter(OPEN, author_id=author_id), MOST_OPEN))
        over = Filter((C.CANCELLED, C.FAILED), author_id=author_id, unknown=True)
        unsettled = _standing(session, overview.campaigns(session, over, MOST_OPEN))
        today = overview.since(session, midnight, author_id)
        month = overview.since(session, midnight.replace(day=1), author_id)
    ordered = sorted(standing, key=lambda one: (OPEN.index(one.campaign.status), one.campaign.scheduled_for))
    return Home(ordered, accounts(deps), today, month, unsettled)


def accounts(deps: Deps) -> list[AccountNow]:
    """How each account stands that has its keys."""
    balances, now = latest(deps), deps.clock.now()
    return [
        _account(deps, account, balances.get(name), now)
        for name, account in deps.accounts.items()
        if name not in deps.missing_settings
    ]


def newest(deps: Deps, chosen: Filter, limit: int) -> list[Standing]:
    """Campaigns that fit, newest first; a marketer sees only the own ones."""
    wanted = chosen if (mine := whose(deps)) is None else replace(chosen, author_id=mine)
    with deps.sessions() as session:
        return _standing(session, overview.campaigns(session, wanted, limit))


def one(deps: Deps, campaign_id: UUID) -> Standing:
    """One campaign; NotFound also where the role may not see it, so that nobody learns what there is."""
    with deps.sessions() as session:
        campaign = campaigns.get(session, campaign_id)
        if campaign is None or not sees(deps, campaign):
            raise NotFound("campaign", str(campaign_id))
        tally = campaigns.tally(session, campaign_id)
    return _as_it_stands(campaign, tally)


def progress(deps: Deps, ids: Sequence[UUID]) -> Mapping[UUID, Standing]:
    """These campaigns as they are now, in two statements for all of them."""
    with deps.sessions() as session:
        return {one.campaign.id: one for one in _standing(session, overview.by_ids(session, ids))}


def names(deps: Deps, ids: Sequence[str]) -> Mapping[str, str]:
    """The names of campaigns by their ids as the audit log has them, for who sees all; what is no campaign's id is left out."""
    deps.actor.must(May.SEE_ALL)
    with deps.sessions() as session:
        return {str(found): name for found, name in overview.names(session, ids)}


def sees(deps: Deps, campaign: Campaign) -> bool:
    """Whether the actor may see it: everybody's, or the own ones."""
    return whose(deps) in {None, campaign.author_id}


def whose(deps: Deps) -> UUID | None:
    """The user whose campaigns alone are shown; None: everybody's. Forbidden for a role that sees none."""
    deps.actor.must(May.SEE_ALL, May.SEE_OWN)
    return None if deps.actor.may(May.SEE_ALL) else deps.actor.user_id


@dataclass(frozen=True, slots=True)
class Page:
    """Some batches of a campaign, and whether there are more."""

    batches: Sequence[Batch]
    more: bool


def batches(deps: Deps, campaign_id: UUID, *, after: int = 0, limit: int = 50) -> Page:
    """Batches in their order, from the one behind number `after`."""
    with deps.sessions() as session:
        found = overview.batches(session, campaign_id, after=after, limit=limit + 1)
    return Page(found[:limit], len(found) > limit)


def troubled(deps: Deps, campaign_id: UUID, limit: int = 20) -> Sequence[Batch]:
    """Its batches with numbers of which nobody knows whether they left."""
    with deps.sessions() as session:
        return overview.troubled_batches(session, campaign_id, limit)


def places(deps: Deps, campaign_id: UUID) -> Mapping[int, str]:
    """What the provider's own campaigns are called into which this one was pushed, by their number."""
    with deps.sessions() as session:
        return overview.places(session, campaign_id)


def provider_messages(deps: Deps, campaign_id: UUID, limit: int = 12) -> Sequence[Any]:
    """What the provider said, each text once, with how many batches it said it of."""
    with deps.sessions() as session:
        return overview.provider_messages(session, campaign_id, limit)


@dataclass(frozen=True, slots=True)
class Found:
    """One number of one campaign, with the text that it got or will get."""

    campaign_id: UUID
    phone: int
    row: int
    batch: int
    state: str
    reason: str
    at: datetime | None
    ref: str
    text: str = ""


def search(deps: Deps, campaign: Campaign, written: str, limit: int = 50) -> list[Found]:
    """Numbers of a campaign: one, or those that begin so (from four digits on); Refused `bad_phone` for what is neither."""
    low, high = number_range(written)
    template = Template(campaign.text)
    with deps.sessions() as session:
        rows = overview.recipients(session, campaign.id, low, high, limit)
    return [_found(row, template) for row in rows]


def everywhere(deps: Deps, written: str, limit: int = 100) -> list[tuple[Any, Found]]:
    """One whole number in all campaigns that the actor may see, the newest first, each with its campaign's row."""
    read = phone.read(written)
    if isinstance(read, phone.Fault):
        raise Refused("bad_phone", f"The phone cannot be looked up: {read.sentence}", {"fault": str(read)})
    mine = whose(deps)
    with deps.sessions() as session:
        rows = overview.everywhere(session, read[0], limit)
    return [(row, _found(row)) for row in rows if mine is None or row.author_id == mine]


def number_range(written: str) -> tuple[int, int]:
    """The lowest and highest number that a search may mean: a whole number, or its first digits."""
    read = phone.read(written)
    if not isinstance(read, phone.Fault):
        return read[0], read[0]
    typed = "".join(one for one in written if one.isdigit()).removeprefix("84").lstrip("0")
    if not 3 <= len(typed) <= 9 or any(not (one.isdigit() or one in " .-+()") for one in written.strip()):
        raise Refused("bad_phone", f"The phone cannot be looked up: {read.sentence}", {"fault": str(read)})
    rest = 9 - len(typed)
    return int("84" + typed + "0" * rest), int("84" + typed + "9" * rest)


def refused(deps: Deps, campaign: Campaign, limit: int = 20) -> tuple[Mapping[str, int], Sequence[Any]]:
    """How many rows get no message for which reason, the commonest first, and the first of them."""
    with deps.sessions() as session:
        counts = overview.refused_by_reason(session, campaign.id) if campaign.refused is None else campaign.refused
        ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        return dict(ordered), overview.refused(session, campaign.id, limit)


def months(deps: Deps, by: str = "") -> Sequence[Month]:
    """The last thirteen months, broken down `by` sender, provider, carrier, author or kind; the newest first."""
    here = deps.clock.now().astimezone(VIETNAM)
    first = here.year * 12 + here.month - MONTHS
    since = datetime(first // 12, first % 12 + 1, 1, tzinfo=VIETNAM)
    with deps.sessions() as session:
        return overview.months(session, since, by, whose(deps))


def senders(deps: Deps) -> Sequence[Any]:
    """Brandnames that were used before or are registered, by provider and kind."""
    with deps.sessions() as session:
        return overview.senders(session)


def _standing(session: Session, rows: Sequence[Campaign]) -> list[Standing]:
    tallies = overview.tallies(session, [one.id for one in rows])
    return [_as_it_stands(campaign, tallies.get(campaign.id, {})) for campaign in rows]


def _as_it_stands(campaign: Campaign, tally: dict[BatchState, Tally]) -> Standing:
    cost = sum((part.cost for part in tally.values()), Decimal(0))
    waiting = tally[BatchState.UNKNOWN].needs_operator if BatchState.UNKNOWN in tally else 0
    return Standing(campaign, count(tally), cost, sum(part.batches for part in tally.values()), waiting)


def _account(deps: Deps, account: Account, balance: BalanceReading | None, now: datetime) -> AccountNow:
    gate, windows = deps.breaker.look(account.name, account.timeout_s).gate, account.windows
    is_open = windows.contains(now)
    changes = windows.closes(now) if is_open else windows.next_opening(now)
    return AccountNow(account, balance, gate, is_open, changes)


def _found(row: Any, template: Template | None = None) -> Found:
    state = "planned" if row.state == "sending" else row.state or COUNTED_AS[BatchState(row.batch_state)]
    text = template.fill(row.vars or {}) if template is not None and (row.vars or not template.names) else ""
    at = row.answered_at if state in LEFT else None
    return Found(
        row.campaign_id, row.phone, row.row, row.batch_seq, state, row.reason or row.words, at, row.ref or "", text
    )
