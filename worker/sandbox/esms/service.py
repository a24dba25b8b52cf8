"""Which paths does eSMS have, and what stands behind each? `/MainService.svc/json|xml/<function>`."""

from collections.abc import Callable, Mapping, Sequence

from worker.sandbox.emulator import Answer, Call, Function, Place
from worker.sandbox.esms.answers import INVALID_REQUEST, write
from worker.sandbox.esms.codes import WORDS, Unreadable
from worker.sandbox.esms.form import ADVERTISING, CARE, FIXED_NUMBER
from worker.sandbox.esms.history import History
from worker.sandbox.esms.reports import Reports
from worker.sandbox.esms.requests import Wish, ads_json, json_object, list_xml, one_json, one_query
from worker.sandbox.esms.sending import Sending
from worker.sandbox.world import World

_V4_TYPES = (ADVERTISING, CARE, FIXED_NUMBER)


class Esms:
    """The emulator of eSMS."""

    name = "esms"
    base_setting = "LOA_ESMS_BASE_URL"
    base_path = "/esms/MainService.svc"

    def __init__(self, world: World) -> None:
        self._world = world
        self.reset()

    def reset(self) -> None:
        """Forget the RequestIds; the rest is the world's."""
        self._sending = Sending(self._world)
        reports, history = Reports(self._world), History(self._world)
        functions = (
            self._send("POST", "SendMultipleSMSBrandname_json", lambda call: ads_json(call.body), (ADVERTISING,)),
            self._send("POST", "SendMultipleSMSBrandname", lambda call: list_xml(call.body), (ADVERTISING,)),
            self._send("POST", "SendMultipleMessage_V4", lambda call: list_xml(call.body), _V4_TYPES),
            self._send("POST", "SendMultipleMessage_V4_post_json", lambda call: one_json(call.body), _V4_TYPES),
            self._send("GET", "SendMultipleMessage_V4_get", lambda call: one_query(call.query), _V4_TYPES),
            Function("GetSendStatus", "GET", sends=False, run=reports.status),
            Function("GetSmsReceiverStatus_get", "GET", sends=False, run=reports.receivers),
            Function("GetSmsSentData_V1", "POST", sends=False, run=_tolerant(history.v1)),
            Function("GetSmsSentData_V2", "POST", sends=False, run=_tolerant(history.v2)),
            Function("GetBalance_json", "POST", sends=False, run=_tolerant(self._balance)),
            Function("GetListBrandname", "GET", sends=False, run=self._brandnames),
        )
        self.functions: Mapping[str, Function] = {function.name.lower(): function for function in functions}

    def locate(self, path: str) -> Place | None:
        """Find a function; neither the case of the path nor a slash at its end matters, the keys in it keep theirs."""
        segments = [segment for segment in path.split("/") if segment]
        if segments and segments[0].lower() == "esms":
            del segments[0]
        match segments:
            case [service, form, name, *rest] if service.lower() == "mainservice.svc" and form.lower() in (
                "json",
                "xml",
            ):
                function = self.functions.get(name.lower())
                return Place(function, form.lower(), tuple(rest)) if function else None
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
                # a success has CodeResponse, an error CodeResult (PROVIDERS.md 1e)
                fields = {"CodeResult": code, "ErrorMessage": WORDS.get(code, "")}
                return write("BrandnameListModel", fields, form, quirks)
        return self._sending.refusal(form, code)

    def _send(self, method: str, name: str, read: Callable[[Call], Wish], types: Sequence[int]) -> Function:
        def run(call: Call) -> Answer:
            return self._sending.send(read(call), name, call.form, types)

        return Function(name, method, sends=True, run=_tolerant(run))

    def _balance(self, call: Call) -> Answer:
        settings = self._world.settings
        asked = json_object(call.body)
        if (asked.get("ApiKey"), asked.get("SecretKey")) != (settings.api_key, settings.secret_key):
            return self.refusal(call.function, call.form, "101")
        fields = {"Balance": settings.balance, "CodeResponse": "100", "UserID": 1}
        return write("MemberModel", fields, call.form, settings.quirks)

    def _brandnames(self, call: Call) -> Answer:
        settings = self._world.settings
        if call.rest != (settings.api_key, settings.secret_key):
            return self.refusal(call.function, call.form, "101")
        rows = [{"Brandname": name, "Type": kind} for name, kinds in settings.brandnames.items() for kind in kinds]
        return write("BrandnameListModel", {"CodeResponse": "100", "ListBrandName": rows}, call.form, settings.quirks)


def _tolerant(run: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
    """Answer what cannot be read as eSMS does."""

    def answer(call: Call) -> Answer:
        try:
            return run(call)
        except Unreadable:
            return INVALID_REQUEST

    return answer
