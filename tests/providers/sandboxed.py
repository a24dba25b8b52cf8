"""The functions of the three adapters, and a call of each that the sandbox takes time after time."""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from worker.domain.calls import AdCampaign, AdOrder, CodeCheck, CodeOrder, TemplateMessage, TextMessage
from worker.providers.esms import Esms, OtpCall, RecordCall, TemplateCall, ViberMessage, ZaloMessage
from worker.providers.esms.zalo_campaigns import message_of
from worker.providers.fpt import Fpt

#: Everything that some format on the way takes for its own.
TEXT = '[QC] Mã của bạn: 482913 & + % # < > " \n😀'
#: By the name of the provider; the other keys of an account are the sandbox's.
WRONG_KEYS = {
    "esms": {"secret_key": "wrong-secret"},
    "fpt": {"client_secret": "wrong-secret"},
    "fibo": {"client_pass": "wrong-pass"},
    "sandbox": {"secret": "wrong-secret"},
}
#: An official account of the sandbox.
OA = "436181207180"
#: FPT's hours and lead time are not the subject here; and every code that eSMS makes is known.
ALWAYS_OPEN = {"fpt_order_hours": "", "fpt_windows": "", "fpt_lead_s": 0, "made_code": "482913"}


@dataclass(frozen=True)
class CampaignRequest:
    """The nth thing that is asked for: other keys, texts and numbers than any before it."""

    nth: int
    text: str = TEXT
    #: The campaign or order that it is about.
    ref: str = ""

    @property
    def phone(self) -> int:
        """An obviously made-up number."""
        return 84900000000 + self.nth

    @property
    def key(self) -> str:
        """A key of ours."""
        return f"3b1f0c1e-51a4-4a8e-9d55-{self.nth:012d}"

    @property
    def message(self) -> TextMessage:
        """One text to the number."""
        return TextMessage(f"{self.key}-0", self.key, "LOA", self.text, self.phone)

    @property
    def order(self) -> AdOrder:
        """The text to the smallest list that eSMS takes, the number its first."""
        return AdOrder(f"{self.key}-0", self.key, "LOA", self.text, list(range(self.phone, self.phone + 20)))

    @property
    def created(self) -> AdCampaign:
        """A campaign for tomorrow."""
        return AdCampaign(f"Loa {self.key}", "LOA", self.text, 1, datetime.now(UTC) + timedelta(days=1))

    @property
    def zalo(self) -> ZaloMessage:
        """A template filled with the text, to the number."""
        return ZaloMessage(f"{self.key}-z", self.key, self.phone, "200300", "436181207180", [self.text])


@dataclass(frozen=True)
class Function:
    """One function of an adapter."""

    provider: str
    #: As the sandbox calls it.
    name: str
    call: Callable[[Any, CampaignRequest], Awaitable[Any]]
    account: dict[str, Any] = field(default_factory=dict)
    #: Makes what the call is about: a campaign, an order.
    before: Callable[[Any, CampaignRequest], Awaitable[Any]] | None = None
    #: Orders that one call, with what comes before it, puts on the ledger.
    orders: int = 1
    #: Whether the ids are those of its rows, and not of the whole.
    bulk: bool = False
    #: Whether a RequestId keeps a repeat from being a second message.
    keyed: bool = True


def _ads(form: str, name: str) -> Function:
    return Function("esms", name, lambda esms, requested: esms.send_ads(requested.order), {"ads_api": form})


def _esms_message(form: str, name: str) -> Function:
    return Function("esms", name, _message, {"message_api": form})


def _fibo_message(send_by: str) -> Function:
    return Function("fibo", "SendMaskedSMS", _message, {"send_by": send_by})


def _asks(provider: str, name: str, method: str, **account: Any) -> Function:
    return Function(provider, name, lambda adapter, _: getattr(adapter, method)(), account, orders=0)


