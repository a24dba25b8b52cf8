"""Looks unknown batches up in the provider's own record; they go where the evidence puts them.

Found: accepted, under the provider's id. Absent: the same order again under the same RequestId, for which the provider takes
it once, and only well inside the time in which it remembers it. What neither settles waits for a person (`resolve`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlmodel import Session

from worker.domain.attempts import may_repeat
from worker.domain.calls import Purpose
from worker.domain.send_mode import SendMode
from worker.domain.states import BatchState, CampaignStatus, RecipientState
from worker.domain.webhook import NEEDS_OPERATOR
from worker.services import campaign_status
from worker.services.deps import Account, Deps
from worker.services.reporting.provider_log import Unread
from worker.services.sending import ad_policy
from worker.services.unknown import matches
from worker.services.unknown.matches import RecordMatch
from worker.storage.sending import contacts, recipients, singles
from worker.storage.sending.batches import BatchChange
from worker.storage.sending.singles import Result
from worker.storage.tables.campaigns import Batch, Campaign
from worker.storage.unknown import elsewhere, lookup
from worker.storage.unknown.lookup import UnknownBatch
from worker.storage.webhooks import outbox

log = structlog.get_logger(__name__)

#: How many batches one sweep looks up.
AT_ONCE: Final = 20
LONGEST_PAUSE: Final = timedelta(hours=6)
#: An order that was absent so often, and repeated each time, tells that something else is wrong.
MOST_LOOKUPS: Final = 10
#: Nobody will repeat the order of a cancelled campaign; absent so often, with growing pauses, it was not taken.
LOOKS_TO_CANCEL: Final = 3
#: Nothing new stands in the record of a call this old.
GIVE_UP: Final = timedelta(days=3)
#: Where a person's "not sent" leaves a batch of single numbers: with others to call, with others that were taken, or with none.
SENT_BACK: Final = (BatchState.PLANNED, BatchState.ACCEPTED, BatchState.CANCELLED)
FOUND: Final = "its answer was lost, but it stands in the provider's record"
ABSENT: Final = "it does not stand in the provider's record"
BY_ANOTHER_ACCOUNT: Final = "it was called by another account, in whose record alone it can stand"
WITH_ANOTHER_ORDER: Final = "some of its numbers stand in the provider's record with another order of the campaign"


def look_up(deps: Deps) -> int:
    """Look up the unknown batches that are due; how many were settled. Safe to run twice at once."""
    return sum(_look_up(deps, account) for account in deps.accounts.values())


def _look_up(deps: Deps, account: Account) -> int:
    now = deps.clock.now()
    if account.records is None:
        words = f"; {account.title} keeps no record of single orders: a person has to say what became of it"
        _give_up(deps, account, now - deps.lease - deps.lookup_delay, words)
        return 0
    words = f"; {account.title}'s record was not to be read in time: a person has to say what became of it"
    _give_up(deps, account, now - GIVE_UP, words)
    with deps.sessions.begin() as session:
        due = lookup.take(
            session, account.name, now, lease=deps.lease, settle=deps.lookup_delay, give_up=GIVE_UP, limit=AT_ONCE
        )
        for unknown in due:
            unknown.batch.lookups += 1
            unknown.batch.next_lookup_at = now + _pause(deps, unknown.batch.lookups)
    return sum(
        _look_at(deps, way, [one for one in due if (one.batch.channel, one.kind) == (way.channel, purpose)], purpose)
        for way in account.ways
        for purpose in (Purpose.ADS, Purpose.CARE)
    )


def _give_up(deps: Deps, account: Account, before: datetime, words: str) -> None:
    with deps.sessions.begin() as session:
        concerned = lookup.need_operator_when_old(session, account.name, before, words)
        for campaign_id in sorted(concerned):
            outbox.campaign_event(session, campaign_id, NEEDS_OPERATOR)
    for campaign_id in concerned:
        campaign_status.refresh(deps, campaign_id)


def _look_at(deps: Deps, account: Account, due: Sequence[UnknownBatch], purpose: Purpose) -> int:
    if not due:
        return 0
    try:
        found = matches.find(deps, account, due, purpose)
    except Unread as why:
        log.warning("record_not_read", provider=account.name, batches=len(due), provider_message=why.provider_message)
        return 0
    settled = 0
    for unknown in due:
        conclude = _conclude_list if unknown.send_mode is SendMode.LIST else _conclude_singles
        with deps.sessions.begin() as session:
            # It may have been cancelled while the record was read; held, so that a cancel waits for the verdict.
            campaign = session.get_one(Campaign, unknown.batch.campaign_id, with_for_update={"read": True})
            unknown_now = replace(unknown, status=campaign.status)
            verdict = conclude(session, deps, account, unknown_now, found[unknown.batch.id])
        log.warning("unknown_call_looked_up", batch=str(unknown.batch.id), verdict=verdict, look=unknown.batch.lookups)
        settled += verdict in {"found", "absent", "cancelled"}
        campaign_status.refresh(deps, unknown.batch.campaign_id)
    return settled


def _conclude_list(session: Session, deps: Deps, account: Account, unknown: UnknownBatch, trace: RecordMatch) -> str:
    """Where the evidence puts a batch that went as one order."""
    now, batch = deps.clock.now(), unknown.batch
    if said := _says_nothing(session, account, batch, trace):
        return _hold(session, batch, said)
    if trace.rows:
        poll_at = now + deps.polling.first
        answer = BatchChange(provider_ref=trace.refs[0], provider_message=FOUND, answered_at=now, next_poll_at=poll_at)
        found = lookup.decide(session, batch, BatchState.ACCEPTED, **answer)
        if found and not lookup.calls(session, batch.id):
            # Every call was refused, by a gateway or by a person's word, and its ads were given back.
            ad_policy.count_anew(session, recipients.members(session, batch), [], unknown.calls[-1][0])
        return "found"
    if unknown.status is CampaignStatus.CANCELLED:
        if batch.lookups < LOOKS_TO_CANCEL:
            return "waits"
        lookup.decide(session, batch, BatchState.CANCELLED, provider_message=f"{ABSENT}, and the campaign is cancelled")
        return "cancelled"
    # Where every call of it was turned away the record agrees: as good as refused by the provider's own word.
    refused = not lookup.calls(session, batch.id) and _long_ago(unknown, now)
    remembered = batch.code in account.duplicate_codes
    why = WITH_ANOTHER_ORDER if trace.elsewhere else _why_not_again(account, unknown, now, remembered=remembered)
    if why and not refused:
        return _hold(session, batch, why)
    again = f"{ABSENT}: it goes again under {'a new' if refused else 'its'} key"
    refusals = batch.refusals + refused
    lookup.decide(session, batch, BatchState.PLANNED, provider_message=again, refusals=refusals, not_before=now)
    return "absent"


def _conclude_singles(session: Session, deps: Deps, account: Account, unknown: UnknownBatch, trace: RecordMatch) -> str:
    """Where the evidence puts the numbers of a batch that were called one by one."""
    now = deps.clock.now()
    other = elsewhere.any_run(session, unknown.batch, account.fingerprint)
    if other and not trace.accepts_idempotency_key:
        trace = RecordMatch()
    batch = lookup.lock(session, unknown.batch, BatchState.UNKNOWN)
    if batch is None:
        return _found_after_all(session, deps, unknown, trace)
    numbers = lookup.unknown_numbers(session, batch)
    taken = [phone for phone in numbers if phone in trace.rows and phone not in trace.ambiguous]
    singles.note(session, batch, [Result(one, RecipientState.ACCEPTED, ref=trace.rows[one].ref) for one in taken])
    if unknown.kind == Purpose.ADS:
        contacts.count_taken(session, batch, taken, unknown.calls[-1][0])
    absent = [phone for phone in numbers if phone not in trace.rows]
    if unknown.status is not CampaignStatus.CANCELLED and _long_ago(unknown, now) and not other:
        refused = lookup.refuse_turned_away(session, batch, absent)
        absent = [phone for phone in absent if phone not in refused]
    why = BY_ANOTHER_ACCOUNT if other else _why_not_again(account, unknown, now, remembered=False)
    if unknown.status is CampaignStatus.CANCELLED and not other:
        why = ""
        if batch.lookups >= LOOKS_TO_CANCEL:
            lookup.put(session, batch, absent, RecipientState.CANCELLED, ABSENT)
    elif not why:
        lookup.retry_same_key(session, batch, absent, account.duplicate_codes)
        why = f"{ABSENT}, and {account.title} says that it had it before"
    if any(phone in trace.ambiguous for phone in numbers):
        why = _several(account, trace)
    to = singles.give_back(session, batch, not_before=now, next_poll_at=now + deps.polling.first)
    if to is BatchState.UNKNOWN:
        return _hold(session, batch, why) if why else "waits"
    batch.next_lookup_at, batch.needs_operator = None, False
    return "found" if len(taken) == len(numbers) else "absent"


def _found_after_all(session: Session, deps: Deps, unknown: UnknownBatch, trace: RecordMatch) -> str:
    """What was found keeps numbers from their next call too, that a person sent back to the plan or gave up meanwhile."""
    batch = lookup.lock(session, unknown.batch, *SENT_BACK)
    if batch is None:
        return "moved by another"
    taken = singles.vouched(session, batch, [phone for phone in trace.rows if phone not in trace.ambiguous])
    singles.note(session, batch, [Result(one, RecipientState.ACCEPTED, ref=trace.rows[one].ref) for one in taken])
    now = deps.clock.now()
    if unknown.kind == Purpose.ADS:
        contacts.count_taken(session, batch, taken, unknown.calls[-1][0])
    singles.give_back(session, batch, not_before=batch.not_before, next_poll_at=now + deps.polling.first)
    return "found" if taken else "moved by another"


def _says_nothing(session: Session, account: Account, batch: Batch, trace: RecordMatch) -> str:
    """Why the record decides nothing of an order, whatever stands in it; empty: it does."""
    if not trace.accepts_idempotency_key and elsewhere.order(session, batch, account.fingerprint):
        return BY_ANOTHER_ACCOUNT
    if trace.ambiguous or (len(trace.refs) > 1 and not trace.accepts_idempotency_key):
        return _several(account, trace)
    return ""


def _several(account: Account, trace: RecordMatch) -> str:
    return f"more than one order in {account.title}'s record could be this one ({', '.join(trace.refs[:3])})"


def _long_ago(unknown: UnknownBatch, now: datetime) -> bool:
    """Whether even its last call is so old that a record without it says enough for a new key: a record may lag behind."""
    return bool(unknown.calls) and not may_repeat(unknown.calls[-1][0], now)


def _why_not_again(account: Account, unknown: UnknownBatch, now: datetime, *, remembered: bool) -> str:
    """Why an order that is absent must not be repeated under its key; empty: it may be."""
    if not account.accepts_idempotency_key:
        return f"{ABSENT}, and {account.title} takes no key that would make a repeat safe"
    if remembered:
        return f"{ABSENT}, and yet {account.title} says that it had this RequestId before"
    if unknown.calls and not may_repeat(unknown.calls[0][0], now):
        return f"{ABSENT}, and it is too old to be repeated under its key"
    if unknown.batch.lookups >= MOST_LOOKUPS:
        return f"{ABSENT} after {unknown.batch.lookups} repeats"
    return ""


def _hold(session: Session, batch: Batch, words: str) -> str:
    """Evidence has no more to say; the record is still read for a while, in case it does."""
    was_held, words = batch.needs_operator, f"{words}: a person has to say what became of it"
    if lookup.note(session, batch, needs_operator=True, provider_message=words) and not was_held:
        outbox.campaign_event(session, batch.campaign_id, NEEDS_OPERATOR)
    return "held"


def _pause(deps: Deps, lookups: int) -> timedelta:
    """From the `looks`-th look-up to the next, while a batch stays unknown."""
    return min(max(deps.lookup_delay, timedelta(seconds=10)) * (1 << min(lookups, 12)), LONGEST_PAUSE)
