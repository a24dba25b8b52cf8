"""Checks our accounts: each provider that tells a balance is asked for it, which sends and costs nothing."""

from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from worker.cli import console
from worker.cli.doctor.check import Check
from worker.cli.provider.asking import asked
from worker.cli.provider.commands import BALANCES
from worker.clock import Clock
from worker.config import Settings
from worker.config.accounts import AccountSettings

#: Seconds in which a machine that can reach a provider hears something of it.
REACH_WITHIN_S: Final = 5.0


def all_of(settings: Settings) -> Iterator[Check]:
    """One line for each provider with an account."""
    for name, account in settings.accounts.items():
        if not account.missing():
            yield _one(settings, name, account)


def times(settings: Settings) -> Iterator[tuple[str, datetime, datetime]]:
    """By each provider's `Date`: its name, its time, and ours at that moment."""
    for name, account in settings.accounts.items():
        if account.missing():
            continue
        answer, now = _heard(_address(account)), Clock().now()
        if isinstance(answer, httpx.Response) and (said := answer.headers.get("Date")):
            try:
                yield name, parsedate_to_datetime(said), now
            except ValueError:
                continue


def _one(settings: Settings, name: str, account: AccountSettings) -> Check:
    title, address = account.TITLE, _address(account)
    answer = _heard(address)
    variable = f"LOA_{name.upper()}_BASE_URL ({address})"
    if isinstance(answer, str):
        way_out = f"check this machine's network, proxy and name server, and {variable}"
        if "SSL" in answer:
            way_out = (
                f"check {variable} and this machine's clock; a certificate that has run out only the provider renews"
            )
        return Check(f"{title} account", f"the provider cannot be reached: {answer}", way_out)
    ask = BALANCES.get(name)
    if ask is None:
        return Check(f"{title} account", "reachable; it has no question that would try the keys without sending")
    reading = asked(ask(settings), lambda adapter: adapter.balance())
    if reading.value is not None:
        return Check(f"{title} account", f"{console.number(reading.value.amount):,} {reading.value.unit} are left")
    said = " ".join(part for part in (reading.code, reading.provider_message) if part)
    if not reading.code:  # whatever answers there, it is not the provider's service
        return Check(f"{title} account", f"no answer of the provider's own: {said}", f"check {variable}")
    return Check(
        f"{title} account", f"refused: {said}", f"check the keys LOA_{name.upper()}_… against the account's own page"
    )


def _address(account: AccountSettings) -> str:
    return next(url for variable, url in account.urls().items() if variable.endswith("_BASE_URL"))


def _heard(address: str) -> httpx.Response | str:
    """Any answer of the host, or why there is none."""
    try:
        with httpx.Client(timeout=REACH_WITHIN_S, trust_env=False) as client:
            return client.head(address)
    except httpx.HTTPError as fault:
        # The words of OpenSSL name what is wrong with a certificate; those of others only that there is no connection.
        return f"{type(fault).__name__}, {fault}" if "SSL" in str(fault) else type(fault).__name__
