"""Reads what FPT's delivery report means for us, and says how it is answered (newer API)."""

import re
from collections.abc import Mapping
from typing import Final

from worker.domain.callback import Callback, Named, Receipt
from worker.domain.delivery import SentState
from worker.providers.fpt.reports import Delivery, parse_report

#: 1: taken. With 0, for what the customer does not know, FPT may or may not come again; what we do not know yet we keep.
RECEIPT: Final = Receipt('{"status":1}', "application/json")

STATES: Final[Mapping[Delivery, SentState]] = {
    Delivery.DELIVERED: SentState.DELIVERED,
    Delivery.FAILED: SentState.FAILED,
    Delivery.PENDING: SentState.SENT,
    Delivery.UNKNOWN: SentState.UNREADABLE,
}
#: What is told of an ad: the push's BatchId with the number behind it (manual 3.4).
AD: Final = re.compile(r"(.+?)(84[1-9][0-9]{8})")


def read(_query: bytes, received: bytes) -> Callback | None:
    """The report in a body; None when it names no message."""
    report = parse_report(received)
    if report is None:
        return None
    whole = Named(report.ref)
    ad = AD.fullmatch(report.ref)
    about = (Named(ad[1], int(ad[2])), whole) if ad else (whole,)
    state = STATES[report.delivery]
    return Callback(about, state, delivered=int(state is SentState.DELIVERED), provider_message=report.provider_message)
