"""Writes an advertising order for eSMS."""

from typing import Final

from worker.domain import phone
from worker.domain.calls import AdOrder
from worker.providers.esms import messages
from worker.providers.esms.account import EsmsAccount
from worker.providers.esms.writing import RequestSpec, ordered, post_json, post_xml

SMS_TYPE: Final = "1"

JSON_NAMES: Final = "ApiKey SecretKey Brandname Content SmsType Phones RequestId campaignid Sandbox"


def wanted(order: AdOrder, account: EsmsAccount) -> RequestSpec:
    """The order in the account's `ads_api`; raises Unwritable.

    SendMultipleSMSBrandname_json (web, page on advertising): all numbers in one list, one id for all. Or
    SendMultipleMessage_V4 as XML (manual II.2.b); REQUESTID and CAMPAIGNID stand as in its web twin.
    """
    numbers = [phone.local(one) for one in order.phones]
    values = {
        "brandname": order.sender,
        "content": order.text,
        "smstype": SMS_TYPE,
        "phones": numbers,
        "contacts": numbers,
        "requestid": order.request_id,
        # Comes back as `Campaign` in GetSmsSentData: by it a lost order is found again.
        "campaignid": order.key,
        "sandbox": "1" if account.sandbox else None,
    }
    if account.ads_api == "brandname_json":
        return post_json(account.rest("/json/SendMultipleSMSBrandname_json/"), ordered(JSON_NAMES, account, values))
    return post_xml(account.rest("/xml/SendMultipleMessage_V4/"), ordered(messages.XML_NAMES, account, values))
