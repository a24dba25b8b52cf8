"""Runs one reconciliation: begun, read, compared in one transaction, finished; and marked when it was interrupted."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog
from sqlmodel import Session

from worker.domain.actor import LOA
from worker.domain.clock_times import yesterday
from worker.domain.roles import May
from worker.errors import Misuse, Refused
from worker.services.deps import Account, Deps
from worker.services.people import audit
from worker.services.reconcile import balances, money
from worker.services.reconcile.read import read
from worker.services.reporting.provider_log import SLACK, Span, Unread
from worker.storage.operations import subscribers
from worker.storage.reconcile import differences, runs
from worker.storage.reconcile.differences import Period
from worker.storage.tables.reconcile import Reconciliation

log = structlog.get_logger(__name__)

#: A run that gives no sign of life for so long was interrupted; one call and its write take seconds.
SILENT: Final = timedelta(minutes=10)

#: Told the provider, the share of the reading that is done, and how many rows were read.
Progress = Callable[[Account, float, int], None]


def reconcile(
    deps: Deps,
    since: datetime | None = None,
    until: datetime | None = None,
    provider: str = "",
    progress: Progress = lambda _account, _share, _rows: None,
) -> list[Reconciliation]:
    """Compare what was called between two times (by default from yesterday 00:00 in Vietnam to now) with the record of each
    provider whose keys are set, or of one. A run each, in the order of the providers; one that cannot be read stops no other.

    Raises Misuse for an unknown provider and for times in the wrong order, Refused `no_account` where no keys are set.
    """
    span, accounts = _wanted(deps, since, until, provider)
    if deps.actor != LOA:
        # By hand; each night's is its own record.
        with deps.sessions.begin() as session:
            _record(session, deps, span, accounts, provider)
    return [_one(deps, account, *span, progress) for account in accounts]


def ask(deps: Deps, since: datetime | None = None, until: datetime | None = None, provider: str = "") -> int:
    """Have a worker do the same within a minute, for who cannot wait for it; how many runs wait for that.

    Raises what `reconcile` raises before it begins.
    """
    (span, accounts), now = _wanted(deps, since, until, provider), deps.clock.now()
    with deps.sessions.begin() as session:
        asked = [runs.ask(session, account.name, *span, now) for account in accounts]
        if any(asked):
            _record(session, deps, span, accounts, provider)
    return sum(asked)


def run_asked(deps: Deps, progress: Progress = lambda _account, _share, _rows: None) -> int:
    """Compare what was asked for, one after the other; how many runs this call has done."""
    done = 0
    while True:
        now = deps.clock.now()
        with deps.sessions.begin() as session:
            runs.interrupt_silent(session, now - SILENT)
            run = runs.take_asked(session, now)
        if run is None:
            return done
        if run.provider not in deps.accounts or run.provider in deps.missing_settings:
            # Its keys were taken away meanwhile.
            with deps.sessions.begin() as session:
                detail = f"there are no keys of {run.provider} any more"
                runs.finish(session, run.id, runs.INTERRUPTED, now, detail=detail)
            continue
        _run(deps, deps.account(run.provider), run, progress)
        done += 1


def _wanted(deps: Deps, since: datetime | None, until: datetime | None, provider: str) -> tuple[Span, list[Account]]:
    """What is to be compared with whom."""
    deps.actor.must(May.RECONCILE)
    now = deps.clock.now()
    since, until = since or yesterday(now), min(until or now, now)
    if since >= until:
        raise Misuse("There is nothing to compare: --from must be before --to, and before now.")
    names = [provider] if provider else [name for name in deps.accounts if name not in deps.missing_settings]
    if not names:
        missing = "; ".join(" and ".join(names) for names in deps.missing_settings.values())
        raise Refused("no_account", f"There is no account to compare with: set {missing}.")
    return (since, until), [deps.account(name) for name in names]


def _record(session: Session, deps: Deps, span: Span, accounts: list[Account], provider: str) -> None:
    facts = {"providers": [one.name for one in accounts], "since": span[0], "until": span[1]}
    audit.record(session, deps, "reconcile", about=("reconciliation", provider), facts=facts)


def _one(deps: Deps, account: Account, since: datetime, until: datetime, progress: Progress) -> Reconciliation:
    began = deps.clock.now()
    with deps.sessions.begin() as session:
        runs.interrupt_silent(session, began - SILENT)
        run = runs.begin(session, account.name, since, until, began)
    return _run(deps, account, run, progress)


def _run(deps: Deps, account: Account, run: Reconciliation, progress: Progress) -> Reconciliation:
    since, until, began = run.since, run.until, run.started_at
    state, detail, done = runs.INTERRUPTED, "it was stopped before it was done", {}
    try:
        notes = balances.refresh_one(deps, account)
        if account.records is not None:
            notes += read(deps, account, run.id, since - SLACK, until + SLACK, partial(progress, account))
        period = Period(account.name, since, until, min(until, began - deps.lookup_delay))
        with deps.sessions.begin() as session:
            done = _compare(session, deps, account, run, period, notes)
        state, detail = runs.DONE, "; ".join(notes)
    except Unread as fault:
        state, detail = runs.UNREAD, f"{account.title} did not tell its record: {fault.provider_message}"
    finally:
        # Also when Ctrl-C or a time limit ends it: what was read holds numbers.
        with deps.sessions.begin() as session:
            runs.unstage(session, run.id)
            run = runs.finish(session, run.id, state, deps.clock.now(), detail=detail, **done)
    log.info("reconciled", provider=account.name, state=run.state, counts=run.counts)
    return run


def _compare(
    session: Session, deps: Deps, account: Account, run: Reconciliation, period: Period, notes: list[str]
) -> dict[str, object]:
    """All differences, kept; what is to be written of the run. Adds to `notes` what could not be compared."""
    ours = theirs = erased = 0
    if account.records is not None:
        differences.own_by_ref(session, run.id, account.name, period.since - SLACK)
        ours = differences.missing_there(session, run.id, period)
        differences.of_campaigns(session, run.id)
        differences.of_messages(session, run.id, account.name)
        differences.of_nobody(session, run.id)
        erased = _leave_out_erased(session, deps, run, period)
        differences.prices(session, run.id, account.price_per_part, period)
        theirs = runs.staged(session, run.id)
    ours += money.quotas(session, account, run.id, period)
    # A balance is as of now, however young the last calls are.
    whole = Period(account.name, period.since, period.until, period.until)
    notes += money.totals(session, account, run.id, whole)
    if erased:
        some = "1 number" if erased == 1 else f"{erased} numbers"
        notes.append(f"what was erased here on request is not compared ({some} in the record), and so money is not")
    else:
        notes += money.money(session, account, run.id, whole)
    if account.records is None and account.campaigns is None and account.totals is None:
        notes.append(f"{account.title} keeps no record that can be read")
    return {"ours": ours, "theirs": theirs, "counts": runs.counts(session, run.id)}


def _leave_out_erased(session: Session, deps: Deps, run: Reconciliation, period: Period) -> int:
    """Whose data was erased on request is missing here for that, and must not be written down again; how many were."""
    hashes = subscribers.erased_since(session, period.since - SLACK)
    if not hashes:
        return 0
    sealer = deps.sealer()
    found = [
        (row_id, ours)
        for row_id, phone, ours in differences.not_ours_any_more(session, run.id)
        if not hashes.isdisjoint(sealer.hash_phones(phone))
    ]
    withdrawn = [row_id for row_id, ours in found if ours]
    differences.withdraw(session, withdrawn)
    differences.leave_number_out(session, [row_id for row_id, ours in found if not ours])
    return len(withdrawn)
