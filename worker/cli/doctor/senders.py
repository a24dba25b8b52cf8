"""Checks the registered senders, that of one-time passwords among them, where the provider lists them."""

from collections.abc import Iterator
from datetime import timedelta

from worker import wiring
from worker.cli.console import moment
from worker.cli.doctor.check import Check
from worker.config import Settings
from worker.services.deps import Account, Deps
from worker.services.planning import senders
from worker.storage import migrate
from worker.storage.tables.reconcile import SenderList


def of(settings: Settings, database_url: str, redis_url: str) -> Iterator[Check]:
    """One line for each account with keys whose provider tells its senders; reads the list anew, within two seconds."""
    loa = wiring.build(settings, database_url, redis_url)
    try:
        if migrate.current(loa.engine) != migrate.head():
            return  # said by the check of the database
        for name, account in loa.deps.accounts.items():
            if account.senders is not None and name not in loa.deps.missing_settings and loa.deps.sender_list_age:
                yield _check(loa.deps, account)
    finally:
        loa.close()


def _check(deps: Deps, account: Account) -> Check:
    found = senders.ask(deps, account, senders.READ_WITHIN_S, pause=timedelta(0)) or senders.look(deps, account)
    name = f"{account.title} senders"
    if found is None or found.read_at is None:
        why = found.provider_message if found is not None else ""
        return Check(name, f"not read ({why or 'asked a moment ago'}), so those of campaigns are not compared")
    said = f"{senders.described(found.senders) or 'none'}, read at {moment(found.read_at)}"
    return Check(name, said, _otp_sender(account, found))


def _otp_sender(account: Account, found: SenderList) -> str:
    """The way out where the sender of one-time passwords is certainly none of them."""
    mine = account.otp_sender.casefold()
    if not mine or not found.senders or not found.whole or mine in {one[0].casefold() for one in found.senders}:
        return ""
    return f"{account.otp_sender} is none of them: set LOA_{account.name.upper()}_OTP_SENDER to one that is"
