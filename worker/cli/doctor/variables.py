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


def provider(settings: Settings) -> Iterator[Check]:
    """Where eSMS is called, and with which keys; the address itself was checked with the settings."""
    yield Check("eSMS address", settings.esms.base_url)
    keys = {"LOA_ESMS_API_KEY": settings.esms.api_key, "LOA_ESMS_SECRET_KEY": settings.esms.secret_key}
    missing = [name for name, key in keys.items() if not key.get_secret_value()]
    if missing:
        yield Check("eSMS keys", f"{' and '.join(missing)} not set", "take them from your eSMS account's API page")
    else:
        yield Check("eSMS keys", "set")


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
