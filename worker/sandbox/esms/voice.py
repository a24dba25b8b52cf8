"""Calls and their outcome: by template, by recording, with a code (manual III, web)."""

from dataclasses import dataclass
from typing import Any

from worker.sandbox.delivery_model import draw, results
from worker.sandbox.emulator import Answer, Call
from worker.sandbox.esms.codes import Refusal
from worker.sandbox.esms.order import CALL, recorded
from worker.sandbox.esms.reports import Reports, send_status
from worker.sandbox.esms.requests import CampaignRequest
from worker.sandbox.esms.responses import write
from worker.sandbox.ledger import Order
from worker.sandbox.text import mobiles
from worker.sandbox.world import World

#: What a call can be asked for beside its number; `Code` and the variables are its text.
_DETAILS = (
    "TemplateId", "VariableListStr", "Voice", "Speed", "Code", "Sender", "NumberForward", "MaxRepeat", "MaxRetry",
    "Ivr", "TimeWaitToIvr", "WaitRetry",
)  # fmt: skip
_VOICES = ("male", "female", "hatieumai", "ngoclam")
_SPEEDS = ("-3", "-2", "-1", "0", "1", "2", "3")
#: Lost from the manual's table; the web still shows it.
_BETWEEN_VARIABLES = "||"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call; `arrived` is None, and the rest empty, while it is not known."""

    arrived: bool | None
    seconds: int
    #: ANSWERED, NOANSWERED or empty.
    status: str
    #: The key that was pressed.
    key: str


def outcome(order: Order, known: float) -> Outcome:
    """What came of the call `order`; `known` is the share of results that has come in."""
    ((phone, arrived),) = results(order, known)
    if arrived is None:
        return Outcome(None, 0, "", "")
    if not arrived:
        return Outcome(False, 0, "NOANSWERED", "")
    return Outcome(True, 5 + draw(order.seed, phone) % 40, "ANSWERED", str((order.details or {}).get("Ivr", "")))


def asked(call: Call) -> CampaignRequest:
    """A call as it was asked for, in a GET with names in any case."""
    query = call.query
    details = {name: query[name.lower()] for name in _DETAILS if query.get(name.lower())}
    return CampaignRequest(
        api_key=query.get("apikey", ""),
        secret_key=query.get("secretkey", ""),
        content=query.get("code", "") or query.get("variableliststr", "") or query.get("templateid", ""),
        sms_type=str(CALL),
        brandname=query.get("sender", ""),
        phones=(query.get("phone", ""),),
        request_id=query.get("requestid", ""),
        send_date=query.get("senddate", ""),
        sandbox=query.get("sandbox", "") == "1",
        callback_url=query.get("callbackurl", ""),
        details=details,
    )


def by_template(requested: CampaignRequest, function: str, world: World) -> Order:
    """MakeCallTemplate_V2: 104 for a template that is not there, 105 for variables that are not its."""
    variables = world.settings.call_templates.get(requested.details.get("TemplateId", ""))
    if variables is None:
        raise Refusal("104")
    given = requested.details.get("VariableListStr", "")
    if (len(given.split(_BETWEEN_VARIABLES)) if given else 0) != variables:
        raise Refusal("105")
    return _formed(requested, function, world)


def by_record(requested: CampaignRequest, function: str, world: World) -> Order:
    """MakeCallRecord_V2: 106 for a recording that is not there."""
    if requested.details.get("TemplateId", "") not in world.settings.call_records:
        raise Refusal("106")
    return _formed(requested, function, world)


def with_code(requested: CampaignRequest, function: str, world: World) -> Order:
    """VoiceOTP: the Code is read out; the documents have no code for one that is missing."""
    if not requested.details.get("Code"):
        raise Refusal("99")
    return _formed(requested, function, world)


def _formed(requested: CampaignRequest, function: str, world: World) -> Order:
    phones = mobiles(requested.phones)
    if not phones:
        raise Refusal("107")
    # the documents list the values, and say nothing of others
    if requested.details.get("Voice", "male") not in _VOICES or requested.details.get("Speed", "0") not in _SPEEDS:
        raise Refusal("99")
    return recorded(requested, function, CALL, phones, world)


class VoiceReports:
    """The GetSendStatus of calls, in both generations."""

    def __init__(self, world: World, reports: Reports) -> None:
        self._world = world
        self._reports = reports

    def status(self, call: Call) -> Answer:
        """How a call went; `ReferenceId` is the SMSID of its start."""
        ref = call.query.get("referenceid", "").strip()
        code, order = self._reports.find(call, ref)
        if order is None or order.channel != "call":
            return self.refusal(call.form, code if order is None else "105")
        result = outcome(order, self._world.known(order))
        fields: dict[str, Any] = {"CodeResponse": "100"}
        if self._world.settings.voice_status_generation == 1:
            fields |= {"callduration": result.seconds, "callstatus": result.status, "ivr": result.key}
        else:
            fields |= {
                "CallDuration": result.seconds,
                "CallStatus": result.status,
                "Ivr": result.key,
                "ReferenceId": ref,
            }
            fields |= {"SendStatus": send_status(order, self._world), "SentResult": int(result.arrived is True)}
        return write("voicestatusresult", fields, call.form, self._world.settings.quirks)

    def refusal(self, form: str, code: str) -> Answer:
        """Say no by a code."""
        return write("voicestatusresult", {"CodeResponse": code}, form, self._world.settings.quirks)
