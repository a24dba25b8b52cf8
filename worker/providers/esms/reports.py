"""What does eSMS report of an order, as a whole and number by number?

Both generations are read: the manual's table says SentSuccess and SentFailed, its samples and the web SendSuccess and
SendFailed; numbers come as numbers or as text, from /json/ or from /xml/ (manual II.3 and II.4, web: status by SMSID).
"""

from collections.abc import Mapping
from typing import Any, Final

import structlog

from worker.domain.outcome import Outcome
from worker.providers import body
from worker.providers.base import OrderStatus, Receiver, Stage
from worker.providers.esms.ads import words_of
from worker.providers.esms.codes import CODE_NAMES, CODES, NOT_FOUND_CODE, STAGES
from worker.providers.http import Fault, Reply

log = structlog.get_logger(__name__)

CANNOT_READ: Final = "HTTP {status} and no readable code"


def order_status(got: Reply | Fault) -> OrderStatus:
    """How far the order has come.

    A SendStatus that no table lists is UNREADABLE, not PENDING: PENDING would claim that the order is on its way. Both
    are asked again.
    """
    code, words, fields, raw = _opened(got)
    if code == NOT_FOUND_CODE:
        return OrderStatus(Stage.NOT_FOUND, code=code, words=words, raw=raw)
    if not _good(code, got):
        return OrderStatus(Stage.UNREADABLE, code=code, words=words, raw=raw)
    status = body.scalar(fields, "sendstatus", "sentstatus")
    stage = STAGES.get(status)
    if stage is None:
        listed = f"unlisted SendStatus {body.storable(status, body.LONGEST_CODE)}" if status else "no SendStatus"
        return OrderStatus(Stage.UNREADABLE, code=code, words=listed, raw=raw)
    return OrderStatus(
        stage,
        receivers=body.count(fields, "totalreceiver"),
        delivered=body.count(fields, "sendsuccess", "sentsuccess"),
        failed=body.count(fields, "sendfailed", "sentfailed"),
        cost=body.amount(fields, "totalprice"),
        code=code,
        words=words,
        raw=raw,
    )


def receivers(got: Reply | Fault, ref: str) -> list[Receiver] | None:
    """The result of each number, once per number; None when the answer could not be had or read.

    A row without a readable number or result is left out: of that number nothing is known, which is not a failure.
    """
    code, words, fields, _ = _opened(got)
    rows = fields.get("receiverlist", False)
    if not _good(code, got) or not (rows is None or rows == "" or isinstance(rows, list)):
        log.warning("receivers_unreadable", provider="esms", ref=ref, code=code, words=words)
        return None
    found: dict[int, Receiver] = {}
    for row in rows or ():
        receiver = _receiver(row)
        if receiver and (receiver.phone not in found or receiver.delivered):
            found[receiver.phone] = receiver
    return list(found.values())


def _receiver(row: Any) -> Receiver | None:
    if not isinstance(row, Mapping):
        return None
    fields = body.lower_names(row)
    phone = body.phone(fields, "phone")
    delivered = body.flag(fields, "sentresult", "sendresult")
    if phone is None or delivered is None:
        return None
    sent = body.flag(fields, "issent")
    # Whatever arrived has left.
    return Receiver(phone, bool(sent) or delivered, delivered, network=body.said(fields, "networkname"))


def _opened(got: Reply | Fault) -> tuple[str, str, body.Fields, str]:
    """Code, words, fields and the storable body of an answer."""
    if isinstance(got, Fault):
        return "", got.words, {}, ""
    text = body.text_of(got.body)
    fields = body.fields_of(text) or {}
    code = body.storable(body.code(fields, *CODE_NAMES), body.LONGEST_CODE)
    return code, words_of(code, fields) if code else CANNOT_READ.format(status=got.status), fields, body.raw(text)


def _good(code: str, got: Reply | Fault) -> bool:
    row = CODES.get(code)
    return isinstance(got, Reply) and got.status < 500 and row is not None and row.outcome is Outcome.ACCEPTED
