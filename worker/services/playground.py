"""The account of test keys: one at a provider that only plays."""

from decimal import Decimal
from functools import cache

from worker.domain.ads import AdRules
from worker.domain.playground import PLAYGROUND
from worker.domain.window import ALWAYS
from worker.providers.playground import Playground
from worker.services.deps import Account


@cache
def playground() -> Account:
    """The account of test keys, at a provider that only plays."""
    return Account(
        name=PLAYGROUND,
        title="the test provider",
        messages=Playground(),
        ads=AdRules(max_characters=422),
        windows=ALWAYS,
        min_recipients=1,
        max_recipients=100,
        requests_per_second=1000,
        timeout_s=5,
        price_per_part=Decimal(0),
        otp_sender="TEST",
    )
