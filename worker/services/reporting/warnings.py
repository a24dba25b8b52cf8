"""What a person should think of before a campaign leaves: nothing is refused for it."""

from worker.domain.advice import Warned, warned
from worker.domain.policy import Channel
from worker.services.deps import Deps
from worker.storage.tables.campaigns import Campaign


def of(deps: Deps, campaign: Campaign) -> list[Warned]:
    """The warnings about its text, its filled examples and its sender; a Zalo campaign's text is at Zalo, and was read there."""
    if campaign.channel is not Channel.SMS:
        return []
    samples = [str(one["text"]) for one in campaign.samples or []]
    return warned(campaign.text, campaign.kind, samples, bank=is_bank(deps, campaign.sender))


def is_bank(deps: Deps, sender: str) -> bool:
    """Whether a sender is marked as a bank (LOA_BANK_SENDERS)."""
    return sender.strip().casefold() in deps.banks
