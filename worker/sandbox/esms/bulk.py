"""Many Zalo messages in one request: Send_zns_bulk_v4_post_json (web). Each is taken or refused by itself."""

from typing import Any

from worker.sandbox.emulator import Answer, Call
from worker.sandbox.esms.codes import WORDS, Refusal
from worker.sandbox.esms.requests import check_keys, json_object, string
from worker.sandbox.esms.responses import write
from worker.sandbox.esms.sending import Sending
from worker.sandbox.esms.zalo import by_template, check_template, zalo_fields
from worker.sandbox.world import World

_MOST = 500
_COMMON = ("ApiKey", "SecretKey", "OAID", "TempID", "campaignid", "Sandbox", "SendDate", "CallbackUrl")


class Bulk:
    """The desk of that function."""

    def __init__(self, world: World, sending: Sending) -> None:
        self._world = world
        self._sending = sending

    def send(self, call: Call) -> Answer:
        """Take what can be taken; keys, account, template and length are of the whole request."""
        fields, settings = json_object(call.body), self._world.settings
        data = self._checked(fields)
        common = {name: fields[name] for name in _COMMON if name in fields}
        rows = [self._one({**common, **one}, call.function) for one in data]
        taken = sum(row["CodeResult"] == "100" for row in rows)
        whole = {"CodeResult": "100", "Message": "Sucess", "TotalFail": len(rows) - taken, "TotalSuccess": taken}
        return write("ZnsBulkResult", {**whole, "detail": rows}, call.form, settings.quirks)

    def _checked(self, fields: dict[str, Any]) -> list[dict[str, Any]]:
        settings, data = self._world.settings, fields.get("Data")
        check_keys(settings, string(fields, "ApiKey"), string(fields, "SecretKey"))
        if not isinstance(data, list) or not data or not all(isinstance(one, dict) for one in data):
            raise Refusal("110")
        if len(data) > _MOST:
            raise Refusal("687")
        check_template({"OAID": string(fields, "OAID"), "TempID": string(fields, "TempID")}, settings)
        return data

    def _one(self, fields: dict[str, Any], function: str) -> dict[str, Any]:
        requested = zalo_fields(fields)
        try:
            order = self._sending.checked(requested, function, by_template)
        except Refusal as refusal:
            words = WORDS.get(refusal.code, "")
            return {"CodeResult": refusal.code, "Phone": fields.get("Phone", ""), "ErrorMessage": words}
        self._sending.book(requested, function, order)
        return {"CodeResult": "100", "Phone": fields.get("Phone", ""), "SMSID": order.sms_id}