def _record(generation: str) -> Function:
    return Function(
        "esms",
        f"GetSmsSentData_{generation.upper()}",
        lambda esms, _: esms.sent_data(datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC)),
        {"sent_data": generation},
        orders=0,
    )


def _message(provider: Any, requested: CampaignRequest) -> Awaitable[Any]:
    return provider.send_message(requested.message)


def _campaign(fpt: Fpt, requested: CampaignRequest) -> Awaitable[Any]:
    return fpt.create_campaign(requested.created)


def _zalo(esms: Esms, requested: CampaignRequest) -> Awaitable[Any]:
    return esms.send_zalo(requested.zalo)


def _own_code(esms: Esms, requested: CampaignRequest) -> Awaitable[Any]:
    text = 'Ma cua ban: {code} & + % # < > " @'
    return esms.send_code(replace(requested.message, text=text, made=CodeOrder(6, 5)))


def _code_call(esms: Esms, requested: CampaignRequest) -> Awaitable[Any]:
    return esms.call_otp(OtpCall(requested.phone, "482913"))


MESSAGES = {
    "esms message as JSON": _esms_message("post_json", "SendMultipleMessage_V4_post_json"),
    "esms message as query": _esms_message("get", "SendMultipleMessage_V4_get"),
    "esms message as XML": _esms_message("post_xml", "SendMultipleMessage_V4"),
    "fpt message": Function("fpt", "push-brandname-otp", _message),
    "fibo message as query": _fibo_message("query"),
    "fibo message as form": _fibo_message("form"),
    "sandbox message": Function("sandbox", "messages", _message),
}
LISTS = {
    "esms ads as JSON": _ads("brandname_json", "SendMultipleSMSBrandname_json"),
    "esms ads as XML": _ads("v4_xml", "SendMultipleMessage_V4"),
    "fpt push": Function(
        "fpt", "push-brandname-ads", lambda fpt, requested: fpt.push(requested.ref, [requested.phone]), before=_campaign
    ),
}
CAMPAIGNS = {
    "fpt campaign": Function("fpt", "create-campaign", _campaign, orders=0),
    "fpt cancel": Function(
        "fpt", "cancel-ads", lambda fpt, requested: fpt.cancel(requested.ref), before=_campaign, orders=0
    ),
}
CHANNELS = {
    "viber": Function(
        "esms",
        "SendMultipleMessage_V4_get",
        lambda esms, requested: esms.send_viber(
            ViberMessage(f"{requested.key}-0", requested.key, "LOA", requested.phone, text=requested.text)
        ),
    ),
    "zalo": Function("esms", "SendZaloMessage_V4_post_json", lambda esms, requested: esms.send_zalo(requested.zalo)),
    "zalo of a campaign": Function(
        "esms",
        "SendZaloMessage_V4_post_json",
        lambda esms, requested: esms.send_zalo(
            message_of(
                TemplateMessage(
                    f"{requested.key}-z", requested.key, requested.phone, "436181207180", "200300", [requested.text]
                )
            )
        ),
    ),
    "viber by POST": Function(
        "esms",
        "Send_Multiple_Sms_OTT",
        lambda esms, requested: esms.send_viber(
            ViberMessage(f"{requested.key}-0", requested.key, "LOA", requested.phone, text=requested.text)
        ),
        {"viber_api": "post_json"},
    ),
    "zalo in bulk": Function(
        "esms", "Send_zns_bulk_v4_post_json", lambda esms, requested: esms.send_zalo_bulk([requested.zalo]), bulk=True
    ),
    "multichannel": Function(
        "esms", "MultiChannelMessage", lambda esms, requested: esms.send_multichannel(requested.zalo, requested.message)
    ),
    "call by template": Function(
        "esms",
        "MakeCallTemplate_V2",
        lambda esms, requested: esms.call_template(
            TemplateCall(requested.key, requested.phone, "1001", [requested.text, "1"])
        ),
    ),
    "call by recording": Function(
        "esms",
        "MakeCallRecord_V2",
        lambda esms, requested: esms.call_record(RecordCall(requested.key, requested.phone, "2001")),
    ),
    "call with a code": Function("esms", "VoiceOTP", _code_call, keyed=False),
    "code that eSMS makes": Function("esms", "SendMessageAutoGenCode_V4_get", _own_code, keyed=False),
}
SENDS = {**MESSAGES, **LISTS, **CAMPAIGNS, **CHANNELS}
BALANCES = {
    "esms balance": _asks("esms", "GetBalance_json", "balance"),
    "fibo balance": _asks("fibo", "GetClientBalance", "balance"),
    "sandbox balance": _asks("sandbox", "balance", "balance"),
}
QUESTIONS = {
    **BALANCES,
    "esms senders": _asks("esms", "GetListBrandname", "senders"),
    "esms status": Function(
        "esms", "GetSendStatus", lambda esms, requested: esms.order_status(requested.ref), before=_message
    ),
    "esms receivers": Function(
        "esms", "GetSmsReceiverStatus_get", lambda esms, requested: esms.receivers(requested.ref), before=_message
    ),
    "esms call status": Function(
        "esms", "GetSendStatus_voice", lambda esms, requested: esms.call_status(requested.ref), before=_code_call
    ),
    "esms check of a code": Function(
        "esms",
        "CheckCodeGen_V4_get",
        lambda esms, requested: esms.check_code(CodeCheck(requested.phone, "482913")),
        before=_own_code,
    ),
    "esms records, first generation": _record("v1"),
    "esms records": _record("v2"),
    "esms estimate of ads": Function(
        "esms",
        "SummaryMultipleSMSBrandname",
        lambda esms, requested: esms.estimate_ads("LOA", requested.text, [requested.phone]),
        orders=0,
    ),
    "esms estimate of care": Function(
        "esms",
        "SummaryMultipleMessage_V4_get",
        lambda esms, requested: esms.estimate_care("LOA", requested.text, requested.phone),
        orders=0,
    ),
    "esms care templates": Function(
        "esms", "GetTemplate", lambda esms, _: esms.care_templates("Baotrixemay"), orders=0
    ),
    "zalo accounts": _asks("esms", "ZNS/GetListZOA", "zalo_accounts"),
    "zalo quota": Function("esms", "ZNS/GetQuota", lambda esms, _: esms.zalo_quota(OA), orders=0),
    "zalo quality": Function("esms", "ZNS/GetQuality", lambda esms, _: esms.zalo_quality(OA), orders=0),
    "zalo template": Function("esms", "GetZnsTemplateInfo", lambda esms, _: esms.zalo_template(OA, "200300"), orders=0),
    "zalo status": Function(
        "esms", "QueryZnsStatus", lambda esms, requested: esms.zalo_status(requested.ref), before=_zalo
    ),
    "zalo delivery": Function("esms", "GetZaloMessageStatus", lambda esms, _: esms.zalo_delivery(OA, "none"), orders=0),
    "fibo totals by page": _asks("fibo", "PartnerMtTotal", "totals"),
    "fibo totals by SOAP": _asks("fibo", "PartnerMtTotal", "totals", totals_by="soap"),
}
FUNCTIONS = {**SENDS, **QUESTIONS}


def methods_of(adapter: type) -> set[str]:
    """The functions of an adapter that call its provider."""
    found = {name for name, _ in inspect.getmembers(adapter, inspect.iscoroutinefunction) if name[0] != "_"}
    # `records` asks by `sent_data`.
    return found - {"aclose", "records"}


def methods_called(calls: Iterable[Callable[[Any], Any]]) -> set[str]:
    """The functions that these calls of an adapter are of."""
    called = set()

    class Named:
        def __getattr__(self, name: str) -> Callable[..., None]:
            called.add(name)
            return lambda *_, **__: None

    for call in calls:
        call(Named())
    return called
