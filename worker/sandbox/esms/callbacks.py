"""The callbacks of eSMS: letters about one order (manual II.2.a, III.2 and III.3; web)."""

import json
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from worker.sandbox.callbacks import Letter
from worker.sandbox.delivery_model import tally
from worker.sandbox.esms.order import ADVERTISING, CARE, cost
from worker.sandbox.esms.reports import DONE, REFUSED, WAITS, WAITS_FOR_REPORT
from worker.sandbox.esms.voice import outcome
from worker.sandbox.hours import VIETNAM
from worker.sandbox.ledger import Order
from worker.sandbox.text import carrier, local
from worker.sandbox.world import World

Fields = dict[str, str]

#: The names that the manual has, in its spelling.
_SEED_NAMES = (
    "smsid", "sendfailed", "sendstatus", "SendSuccess", "TotalPrice", "TotalReceiver", "TotalSent", "ReferenceId",
    "CallDuration", "CallStatus", "Ivr", "Price", "SentResult", "CID",
)  # fmt: skip
_TELCOS = {"Viettel": 1, "Mobifone": 2, "Vinaphone": 3, "Vietnamobile": 4, "Gtel": 5, "Itel": 6, "Reddi": 7}
_INACTIVE = {
    "error": -114,
    "message": "User is inactive, or reject the message, or using an outdated Zalo version, or other internal errors",
}
_CALLER = "02871002454"


def letters(order: Order, url: str, world: World) -> list[Letter]:
    """The callbacks about an order to its CallbackUrl, in the order of its states; ads have them by a setting."""
    settings = world.settings
    if order.sms_type == ADVERTISING and not settings.ads_callbacks:
        return []
    first = order.starts + settings.first_report_after_s
    done = order.starts + max(settings.first_report_after_s, settings.done_after_s)
    states = [(WAITS, order.taken), (WAITS_FOR_REPORT, first)] if settings.callback_states and not order.refused else []
    found = [Letter(order, due, _url(url, _fields(order, status, world), world)) for status, due in states]
    status, due = (REFUSED, first) if order.refused else (DONE, done)
    fields = _fields(order, status, world)
    for forged_url, forged in _forged(url, fields, world):
        found.append(Letter(order, due, _url(forged_url, forged, world)))
    return [*found, Letter(order, due, _url(url, fields, world))]


def _forged(url: str, fields: Fields, world: World) -> Iterator[tuple[str, Fields]]:
    for word in world.settings.callback_forgeries:
        if word == "counts":
            yield url, {**fields, "SendSuccess": "999999"}
        elif word == "stranger":
            yield url, {name: _STRANGER if name in ("SMSID", "ReferenceId") else fields[name] for name in fields}
        else:
            parts = urlsplit(url)
            yield urlunsplit(parts._replace(path=f"{parts.path.rpartition('/')[0]}/forged")), fields


_STRANGER = "00000000-0000-4000-8000-000000000000000"


def _fields(order: Order, status: int, world: World) -> Fields:
    return _of_call(order, status) if order.channel == "call" else _of_message(order, status, world)


def _of_message(order: Order, status: int, world: World) -> Fields:
    settings = world.settings
    delivered, failed = tally(order, 1.0) if status == DONE else (0, 0)
    if order.sms_type == ADVERTISING and "empty_ads_callback" in settings.quirks:
        delivered = failed = 0
    total = str(len(order.phones))
    fields = {"SMSID": order.sms_id, "SendFailed": str(failed), "SendStatus": str(status)}
    fields |= {"SendSuccess": str(delivered), "TotalPrice": f"{cost(order, settings):.4f}"}
    fields |= {"TotalReceiver": total, "TotalSent": total}
    # empty in every sample of the documents
    fields["RequestId"] = order.request_id if settings.callback_request_id else ""
    fields["TypeId"] = str(order.sms_type)
    if order.sms_type == ADVERTISING or not order.phones:
        return fields
    fields |= {"telcoid": str(_TELCOS.get(carrier(order.phones[0]), "")), "phonenumber": local(order.phones[0])}
    if order.sms_type == CARE:
        fields["switchsmsid"] = ""
    if order.channel == "zalo":
        details = order.details or {}
        fields |= {"partnerids": "", "error_info": _error_info(order, world) if failed else ""}
        fields |= {"oaid": details.get("OAID", ""), "tempid": details.get("TempID", "")}
    return fields


def _error_info(order: Order, world: World) -> str:
    """A JSON text inside a JSON text; or, in another sample, one that is encoded once more with a date behind it."""
    if "double_encoded_error_info" not in world.settings.quirks:
        return json.dumps(json.dumps(_INACTIVE, separators=(",", ":")))
    at = quote(order.at.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S"), safe="/:")
    return f"{quote(json.dumps(_INACTIVE, separators=(',', ':')), safe='')}____{at}"


def _of_call(order: Order, status: int) -> Fields:
    result = outcome(order, 1.0 if status == DONE else 0.0)
    # with a blank here (web), without one in the answers of the status function (manual III.1)
    said = result.status.replace("NOANSWERED", "NO ANSWER")
    fields = {"ReferenceId": order.sms_id, "CallDuration": str(result.seconds), "CallStatus": said, "Ivr": result.key}
    fields |= {"Price": f"{order.price if status == DONE else 0:.4f}", "SentResult": str(int(result.arrived is True))}
    return {**fields, "CID": _CALLER, "SendStatus": str(status)}


def _url(url: str, fields: Fields, world: World) -> str:
    """The customer's address with the fields in its query: in place of those that it has, which are a form to fill."""
    named = _spelled(fields, world.settings.callback_names)
    if "blind_callback_join" in world.settings.quirks:
        return f"{url}?{urlencode(named)}"
    parts = urlsplit(url)
    ours = {name.lower() for name in fields}
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0].lower() not in ours]
    return urlunsplit(parts._replace(query=urlencode([*kept, *named.items()])))


def _spelled(fields: Mapping[str, str], names: str) -> Fields:
    match names:
        case "lower":
            return {name.lower(): value for name, value in fields.items()}
        case "upper":
            return {name.upper(): value for name, value in fields.items()}
        case "seed":
            known = {name.lower(): name for name in _SEED_NAMES}
            return {known[name.lower()]: value for name, value in fields.items() if name.lower() in known}
    return dict(fields)
