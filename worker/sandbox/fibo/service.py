"""The paths of Fibo and what stands behind each: `service.asmx/<function>`, and the page of totals.

The envelope of SOAP goes to `service.asmx` itself, or to the page of totals; the documents name no path for it.
Parameters come in the query or as a form.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from worker.sandbox.emulator import Answer, Call, Emulator, Function, Place, parameters
from worker.sandbox.fibo import responses
from worker.sandbox.fibo.codes import Fault, Missing, Refusal
from worker.sandbox.fibo.sending import Sending, demand

_OPERATION = "{http://tempuri.org}GetTotalMt"


#: What the request validation of ASP.NET takes for markup: < before a letter, and a numeric character reference.
_MARKUP = re.compile(r"<[A-Za-z!/?]|&#")


class Fibo(Emulator):
    """The emulator of Fibo."""

    name = "fibo"
    base_path = "/fibo/service.asmx"

    def reset(self) -> None:
        """Forget which texts went out; the rest is the world's."""
        self._sending = Sending(self._world)
        functions = (
            Function("SendMaskedSMS", "GET|POST", self._explained(self._send), sends=True),
            Function("GetClientBalance", "GET|POST", self._explained(self._balance)),
            Function("PartnerMtTotal", "GET|POST", self._explained(self._page)),
            Function("GetTotalMt", "POST", self._explained(self._soap)),
        )
        self.functions = {function.name.lower(): function for function in functions}

    def variables(self, url: str) -> Mapping[str, str]:
        """The settings of Loa that point it here."""
        settings = self._world.settings
        return {
            "LOA_FIBO_BASE_URL": f"{url}{self.base_path}",
            "LOA_FIBO_STATUS_URL": f"{url}/fibo/PartnerMtTotal.aspx",
            "LOA_FIBO_CLIENT_NO": settings.fibo_client_no,
            "LOA_FIBO_CLIENT_PASS": settings.fibo_client_pass,
        }

    def locate(self, path: str) -> Place | None:
        """Find a function; neither the case of the path nor a slash at its end matters."""
        segments = [segment.lower() for segment in path.split("/") if segment]
        if segments and segments[0] in ("fibo", "webserivcefibo"):
            del segments[0]
        match segments:
            case ["service.asmx", ("sendmaskedsms" | "getclientbalance") as name]:
                return Place(self, self.functions[name], "xml")
            case ["partnermttotal.aspx"]:
                return Place(self, self.functions["partnermttotal"], "page")
            case ["service.asmx"]:
                return Place(self, self.functions["gettotalmt"], "soap")
        return None

    def refusal(self, function: str, form: str, code: str) -> Answer:  # noqa: ARG002 - a function has one form here
        """Say no by a code, in the shape of the function's answers."""
        return responses.refusal(function, code, escaped=self._world.settings.fibo_escaped)

    def _explained(self, run: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
        """Answer what Fibo or its web server refuses."""

        def answer(call: Call) -> Answer:
            try:
                return run(call)
            except Refusal as refusal:
                code = refusal.fault.code(old=self._world.settings.fibo_old_codes)
                return self.refusal(call.function, call.form, code)
            except Missing as missing:
                return responses.missing(str(missing))

        return answer

    def _send(self, call: Call) -> Answer:
        given = _given(call)
        if any(map(_MARKUP.search, given.values())):
            return responses.dangerous()
        self._sending.take(given)
        settings = self._world.settings
        code = "200" if settings.fibo_old_codes else settings.fibo_success_code
        return responses.sms(code, "Message", "Sending...", escaped=settings.fibo_escaped)

    def _balance(self, call: Call) -> Answer:
        settings = self._world.settings
        given = _given(call)
        demand(given, "clientNo", "clientPass", "serviceType")
        self._sending.authorise(given)
        rightly = given["servicetype"] == "1"
        if settings.fibo_old_codes:
            return responses.plain(str(settings.fibo_balance) if rightly else "-1")
        if not rightly:
            raise Refusal(Fault.SERVICE_TYPE)
        return responses.sms("200", "AccountBalance", str(settings.fibo_balance), escaped=settings.fibo_escaped)

    def _page(self, call: Call) -> Answer:
        if call.body.lstrip().startswith(b"<"):
            return self.functions["gettotalmt"].run(replace(call, function="GetTotalMt"))
        self._sending.authorise(_given(call), "username", "password")
        return responses.page(self._figures())

    def _soap(self, call: Call) -> Answer:
        try:
            asked = fromstring(call.body).find(f".//{_OPERATION}")
        except (ParseError, DefusedXmlException, ValueError) as fault:
            raise Refusal(Fault.LOGIN) from fault
        children = () if asked is None else asked
        self._sending.authorise({str(child.tag).rpartition("}")[2].lower(): child.text or "" for child in children})
        return responses.soap(self._figures())

    def _figures(self) -> str:
        """`ok|failed|waiting` over all texts that Fibo took."""
        taken = [order for order in self._world.ledger.orders if order.provider == self.name]
        messages, delivered, failed = self._world.counts(taken)
        return f"{delivered}|{failed}|{messages - delivered - failed}"


def _given(call: Call) -> Mapping[str, str]:
    """The parameters by name in lower case, from the query and the form."""
    return {**call.query, **parameters(call.body)}
