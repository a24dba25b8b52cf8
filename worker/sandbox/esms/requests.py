"""What does a send ask for? The four forms in which the documents write one and the same order."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from worker.sandbox.esms.codes import Unreadable


@dataclass(frozen=True, slots=True)
class Wish:
    """A send as it was asked for; missing fields are empty."""

    api_key: str
    secret_key: str
    content: str
    sms_type: str
    brandname: str
    #: As written, unchecked.
    phones: tuple[str, ...]
    request_id: str
    campaign: str
    send_date: str
    sandbox: bool


def json_object(body: bytes) -> dict[str, Any]:
    """The object in a JSON body; `Unreadable` when there is none."""
    try:
        found = json.loads(body)
    except ValueError as fault:
        raise Unreadable from fault
    if not isinstance(found, dict):
        raise Unreadable
    return found


def xml_fields(body: bytes) -> dict[str, Any]:
    """The children of `<RQST>` by tag; CONTACTS as a list of phones. `Unreadable` when it is something else."""
    try:
        root = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError) as fault:
        raise Unreadable from fault
    if root.tag != "RQST":
        raise Unreadable
    found: dict[str, Any] = {child.tag: child.text or "" for child in root}
    found["CONTACTS"] = [phone.text or "" for phone in root.iterfind("CONTACTS/CUSTOMER/PHONE")]
    return found


def ads_json(body: bytes) -> Wish:
    """SendMultipleSMSBrandname_json (PROVIDERS.md 1b): `Phones` is an array of strings."""
    fields = json_object(body)
    phones = fields.get("Phones")
    if not isinstance(phones, list) or not all(type(phone) is str for phone in phones):
        raise Unreadable
    return _wish(fields, tuple(phones))


def one_json(body: bytes) -> Wish:
    """SendMultipleMessage_V4_post_json (seed 000 II.2c): `Phone` is one string."""
    fields = json_object(body)
    return _wish(fields, (_string(fields, "Phone"),))


def one_query(query: Mapping[str, str]) -> Wish:
    """SendMultipleMessage_V4_get (seed 000 II.2a): the names in any case."""
    names = ("ApiKey", "SecretKey", "Content", "SmsType", "Brandname", "RequestId", "campaignid", "SendDate", "Sandbox")
    return _wish({name: query.get(name.lower(), "") for name in names}, (query.get("phone", ""),))


def list_xml(body: bytes) -> Wish:
    """SendMultipleMessage_V4 and SendMultipleSMSBrandname (seed 000 II.2b, PROVIDERS.md 1b): tags in capitals."""
    fields = xml_fields(body)
    names = ("ApiKey", "SecretKey", "Content", "SmsType", "Brandname", "RequestId", "campaignid", "SendDate", "Sandbox")
    phones = tuple(phone.strip() for phone in fields["CONTACTS"])
    return _wish({name: fields.get(name.upper(), "") for name in names}, phones)


def _wish(fields: Mapping[str, Any], phones: tuple[str, ...]) -> Wish:
    wish = Wish(
        api_key=_string(fields, "ApiKey"),
        secret_key=_string(fields, "SecretKey"),
        content=_string(fields, "Content"),
        sms_type=_string(fields, "SmsType").strip(),
        brandname=_string(fields, "Brandname"),
        phones=phones,
        request_id=_string(fields, "RequestId"),
        campaign=_string(fields, "campaignid"),
        send_date=_string(fields, "SendDate"),
        sandbox=_string(fields, "Sandbox").strip() == "1",
    )
    if not wish.content:
        raise Unreadable
    return wish


def _string(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name, "")
    # the pages of the documents write numbers with and without quotes (PROVIDERS.md 1c)
    if isinstance(value, str | int):
        return str(value)
    raise Unreadable
