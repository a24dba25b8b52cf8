"""Reports of eSMS about an order: its status, the result of each number (manual II.3 and II.4, web).

Neither function says "delivered" alone: status 5 has counters beside it, and SentResult is false both for "failed" and
for "not known yet".
"""

from typing import Any

from worker.sandbox.delivery_model import results, tally
from worker.sandbox.emulator import Answer, Call
from worker.sandbox.esms.order import cost
from worker.sandbox.esms.responses import write
from worker.sandbox.ledger import Order
from worker.sandbox.text import carrier, local
from worker.sandbox.world import World

WAITS_FOR_REVIEW, WAITS, IS_SENT, REFUSED, DONE, WAITS_FOR_REPORT = 1, 2, 3, 4, 5, 7
_DAY_S = 86_400.0


def send_status(order: Order, world: World) -> int:
    """How far the order has come, in eSMS's numbers: by its age 1, 2, 3 → 7 → 5, or 1 → 4."""
    first, done = world.settings.first_report_after_s, world.settings.done_after_s
    age = world.seconds() - order.starts
    if age < 0:
        return WAITS
    if order.refused:
        return REFUSED if age >= first else WAITS_FOR_REVIEW
    if age >= max(first, done):
        return DONE
    if age >= first:
        return WAITS_FOR_REPORT
    return (WAITS_FOR_REVIEW, WAITS, IS_SENT)[int(3 * age / first)]


class Reports:
    """GetSendStatus and GetSmsReceiverStatus_get."""

    def __init__(self, world: World) -> None:
        self._world = world

    def status(self, call: Call) -> Answer:
        """The counters of one order."""
        ref = call.query.get("refid", "").strip()
        code, order = self.find(call, ref)
        fields: dict[str, Any] = {"CodeResponse": code, "SMSID": ref}
        if order:
            delivered, failed = tally(order, self._world.known(order))
            fields |= {"SendFailed": failed, "SendStatus": send_status(order, self._world), "SendSuccess": delivered}
            fields["TotalPrice"] = float(cost(order, self._world.settings))
            fields |= {"TotalReceiver": len(order.phones), "TotalSent": len(order.phones)}
        return write("SmsStatusResult", fields, call.form, self._world.settings.quirks)

    def receivers(self, call: Call) -> Answer:
        """The numbers of one order, those left out not among them."""
        code, order = self.find(call, call.query.get("refid", "").strip())
        fields: dict[str, Any] = {"CodeResult": code}
        if order:
            sent = send_status(order, self._world) in (WAITS_FOR_REPORT, DONE)
            fields["ReceiverList"] = [
                {
                    "IsSent": sent,
                    "NetworkName": carrier(phone),
                    "Phone": local(phone),
                    "Retry": 0,
                    "SentResult": arrived is True,
                }
                for phone, arrived in results(order, self._world.known(order))
            ]
        return write("SmsReceiver", fields, call.form, self._world.settings.quirks)

    def find(self, call: Call, ref: str) -> tuple[str, Order | None]:
        """The code of the answer, and the order when it is 100: it has to be the asker's, seen already, not too old."""
        settings = self._world.settings
        if (call.query.get("apikey"), call.query.get("secretkey")) != (settings.api_key, settings.secret_key):
            return "101", None
        order = self._world.ledger.find(ref)
        if order is None or order.provider != "esms":
            return "105", None
        age = self._world.seconds() - order.taken
        seen = settings.visible_after_s <= age <= settings.status_days * _DAY_S
        return ("100", order) if seen else ("105", None)
