"""Was it taken? Doubtful batches are looked up in the provider's own record, and go where the evidence puts them.

Found: accepted, under the provider's id. Absent: the same order again under the same RequestId, for which the provider takes
it once, and only well inside the time in which it remembers it. What neither settles waits for a person (`resolve`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlmodel import Session

from worker.domain.doubt import may_repeat
from worker.domain.states import BatchState, CampaignStatus, RecipientState
from worker.domain.way import Way
from worker.providers.base import Purpose
from worker.services import settle, traces
from worker.services.deps import Account, Deps
from worker.services.records import Unread
from worker.services.traces import Trace
from worker.storage import lookup, singles
from worker.storage.lookup import Doubt
from worker.storage.singles import Result
from worker.storage.tables import Batch, Campaign

log = structlog.get_logger(__name__)

#: How many batches one sweep looks up.
LOOKED_UP_AT_ONCE: Final = 20
LONGEST_PAUSE: Final = timedelta(hours=6)
#: An order that was absent so often, and repeated each time, tells that something else is wrong.
MOST_LOOKS: Final = 10
#: Nobody will repeat the order of a cancelled campaign; absent so often, with growing pauses, it was not taken.
LOOKS_TO_CANCEL: Final = 3
#: Nothing new stands in the record of a call this old.
GIVE_UP: Final = timedelta(days=3)
FOUND: Final = "its answer was lost, but it stands in the provider's record"
ABSENT: Final = "it does not stand in the provider's record"


def look_up(deps: Deps) -> int:
    """Look up the doubtful batches that are due; how many were settled. Safe to run twice at once."""
    return sum(_look_up(deps, account) for account in deps.accounts.values())


def _look_up(deps: Deps, account: Account) -> int:
    now = deps.clock.now()
    if account.records is None:
        words = f"; {account.title} keeps no record of single orders: a person has to say what became of it"
        _give_up(deps, account, now - deps.lease - deps.settle, words)
        return 0
    words = f"; {account.title}'s record was not to be read in time: a person has to say what became of it"
    _give_up(deps, account, now - GIVE_UP, words)
    with deps.sessions.begin() as session:
        doubts = lookup.take(
            session,
            account.name,
            now,
            lease=deps.lease,
            settle=deps.settle,
            give_up=GIVE_UP,
            limit=LOOKED_UP_AT_ONCE,
        )
        for doubt in doubts:
            doubt.batch.looks += 1
            doubt.batch.look_at = now + _pause(deps, doubt.batch.looks)
    return sum(
        _look_at(deps, account, [doubt for doubt in doubts if doubt.kind == purpose], purpose)
        for purpose in (Purpose.ADS, Purpose.CARE)
    )


def _give_up(deps: Deps, account: Account, before: datetime, words: str) -> None:
    with deps.sessions.begin() as session:
        concerned = lookup.hold_older(session, account.name, before, words)
    for campaign_id in concerned:
        settle.settle(deps, campaign_id)


def _look_at(deps: Deps, account: Account, doubts: Sequence[Doubt], purpose: Purpose) -> int:
    if not doubts:
        return 0
    try:
        found = traces.find(deps, account, doubts, purpose)
    except Unread as why:
        log.warning("record_not_read", provider=account.name, batches=len(doubts), words=why.words)
        return 0
    settled = 0
    for doubt in doubts:
        conclude = _conclude_list if doubt.way is Way.LIST else _conclude_singles
        with deps.sessions.begin() as session:
            # It may have been cancelled while the record was read; held, so that a cancel waits for the verdict.
            campaign = session.get_one(Campaign, doubt.batch.campaign_id, with_for_update={"read": True})
            doubt_now = replace(doubt, status=campaign.status)
            verdict = conclude(session, deps, account, doubt_now, found[doubt.batch.id])
        log.warning("doubt_looked_up", batch=str(doubt.batch.id), verdict=verdict, look=doubt.batch.looks)
        settled += verdict in {"found", "absent", "cancelled"}
        settle.settle(deps, doubt.batch.campaign_id)
    return settled


def _conclude_list(session: Session, deps: Deps, account: Account, doubt: Doubt, trace: Trace) -> str:
    """Where the evidence puts a batch that went as one order."""
    now, batch = deps.clock.now(), doubt.batch
    if trace.ambiguous or (len(trace.refs) > 1 and not trace.keyed):
        many = ", ".join(trace.refs[:3])
        return _hold(session, batch, f"more than one order in {account.title}'s record could be this one ({many})")
    if trace.rows:
        lookup.settle(
            session,
            batch,
            BatchState.ACCEPTED,
            provider_ref=trace.refs[0],
            words=FOUND,
            answered_at=now,
            next_poll_at=now + deps.polling.first,
        )
        return "found"
    if doubt.status is CampaignStatus.CANCELLED:
        if batch.looks < LOOKS_TO_CANCEL:
            return "waits"
        lookup.settle(session, batch, BatchState.CANCELLED, words=f"{ABSENT}, and the campaign is cancelled")
        return "cancelled"
    # Where every call of it was turned away the record agrees: as good as refused by the provider's own word.
    refused = not lookup.calls(session, batch.id) and _long_ago(doubt, now)
    remembered = batch.code in account.seen_before
    if not refused and (why := _why_not_again(account, doubt, now, remembered=remembered)):
        return _hold(session, batch, why)
    again = f"{ABSENT}: it goes again under {'a new' if refused else 'its'} key"
    refusals = batch.refusals + refused
    lookup.settle(session, batch, BatchState.PLANNED, words=again, refusals=refusals, not_before=now)
    return "absent"


def _conclude_singles(session: Session, deps: Deps, account: Account, doubt: Doubt, trace: Trace) -> str:
    """Where the evidence puts the numbers of a batch that were called one by one."""
    now = deps.clock.now()
    batch = lookup.lock(session, doubt.batch)
    if batch is None:
        return "moved by another"
    doubtful = lookup.doubtful_numbers(session, batch)
    taken = [phone for phone in doubtful if phone in trace.rows and phone not in trace.ambiguous]
    accepted = [Result(phone, RecipientState.ACCEPTED, ref=trace.rows[phone].ref) for phone in taken]
    singles.note(session, batch, accepted)
    absent = [phone for phone in doubtful if phone not in trace.rows]
    if doubt.status is not CampaignStatus.CANCELLED and _long_ago(doubt, now):
        refused = lookup.refuse_turned_away(session, batch, absent)
        absent = [phone for phone in absent if phone not in refused]
    why = _why_not_again(account, doubt, now, remembered=False)
    if doubt.status is CampaignStatus.CANCELLED:
        why = ""
        if batch.looks >= LOOKS_TO_CANCEL:
            lookup.put(session, batch, absent, RecipientState.CANCELLED, ABSENT)
    elif not why:
        lookup.call_again(session, batch, absent, account.seen_before)
        why = f"{ABSENT}, and {account.title} says that it had it before"
    to = singles.give_back(session, batch, not_before=now, next_poll_at=now + deps.polling.first)
    if to is BatchState.UNKNOWN:
        return _hold(session, batch, why) if why else "waits"
    batch.look_at, batch.held = None, False
    return "found" if len(taken) == len(doubtful) else "absent"


def _long_ago(doubt: Doubt, now: datetime) -> bool:
    """Whether even its last call is so old that a record without it says enough for a new key: a record may lag behind."""
    return bool(doubt.calls) and not may_repeat(doubt.calls[-1][0], now)


def _why_not_again(account: Account, doubt: Doubt, now: datetime, *, remembered: bool) -> str:
    """Why an order that is absent must not be repeated under its key; empty: it may be."""
    if not account.keyed:
        return f"{ABSENT}, and {account.title} takes no key that would make a repeat safe"
    if remembered:
        return f"{ABSENT}, and yet {account.title} says that it had this RequestId before"
    if doubt.calls and not may_repeat(doubt.calls[0][0], now):
        return f"{ABSENT}, and it is too old to be repeated under its key"
    if doubt.batch.looks >= MOST_LOOKS:
        return f"{ABSENT} after {doubt.batch.looks} repeats"
    return ""


def _hold(session: Session, batch: Batch, words: str) -> str:
    """Evidence has no more to say; the record is still read for a while, in case it does."""
    lookup.note(session, batch, held=True, words=f"{words}: a person has to say what became of it")
    return "held"


def _pause(deps: Deps, looks: int) -> timedelta:
    """From the `looks`-th look-up to the next, while a batch stays in doubt."""
    return min(max(deps.settle, timedelta(seconds=10)) * (1 << min(looks, 12)), LONGEST_PAUSE)
