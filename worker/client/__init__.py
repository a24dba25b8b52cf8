"""A client of Loa's HTTP API, usable alone: it needs httpx, and for webhooks `standardwebhooks`, and nothing else of Loa.

    from worker.client import Loa

    with Loa("https://loa.example", "loa_…") as loa:
        otp = loa.send_otp("0900000001", template="Ma xac thuc: {code}", generate={"length": 6})
        print(loa.check_otp(otp.id, "482913").status)

`AsyncLoa` has the same methods to be awaited. A call is repeated only where that is safe: a GET, or a POST under an
idempotency key; each of these POSTs has one, made for the call where none is given.
"""

from worker.client.calls import Check, LoaError, Otp, Unreachable, verify_webhook
from worker.client.clients import AsyncLoa, Loa

__all__ = ["AsyncLoa", "Check", "Loa", "LoaError", "Otp", "Unreachable", "verify_webhook"]
