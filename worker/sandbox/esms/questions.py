"""What can be asked without sending anything: prices beforehand, care templates, Zalo's accounts, templates and states (web)."""

import re
from collections.abc import Mapping
from typing import Any

from worker.sandbox.delivery_model import results, tally
from worker.sandbox.emulator import Answer, Call
from worker.sandbox.esms.codes import WORDS, Refusal
from worker.sandbox.esms.order import ADVERTISING, CARE
from worker.sandbox.esms.reports import Reports, send_status
from worker.sandbox.esms.requests import check_keys, json_object, list_xml, string
from worker.sandbox.esms.responses import write
from worker.sandbox.ledger import Order
from worker.sandbox.text import mobiles, parts
from worker.sandbox.world import World

#: Carriers by their numbers in GetTemplate: Viettel, Mobi, Vinaphone, Vietnamobile, Gtel.
_NETWORKS = (1, 2, 3, 4, 5)
#: In the settings a variable of a care template is a part of a pattern; in the answer it is the documents' `{P1,20}`.
_VARIABLE = re.compile(r"\[\^\.\]\{0,([0-9]+)\}")
_PARAMS = ("customer_name", "order_code")


class Questions:
    """The functions that only answer."""

    def __init__(self, world: World, reports: Reports) -> None:
        self._world = world
        self._reports = reports

    def estimate_ads(self, call: Call) -> Answer:
        """SummaryMultipleSMSBrandname."""
        requested = list_xml(call)
        check_keys(self._world.settings, requested.api_key, requested.secret_key)
        self._sender(requested.brandname, ADVERTISING)
        return self._estimate(call, requested.content, len(mobiles(requested.phones)))

    def estimate_care(self, call: Call) -> Answer:
        """SummaryMultipleMessage_V4_get."""
        query = call.query
        check_keys(self._world.settings, query.get("apikey", ""), query.get("secretkey", ""))
        self._sender(query.get("brandname", ""), CARE)
        phones = mobiles([query.get("phone", "")])
        if not phones:
            raise Refusal("108")
        return self._estimate(call, query.get("content", ""), len(phones))

    def templates(self, call: Call) -> Answer:
        """GetTemplate of care texts: those of the settings, the same for every carrier."""
        fields = self._asked(call)
        sender = string(fields, "Brandname") or string(fields, "BrandName")
        self._sender(sender, CARE)
        texts = [
            _VARIABLE.sub(r"{P1,\1}", text).replace("\\.", ".")
            for text in self._world.settings.templates.get(sender, ())
        ]
        rows = [
            {"NetworkID": network, "TempContent": text, "TempId": 100 * network + number}
            for network in _NETWORKS
            for number, text in enumerate(texts)
        ]
        return self._answer(call, {"BrandnameTemplates": rows, "CodeResult": "100", "ErrorMessage": "success"})

    def accounts(self, call: Call) -> Answer:
        """ZNS/GetListZOA."""
        self._asked(call)
        rows = [{"OAID": one, "OAName": f"OA {one}"} for one in self._world.settings.zalo_accounts]
        return self._answer(call, {"CodeResult": "100", "ErrorMessage": "success", "ZOAList": rows})

    def quota(self, call: Call) -> Answer:
        """ZNS/GetQuota: a day's room, less what was sent."""
        self._account(self._asked(call))
        daily = self._world.settings.zalo_daily_quota
        used = sum(len(order.phones) for order in self._world.ledger.orders if order.channel == "zalo")
        fields = {"DailyQuota": daily, "DailyQuotaPromotion": 0, "RemainingQuota": max(daily - used, 0)}
        return self._answer(call, {"CodeResult": "100", "ErrorMessage": "success", **fields})

    def quality(self, call: Call) -> Answer:
        """ZNS/GetQuality."""
        self._account(self._asked(call))
        fields = {"Oa7dayQuality": "HIGH", "OaCurrentQuality": "MEDIUM"}
        return self._answer(call, {"CodeResult": "100", "ErrorMessage": "success", **fields})

    def template(self, call: Call) -> Answer:
        """GetZnsTemplateInfo, which says Error and Message where all others say CodeResult and ErrorMessage."""
        query, settings = call.query, self._world.settings
        check_keys(self._world.settings, query.get("apikey", ""), query.get("secretkey", ""))
        account, template = query.get("oaid", ""), query.get("templateid", "")
        if template not in settings.zalo_accounts.get(account, ()):
            raise Refusal("789")
        params = [
            {"AcceptNull": False, "MaxLength": 100, "MinLength": 0, "Name": name, "Require": True, "Type": "STRING"}
            for name in _PARAMS
        ]
        data = {
            "ListParams": params,
            "Reason": "Template đã được duyệt",
            "Status": "ENABLE",
            "TemplateId": int(template),
            "TemplateName": f"Template {template}",
            "TemplateTag": "TRANSACTION",
        }
        return self._answer(call, {"Data": data, "Error": 0, "Message": "Success"})

    def status(self, call: Call) -> Answer:
        """QueryZnsStatus, by the id of the send."""
        order = self._order(self._asked(call), "SmsId")
        delivered, failed = tally(order, self._world.known(order))
        settled = delivered + failed == len(order.phones)
        data = {
            "ErrorInfo": "1001" if failed else "0" if delivered else "null",
            "FinalStatus": str(int(settled)),
            "SMSID": order.sms_id,
            "SendFailed": failed,
            "SendStatus": send_status(order, self._world),
            "SendSuccess": delivered,
            "TotalPrice": float(order.price),
            "TotalReceiver": len(order.phones),
            "TotalSent": len(order.phones),
            "ZaloMsgId": _message_id(order),
        }
        return self._answer(call, {"CodeResult": "100", "Data": data})

    def delivery(self, call: Call) -> Answer:
        """GetZaloMessageStatus, by Zalo's own id."""
        fields = self._asked(call)
        self._account(fields)
        asked = string(fields, "MessageId")
        if not asked:
            raise Refusal("851")
        order = next((one for one in self._world.ledger.orders if _message_id(one) == asked), None)
        data: dict[str, Any] = {"delivery_time": "", "message": "The message does not exist", "status": -1}
        if order is not None:
            ((_, arrived),) = results(order, self._world.known(order))
            at = str(int(order.at.timestamp() * 1000)) if arrived else ""
            words = "The message was delivered to the user's phone" if arrived else "The message is at Zalo's servers"
            data = {"delivery_time": at, "message": words, "status": int(bool(arrived))}
        return self._answer(call, {"CodeResult": "100", "Data": data, "ErrorMessage": "success. "})

    def refusal(self, function: str, form: str, code: str) -> Answer:
        """Say no by a code."""
        names = ("Error", "Message") if function == "GetZnsTemplateInfo" else ("CodeResult", "ErrorMessage")
        return write("Answer", dict(zip(names, (code, WORDS.get(code, "")), strict=True)), form, self._quirks)

    @property
    def _quirks(self) -> list[str]:
        return self._world.settings.quirks

    def _answer(self, call: Call, fields: Mapping[str, Any]) -> Answer:
        return write("Answer", fields, call.form, self._quirks)

    def _estimate(self, call: Call, text: str, receivers: int) -> Answer:
        settings = self._world.settings
        receivers = max(receivers - settings.estimate_leaves_out, 0)
        price = float(settings.price * parts(text) * receivers)
        fields = {"CodeResult": "100", "ErrorMessage": "success", "TotalPrice": price, "TotalReceiver": receivers}
        return self._answer(call, fields)

    def _asked(self, call: Call) -> dict[str, Any]:
        fields = json_object(call.body)
        check_keys(self._world.settings, string(fields, "ApiKey"), string(fields, "SecretKey"))
        return fields

    def _sender(self, name: str, sms_type: int) -> None:
        if sms_type not in self._world.settings.brandnames.get(name, ()):
            raise Refusal("104")

    def _account(self, fields: Mapping[str, Any]) -> None:
        if string(fields, "OAID") not in self._world.settings.zalo_accounts:
            raise Refusal("204")

    def _order(self, fields: Mapping[str, Any], name: str) -> Order:
        ref = string(fields, name).strip()
        if not ref:
            raise Refusal("851")
        order = self._world.ledger.find(ref)
        if order is None or order.channel != "zalo":
            raise Refusal("854")
        return order


def _message_id(order: Order) -> str:
    """Zalo's own id of the message: another than eSMS's."""
    return f"z{order.sms_id.replace('-', '')[:19]}"
