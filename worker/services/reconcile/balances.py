"""Reads the balances of our accounts every few minutes and writes them down, so that money can be compared later."""

from collections.abc import Mapping

import structlog

from worker.domain.account import Balance
from worker.services.calling import limits
from worker.services.deps import Account, Deps
from worker.storage.reconcile import balance_snapshots
from worker.storage.tables.reconcile import BalanceReading, TotalsReading

log = structlog.get_logger(__name__)


def refresh(deps: Deps) -> None:
    """Ask every account whose keys are set. One that does not tell is asked again with the next sweep."""
    for name, account in deps.accounts.items():
        if name not in deps.missing_settings and (faults := refresh_one(deps, account)):
            log.warning("account_not_read", provider=name, detail="; ".join(faults))


def refresh_one(deps: Deps, account: Account) -> list[str]:
    """Ask one account for what it can tell, and write it down; a sentence about each question that it did not answer."""
    faults = []
    if account.balances is not None and limits.read(deps, account):
        balance = deps.run(account.balances.balance())
        if balance.value is None:
            faults.append(f"the balance could not be read: {balance.provider_message}")
        else:
            _keep(deps, account, balance.value)
    if account.totals is not None and limits.read(deps, account):
        totals = deps.run(account.totals.totals())
        if totals.value is None:
            faults.append(f"the totals could not be read: {totals.provider_message}")
        else:
            with deps.sessions.begin() as session:
                balance_snapshots.keep(session, TotalsReading, account.name, deps.clock.now(), totals.value)
    return faults


def latest(deps: Deps) -> Mapping[str, BalanceReading]:
    """The last balance of each account that told one."""
    with deps.sessions() as session:
        found = {name: balance_snapshots.last_balance(session, name) for name in deps.accounts}
    return {name: reading for name, reading in found.items() if reading is not None}


def _keep(deps: Deps, account: Account, found: Balance) -> None:
    low = deps.maintenance.low_balance
    with deps.sessions.begin() as session:
        before = balance_snapshots.last_balance(session, account.name)
        balance_snapshots.keep(session, BalanceReading, account.name, deps.clock.now(), found)
    # Said once, when it falls below, not every few minutes.
    if found.amount < low and (before is None or before.amount >= low):
        left, below = f"{found.amount:,f}", f"{low:,f}"
        log.warning("balance_low", provider=account.name, left=left, unit=found.unit, below=below)
