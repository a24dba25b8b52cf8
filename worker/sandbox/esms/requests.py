"""Reads the request to send a text, in all the forms in which the documents write one and the same order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from worker.sandbox import emulator
from worker.sandbox.emulator import Call
from worker.sandbox.esms.codes import Refusal, Unreadable
from worker.sandbox.settings import Settings

#: What a Viber message has beside its text (manual IV.3).
OTT_FIELDS = ("OTTUrl", "OTTImageUrl", "OTTLabel")
_NAMES = (
    "ApiKey", "SecretKey", "Content", "SmsType", "Brandname", "RequestId", "campaignid", "SendDate", "Sandbox",
    "CallbackUrl", "OTTUrl", "OTTImageUrl", "OTTImgUrl", "OTTLabel", "Phone",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CampaignRequest:
    """A send as it was asked for; missing fields are empty."""

    api_key: str
    secret_key: str
    content: str
    sms_type: str
    brandname: str
    #: As written, unchecked.
    phones: tuple[str, ...]
    request_id: str = ""
    campaign: str = ""
    send_date: str = ""
    sandbox: bool = False
    callback_url: str = ""
    #: What else was asked for, under the documents' names: Viber's OTT fields, Zalo's template, a call's wishes.
    details: Mapping[str, Any] = field(default_factory=dict)


def json_object(body: bytes) -> dict[str, Any]:
    """The object in a JSON body; `Unreadable` when there is none."""
    return emulator.json_object(body, Unreadable)


def check_keys(settings: Settings, api_key: object, secret_key: object) -> None:
    """Raise Refusal where the keys are not the account's."""
    if (api_key, secret_key) != (settings.api_key, settings.secret_key):
        raise Refusal("101")


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


def ads_json(call: Call) -> CampaignRequest:
    """SendMultipleSMSBrandname_json (web, advertising message): `Phones` is an array of strings."""
    fields = json_object(call.body)
    return _requested(fields, _array(fields, "Phones"))


def one_json(call: Call) -> CampaignRequest:
    """SendMultipleMessage_V4_post_json (manual II.2.c): `Phone` is one string."""
    return one_fields(json_object(call.body))


def one_fields(fields: Mapping[str, Any]) -> CampaignRequest:
    """A message to the one number in `Phone`."""
    return _requested(fields, (string(fields, "Phone"),))


def one_query(call: Call) -> CampaignRequest:
    """SendMultipleMessage_V4_get (manual II.2.a, IV.3): the names in any case."""
    return one_fields({name: call.query[name.lower()] for name in _NAMES if name.lower() in call.query})


def list_xml(call: Call) -> CampaignRequest:
    """SendMultipleMessage_V4 and SendMultipleSMSBrandname (manual II.2.b, web): tags in capitals."""
    fields = xml_fields(call.body)
    phones = tuple(phone.strip() for phone in fields["CONTACTS"])
    return _requested({name: fields[name.upper()] for name in _NAMES if name.upper() in fields}, phones)


def list_viber(call: Call) -> CampaignRequest:
    """Send_Multiple_Sms_OTT (web, Viber): `Phones` is an array, the flag of tests is spelled IsSandBox."""
    fields = json_object(call.body)
    return _requested({**fields, "Sandbox": fields.get("IsSandBox", "")}, _array(fields, "Phones"))


def string(fields: Mapping[str, Any], name: str) -> str:
    """The text of a field, which may be written as a number; empty when there is none."""
    value = fields.get(name, "")
    # the pages of the web write numbers with and without quotes
    if isinstance(value, str | int):
        return str(value)
    raise Unreadable


def _array(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = fields.get(name)
    if not isinstance(value, list) or not all(type(item) is str for item in value):
        raise Unreadable
    return tuple(value)


def _requested(fields: Mapping[str, Any], phones: tuple[str, ...]) -> CampaignRequest:
    # a picture's address is OTTImageUrl in the manual's table, OTTImgUrl in its sample; newer pages write Ott
    spelled = {name.lower().replace("imgurl", "imageurl"): name for name in fields}
    details = {name: string(fields, spelled[name.lower()]) for name in OTT_FIELDS if name.lower() in spelled}
    requested = CampaignRequest(
        api_key=string(fields, "ApiKey"),
        secret_key=string(fields, "SecretKey"),
        content=string(fields, "Content"),
        sms_type=string(fields, "SmsType").strip(),
        brandname=string(fields, "Brandname"),
        phones=phones,
        request_id=string(fields, "RequestId"),
        campaign=string(fields, "campaignid"),
        send_date=string(fields, "SendDate"),
        sandbox=string(fields, "Sandbox").strip() == "1",
        callback_url=string(fields, "CallbackUrl"),
        details={name: value for name, value in details.items() if value},
    )
    if not requested.content and not requested.details:
        raise Unreadable
    return requested
