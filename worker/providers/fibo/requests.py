"""Writes questions and texts for Fibo: names and their order as in the samples of its API pages."""

import re
from typing import Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from worker.domain import phone
from worker.domain.calls import TextMessage

FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"

#: What a URL cannot carry: half a character has no UTF-8.
UNWRITABLE: Final = re.compile("[\ud800-\udfff]")

#: smsGUID where none is given (section 2.2).
NO_GUID: Final = "0"

Pairs = list[tuple[str, str]]


def unwritable(message: TextMessage) -> str:
    """A sentence on the first character that cannot be written; empty when all can."""
    for name, text in (("text", message.text), ("sender", message.sender), ("key", message.key)):
        if found := UNWRITABLE.search(text):
            where = f"at position {found.start() + 1} of the {name}"
            return f"character U+{ord(found[0]):04X} {where} cannot be sent: remove it"
    return ""


def send_masked_sms(message: TextMessage, client_no: str, client_pass: str, guid: str, service_type: int) -> Pairs:
    """The parameters of SendMaskedSMS (section 2.2)."""
    return [
        ("clientNo", client_no),
        ("clientPass", client_pass),
        ("senderName", message.sender),
        # The form that public clients of Fibo send.
        ("phoneNumber", phone.local(message.phone)),
        ("smsMessage", message.text),
        ("smsGUID", guid),
        ("serviceType", str(service_type)),
    ]


def get_client_balance(client_no: str, client_pass: str) -> Pairs:
    """The parameters of GetClientBalance (section 2.1); its serviceType is 1."""
    return [("clientNo", client_no), ("clientPass", client_pass), ("serviceType", "1")]


def partner_mt_total(username: str, password: str) -> Pairs:
    """The parameters of the totals page (section 2.3)."""
    return [("Username", username), ("Password", password)]


def encoded(pairs: Pairs) -> str:
    """The parameters as a query or a form, UTF-8; a blank is %20, since not everything on the way reads + as one."""
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)


#: The namespace has no slash at its end, as in the sample of the answer (section 2.3).
SOAP_ACTION: Final = '"http://tempuri.org/GetTotalMt"'


def get_total_mt(client_no: str, client_pass: str) -> bytes:
    """The SOAP form of the totals.

    Only its answer is documented (section 2.3, `GetTotalMtResponse`, and clientNo and clientPass as parameters); the
    request is what SOAP 1.1 makes of that.
    """
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
        '<soap:Body><GetTotalMt xmlns="http://tempuri.org">'
        f"<clientNo>{escape(client_no)}</clientNo><clientPass>{escape(client_pass)}</clientPass>"
        "</GetTotalMt></soap:Body></soap:Envelope>"
    ).encode()
