"""Checks of the settings: each variable is known to Loa and has a usable value, and the keys are set."""

import os
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from worker import config
from worker.cli.console import moment
from worker.cli.doctor.check import Check
from worker.clock import Clock
from worker.config import Settings
from worker.domain.message import parse_route
from worker.errors import ConfigError

#: Names that Loa keeps for settings, whether this version reads them or not: set early, they do no harm; and those of the
#: documents' producers, who may run on the same machine.
OF_THE_CONTRACT: Final = re.compile(
    r"LOA_(?:URL|KEY|PUBLIC_URL|SECRET_KEY|SETTLE_S|FPT_\w+|FIBO_\w+"
    r"|ESMS_(?:VOICE_BASE_URL|OTT_BASE_URL|SENT_DATA|OTP_SENDER|OTP_SMS_TYPE|MESSAGES_PER_SECOND|OTP_RESERVE))"
)


def problems_of(fault: ConfigError) -> Iterator[Check]:
    """Every setting that cannot work."""
    for problem in fault.problems:
        name, _, why = problem.partition(": ")
        yield Check(name, why, f"change or unset {name}")


def unknown(environment: Mapping[str, str] = os.environ) -> Iterator[Check]:
    """Variables that nobody reads, which are mostly slips of the pen."""
    known = config.variables()
    for name in sorted(environment):
        if name.startswith("LOA_") and name not in known and not OF_THE_CONTRACT.fullmatch(name):
            meant = get_close_matches(name, known, n=1)
            yield Check(name, "no setting has this name", f"did you mean {meant[0]}?" if meant else f"unset {name}")


def accounts(settings: Settings) -> Iterator[Check]:
    """The keys of each provider, all of them or none, and those of one provider at least; addresses were checked before."""
    yield Check("eSMS address", settings.esms.base_url)
    missing = {account.TITLE: account.missing() for account in settings.accounts.values()}
    none = {account.TITLE for account in settings.accounts.values() if account.missing() == account.needed()}
    for title, names in missing.items():
        if not names:
            yield Check(f"{title} keys", "set")
        elif title not in none:
            found = f"{' and '.join(names)} not set, so {title} is not used"
            yield Check(f"{title} keys", found, "set the rest of its keys too, or unset those that are there")
    if none == set(missing):
        way_out = "take them from your eSMS account's API page, or set those of another provider"
        yield Check("eSMS keys", f"{' and '.join(missing['eSMS'])} not set, and none of another provider", way_out)


def route(settings: Settings) -> Iterator[Check]:
    """The providers that the route of one-time passwords names: each needs its keys."""
    for name in parse_route(settings.otp_route):
        account = settings.accounts.get(name.removesuffix("_voice"))
        if account is not None and (missing := account.missing()):
            yield Check(
                "LOA_OTP_ROUTE",
                f"{name} is named, and {' and '.join(missing)} not set",
                f"set them, or leave {name} out",
            )


def clock(settings: Settings) -> Check:
    """What Loa takes for now."""
    now = moment(Clock(settings.clock_offset_s).now())
    shifted = f", shifted by {settings.clock_offset_s:+g} s (LOA_CLOCK_OFFSET_S)" if settings.clock_offset_s else ""
    return Check("clock", f"it is {now} in Vietnam{shifted}")
