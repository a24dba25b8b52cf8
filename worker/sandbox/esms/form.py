"""Checks the form of a text (type, sender, template, numbers) before repeats and money are looked at."""

import re
from collections.abc import Collection

from worker.sandbox.esms.codes import Refusal
from worker.sandbox.esms.order import ADVERTISING, CARE, FIXED_NUMBER, VIBER, ZALO, ZALO_PRIORITY, recorded
from worker.sandbox.esms.requests import CampaignRequest
from worker.sandbox.ledger import Order
from worker.sandbox.settings import Settings
from worker.sandbox.text import mobiles, units
from worker.sandbox.world import World

#: What a Viber message may consist of (manual IV.3).
_VIBER_FIELDS = (
    {"Content", "OTTLabel", "OTTUrl", "OTTImageUrl"},
    {"Content", "OTTLabel", "OTTUrl"},
    {"OTTImageUrl"},
    {"Content"},
)


def formed(requested: CampaignRequest, function: str, world: World, *, types: Collection[int]) -> Order:
    """The order that `requested` makes, not yet taken; `types` are the SmsTypes that the function carries.

    Raises:
        Refusal: eSMS has a code for what is wrong with it.
        Unreadable: its SendDate is no date.
    """
    settings = world.settings
    sms_type = _sms_type(requested, types, settings)
    _check_text(requested, sms_type, settings)
    return recorded(requested, function, sms_type, _phones(requested, sms_type, settings), world)


def _sms_type(requested: CampaignRequest, types: Collection[int], settings: Settings) -> int:
    if not requested.sms_type:
        raise Refusal("300")
    if requested.sms_type not in map(str, types):
        raise Refusal("118")
    sms_type = int(requested.sms_type)
    if sms_type == FIXED_NUMBER and not settings.fixed_number:
        raise Refusal("132")
    if sms_type == VIBER and requested.brandname not in settings.viber_brandnames:
        raise Refusal("104")
    if sms_type in (ADVERTISING, CARE) and sms_type not in settings.brandnames.get(requested.brandname, ()):
        raise Refusal("104")
    return sms_type


def _check_text(requested: CampaignRequest, sms_type: int, settings: Settings) -> None:
    used = {*requested.details, "Content"} if requested.content else {*requested.details}
    if sms_type == VIBER and used not in _VIBER_FIELDS:
        raise Refusal(settings.viber_fields_code)
    if sms_type in (ZALO, ZALO_PRIORITY) and not _fits(requested.content, settings.social_templates):
        raise Refusal("145")
    if sms_type == CARE and not _fits(requested.content, settings.templates.get(requested.brandname, ())):
        raise Refusal("146")
    if sms_type == ADVERTISING and 0 < settings.max_ads_units < units(requested.content):
        raise Refusal("131")


def _fits(text: str, patterns: Collection[str]) -> bool:
    return not patterns or any(re.fullmatch(pattern, text) for pattern in patterns)


def _phones(requested: CampaignRequest, sms_type: int, settings: Settings) -> list[int]:
    phones = mobiles(requested.phones)
    if sms_type == ADVERTISING:
        if len(requested.phones) > settings.max_recipients:
            raise Refusal("120")
        if len(phones) < settings.min_recipients and (settings.minimum_in_sandbox or not requested.sandbox):
            raise Refusal(settings.min_recipients_code)
    elif sms_type == FIXED_NUMBER and len(requested.phones) > 1:
        raise Refusal("163")
    return phones
