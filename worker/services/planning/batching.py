"""Divides the numbers of a list into batches: one layout for each way that numbers go to a provider."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from sqlmodel import Session

from worker.domain import chunk
from worker.domain.send_mode import SendMode
from worker.domain.states import BatchState, ProviderCampaignState
from worker.errors import Refused
from worker.services.planning.checked import Checked
from worker.services.planning.schedule import Schedule
from worker.services.planning.summary import ListSummary
from worker.storage.audience import consents as kept_consents
from worker.storage.planning import placing, staging
from worker.storage.planning.placing import Group
from worker.storage.sending import batches
from worker.storage.tables.campaigns import Batch, Campaign, ProviderCampaign

#: More different texts than this in one campaign of ads is a mistake, whatever the list.
MOST_TEXTS: Final = 10_000
#: Each text needs a campaign of its own at the provider.
MOST_PROVIDER_CAMPAIGNS: Final = 50
#: What one worker has in hand where each number is a call of its own.
SINGLES_IN_A_BATCH: Final = 2000
#: From so many the database is told of new batches at once, and not when it next looks by itself.
MANY_BATCHES: Final = 50
#: How much of our name the provider's name of a provider campaign begins with.
NAME_CHARACTERS: Final = 60


def store(session: Session, checked: Checked, campaign: Campaign, found: ListSummary) -> int:
    """Number the batches of a staged list, and move its numbers and refused rows to their tables; how many batches.

    The campaign's row is there already. Raises Refused where the rules of the send mode allow no batch.
    """
    layouts = {SendMode.LIST: _lists, SendMode.PUSH: _pushes, SendMode.SINGLE: _singles}
    number = layouts[campaign.send_mode](session, checked, campaign, found)
    staging.store_refusals(session, campaign.id)
    if found.staged.consents:
        kept_consents.store(session, campaign.id)
    if number >= MANY_BATCHES:
        batches.analyze(session)
    return number


def _lists(session: Session, checked: Checked, campaign: Campaign, found: ListSummary) -> int:
    """Batches of balanced size per filled text: one order carries one text."""
    account, layout, seq = checked.account, [], 1
    for group in _groups(session, checked, found, MOST_TEXTS):
        sizes = chunk.split(group.size, account.min_recipients, account.max_recipients)
        layout.append((group, seq, len(sizes)))
        session.add_all(_numbered(campaign, checked.template.fill(group.values or {}), sizes, seq, found.times))
        seq += len(sizes)
    session.flush()
    if len(layout) == 1:
        # Nobody has to be looked for by his values: several times faster.
        placing.store_cut(session, campaign.id, 1, _starts(sizes), None)
    else:
        placing.store(session, campaign.id, layout)
    return seq - 1


def _pushes(session: Session, checked: Checked, campaign: Campaign, found: ListSummary) -> int:
    """A provider campaign per filled text, its numbers for a quota; pushes that the provider's counting tells apart."""
    account, times, seq = checked.account, found.times, 1
    for number, group in enumerate(_groups(session, checked, found, MOST_PROVIDER_CAMPAIGNS), start=1):
        text = checked.template.fill(group.values or {})
        session.add(
            ProviderCampaign(
                campaign_id=campaign.id,
                number=number,
                name=provider_campaign_name(campaign, number),
                text=text,
                quota=group.size,
                due=times.due,
                push_by=times.push_by,
                state=ProviderCampaignState.PLANNED,
            )
        )
        sizes = chunk.split_unlike(group.size, account.min_recipients, account.max_recipients)
        session.add_all(_numbered(campaign, text, sizes, seq, times, provider_campaign=number))
        session.flush()
        placing.store_cut(session, campaign.id, seq, _starts(sizes), group)
        seq += len(sizes)
    return seq - 1


def _singles(session: Session, checked: Checked, campaign: Campaign, found: ListSummary) -> int:
    """Batches of what a worker has in hand; each recipient's text is filled when it leaves."""
    sizes = chunk.split(found.staged.valid, 1, min(SINGLES_IN_A_BATCH, checked.account.max_recipients))
    session.add_all(_numbered(campaign, checked.template.text, sizes, 1, found.times))
    session.flush()
    placing.store_cut(session, campaign.id, 1, _starts(sizes), None)
    return len(sizes)


def provider_campaign_name(campaign: Campaign, number: int) -> str:
    """The provider's name of a campaign's n-th provider campaign: unique for ever, and ends in the campaign's id."""
    ordinal = f" {number}" if number > 1 else ""
    return f"{campaign.name[:NAME_CHARACTERS].strip()}{ordinal} {campaign.id}"


def _groups(session: Session, checked: Checked, found: ListSummary, most: int) -> list[Group]:
    """The different texts with their numbers; Refused when one goes to fewer than an order takes, or there are too many."""
    account, template, valid = checked.account, checked.template, found.staged.valid
    groups = placing.groups(session, most) if template.names else [Group(None, valid)]
    if sum(group.size for group in groups) < valid or any(group.size < account.min_recipients for group in groups):
        names = " and ".join("{" + name + "}" for name in template.names)
        smallest, minimum = groups[-1].size, account.min_recipients
        elsewhere = " or ".join(account.own_texts_elsewhere)
        way_out = f", or send it through {elsewhere}, which takes each number with its own text" if elsewhere else ""
        raise Refused(
            "too_few_numbers_per_text",
            f"{account.title} sends one text to {minimum} numbers or more, and {most} texts at most, but filling "
            f"{names} gives texts that fewer would get ({len(groups)} different texts or more; the smallest seen goes to "
            f"{smallest}): leave the variable out, fill it with less variety{way_out}.",
            {"provider": account.title, "names": names, "texts": len(groups), "smallest": smallest, "minimum": minimum},
        )
    return groups


def _numbered(
    campaign: Campaign, text: str, sizes: list[int], first: int, times: Schedule, provider_campaign: int | None = None
) -> Iterator[Batch]:
    for seq, size in enumerate(sizes, start=first):
        yield Batch(
            campaign_id=campaign.id,
            seq=seq,
            size=size,
            text=text,
            channel=campaign.channel,
            provider_campaign=provider_campaign,
            state=BatchState.PLANNED,
            not_before=times.opening,
        )


def _starts(sizes: Sequence[int]) -> list[int]:
    return list(accumulate(sizes))[:-1]
