"""A Viber message as eSMS takes it: SendMultipleMessage_V4_get with SmsType 23 (manual IV.3), or by POST (web)."""

from dataclasses import dataclass, field
from typing import Final

from worker.domain import phone
from worker.providers.esms.account import EsmsAccount
from worker.providers.esms.writing import RequestSpec, Unwritable, get, post_json, unicode_flag

SMS_TYPE: Final = "23"


@dataclass(frozen=True, slots=True)
class ViberMessage:
    """One Viber message to one number: a text, a picture, a text with a button, or all of it."""

    request_id: str
    key: str
    #: The brandname registered for Viber.
    sender: str
    phone: int = field(repr=False)
    text: str = field(default="", repr=False)
    #: Where the button leads.
    url: str = ""
    image_url: str = ""
    #: What stands on the button.
    label: str = ""


#: “Các thông số bạn có thể kết hợp để gửi Viber” (manual IV.3, web).
PERMITTED: Final = ({"url", "image_url", "text", "label"}, {"text", "label", "url"}, {"image_url"}, {"text"})


def wanted(message: ViberMessage, account: EsmsAccount, *, callback_url: str) -> RequestSpec:
    """The message as a query; raises Unwritable, also for a combination that eSMS does not permit."""
    given = {name for name in ("text", "url", "image_url", "label") if getattr(message, name)}
    if given not in PERMITTED:
        raise Unwritable(
            f"a Viber message of {', '.join(sorted(given)) or 'nothing'} cannot be sent: give a text, a picture, "
            "a text with label and url, or all four"
        )
    if not message.sender:
        raise Unwritable("a Viber message needs a sender: name a brandname registered for Viber")
    if account.viber_api == "post_json":
        return _as_json(message, account, callback_url)
    fields = {
        "Phone": phone.local(message.phone),
        "Content": message.text or None,
        **account.keys,
        "IsUnicode": str(unicode_flag(message.text)),
        "SmsType": SMS_TYPE,
        "Brandname": message.sender,
        "OTTUrl": message.url or None,
        # The manual's table has the one name, its sample and the web the other; the one that is not known is not read.
        "OTTImageUrl": message.image_url or None,
        "OTTImgUrl": message.image_url or None,
        "OTTLabel": message.label or None,
        "CallbackUrl": callback_url or None,
        "RequestId": message.request_id or None,
        "campaignid": message.key or None,
        "Sandbox": "1" if account.sandbox else None,
    }
    return get(account.rest("/json/SendMultipleMessage_V4_get"), fields)


def _as_json(message: ViberMessage, account: EsmsAccount, callback_url: str) -> RequestSpec:
    """Send_Multiple_Sms_OTT (web, Viber): no campaignid is documented, the flag of trials is spelt IsSandBox, and a number."""
    fields = {
        **account.keys,
        "Brandname": message.sender,
        "Content": message.text or None,
        "OttImgUrl": message.image_url or None,
        "OttLabel": message.label or None,
        "OttUrl": message.url or None,
        "Phones": [phone.local(message.phone)],
        "SmsType": SMS_TYPE,
        "RequestId": message.request_id or None,
        "CallbackUrl": callback_url or None,
        "IsSandBox": 1 if account.sandbox else None,
    }
    return post_json(account.rest("/json/Send_Multiple_Sms_OTT/"), fields)
