"""What a send would cost, and how many would get it: the two Summary functions (web, estimates); they send nothing."""

from collections.abc import Sequence

from worker.domain.account import Estimate, Reading
from worker.domain.phone import local
from worker.providers import body
from worker.providers.esms.account import CARE, EsmsAccount
from worker.providers.esms.codes import REPORT_CODES
from worker.providers.esms.parsing import opened
from worker.providers.esms.writing import RequestSpec, get, post_xml, unicode_flag
from worker.providers.http import Fault, Reply


def ask_ads(account: EsmsAccount, sender: str, text: str, phones: Sequence[int]) -> RequestSpec:
    """SummaryMultipleSMSBrandname: an order of ads as XML; raises Unwritable."""
    fields = {
        "APIKEY": account.api_key,
        "SECRETKEY": account.secret_key,
        "CONTENT": text,
        "SMSTYPE": "1",
        "BRANDNAME": sender,
        "CONTACTS": [local(phone) for phone in phones],
    }
    return post_xml(account.rest("/json/SummaryMultipleSMSBrandname/"), fields)


def ask_care(account: EsmsAccount, sender: str, text: str, phone: int) -> RequestSpec:
    """SummaryMultipleMessage_V4_get: one text to one number; raises Unwritable."""
    fields = {
        "Phone": local(phone),
        "Content": text,
        **account.keys,
        "SmsType": CARE,
        # So spelt in this function's address.
        "BrandName": sender,
        "IsUnicode": str(unicode_flag(text)),
    }
    return get(account.rest("/json/SummaryMultipleMessage_V4_get"), fields)


def read(got: Reply | Fault) -> Reading[Estimate]:
    """What it comes to; a success says "success" in ErrorMessage, so only the code tells one from a refusal."""
    answer = opened(got, REPORT_CODES)
    price, receivers = body.amount(answer.fields, "totalprice"), body.amount(answer.fields, "totalreceiver")
    found = None
    if answer.good and price is not None and receivers is not None and receivers == int(receivers):
        found = Estimate(int(receivers), price)
    return answer.reading(found, "TotalPrice and TotalReceiver")
