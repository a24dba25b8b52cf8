"""FPT's delivery reports of a message: POSTs to the customer, as its newer API has them."""

from collections.abc import Callable, Iterator

import httpx

from worker.sandbox.callbacks import Letter
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


def of_text(order: Order, world: World) -> list[Letter]:
    """The reports of a single text; none without an address to post them to."""
    return list(_letters(order, world, lambda _: int(order.sms_id)))


def of_ads(order: Order, world: World) -> list[Letter]:
    """The reports of a list, one a number: BatchId and the number make the id (manual 3.4)."""
    return list(_letters(order, world, lambda phone: f"{order.sms_id}{phone}"))


def _letters(order: Order, world: World, name: Callable[[int], int | str]) -> Iterator[Letter]:
    settings = world.settings
    if not settings.fpt_report_url:
        return
    first = order.starts + settings.first_report_after_s
    done = order.starts + max(settings.first_report_after_s, settings.done_after_s)
    for phone, arrived in results(order, 1.0):
        states = [(first, settings.fpt_pending_status)] if settings.callback_states else []
        for due, status in (*states, (done, _DELIVERED if arrived else _FAILED)):
            body = {
                "smsid": name(phone),
                "status": status,
                "telco": telco(phone),
                "error": "" if status else "Subscriber absent",
                "mt_count": order.parts,
            }
            taken = _taken if settings.fpt_repeats_declined_reports else _answered
            yield Letter(order, due, settings.fpt_report_url, "POST", body, taken)


def _answered(answer: httpx.Response) -> bool:
    return answer.status_code == httpx.codes.OK


def _taken(answer: httpx.Response) -> bool:
    """The customer says {"status": 1} for taken, {"status": 0} for not; whoever says neither has taken it."""
    if not _answered(answer):
        return False
    try:
        said = answer.json()
    except ValueError:
        return True
    return not (isinstance(said, dict) and said.get("status") in (0, "0"))
