"""The record that eSMS writes when it takes an order: the same for a text, a Zalo message and a call."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from worker.sandbox.delivery_model import is_dropped
from worker.sandbox.esms.codes import Refusal, Unreadable
from worker.sandbox.esms.requests import CampaignRequest
from worker.sandbox.hours import VIETNAM
from worker.sandbox.ledger import Order, compact
from worker.sandbox.text import parts
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


def recorded(requested: CampaignRequest, function: str, sms_type: int, phones: Sequence[int], world: World) -> Order:
    """The order that `requested` makes, in form and not yet taken.

    Raises:
        Refusal: its SendDate is past, and the settings have a code for that.
        Unreadable: its SendDate is no date.
    """
    settings = world.settings
    channel = CHANNELS.get(sms_type, "sms")
    at, taken = world.now(), world.seconds()
    left_out: set[int] = set()
    if settings.drop_share and channel != "call":
        left_out.update(phone for phone in phones if is_dropped(settings.seed, phone, settings.drop_share))
    kept = compact(phone for phone in phones if phone not in left_out) if left_out else compact(phones)
    size = parts(requested.content) if channel == "sms" else 1
    prices = {"viber": settings.viber_price, "zalo": settings.zalo_price, "call": settings.call_price}
    return Order(
        provider="esms",
        function=function,
        sms_id=new_id(),
        request_id=requested.request_id,
        campaign=requested.campaign,
        brandname=requested.brandname,
        text=requested.content,
        sms_type=sms_type,
        phones=kept,
        dropped=compact(sorted(left_out)),
        parts=size,
        price=prices.get(channel, settings.price) * size * len(kept),
        at=at,
        taken=taken,
        starts=taken + _delay_s(requested.send_date, _CALL_DATE if channel == "call" else _SMS_DATE, at, world),
        first_row=world.ledger.rows,
        seed=settings.seed,
        fail_share=settings.zalo_fail_share if channel == "zalo" else settings.fail_share,
        refused=settings.review_refuses and channel != "call",
        channel=channel,
        details=requested.details or None,
    )


def _delay_s(written: str, form: str, at: datetime, world: World) -> float:
    """How long after `at` the sending begins: SendDate is written without a zone (web), and read as local time."""
    if not written:
        return 0.0
    try:
        due = datetime.strptime(written, form).replace(tzinfo=VIETNAM).astimezone(UTC)
    except ValueError as fault:
        raise Unreadable from fault
    if due < at and world.settings.past_send_date_code:
        raise Refusal(world.settings.past_send_date_code)
    return max(0.0, (due - at).total_seconds())
