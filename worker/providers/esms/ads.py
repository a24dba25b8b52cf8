"""Writes an advertising order for eSMS."""

from typing import Final

from worker.domain.calls import AdOrder
from worker.providers.esms.account import EsmsAccount
from worker.providers.esms.writing import RequestSpec, local_number, post_json, post_xml

SMS_TYPE: Final = "1"


def wanted(order: AdOrder, account: EsmsAccount) -> RequestSpec:
    """The order in the account's `ads_api`; raises Unwritable."""
    return _as_json(order, account) if account.ads_api == "brandname_json" else _as_xml(order, account)


def _as_json(order: AdOrder, account: EsmsAccount) -> RequestSpec:
    """SendMultipleSMSBrandname_json (web, page on advertising): all numbers in one list, one id for all."""
    fields = {
        "ApiKey": account.api_key,
        "SecretKey": account.secret_key,
        "Brandname": order.sender,
        "Content": order.text,
        "SmsType": SMS_TYPE,
        "Phones": [local_number(phone) for phone in order.phones],
        "RequestId": order.request_id,
        # Comes back as `Campaign` in GetSmsSentData: by it a lost order is found again.
        "campaignid": order.key,
        "Sandbox": "1" if account.sandbox else None,
    }
    return post_json(account.rest("/json/SendMultipleSMSBrandname_json/"), fields)


def _as_xml(order: AdOrder, account: EsmsAccount) -> RequestSpec:
    """SendMultipleMessage_V4 (manual II.2.b); REQUESTID and CAMPAIGNID stand as in its web twin."""
    fields = {
        "APIKEY": account.api_key,
        "SECRETKEY": account.secret_key,
        "CONTENT": order.text,
        "SMSTYPE": SMS_TYPE,
        "REQUESTID": order.request_id,
        "CAMPAIGNID": order.key,
        "BRANDNAME": order.sender,
        "SANDBOX": "1" if account.sandbox else None,
        "CONTACTS": [local_number(phone) for phone in order.phones],
    }
    return post_xml(account.rest("/xml/SendMultipleMessage_V4/"), fields)
