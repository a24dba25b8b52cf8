"""Questions to eSMS beside orders and our account: prices beforehand, templates, and the state of Zalo; nothing is sent."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial

from worker.domain.account import Estimate, Reading
from worker.domain.care_template import CareTemplate
from worker.providers.esms import estimates, templates, zalo_info
from worker.providers.esms.account import ZALO_NORMAL, EsmsAccount
from worker.providers.esms.writing import RequestSpec
from worker.providers.http import Fault, Reply


class Questions(ABC):
    """These questions of the adapter; none raises for what the network or eSMS does."""

    account: EsmsAccount

    @abstractmethod
    async def _ask(self, write: Callable[[], RequestSpec]) -> Reply | Fault:
        """Put a question to eSMS."""

    async def estimate_ads(self, sender: str, text: str, phones: Sequence[int]) -> Reading[Estimate]:
        """SummaryMultipleSMSBrandname: receivers and price of an order of ads."""
        return estimates.read(await self._ask(partial(estimates.ask_ads, self.account, sender, text, phones)))

    async def estimate_care(self, sender: str, text: str, phone: int) -> Reading[Estimate]:
        """SummaryMultipleMessage_V4_get: the price of a care text to a number."""
        return estimates.read(await self._ask(partial(estimates.ask_care, self.account, sender, text, phone)))

    async def care_templates(self, sender: str) -> Reading[list[CareTemplate]]:
        """GetTemplate: the care texts of a sender that each carrier permits."""
        return templates.read(await self._ask(partial(templates.ask, self.account, sender)))

    async def zalo_accounts(self) -> Reading[list[zalo_info.OfficialAccount]]:
        """ZNS/GetListZOA: our official accounts."""
        return zalo_info.accounts(await self._ask(partial(zalo_info.ask_accounts, self.account)))

    async def zalo_quota(self, oa_id: str) -> Reading[zalo_info.ZaloQuota]:
        """ZNS/GetQuota: what an official account may send today."""
        return zalo_info.quota(await self._ask(partial(zalo_info.ask_quota, self.account, oa_id)))

    async def zalo_quality(self, oa_id: str) -> Reading[zalo_info.ZaloQuality]:
        """ZNS/GetQuality: how well its messages are received."""
        return zalo_info.quality(await self._ask(partial(zalo_info.ask_quality, self.account, oa_id)))

    async def zalo_template(self, oa_id: str, template_id: str) -> Reading[zalo_info.ZaloTemplate]:
        """GetZnsTemplateInfo: what a template wants, and whether it may be used."""
        return zalo_info.template(await self._ask(partial(zalo_info.ask_template, self.account, oa_id, template_id)))

    async def zalo_status(self, ref: str, sms_type: str = ZALO_NORMAL) -> Reading[zalo_info.ZaloStatus]:
        """QueryZnsStatus: what became of a message, by the id of its send (100 calls a second, web)."""
        return zalo_info.status(await self._ask(partial(zalo_info.ask_status, self.account, ref, sms_type)))

    async def zalo_delivery(self, oa_id: str, message_id: str) -> Reading[zalo_info.ZaloDelivery]:
        """GetZaloMessageStatus: what Zalo itself says, by its own id (30 calls a second, web)."""
        return zalo_info.delivery(await self._ask(partial(zalo_info.ask_delivery, self.account, oa_id, message_id)))
