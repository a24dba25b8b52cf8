"""Zalo for campaigns: one message by template a call, and what eSMS's record has of such messages.

The call is SendZaloMessage_V4_post_json, whose RequestId keeps a repeat from being sent for 24 hours (web). In the record
(GetSmsSentData) a Zalo message is of type 24 or 25; no page says which one a send makes, so both are read.
"""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Final

from worker.domain.account import Reading
from worker.domain.calls import Answer, Purpose, TemplateMessage
from worker.domain.delivery import SentPage
from worker.providers.base import TemplatesProvider
from worker.providers.esms.account import ZALO_NORMAL, ZALO_PRIORITY
from worker.providers.esms.adapter import Esms
from worker.providers.esms.zalo import ZaloMessage

TYPES: Final = (ZALO_NORMAL, ZALO_PRIORITY)


def message_of(message: TemplateMessage) -> ZaloMessage:
    """The message as the adapter takes it."""
    return ZaloMessage(
        request_id=message.request_id,
        key=message.key,
        phone=message.phone,
        template_id=message.template_id,
        oa_id=message.oa_id,
        params=tuple(message.values),
    )


class EsmsZalo(TemplatesProvider):
    """What a campaign over Zalo asks of eSMS; who calls is the account's eSMS adapter."""

    name = "esms"

    def __init__(self, esms: Esms) -> None:
        self._esms = esms

    async def send_template(self, message: TemplateMessage) -> Answer:
        """Send one message; never raises, never repeats."""
        return await self._esms.send_zalo(message_of(message))

    async def template_names(self, oa_id: str, template_id: str) -> Reading[tuple[str, ...]]:
        """GetZnsTemplateInfo; never raises."""
        reading = await self._esms.zalo_template(oa_id, template_id)
        names = None if reading.value is None else reading.value.params
        return Reading(names, reading.code, reading.provider_message, raw=reading.raw)

    async def records(self, start: datetime, end: datetime, page: int, purpose: Purpose) -> Reading[SentPage]:  # noqa: ARG002 - Zalo has no types by purpose
        """One page of each type, together; nothing where one of them could not be read. The older record has no types."""
        types = TYPES if self._esms.account.sent_data == "v2" else TYPES[:1]
        asked = [self._esms.sent_data(start, end, page, sms_type=sms_type) for sms_type in types]
        whole: Reading[SentPage] | None = None
        for reading in await asyncio.gather(*asked):
            if reading.value is None:
                return reading
            whole = reading if whole is None or whole.value is None else _both(whole, whole.value, reading.value)
        assert whole is not None  # noqa: S101 - there is a type; told to the type checker
        return whole

    async def aclose(self) -> None:
        """Its connections are those of the eSMS adapter."""
        await self._esms.aclose()


def _both(reading: Reading[SentPage], one: SentPage, other: SentPage) -> Reading[SentPage]:
    total = None if one.total is None or other.total is None else one.total + other.total
    page = SentPage([*one.rows, *other.rows], total, one.more or other.more)
    return replace(reading, value=page)
