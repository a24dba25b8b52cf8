"""Parses FPT's delivery report: the callback of the newer API, known from public clients; the manual has none."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from worker.providers import body


class Delivery(StrEnum):
    """How a message ended, as far as FPT knows."""

    DELIVERED = "delivered"
    FAILED = "failed"
    #: No result yet.
    PENDING = "pending"
    #: A status that no document lists: nothing was learned.
    UNKNOWN = "unknown"


#: `status` of a report; not the codes of errors, in which -11 is a blocked number.
STATUSES: Final = {"1": Delivery.DELIVERED, "2": Delivery.PENDING, "-11": Delivery.PENDING, "0": Delivery.FAILED}


@dataclass(frozen=True, slots=True)
class Report:
    """One delivery report; it may come twice, out of order, or before our own commit of the message."""

    #: The MessageId that push-brandname-otp answered with, as text: one side writes a number, the other text.
    ref: str
    delivery: Delivery
    #: `status` as FPT wrote it.
    code: str = ""
    #: FPT's own words on a failure.
    provider_message: str = ""
    #: The carrier as FPT names it (viettel, vina, mobi, htc, beeline, itel).
    network: str = ""
    #: How many parts were billed; None when it did not say.
    parts: int | None = None
    raw: str = ""


def parse_report(received: bytes) -> Report | None:
    """Read the body of a callback; None when it is no report that names a message. Never raises."""
    text, fields = body.read(received)
    ref = body.scalar(fields, "smsid")
    if not re.fullmatch(r"[\w.-]{1,64}", ref, re.ASCII) or not ref.strip("0-"):
        return None
    code = body.code(fields, "status")
    return Report(
        ref,
        STATUSES.get(code, Delivery.UNKNOWN),
        code=code,
        provider_message=body.said(fields, "error"),
        network=body.said(fields, "telco"),
        parts=body.count(fields, "mt_count") or None,
        raw=body.raw(text),
    )
