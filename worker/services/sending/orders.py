"""Makes the order for one number by its batch's channel: a filled text, or a template's values; under its own key."""

from collections.abc import Callable
from typing import TypeAlias

from sqlmodel import Session

from worker.domain.attempts import number_request_id
from worker.domain.calls import Purpose, TemplateMessage, TextMessage
from worker.domain.policy import Channel
from worker.domain.template import Template
from worker.services.account import Account
from worker.storage import campaigns
from worker.storage.sending import zalo
from worker.storage.sending.singles import Addressee
from worker.storage.tables.campaigns import Batch

Order: TypeAlias = Callable[[Addressee], TextMessage | TemplateMessage]


def of_batch(session: Session, account: Account, batch: Batch, purpose: Purpose) -> Order:
    """How the call for a number of this batch is made."""
    campaign_id, name = batch.campaign_id, str(batch.id) if account.records is not None else ""

    def keys(to: Addressee) -> tuple[str, str]:
        key = number_request_id(campaign_id, to.row, to.refusals)
        # Where a record can be read, it is found there by its batch and its number.
        return key, name or key

    if batch.channel is Channel.ZALO:
        filled = zalo.template(session, batch.campaign_id)
        return lambda to: TemplateMessage(
            *keys(to), to.phone, filled.oa_id, filled.template_id, filled.fill(to.vars or {})
        )
    sender, text = campaigns.sender(session, batch.campaign_id), Template(batch.text)
    return lambda to: TextMessage(*keys(to), sender, text.fill(to.vars or {}), to.phone, purpose)
