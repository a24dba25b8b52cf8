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
    return _ask(account, "GetSendStatus", [("RefId", ref), *_keys(account)])


def ask_receivers(account: EsmsAccount, ref: str) -> RequestSpec:
    """GetSmsReceiverStatus_get."""
    return _ask(account, "GetSmsReceiverStatus_get", [*_keys(account), ("RefId", ref)])


def _keys(account: EsmsAccount) -> list[tuple[str, str]]:
    return [("ApiKey", account.api_key), ("SecretKey", account.secret_key)]


def _ask(account: EsmsAccount, function: str, pairs: list[tuple[str, str]]) -> RequestSpec:
    return get(account.rest(f"/json/{function}"), pairs)


def order_status(got: Reply | Fault) -> OrderStatus:
    """How far the order has come.

    A SendStatus that no table lists is UNREADABLE, not PENDING: PENDING would claim that the order is on its way. Both
    are asked again.
    """
    answer = opened(got, REPORT_CODES)
    code, words, fields, raw = answer.code, answer.provider_message, answer.fields, answer.raw
    if code == NOT_FOUND_CODE:
        return OrderStatus(Stage.NOT_FOUND, code=code, provider_message=words, raw=raw)
    if not answer.good:
        return OrderStatus(Stage.UNREADABLE, code=code, provider_message=words, raw=raw)
    status = body.scalar(fields, "sendstatus", "sentstatus")
    stage = STAGES.get(status)
    if stage is None:
        listed = f"unlisted SendStatus {body.storable(status, body.LONGEST_CODE)}" if status else "no SendStatus"
        return OrderStatus(Stage.UNREADABLE, code=code, provider_message=listed, raw=raw)
    return OrderStatus(
        stage,
        receivers=body.count(fields, "totalreceiver"),
        delivered=body.count(fields, "sendsuccess", "sentsuccess"),
        failed=body.count(fields, "sendfailed", "sentfailed"),
        cost=body.amount(fields, "totalprice"),
        code=code,
        provider_message=words,
        raw=raw,
    )


def receivers(got: Reply | Fault, ref: str) -> list[Receiver] | None:
    """The result of each number, once per number; None when the answer could not be had or read.

    A row without a readable number or result is left out: of that number nothing is known, which is not a failure.
    """
    answer = opened(got, REPORT_CODES)
    rows = answer.fields.get("receiverlist", False)
    if not answer.good or not (rows is None or rows == "" or isinstance(rows, list)):
        log.warning(
            "receivers_unreadable", provider="esms", ref=ref, code=answer.code, provider_message=answer.provider_message
        )
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
