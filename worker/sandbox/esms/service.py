"""The functions of eSMS and what stands behind each: `/MainService.svc/json|xml/<function>`."""

from collections.abc import Callable, Mapping
from functools import partial

from worker.sandbox.emulator import Answer, Call, Emulator, Function, Place
from worker.sandbox.esms import voice, zalo
from worker.sandbox.esms.bulk import Bulk
from worker.sandbox.esms.codes import WORDS, Refusal, Unreadable
from worker.sandbox.esms.form import formed
from worker.sandbox.esms.history import History
from worker.sandbox.esms.made_codes import Codes
from worker.sandbox.esms.order import ADVERTISING, CARE, FIXED_NUMBER, VIBER, ZALO, ZALO_PRIORITY
from worker.sandbox.esms.questions import Questions
from worker.sandbox.esms.reports import Reports
from worker.sandbox.esms.requests import (
    CampaignRequest,
    ads_json,
    check_keys,
    json_object,
    list_viber,
    list_xml,
    one_json,
    one_query,
)
from worker.sandbox.esms.responses import INVALID_REQUEST, write
from worker.sandbox.esms.sending import Former, Sending

VOICE_STATUS = "GetSendStatus_voice"
Run = Callable[[Call], Answer]
_ads = partial(formed, types=(ADVERTISING,))
_v4 = partial(formed, types=(ADVERTISING, CARE, FIXED_NUMBER, VIBER, ZALO_PRIORITY, ZALO))
_viber = partial(formed, types=(VIBER,))


