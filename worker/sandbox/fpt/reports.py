"""FPT's delivery reports of a message: POSTs to the customer, as its newer API has them."""

import httpx

from worker.sandbox.callbacks import Letter, answered_200
from worker.sandbox.delivery_model import results
from worker.sandbox.ledger import Order
from worker.sandbox.text import carrier
from worker.sandbox.world import World

_DELIVERED, _FAILED = 1, 0
#: FPT's names of the carriers, as public clients map them.
_TELCOS = {
    "Viettel": "viettel",
    "Vinaphone": "vina",
    "Mobifone": "mobi",
    "Vietnamobile": "htc",
    "Gtel": "beeline",
    "Itel": "itel",
}


def telco(phone: int) -> str:
    """The carrier as FPT writes it; empty when it has no name for it."""
    return _TELCOS.get(carrier(phone), "")


def letters(order: Order, world: World) -> list[Letter]:
    """The reports of an order, none without an address to post them to; BatchId and number make the id of an ad (manual 3.4)."""
    settings, found = world.settings, list[Letter]()
    if not settings.fpt_report_url:
        return found
    first = order.starts + settings.first_report_after_s
    done = order.starts + max(settings.first_report_after_s, settings.done_after_s)
    taken = _taken if settings.fpt_repeats_declined_reports else answered_200
    for phone, arrived in results(order, 1.0):
        name = f"{order.sms_id}{phone}" if order.function == "push-brandname-ads" else int(order.sms_id)
        states = [(first, settings.fpt_pending_status)] if settings.callback_states else []
        for due, status in (*states, (done, _DELIVERED if arrived else _FAILED)):
            error = "" if status else "Subscriber absent"
            body = {"smsid": name, "status": status, "telco": telco(phone), "error": error, "mt_count": order.parts}
            found.append(Letter(order, due, settings.fpt_report_url, "POST", body, taken))
    return found


def _taken(answer: httpx.Response) -> bool:
    """The customer says {"status": 1} for taken, {"status": 0} for not; whoever says neither has taken it."""
    if not answered_200(answer):
        return False
    try:
        said = answer.json()
    except ValueError:
        return True
    return not (isinstance(said, dict) and said.get("status") in (0, "0"))
