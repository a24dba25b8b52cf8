"""The check of sign-in by OpenID Connect: the provider's description is fetched and examined, nothing else."""

import asyncio
from collections.abc import Iterator

from worker.cli.doctor.check import Check
from worker.config import Settings
from worker.errors import Refused
from worker.openid.account import OpenIdAccount

NAME = "OpenID Connect"


def checks(settings: Settings) -> Iterator[Check]:
    """One line where there is a provider, one more where people would be sent back to the wrong address."""
    account = settings.openid
    if account is None:
        return
    try:
        asyncio.run(_look(account))
    except Refused as fault:
        way_out = "check LOA_OIDC_ISSUER, LOA_OIDC_HOSTS and this machine's network"
        yield Check(NAME, f"{account.discovery}: {fault.details.get('why', fault)}", way_out)
        return
    yield Check(NAME, f"{account.issuer} describes itself, and all its addresses are its own")
    if not settings.public_url:
        yield Check(
            NAME,
            "LOA_PUBLIC_URL is not set: people are sent back to the address by which they came",
            warning="set it where something stands before the console, TLS above all",
        )


async def _look(account: OpenIdAccount) -> None:
    from worker.openid.provider import OpenIdProvider  # noqa: PLC0415 - most installations have none

    calls = OpenIdProvider(account)
    try:
        await calls.discovered()
    finally:
        await calls.aclose()
