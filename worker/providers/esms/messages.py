"""Writes one text to one number for eSMS: SendMultipleMessage_V4 in its three forms (manual II.2.a to c).

SmsType 2 is care by brandname, 8 the fixed number (web, and the page that calls itself voice OTP), 24 and 25 Zalo of
high and normal priority. RequestId keeps a repeat from being sent for 24 hours, and then no longer.
"""

from datetime import datetime
from typing import Any, Final

from worker.domain import phone
from worker.domain.calls import TextMessage
from worker.providers.esms.account import FIXED_NUMBER, MESSAGE_TYPES, EsmsAccount
from worker.providers.esms.writing import (
    MESSAGE_TIME,
    RequestSpec,
    Unwritable,
    get,
    ordered,
    post_json,
    post_xml,
    unicode_flag,
    vietnam_time,
)

JSON_NAMES: Final = (
    "ApiKey Content Phone SecretKey Brandname SmsType IsUnicode Sandbox campaignid RequestId CallbackUrl SendDate"
)
#: campaignid is documented for the other forms only; without it a lost message could not be found again. SandBox is so spelt
#: on the web's page of this form.
QUERY_NAMES: Final = (
    "Phone Content ApiKey SecretKey IsUnicode Brandname SmsType CallbackUrl RequestId campaignid SendDate SandBox"
)
#: No document names an element for IsUnicode.
XML_NAMES: Final = (
    "APIKEY SECRETKEY CONTENT SMSTYPE REQUESTID CAMPAIGNID BRANDNAME SENDDATE CALLBACKURL SANDBOX CONTACTS"
)


def wanted(
    message: TextMessage, account: EsmsAccount, *, sms_type: str, send_date: datetime | None, callback_url: str
) -> RequestSpec:
    """The message in the account's `message_api`; raises Unwritable."""
    if sms_type not in MESSAGE_TYPES:
        raise Unwritable(f"SmsType {sms_type!r} is not sent one by one: take one of {', '.join(MESSAGE_TYPES)}")
    if sms_type == "2" and not message.sender:
        raise Unwritable("a care message needs a sender: name a registered brandname")
    number = phone.local(message.phone)
    # The pages write both flags as text for care, and as numbers for the fixed number.
    written: type[Any] = int if sms_type == FIXED_NUMBER else str
    values = {
        "content": message.text,
        "phone": number,
        "contacts": [number],
        "brandname": brandname(message, sms_type),
        "smstype": sms_type,
        "isunicode": written(unicode_flag(message.text)),
        "sandbox": written(1) if account.sandbox else None,
        "campaignid": message.key or None,
        "requestid": message.request_id or None,
        "callbackurl": callback_url or None,
        "senddate": vietnam_time(send_date, MESSAGE_TIME),
    }
    match account.message_api:
        case "post_json":
            url = account.rest("/json/SendMultipleMessage_V4_post_json/")
            return post_json(url, ordered(JSON_NAMES, account, values))
        case "get":
            return get(account.rest("/json/SendMultipleMessage_V4_get"), ordered(QUERY_NAMES, account, values))
        case "post_xml":
            return post_xml(account.rest("/xml/SendMultipleMessage_V4/"), ordered(XML_NAMES, account, values))


def brandname(message: TextMessage, sms_type: str) -> str | None:
    """The sender; the fixed number has none (web)."""
    return None if sms_type == FIXED_NUMBER else message.sender or None
