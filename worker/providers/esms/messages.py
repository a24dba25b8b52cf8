"""Writes one text to one number for eSMS: SendMultipleMessage_V4 in its three forms (manual II.2.a to c).

SmsType 2 is care by brandname, 8 the fixed number (web, and the page that calls itself voice OTP), 24 and 25 Zalo of
high and normal priority. RequestId keeps a repeat from being sent for 24 hours, and then no longer.
"""

from datetime import datetime
from typing import Any

from worker.domain.calls import TextMessage
from worker.providers.esms.account import FIXED_NUMBER, MESSAGE_TYPES, EsmsAccount
from worker.providers.esms.writing import (
    MESSAGE_TIME,
    RequestSpec,
    Unwritable,
    get,
    local_number,
    post_json,
    post_xml,
    unicode_flag,
    vietnam_time,
)


def wanted(
    message: TextMessage, account: EsmsAccount, *, sms_type: str, send_date: datetime | None, callback_url: str
) -> RequestSpec:
    """The message in the account's `message_api`; raises Unwritable."""
    if sms_type not in MESSAGE_TYPES:
        raise Unwritable(f"SmsType {sms_type!r} is not sent one by one: take one of {', '.join(MESSAGE_TYPES)}")
    if sms_type == "2" and not message.sender:
        raise Unwritable("a care message needs a sender: name a registered brandname")
    at = vietnam_time(send_date, MESSAGE_TIME)
    write = {"post_json": _as_json, "get": _as_query, "post_xml": _as_xml}[account.message_api]
    return write(message, account, sms_type, at, callback_url or None)


def brandname(message: TextMessage, sms_type: str) -> str | None:
    """The sender; the fixed number has none (web)."""
    return None if sms_type == FIXED_NUMBER else message.sender or None


def _as_json(
    message: TextMessage, account: EsmsAccount, sms_type: str, at: str | None, callback: str | None
) -> RequestSpec:
    # The pages write both flags as text for care, and as numbers for the fixed number.
    written: type[Any] = int if sms_type == FIXED_NUMBER else str
    fields = {
        "ApiKey": account.api_key,
        "Content": message.text,
        "Phone": local_number(message.phone),
        "SecretKey": account.secret_key,
        "Brandname": brandname(message, sms_type),
        "SmsType": sms_type,
        "IsUnicode": written(unicode_flag(message.text)),
        "Sandbox": written(1) if account.sandbox else None,
        "campaignid": message.key or None,
        "RequestId": message.request_id or None,
        "CallbackUrl": callback,
        "SendDate": at,
    }
    return post_json(account.rest("/json/SendMultipleMessage_V4_post_json/"), fields)


def _as_query(
    message: TextMessage, account: EsmsAccount, sms_type: str, at: str | None, callback: str | None
) -> RequestSpec:
    pairs = [
        ("Phone", local_number(message.phone)),
        ("Content", message.text),
        ("ApiKey", account.api_key),
        ("SecretKey", account.secret_key),
        ("IsUnicode", str(unicode_flag(message.text))),
        ("Brandname", brandname(message, sms_type)),
        ("SmsType", sms_type),
        ("CallbackUrl", callback),
        ("RequestId", message.request_id or None),
        # Documented for the other forms only; without it a lost message could not be found again.
        ("campaignid", message.key or None),
        ("SendDate", at),
        # So spelt on the web's page of this form.
        ("SandBox", "1" if account.sandbox else None),
    ]
    return get(account.rest("/json/SendMultipleMessage_V4_get"), pairs)


def _as_xml(
    message: TextMessage, account: EsmsAccount, sms_type: str, at: str | None, callback: str | None
) -> RequestSpec:
    # No document names an element for IsUnicode.
    fields = {
        "APIKEY": account.api_key,
        "SECRETKEY": account.secret_key,
        "CONTENT": message.text,
        "SMSTYPE": sms_type,
        "REQUESTID": message.request_id or None,
        "CAMPAIGNID": message.key or None,
        "BRANDNAME": brandname(message, sms_type),
        "SENDDATE": at,
        "CALLBACKURL": callback,
        "SANDBOX": "1" if account.sandbox else None,
        "CONTACTS": [local_number(message.phone)],
    }
    return post_xml(account.rest("/xml/SendMultipleMessage_V4/"), fields)