class Esms(Emulator):
    """The emulator of eSMS; all its functions are at its main address, and some at others too (`Door`)."""

    name = "esms"
    base_path = "/esms/MainService.svc"

    def reset(self) -> None:
        """Forget the RequestIds and the codes; the rest is the world's."""
        self._sending = Sending(self._world)
        self._reports, history = Reports(self._world), History(self._world)
        self._voice_reports = voice.VoiceReports(self._world, self._reports)
        channels, bulk = zalo.Channels(self._world, self._sending), Bulk(self._world, self._sending)
        codes = Codes(self._world, self._sending)
        self._questions = Questions(self._world, self._reports)
        functions = (
            self._sends("SendMultipleSMSBrandname_json", "POST", ads_json, _ads),
            self._sends("SendMultipleSMSBrandname", "POST", list_xml, _ads),
            self._sends("SendMultipleMessage_V4", "POST", list_xml, _v4),
            self._sends("SendMultipleMessage_V4_post_json", "POST", one_json, _v4),
            self._sends("SendMultipleMessage_V4_get", "GET", one_query, _v4),
            self._sends("Send_Multiple_Sms_OTT", "POST", list_viber, _viber),
            self._sends("SendZaloMessage_V4_post_json", "POST", zalo.zalo_json, zalo.by_template),
            self._function("MultiChannelMessage", "POST", channels.send, sends=True),
            self._function("Send_zns_bulk_v4_post_json", "POST", bulk.send, sends=True),
            self._sends("MakeCallTemplate_V2", "GET", voice.asked, voice.by_template),
            self._sends("MakeCallRecord_V2", "GET", voice.asked, voice.by_record),
            self._sends("VoiceOTP", "GET", voice.asked, voice.with_code),
            self._function("SendMessageAutoGenCode_V4_get", "GET", codes.send, sends=True),
            self._function("CheckCodeGen_V4_get", "GET", codes.check),
            self._function("GetSendStatus", "GET", self._status),
            self._function(VOICE_STATUS, "GET", self._voice_reports.status),
            self._function("GetSmsReceiverStatus_get", "GET", self._reports.receivers),
            self._function("GetSmsSentData_V1", "POST", history.v1),
            self._function("GetSmsSentData_V2", "POST", history.v2),
            self._function("GetBalance_json", "POST", self._balance),
            self._function("GetListBrandname", "GET", self._brandnames),
            self._function("SummaryMultipleSMSBrandname", "POST", self._questions.estimate_ads),
            self._function("SummaryMultipleMessage_V4_get", "GET", self._questions.estimate_care),
            self._function("GetTemplate", "POST", self._questions.templates),
            self._function("ZNS/GetListZOA", "POST", self._questions.accounts),
            self._function("ZNS/GetQuota", "POST", self._questions.quota),
            self._function("ZNS/GetQuality", "POST", self._questions.quality),
            self._function("GetZnsTemplateInfo", "GET", self._questions.template),
            self._function("QueryZnsStatus", "POST", self._questions.status),
            self._function("GetZaloMessageStatus", "POST", self._questions.delivery),
        )
        self._asks = {function.name for function in functions[-9:]}
        self.functions = {function.name.lower(): function for function in functions}

    def variables(self, url: str) -> Mapping[str, str]:
        """The settings of Loa that point it here."""
        settings = self._world.settings
        return {
            "LOA_ESMS_BASE_URL": f"{url}{self.base_path}",
            "LOA_ESMS_API_KEY": settings.api_key,
            "LOA_ESMS_SECRET_KEY": settings.secret_key,
        }

    def locate(self, path: str) -> Place | None:
        """Find a function; neither the case of the path nor a slash at its end matters, the keys in it keep theirs."""
        segments = [segment for segment in path.split("/") if segment]
        if segments and segments[0].lower() == "esms":
            del segments[0]
        return self.inside(segments)

    def inside(self, segments: list[str]) -> Place | None:
        """The function behind the segments of a path that begins with the service."""
        match segments:
            case [service, form, name, *rest] if service.lower() == "mainservice.svc" and form.lower() in (
                "json",
                "xml",
            ):
                if name.lower() == "zns" and rest:
                    name, *rest = f"{name}/{rest[0]}", *rest[1:]
                function = self.functions.get(name.lower())
                return Place(self, function, form.lower(), tuple(rest)) if function else None
        return None

    def refusal(self, function: str, form: str, code: str) -> Answer:
        """Say no by a code, in the shape of the function's answers."""
        quirks = self._world.settings.quirks
        match function:
            case "GetBalance_json":
                return write("MemberModel", {"Balance": 0, "CodeResponse": code, "UserID": 0}, form, quirks)
            case "GetSendStatus":
                return write("SmsStatusResult", {"CodeResponse": code, "SMSID": ""}, form, quirks)
            case "GetSmsReceiverStatus_get":
                return write("SmsReceiver", {"CodeResult": code}, form, quirks)
            case "GetListBrandname":
                # a success has CodeResponse, an error CodeResult (web)
                fields = {"CodeResult": code, "ErrorMessage": WORDS.get(code, "")}
                return write("BrandnameListModel", fields, form, quirks)
        if function == VOICE_STATUS:
            return self._voice_reports.refusal(form, code)
        desk = self._questions if function in self._asks else self._sending
        return desk.refusal(function, form, code)

    def _function(self, name: str, method: str, run: Run, *, sends: bool = False) -> Function:
        def answer(call: Call) -> Answer:
            try:
                return run(call)
            except Refusal as refusal:
                return self.refusal(name, call.form, refusal.code)
            except Unreadable:
                return INVALID_REQUEST

        return Function(name, method, answer, sends)

    def _sends(self, name: str, method: str, read: Callable[[Call], CampaignRequest], former: Former) -> Function:
        return self._function(name, method, lambda call: self._sending.send(read(call), call, former), sends=True)

    def _status(self, call: Call) -> Answer:
        # at the address of both, the parameter tells a call's question from a text's
        by_call = "referenceid" in call.query and "refid" not in call.query
        return self._voice_reports.status(call) if by_call else self._reports.status(call)

    def _balance(self, call: Call) -> Answer:
        settings = self._world.settings
        asked = json_object(call.body)
        check_keys(settings, asked.get("ApiKey"), asked.get("SecretKey"))
        fields = {"Balance": settings.balance, "CodeResponse": "100", "UserID": 1}
        return write("MemberModel", fields, call.form, settings.quirks)

    def _brandnames(self, call: Call) -> Answer:
        settings = self._world.settings
        if call.rest != (settings.api_key, settings.secret_key):
            raise Refusal("101")
        rows = [{"Brandname": name, "Type": kind} for name, kinds in settings.brandnames.items() for kind in kinds]
        return write("BrandnameListModel", {"CodeResponse": "100", "ListBrandName": rows}, call.form, settings.quirks)
