"""Writes the answers of eSMS: JSON under /json/, XML under /xml/, with the documents' own slips on request."""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from worker.sandbox.emulator import Answer

_NAMESPACE = "http://schemas.datacontract.org/2004/07/AdvertisingAPI.Model"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
#: What one member of a list is called in XML (manual II.4 and II.6; SentData has no sample).
_MEMBERS = {
    "ReceiverList": "Receiver", "ListBrandName": "listbrandname", "SentData": "SentMessage", "detail": "Detail",
    "BrandnameTemplates": "Template", "ZOAList": "ZOA", "ListParams": "Param",
}  # fmt: skip
_CODES = ("CodeResult", "CodeResponse")

#: The answer to a body that cannot be read (web, care message, beside 99): no CodeResult at all.
INVALID_REQUEST = Answer(b'{"error":"Invalid request"}', 400)


def write(model: str, fields: Mapping[str, Any], form: str, quirks: Collection[str] = ()) -> Answer:
    """An answer of the type `model`; `form` is json or xml, `quirks` are words of `settings.QUIRKS`."""
    shown = _quirky(fields, quirks)
    if form == "xml":
        text = f'<{model} xmlns="{_NAMESPACE}" xmlns:i="{_INSTANCE}">{"".join(_elements(shown))}</{model}>'
        return Answer(text.encode(), content_type="application/xml; charset=utf-8")
    text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    return Answer(text.encode("utf-8-sig" if "byte_order_mark" in quirks else "utf-8"))


def _elements(fields: Mapping[str, Any]) -> Iterable[str]:
    for name, value in fields.items():
        if isinstance(value, list):
            member = _MEMBERS[name]
            yield f"<{name}>"
            for item in value:
                yield f"<{member}>{''.join(_elements(item))}</{member}>"
            yield f"</{name}>"
        elif isinstance(value, dict):
            yield f"<{name}>{''.join(_elements(value))}</{name}>"
        else:
            yield f"<{name}>{_text(value)}</{name}>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.4f}" if isinstance(value, float) else escape(str(value))


def _quirky(fields: Mapping[str, Any], quirks: Collection[str]) -> Mapping[str, Any]:
    if not quirks:
        return fields
    shown = dict(fields)
    for name, value in fields.items():
        if name in _CODES and "int_code" in quirks:
            shown[name] = int(value)
        elif name == "SMSID" and "padded_sms_id" in quirks:
            shown[name] = f" {value} "
        elif isinstance(value, list):
            shown[name] = [_quirky(item, quirks) for item in value]
        elif isinstance(value, int | float) and not isinstance(value, bool) and "string_numbers" in quirks:
            shown[name] = _text(value)
        elif name == "ReferenceId" and "misspelt_reference" in quirks:
            del shown[name]
            shown["RefercenceId"] = value
    return shown
