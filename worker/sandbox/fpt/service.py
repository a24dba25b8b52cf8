"""The functions of FPT and what stands behind each: POSTs of JSON under `/oauth2` and `/api`."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from worker.sandbox.emulator import Answer, Call, Emulator, Function, Place, json_object
from worker.sandbox.fpt.campaigns import Campaigns
from worker.sandbox.fpt.codes import Refusal
from worker.sandbox.fpt.otp import Otp
from worker.sandbox.fpt.responses import refuse, write
from worker.sandbox.fpt.tokens import Tokens

_KEPT_REFUSALS = 100
Run = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Fpt(Emulator):
    """The emulator of FPT."""

    name = "fpt"
    base_path = "/fpt"

    def reset(self) -> None:
        """Forget tokens and campaigns."""
        self._tokens, self._campaigns = Tokens(self._world), Campaigns(self._world)
        self._refusals: deque[dict[str, str]] = deque(maxlen=_KEPT_REFUSALS)
        otp, campaigns = Otp(self._world), self._campaigns
        functions = (
            self._function("oauth2/token", None, self._tokens.issue),
            self._function("push-brandname-otp", "send_brandname_otp", otp.push, sends=True),
            self._function("create-campaign", "send_brandname", campaigns.create),
            self._function("push-brandname-ads", "send_brandname", campaigns.push, sends=True),
            self._function("cancel-ads", "send_brandname", campaigns.cancel),
        )
        self.functions = {function.name: function for function in functions}
        self._places = {name if "/" in name else f"api/{name}": self.functions[name] for name in self.functions}

    def variables(self, url: str) -> Mapping[str, str]:
        """The settings of Loa that point it here."""
        settings = self._world.settings
        return {
            "LOA_FPT_BASE_URL": f"{url}{self.base_path}",
            "LOA_FPT_CLIENT_ID": settings.fpt_client_id,
            "LOA_FPT_CLIENT_SECRET": settings.fpt_client_secret,
        }

    def locate(self, path: str) -> Place | None:
        """Find a function under /fpt."""
        folder, _, rest = path.strip("/").lower().partition("/")
        function = self._places.get(rest) if folder == "fpt" else None
        return Place(self, function, "json") if function else None

    def refusal(self, function: str, form: str, code: str) -> Answer:  # noqa: ARG002 - all functions refuse alike
        """Say no by a code."""
        return refuse(code, self._world.settings)

    def routes(self) -> list[Route]:
        """`/_sandbox/fpt`: what the ledger does not tell."""
        return [Route("/_sandbox/fpt", self.shown)]

    def shown(self, _: Request) -> Response:
        """`campaigns` with their quota, `tokens` issued, and the last `refusals` with the reason that FPT does not tell."""
        campaigns, refusals = self._campaigns.as_list(), list(self._refusals)
        return JSONResponse({"campaigns": campaigns, "tokens": self._tokens.issued, "refusals": refusals})

    def _function(self, name: str, scope: str | None, run: Run, *, sends: bool = False) -> Function:
        def answer(call: Call) -> Answer:
            try:
                asked = json_object(call.body, lambda fault: Refusal("1001", f"the body {fault}"))
                if scope:
                    self._tokens.check(asked, scope)
                return write(run(asked), self._world.settings)
            except Refusal as refusal:
                self._refusals.append({"function": name, "code": refusal.code, "why": refusal.why})
                return refuse(refusal.code, self._world.settings, refusal.words)

        return Function(name, "POST", sends=sends, run=answer)
