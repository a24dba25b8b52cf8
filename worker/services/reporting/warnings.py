"""What a person should think of before a campaign leaves: nothing is refused for it."""

from worker.domain.advice import Advice, Warned, warned
from worker.domain.policy import Channel
from worker.services.deps import Deps
from worker.storage import twins
from worker.storage.tables.campaigns import Campaign


def of(deps: Deps, campaign: Campaign) -> list[Warned]:
    """The warnings about its text, its filled examples, its sender, and another campaign to the same numbers.

    A Zalo campaign's text is at Zalo, and was read there.
    """
    return [*_of_text(deps, campaign), *_of_twins(deps, campaign)]


def _of_text(deps: Deps, campaign: Campaign) -> list[Warned]:
    if campaign.channel is not Channel.SMS:
        return []
    samples = [str(one["text"]) for one in campaign.samples or []]
    return warned(campaign.text, campaign.kind, samples, bank=is_bank(deps, campaign.sender))


def _of_twins(deps: Deps, campaign: Campaign) -> list[Warned]:
    """Copies are planned without the look for a campaign like it, since most are of one that has gone out."""
    with deps.sessions() as session:
        return [Warned(Advice.TWIN, name) for name in twins.names(session, campaign)]


def is_bank(deps: Deps, sender: str) -> bool:
    """Whether a sender is marked as a bank (LOA_BANK_SENDERS)."""
    return sender.strip().casefold() in deps.banks
