"""Reads what Fibo says of our account: what is left on it, and how much went out in all."""

import re
from decimal import Decimal
from typing import Final

from worker.domain.account import Balance, Reading, Totals
from worker.providers import body
from worker.providers.fibo.codes import ANSWERED
from worker.providers.fibo.envelope import NOTHING, element, name_of, opened
from worker.providers.fibo.sending import code_of, describe
from worker.providers.http import Fault, Reply

CANNOT_READ: Final = "HTTP {status} and no readable answer"
#: The page may be written on after its figures, as ASP.NET pages are.
FIGURES: Final = re.compile(r"\s*([0-9]{1,9})\|([0-9]{1,9})\|([0-9]{1,9})\s*(?:<|$)")


def balance(got: Reply | Fault, unit: str) -> Reading[Balance]:
    """What GetClientBalance says: XML with AccountBalance in the account's `unit` (section 2.1), or a plain number.

    The plain number is the older guide's and counts messages; below zero it means a wrong serviceType.
    """
    if isinstance(got, Fault):
        return Reading(None, provider_message=got.provider_message)
    text = body.text_of(got.body)
    inside = opened(text) if got.status < 400 else NOTHING
    plain = code_of(inside.plain)
    code = body.code(inside.fields, "code")
    amount = Decimal(plain) if plain else body.amount(inside.fields, "accountbalance")
    found = None
    if plain.startswith("-"):
        words = f"wrong serviceType ({plain})"
    elif code and code not in ANSWERED:
        words = describe(code, inside.fields)
    elif amount is None:
        words = CANNOT_READ.format(status=got.status)
    else:
        words = body.said(inside.fields, "message")
        found = Balance(amount, "messages" if plain else unit)
    return Reading(found, code=code, provider_message=words, raw=body.raw(text))


def totals(got: Reply | Fault) -> Reading[Totals]:
    """What the totals page, or its SOAP form, says: `505|6|0`, that is ok, failed and waiting (section 2.3)."""
    if isinstance(got, Fault):
        return Reading(None, provider_message=got.provider_message)
    text = body.text_of(got.body)
    raw = body.raw(text)
    found = FIGURES.match(_result_of(text))
    if found is None or got.status >= 400:
        said = _fault_of(text)
        words = CANNOT_READ.format(status=got.status)
        return Reading(None, provider_message=f"{words} (“{said}”)" if said else words, raw=raw)
    return Reading(Totals(*map(int, found.groups())), raw=raw)


def _result_of(text: str) -> str:
    """The text with the figures: of the SOAP answer or of a `<string>`, or else the page itself."""
    return _leaf(text, "gettotalmtresult", "string") or text.lstrip("\ufeff")


def _fault_of(text: str) -> str:
    """What a SOAP fault says of itself."""
    return body.said({"said": _leaf(text, "faultstring")}, "said")


def _leaf(text: str, *names: str) -> str:
    root = element(text)
    return next((leaf.text or "" for leaf in root.iter() if name_of(leaf) in names), "") if root is not None else ""
