"""Writes a Zalo message for eSMS, alone or with a text as its second way.

SendZaloMessage_V4_post_json (manual IV.1) and MultiChannelMessage (manual IV.2), at the account's `ott_base_url`; the
manual writes the first under /xml/, so its answer is XML. RequestId and campaignid are the web's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from worker.domain import phone
from worker.domain.calls import TextMessage
from worker.providers.esms.account import CARE, FIXED_NUMBER, EsmsAccount
from worker.providers.esms.messages import brandname
from worker.providers.esms.writing import (
    MESSAGE_TIME,
    RequestSpec,
    Unwritable,
    kept,
    post_json,
    unicode_flag,
    vietnam_time,
)

#: Where the pages since 2025 have Zalo too (devesms/gitbook_esms_for_develop_v2), and https is spoken.
NEWER_HOST: Final = "rest.esms.vn"
#: SendingMode (web).
AS_USUAL, OVER_QUOTA = SENDING_MODES = ("1", "3")


@dataclass(frozen=True, slots=True)
class ZaloMessage:
    """One message by a template of an official account to one number."""

    request_id: str
    key: str
    phone: int = field(repr=False)
    template_id: str
    #: The official account.
    oa_id: str
    #: The template's values in its order; one that stands in it twice is given once.
    params: Sequence[str] = field(default=(), repr=False)
    #: 1 as usual, 3 over the quota, for official accounts that eSMS lets do it; empty: as usual.
    sending_mode: str = ""

    def check_mode(self, send_date: datetime | None) -> None:
        """Raise Unwritable for a mode that does not exist, or one that cannot wait (code 801)."""
        if self.sending_mode not in ("", *SENDING_MODES):
            raise Unwritable(f"there is no sending mode {self.sending_mode!r}: take one of {', '.join(SENDING_MODES)}")
        if self.sending_mode == OVER_QUOTA and send_date is not None:
            raise Unwritable("a message over the quota cannot wait for a time: leave the time out")


def wanted(message: ZaloMessage, account: EsmsAccount, *, send_date: datetime | None, callback_url: str) -> RequestSpec:
    """The message alone; raises Unwritable."""
    message.check_mode(send_date)
    fields = {
        **account.keys,
        "Phone": phone.local(message.phone),
        **_template(message, account, callback_url),
        "SendDate": vietnam_time(send_date, MESSAGE_TIME),
    }
    # The manual's host has it under /xml/, the host of the newer pages under /json/.
    folder = "json" if urlsplit(account.ott_base_url).hostname == NEWER_HOST else "xml"
    return post_json(account.ott(f"/{folder}/SendZaloMessage_V4_post_json/"), fields)


def multichannel(
    zalo: ZaloMessage, sms: TextMessage, account: EsmsAccount, *, sms_type: str, callback_url: str
) -> RequestSpec:
    """Zalo first, and the text when that fails; raises Unwritable."""
    if zalo.phone != sms.phone:
        raise Unwritable("both ways must lead to the same number: give the Zalo message and the text the same one")
    if zalo.request_id and zalo.request_id == sms.request_id:
        raise Unwritable("both ways have the same RequestId, and the second would be refused: give each its own")
    zalo.check_mode(None)
    if sms_type not in (CARE, FIXED_NUMBER):
        raise Unwritable(f"SmsType {sms_type!r} cannot follow Zalo: take {CARE} or {FIXED_NUMBER}")
    if sms_type == CARE and not sms.sender:
        raise Unwritable("a care message needs a sender: name a registered brandname")
    text = {
        "Content": sms.text,
        "Phone": phone.local(sms.phone),
        # Numbers here, unlike anywhere else (manual's sample).
        "IsUnicode": unicode_flag(sms.text),
        "SmsType": int(sms_type),
        "Brandname": brandname(sms, sms_type),
        "RequestId": sms.request_id or None,
        "CallbackUrl": callback_url or None,
        "Sandbox": "1" if account.sandbox else None,
    }
    fields = {
        **account.keys,
        "Phone": phone.local(zalo.phone),
        "Channels": ["zalo", "sms"],
        "Data": [kept(_template(zalo, account, callback_url)), kept(text)],
    }
    return post_json(account.ott("/json/MultiChannelMessage/"), fields)


def _template(message: ZaloMessage, account: EsmsAccount, callback_url: str) -> dict[str, Any]:
    if not (message.template_id and message.oa_id):
        raise Unwritable("a Zalo message needs a template and an official account: give TempID and OAID")
    return {
        "OAID": message.oa_id,
        "TempID": message.template_id,
        "Params": list(message.params),
        "RequestId": message.request_id or None,
        "campaignid": message.key or None,
        "CallbackUrl": callback_url or None,
        "Sandbox": "1" if account.sandbox else None,
        "SendingMode": message.sending_mode or None,
    }
