"""Is this order in form? Type, sender, text, numbers and date, before repeats and money are looked at."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

from worker.sandbox.esms.codes import Refusal, Unreadable
from worker.sandbox.esms.requests import Wish
from worker.sandbox.esms.text import mobiles, parts, units
from worker.sandbox.fate import is_dropped
from worker.sandbox.ledger import Order, compact
from worker.sandbox.settings import Settings
from worker.sandbox.world import World

VIETNAM = timezone(timedelta(hours=7))
ADVERTISING, CARE, FIXED_NUMBER = 1, 2, 8


def formed(wish: Wish, function: str, types: Sequence[int], world: World) -> Order:
    """The order that `wish` makes, not yet taken; `types` are the SmsTypes that the function carries.

    Raises:
        Refusal: eSMS has a code for what is wrong with it.
        Unreadable: its SendDate is no date.
    """
    settings = world.settings
    sms_type = _sms_type(wish, types, settings)
    phones = _phones(wish, sms_type, settings)
    at, taken = world.now(), world.seconds()
    left_out: set[int] = set()
    if settings.drop_share:
        left_out.update(phone for phone in phones if is_dropped(settings.seed, phone, settings.drop_share))
    kept = compact(phone for phone in phones if phone not in left_out) if left_out else compact(phones)
    size = parts(wish.content)
    return Order(
        provider="esms",
        function=function,
        # a UUID with digits after it, as in every sample of the documents
        sms_id=f"{uuid4()}{100 + secrets.randbelow(900)}",
        request_id=wish.request_id,
        campaign=wish.campaign,
        brandname=wish.brandname,
        text=wish.content,
        sms_type=sms_type,
        phones=kept,
        dropped=compact(sorted(left_out)),
        parts=size,
        price=settings.price * size * len(kept),
        at=at,
        taken=taken,
        starts=taken + _delay_s(wish, at, settings),
        first_row=world.ledger.rows,
        seed=settings.seed,
        fail_share=settings.fail_share,
        refused=settings.review_refuses,
    )


def _sms_type(wish: Wish, types: Sequence[int], settings: Settings) -> int:
    if not wish.sms_type:
        raise Refusal("300")
    if wish.sms_type not in map(str, types):
        raise Refusal("118")
    sms_type = int(wish.sms_type)
    if sms_type == FIXED_NUMBER:
        if not settings.fixed_number:
            raise Refusal("132")
    elif sms_type not in settings.brandnames.get(wish.brandname, ()):
        raise Refusal("104")
    return sms_type


def _phones(wish: Wish, sms_type: int, settings: Settings) -> list[int]:
    phones = mobiles(wish.phones)
    if sms_type == ADVERTISING:
        if 0 < settings.max_ads_units < units(wish.content):
            raise Refusal("131")
        if len(wish.phones) > settings.max_recipients:
            raise Refusal("120")
        if len(phones) < settings.min_recipients and (settings.minimum_in_sandbox or not wish.sandbox):
            raise Refusal(settings.min_recipients_code)
    elif sms_type == FIXED_NUMBER and len(wish.phones) > 1:
        raise Refusal("163")
    if not phones:
        raise Refusal("108")
    return phones


def _delay_s(wish: Wish, at: datetime, settings: Settings) -> float:
    """How long after `at` the sending begins: SendDate is local time without a zone (PROVIDERS.md 1b)."""
    if not wish.send_date:
        return 0.0
    try:
        due = datetime.strptime(wish.send_date, "%Y-%m-%d %H:%M:%S").replace(tzinfo=VIETNAM).astimezone(UTC)
    except ValueError as fault:
        raise Unreadable from fault
    if due < at and settings.past_send_date_code:
        raise Refusal(settings.past_send_date_code)
    return max(0.0, (due - at).total_seconds())
