"""FPT's campaigns of ads: created with a quota, filled with lists, stopped list by list (manual 3)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from worker.sandbox.fpt import reports, schedule
from worker.sandbox.fpt.codes import OVER_QUOTA, PARAMETERS, Refusal
from worker.sandbox.fpt.requests import count, decoded, text
from worker.sandbox.fpt.sender import check_brandname, wrong_number
from worker.sandbox.ledger import Order, compact
from worker.sandbox.text import mobiles
from worker.sandbox.world import World

_ADVERTISING = 1


@dataclass(slots=True)
class Campaign:
    """One campaign; `batches` are its lists, oldest first."""

    code: str
    name: str
    brandname: str
    #: As a subscriber would read it.
    text: str
    due: datetime
    quota: int
    remaining: int
    cancelled: bool = False
    batches: list[Order] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values; `taken` counts numbers, `due` is ISO 8601."""
        batches = [{"id": one.sms_id, "phones": len(one.phones), "cancelled": one.cancelled} for one in self.batches]
        own = {"code": self.code, "name": self.name, "brandname": self.brandname, "text": self.text}
        figures = {"due": self.due.isoformat(), "quota": self.quota, "remaining": self.remaining}
        figures["taken"] = sum(len(one.phones) for one in self.batches)
        return {**own, **figures, "cancelled": self.cancelled, "batches": batches}


class Campaigns:
    """All campaigns, by their code."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._campaigns: dict[str, Campaign] = {}
        self._names: set[str] = set()

    def as_list(self) -> list[dict[str, Any]]:
        """All of them, oldest first."""
        return [campaign.as_dict() for campaign in list(self._campaigns.values())]

    def create(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """create-campaign: it messages nobody yet."""
        settings, now = self._world.settings, self._world.now()
        name, message = text(asked, "CampaignName"), text(asked, "Message")
        brandname = check_brandname(asked, settings)
        quota = count(asked, "Quota")
        schedule.check_open(now, settings)
        due = schedule.due(text(asked, "ScheduleTime"), now, settings)
        if name in self._names:
            code, words = settings.fpt_duplicate_name_code, settings.fpt_duplicate_name_words
            raise Refusal(code, "a campaign has this CampaignName (fpt_duplicate_name_code)", words)
        shown = decoded(message) if settings.fpt_message_encoding == "base64" else message
        # letters and digits, as in the sample
        campaign = Campaign(f"NjM1{secrets.token_hex(7)}", name, brandname, shown, due, quota, quota)
        self._campaigns[campaign.code] = campaign
        self._names.add(name)
        return {"CampaignCode": campaign.code}

    def push(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """push-brandname-ads: a list of numbers, against the quota."""
        world, settings, now = self._world, self._world.settings, self._world.now()
        campaign = self._find(asked)
        if campaign.cancelled and not settings.fpt_push_after_cancel:
            raise Refusal(PARAMETERS, "the campaign was cancelled (fpt_push_after_cancel)")
        schedule.check_open(now, settings)
        schedule.check_lead(campaign.due, now, settings.fpt_push_lead_s, "fpt_push_lead_s")
        phones = self._phones(text(asked, "PhoneList"))
        dropped = world.dropped(phones)
        kept = [phone for phone in phones if phone not in dropped]
        reserved = len(dropped) if settings.fpt_dropped_use_quota else 0
        room = campaign.remaining - reserved
        if len(kept) > room:
            if not settings.fpt_partial_over_quota or room <= 0:
                raise Refusal(OVER_QUOTA, f"{len(kept)} numbers for a quota of {campaign.remaining}")
            kept = kept[:room]
        order = world.order(
            campaign.text,
            kept,
            due=campaign.due,
            provider="fpt",
            function="push-brandname-ads",
            sms_id=f"qc.{int(now.timestamp())}.{world.ledger.rows}{secrets.randbelow(9000) + 1000}",
            campaign=campaign.name,
            brandname=campaign.brandname,
            sms_type=_ADVERTISING,
            dropped=compact(dropped),
            refused=settings.review_refuses,
            details={"CampaignCode": campaign.code},
        )
        campaign.remaining -= len(kept) + reserved
        campaign.batches.append(order)
        world.ledger.add(order)
        if settings.fpt_ads_reports:
            world.callbacks.plan(reports.letters(order, world))
        return {"BatchId": order.sms_id, "NumMessageSent": len(kept), "NumRemainQuota": campaign.remaining}

    def cancel(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """cancel-ads: what has not gone out stops, list by list."""
        settings = self._world.settings
        campaign = self._find(asked)
        campaign.cancelled = True
        found: dict[str, list[str]] = {"success": [], "fail": [], "nowhere": []}
        for position, order in enumerate(campaign.batches):
            if order.cancelled:
                found[settings.fpt_cancelled_again].append(order.sms_id)
            elif position < settings.fpt_cancel_fails or self._world.seconds() >= order.starts:
                found["fail"].append(order.sms_id)
            else:
                order.cancelled = True
                found["success"].append(order.sms_id)
        return {"success": found["success"], "fail": found["fail"]}

    def _find(self, asked: Mapping[str, Any]) -> Campaign:
        campaign = self._campaigns.get(text(asked, "CampaignCode"))
        if campaign is None:
            raise Refusal(PARAMETERS, "no campaign has this CampaignCode")
        return campaign

    def _phones(self, written: str) -> list[int]:
        settings = self._world.settings
        items = [item.strip() for item in written.split(",")]
        if items[-1] == "" and settings.fpt_trailing_comma:
            items.pop()
        if "" in items:
            raise Refusal(PARAMETERS, "PhoneList has an empty place (fpt_trailing_comma)")
        if 0 < settings.fpt_max_phones < len(items) or len(items) < settings.fpt_min_phones:
            raise Refusal(PARAMETERS, f"PhoneList has {len(items)} numbers (fpt_min_phones, fpt_max_phones)")
        phones = mobiles(items)
        if not phones:
            raise wrong_number(settings)
        return phones
