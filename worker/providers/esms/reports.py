"""Reads eSMS's report of an order, as a whole and number by number.

Both generations are read: the manual's table says SentSuccess and SentFailed, its samples and the web SendSuccess and
SendFailed; numbers come as numbers or as text, from /json/ or from /xml/ (manual II.3 and II.4, web: status by SMSID).
"""

from collections.abc import Mapping
from typing import Any

import structlog

from worker.domain.delivery import OrderStatus, Receiver, Stage
from worker.providers import body
from worker.providers.esms.account import EsmsAccount
from worker.providers.esms.codes import NOT_FOUND_CODE, REPORT_CODES, STAGES
from worker.providers.esms.parsing import opened
from worker.providers.esms.writing import RequestSpec, get
from worker.providers.http import Fault, Reply

log = structlog.get_logger(__name__)


def ask_status(account: EsmsAccount, ref: str) -> RequestSpec:
    """GetSendStatus."""
    return get(account.rest("/json/GetSendStatus"), {"RefId": ref, **account.keys})


def ask_receivers(account: EsmsAccount, ref: str) -> RequestSpec:
    """GetSmsReceiverStatus_get."""
    return get(account.rest("/json/GetSmsReceiverStatus_get"), {**account.keys, "RefId": ref})


def order_status(got: Reply | Fault) -> OrderStatus:
    """How far the order has come.

    A SendStatus that no table lists is UNREADABLE, not PENDING: PENDING would claim that the order is on its way. Both
    are asked again.
    """
    answer = opened(got, REPORT_CODES)
    stage, words = Stage.UNREADABLE, answer.provider_message
    if answer.good:
        status = body.scalar(answer.fields, "sendstatus", "sentstatus")
        if status in STAGES:
            return counted(STAGES[status], answer.fields, answer.code, words, answer.raw)
        words = f"unlisted SendStatus {body.storable(status, body.LONGEST_CODE)}" if status else "no SendStatus"
    elif answer.code == NOT_FOUND_CODE:
        stage = Stage.NOT_FOUND
    return OrderStatus(stage, code=answer.code, provider_message=words, raw=answer.raw)


def counted(stage: Stage, fields: body.Fields, code: str, provider_message: str, raw: str) -> OrderStatus:
    """An order with its counters, under the names of both generations."""
    delivered = body.count(fields, "sendsuccess", "sentsuccess")
    failed = body.count(fields, "sendfailed", "sentfailed")
    receivers, cost = body.count(fields, "totalreceiver"), body.amount(fields, "totalprice")
    numbers = {"receivers": receivers, "delivered": delivered, "failed": failed}
    return OrderStatus(stage, **numbers, cost=cost, code=code, provider_message=provider_message, raw=raw)


def receivers(got: Reply | Fault, ref: str) -> list[Receiver] | None:
    """The result of each number, once per number; None when the answer could not be had or read.

    A row without a readable number or result is left out: of that number nothing is known, which is not a failure.
    """
    answer = opened(got, REPORT_CODES)
    rows = answer.rows("receiverlist")
    if rows is None:
        words = answer.provider_message
        log.warning("receivers_unreadable", provider="esms", ref=ref, code=answer.code, provider_message=words)
        return None
    found: dict[int, Receiver] = {}
    for row in rows:
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
