"""The state of our account at eSMS: GetBalance and GetListBrandname (manual II.1 and II.6)."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final
from urllib.parse import quote

from worker.domain.account import Balance, Reading, Sender
from worker.providers import body
from worker.providers.esms.account import EsmsAccount
from worker.providers.esms.codes import REPORT_CODES
from worker.providers.esms.parsing import opened
from worker.providers.esms.writing import RequestSpec, post_json
from worker.providers.http import Fault, Reply

KINDS: Final[Mapping[str, str]] = {"1": "ads", "2": "care"}


def ask_balance(account: EsmsAccount) -> RequestSpec:
    """GetBalance_json: the keys in the body."""
    return post_json(account.rest("/json/GetBalance_json"), account.keys)


def ask_senders(account: EsmsAccount) -> RequestSpec:
    """GetListBrandname: the keys in the path."""
    keys = "/".join(quote(key, safe="") for key in account.keys.values())
    return RequestSpec("GET", account.rest(f"/json/GetListBrandname/{keys}"))


def balance(got: Reply | Fault) -> Reading[Balance]:
    """What is left, in VND; a refusal carries a balance of 0, which is not believed."""
    answer = opened(got, REPORT_CODES)
    amount = _money(body.scalar(answer.fields, "balance")) if answer.good else None
    return answer.reading(None if amount is None else Balance(amount), "Balance")


def _money(text: str) -> Decimal | None:
    """A sum that may be owed: below 0."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 10**15 else None


def senders(got: Reply | Fault) -> Reading[list[Sender]]:
    """The registered brandnames, once for each kind; a row without a name is left out."""
    answer = opened(got, REPORT_CODES)
    rows = answer.rows("listbrandname")
    if rows is None:
        return answer.reading(None, "ListBrandName")
    found = [_sender(body.lower_names(row)) for row in rows if isinstance(row, Mapping)]
    named = [sender for sender in found if sender.name]
    return answer.reading(list(dict.fromkeys(named)), whole=len(named) == len(rows))


def _sender(fields: body.Fields) -> Sender:
    kind = body.storable(body.scalar(fields, "type"), body.LONGEST_CODE)
    return Sender(body.storable(body.scalar(fields, "brandname"), 100), KINDS.get(kind, kind))
