"""Parses the callbacks of eSMS: their queries, for messages and for calls (web, manual II.2 and III).

Anybody can send one: they carry no signature. What they say is a hint to ask; money and states are settled by asking.
Names come in any case, again, or not at all; nothing here raises, whatever comes.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from worker.domain.callback import Callback, Named, Receipt
from worker.domain.delivery import OrderStatus, SentState, Stage
from worker.providers import body
from worker.providers.esms.calls import CallResult, result
from worker.providers.esms.codes import STAGES
from worker.providers.esms.parsing import ref_of
from worker.providers.esms.reports import counted
from worker.providers.esms.sent_data import STATES

#: The raw query, which keeps names that come again, or pairs, or a mapping to one value or several.
Query = str | bytes | Mapping[str, Any] | Iterable[tuple[str, Any]]

#: Any answer with 200 will do; without one eSMS comes again, five times at most.
RECEIPT: Final = Receipt("OK", "text/plain")

LONGEST_QUERY: Final = 65_536
NETWORKS: Final[Mapping[str, str]] = {
    "1": "Viettel",
    "2": "MobiFone",
    "3": "VinaPhone",
    "4": "Vietnamobile",
    "5": "Gtel",
    "6": "Itel",
    "7": "Reddi",
}


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """What Zalo said of a message (`error_info`)."""

    #: 0 for success; None when it cannot be read.
    code: int | None
    provider_message: str


@dataclass(frozen=True, slots=True)
class SmsCallback:
    """One callback of a message: the counters of its order, and the number when it has but one."""

    ref: str
    order: OrderStatus
    #: Ours; empty in every sample of the documents.
    request_id: str = ""
    #: The SmsType of the order.
    sms_type: str = ""
    phone: int | None = field(default=None, repr=False)
    #: The receiver where it is a Zalo user and no number.
    zalo_user: str = field(default="", repr=False)
    network: str = ""
    error: ErrorInfo | None = None
    oa_id: str = ""
    template_id: str = ""
    #: Zalo's own id of the message.
    partner_ids: str = ""


def read(query: bytes, received: bytes) -> Callback | None:
    """What a callback says, of a message or of a call; None when it names neither.

    The documents have all of it in the query; a body is looked at where the query names nothing.
    """
    told: tuple[Query, ...] = (query, body.fields_of(body.text_of(received)) or received)
    for fields in told:
        if message := parse_sms_callback(fields):
            about, words = Named(message.ref, message.phone), message.error.provider_message if message.error else ""
            return Callback((about,), _state(message.order), delivered=message.order.delivered, provider_message=words)
        if call := parse_voice_callback(fields):
            said = call.status or f"no word of an answer, {call.stage}"
            words = f"call {call.ref}: {said}, {call.duration_s} s" + (f", key {call.key}" if call.key else "")
            picked_up = {None: SentState.SENT, True: SentState.DELIVERED, False: SentState.FAILED}
            return Callback((Named(call.ref),), picked_up[call.answered], provider_message=words, by_hand=True)
    return None


def _state(order: OrderStatus) -> SentState:
    """Where an order is, and with it the one number that it has; counters that cannot be say nothing."""
    if order.delivered + order.failed > order.receivers:
        return SentState.UNREADABLE
    if order.settled and not (order.delivered and order.failed):
        return SentState.DELIVERED if order.delivered else SentState.FAILED
    return STATES.get(order.stage, SentState.UNREADABLE)


def parse_sms_callback(query: Query) -> SmsCallback | None:
    """The callback of a message; None when it names none."""
    fields = _fields(query)
    ref = ref_of(body.scalar(fields, "smsid"))
    if not ref:
        return None
    phone = body.phone(fields, "phonenumber", "phone")
    return SmsCallback(
        ref=ref,
        order=_order(fields),
        request_id=_short(fields, "requestid"),
        sms_type=_short(fields, "typeid"),
        phone=phone,
        zalo_user="" if phone else _digits(fields, "phonenumber"),
        network=NETWORKS.get(body.scalar(fields, "telcoid"), ""),
        error=_error(body.scalar(fields, "error_info")),
        oa_id=_short(fields, "oaid"),
        template_id=_short(fields, "tempid"),
        partner_ids=_short(fields, "partnerids"),
    )


def parse_voice_callback(query: Query) -> CallResult | None:
    """The callback of a call; None when it names none."""
    fields = _fields(query)
    found = result(fields)
    return found if found.ref else None


def _order(fields: body.Fields) -> OrderStatus:
    status = body.scalar(fields, "sendstatus")
    words = f"callback with SendStatus {body.storable(status, body.LONGEST_CODE)}" if status else "callback"
    return counted(STAGES.get(status, Stage.UNREADABLE), fields, "", words, "")


def _fields(query: Any) -> body.Fields:
    """Names in lower case; of a name that comes again, the last value that says something.

    The last, because a CallbackUrl with empty or sample parameters, which the documents show, gets the true ones behind.
    """
    found: body.Fields = {}
    for name, value in _pairs(query):
        text = str(value).strip()
        if text or name.strip().lower() not in found:
            found[name.strip().lower()] = text
    return found


def _pairs(query: Any) -> list[tuple[str, Any]]:
    if isinstance(query, bytes):
        query = query.decode("utf-8", errors="replace")
    try:
        if isinstance(query, str):
            # A CallbackUrl that has a query already may get a second question mark.
            text = query[:LONGEST_QUERY].lstrip("?")
            text = re.sub(r"\?(?=(?:SMSID|ReferenceId)=)", "&", text, flags=re.IGNORECASE)
            return parse_qsl(text, keep_blank_values=True, max_num_fields=1_000)
        pairs = list(query.items() if isinstance(query, Mapping) else query)
        return [
            (str(name), one) for name, value in pairs for one in (value if isinstance(value, list | tuple) else [value])
        ]
    except (ValueError, TypeError):
        return []


def _short(fields: body.Fields, name: str) -> str:
    return body.storable(body.scalar(fields, name), 120)


def _digits(fields: body.Fields, name: str) -> str:
    found = body.scalar(fields, name)
    return found if re.fullmatch(r"[0-9]{12,20}", found) else ""


def _error(text: str) -> ErrorInfo | None:
    """JSON, JSON in a JSON string, or either once more in percent signs; behind it a time or an exception's text."""
    if not text:
        return None
    text = unquote(text) if re.match(r"(?:%22)?\s*(?:%7B|%5B|%22)", text, re.IGNORECASE) else text
    try:
        found: Any = json.JSONDecoder(strict=False).raw_decode(text)[0]
        if isinstance(found, str):
            found = json.JSONDecoder(strict=False).raw_decode(found)[0]
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, Mapping):
        return ErrorInfo(None, body.said({"words": text}, "words"))
    fields = body.lower_names({str(name): value for name, value in found.items()})
    code = body.scalar(fields, "error")
    return ErrorInfo(
        int(code) if re.fullmatch(r"-?[0-9]{1,9}", code) else None, body.said(fields, "message", "error_description")
    )
