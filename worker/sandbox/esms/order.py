"""The record that eSMS writes when it takes an order: the same for a text, a Zalo message and a call."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from worker.sandbox.esms.codes import Refusal, Unreadable
from worker.sandbox.esms.requests import CampaignRequest
from worker.sandbox.hours import VIETNAM
from worker.sandbox.ledger import Order, compact
from worker.sandbox.settings import Settings
from worker.sandbox.world import World

#: SmsTypes; a call has none, and stands as 0.
CALL, ADVERTISING, CARE, FIXED_NUMBER, VIBER, ZALO_PRIORITY, ZALO = 0, 1, 2, 8, 23, 24, 25
CHANNELS = {CALL: "call", VIBER: "viber", ZALO_PRIORITY: "zalo", ZALO: "zalo"}
_SMS_DATE = "%Y-%m-%d %H:%M:%S"
#: The pages of voice write dates in another way (manual III.2).
_CALL_DATE = "%Y/%m/%d %H:%M:%S"


def new_id() -> str:
    """A UUID with digits after it, as in every sample of the documents."""
    return f"{uuid4()}{100 + secrets.randbelow(900)}"


def cost(order: Order, settings: Settings) -> int:
    """What the order is charged."""
    return 0 if order.refused and not settings.refused_orders_cost else order.price


def recorded(requested: CampaignRequest, function: str, sms_type: int, phones: Sequence[int], world: World) -> Order:
    """The order that `requested` makes, in form and not yet taken.

    Raises:
        Refusal: there is no number; or its SendDate is past, and the settings have a code for that.
        Unreadable: its SendDate is no date.
    """
    if not phones:
        raise Refusal("108")
    settings = world.settings
    channel = CHANNELS.get(sms_type, "sms")
    left_out = {} if channel == "call" else world.dropped(phones)
    prices = {"viber": settings.viber_price, "zalo": settings.zalo_price, "call": settings.call_price}
    return world.order(
        requested.content,
        [phone for phone in phones if phone not in left_out],
        channel,
        due=_due(requested.send_date, _CALL_DATE if channel == "call" else _SMS_DATE, world),
        each=prices.get(channel, settings.price),
        provider="esms",
        function=function,
        sms_id=new_id(),
        request_id=requested.request_id,
        campaign=requested.campaign,
        brandname=requested.brandname,
        sms_type=sms_type,
        dropped=compact(sorted(left_out)),
        refused=settings.review_refuses and channel != "call",
        details=requested.details or None,
    )


def _due(written: str, form: str, world: World) -> datetime | None:
    """When the sending begins, None for at once: SendDate is written without a zone (web), and read as local time."""
    if not written:
        return None
    try:
        due = datetime.strptime(written, form).replace(tzinfo=VIETNAM).astimezone(UTC)
    except ValueError as fault:
        raise Unreadable from fault
    if due < world.now() and world.settings.past_send_date_code:
        raise Refusal(world.settings.past_send_date_code)
    return due
