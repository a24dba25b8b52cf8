"""Compares the account's own counts with ours: money against balances, FPT's quotas, and totals of messages."""

from itertools import pairwise
from uuid import UUID

from sqlmodel import Session

from worker.domain import quota
from worker.domain.states import BatchState
from worker.domain.window import local
from worker.services.deps import Account
from worker.services.sending.pushes.quota_evidence import push_size
from worker.storage.reconcile import balance_snapshots, runs
from worker.storage.reconcile import provider_campaigns as reconcile_provider_campaigns
from worker.storage.reconcile.balance_snapshots import Taken
from worker.storage.reconcile.differences import Period
from worker.storage.sending import provider_campaigns
from worker.storage.tables.reconcile import BalanceReading, TotalsReading


def money(session: Session, account: Account, run_id: UUID, period: Period) -> list[str]:
    """What was accepted against how the balance moved; sentences about what could not be compared."""
    if account.balances is None:
        return []
    found = balance_snapshots.between(session, BalanceReading, account.name, period.since, period.until)
    if len(found) < 2:
        return ["money cannot be compared: fewer than two balances were read in that time"]
    for earlier, later in pairwise(found):
        if later.amount > earlier.amount:
            return [f"money cannot be compared: the balance rose by {local(later.at)}, as a top-up makes it do"]
    first, last = found[0], found[-1]
    between = Period(account.name, first.at, last.at, last.at)
    taken = balance_snapshots.taken(session, run_id, account.price_per_part, between)
    # An account of a money package counts VND, another one messages.
    ours = taken.cost if first.unit == "VND" else taken.numbers
    moved = first.amount - last.amount
    if ours != moved:
        here = f"{ours} {first.unit} for what was accepted from {local(first.at)} to {local(last.at)}"
        there = f"{moved} {first.unit} left the account"
        runs.note(session, run_id, "money", numbers=taken.numbers, ours=here, theirs=there, money=moved - ours)
    return _edges(taken)


def totals(session: Session, account: Account, run_id: UUID, period: Period) -> list[str]:
    """How many we say were taken against how many more the account counts; sentences as in `money`."""
    if account.totals is None:
        return []
    found = balance_snapshots.between(session, TotalsReading, account.name, period.since, period.until)
    if len(found) < 2:
        return ["totals cannot be compared: fewer than two were read in that time"]
    first, last = found[0], found[-1]
    between = Period(account.name, first.at, last.at, last.at)
    taken = balance_snapshots.taken(session, run_id, account.price_per_part, between)
    more = sum((last.ok, last.failed, last.waiting)) - sum((first.ok, first.failed, first.waiting))
    if apart := more - taken.numbers:
        unknowns = f", {taken.unknown} may or may not be with it" if taken.unknown else ""
        here = f"{taken.numbers} accepted from {local(first.at)} to {local(last.at)}{unknowns}"
        there, price = f"{more} more in all", apart * account.price_per_part
        runs.note(session, run_id, "totals", numbers=abs(apart), ours=here, theirs=there, money=price)
    return _edges(taken)


def quotas(session: Session, account: Account, run_id: UUID, period: Period) -> int:
    """What we pushed into campaigns of the provider's own against the room that it says is left; numbers looked at."""
    if account.campaigns is None:
        return 0
    pushed = 0
    for row in reconcile_provider_campaigns.answered(session, period):
        ledger = provider_campaigns.ledger(session, row)
        pushed += ledger.pushed
        place = provider_campaigns.place_of(row)
        unknown = [push_size(batch) for batch in provider_campaigns.batches_in(session, place, BatchState.UNKNOWN)]
        remaining = row.remaining or 0
        if remaining in ledger.rooms:
            continue
        # Only lost pushes that were counted explain it: evidence, and nothing is wrong.
        explained = bool(unknown) and quota.explains(ledger, remaining, unknown)
        apart = min(ledger.rooms, key=lambda room: abs(room - remaining)) - remaining
        kind, price = "unknown_found" if explained else "quota", apart * account.price_per_part
        here, there = f"{ledger.pushed} pushed of a quota of {row.quota}", f"{remaining} left"
        whose = {"campaign_id": row.campaign_id, "ref": row.ref}
        runs.note(session, run_id, kind, numbers=abs(apart), ours=here, theirs=there, money=price, **whose)
    return pushed


def _edges(taken: Taken) -> list[str]:
    if not taken.at_an_edge:
        return []
    return [f"{taken.at_an_edge} numbers were being sent while the account was read: they may be on either side"]
