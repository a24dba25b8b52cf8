"""Which numbers go in which batch? One layout for each way that numbers go to a provider."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from sqlmodel import Session

from worker.domain import chunk
from worker.domain.states import BatchState, PlacementState
from worker.domain.template import Template
from worker.domain.way import Way
from worker.errors import Refused
from worker.services.deps import Account
from worker.services.schedule import Schedule
from worker.storage import staging
from worker.storage.staging import Group
from worker.storage.tables import Batch, Campaign, Placement

#: More different texts than this in one campaign of ads is a mistake, whatever the list.
MOST_TEXTS: Final = 10_000
#: Each text needs a campaign of its own at the provider.
MOST_PLACEMENTS: Final = 50
#: What one worker has in hand where each number is a call of its own.
SINGLES_IN_A_BATCH: Final = 500
#: How much of our name the provider's name of a placement begins with.
NAME_CHARACTERS: Final = 60


def store(
    session: Session, account: Account, template: Template, campaign: Campaign, times: Schedule, valid: int
) -> int:
    """Number the batches of a staged list and move its numbers there; how many batches.

    The campaign is in the session already. Raises Refused where the rules of the way allow no batch.
    """
    match campaign.way:
        case Way.LIST:
            return _lists(session, account, template, campaign, times, valid)
        case Way.PUSH:
            return _pushes(session, account, template, campaign, times, valid)
        case Way.SINGLE:
            return _singles(session, account, template, campaign, times, valid)


def _lists(
    session: Session, account: Account, template: Template, campaign: Campaign, times: Schedule, valid: int
) -> int:
    """Batches of balanced size per filled text: one order carries one text."""
    layout, seq = [], 1
    batches: list[Batch] = []
    for group in _groups(session, account, template, valid, MOST_TEXTS):
        sizes = chunk.split(group.size, account.minimum, account.maximum)
        layout.append((group, seq, len(sizes)))
        batches += _numbered(campaign, template.fill(group.values or {}), sizes, seq, times)
        seq += len(sizes)
    session.add_all(batches)
    session.flush()
    staging.store(session, campaign.id, layout)
    return seq - 1


def _pushes(
    session: Session, account: Account, template: Template, campaign: Campaign, times: Schedule, valid: int
) -> int:
    """A placement per filled text, with exactly its numbers for a quota; pushes that the provider's counting tells apart."""
    seq = 1
    for number, group in enumerate(_groups(session, account, template, valid, MOST_PLACEMENTS), start=1):
        text = template.fill(group.values or {})
        session.add(
            Placement(
                campaign_id=campaign.id,
                number=number,
                name=placement_name(campaign, number),
                text=text,
                quota=group.size,
                due=times.due,
                push_by=times.push_by,
                state=PlacementState.PLANNED,
            )
        )
        sizes = chunk.split_unlike(group.size, account.minimum, account.maximum)
        session.add_all(_numbered(campaign, text, sizes, seq, times, placement=number))
        session.flush()
        staging.store_cut(session, campaign.id, seq, _starts(sizes), group)
        seq += len(sizes)
    return seq - 1


def _singles(
    session: Session, account: Account, template: Template, campaign: Campaign, times: Schedule, valid: int
) -> int:
    """Batches of what a worker has in hand; each recipient's text is filled when it leaves."""
    sizes = chunk.split(valid, 1, min(SINGLES_IN_A_BATCH, account.maximum))
    session.add_all(_numbered(campaign, template.text, sizes, 1, times))
    session.flush()
    staging.store_cut(session, campaign.id, 1, _starts(sizes), None)
    return len(sizes)


def placement_name(campaign: Campaign, number: int) -> str:
    """The provider's name of a campaign's n-th placement: unique for ever, and ends in the campaign's id."""
    ordinal = f" {number}" if number > 1 else ""
    return f"{campaign.name[:NAME_CHARACTERS].strip()}{ordinal} {campaign.id}"


def _groups(session: Session, account: Account, template: Template, valid: int, most: int) -> list[Group]:
    """The different texts with their numbers; Refused when one goes to fewer than an order takes, or there are too many."""
    groups = staging.groups(session, most)
    if sum(group.size for group in groups) < valid or any(group.size < account.minimum for group in groups):
        names = " and ".join("{" + name + "}" for name in template.names)
        raise Refused(
            "too_few_numbers_per_text",
            f"{account.title} sends one text to {account.minimum} numbers or more, and {most} texts at most, but filling "
            f"{names} gives texts that fewer would get ({len(groups)} different texts or more; the smallest seen goes to "
            f"{groups[-1].size}): leave the variable out, or fill it with less variety.",
            {"texts": len(groups), "smallest": groups[-1].size, "minimum": account.minimum},
        )
    return groups


def _numbered(
    campaign: Campaign, text: str, sizes: Sequence[int], first: int, times: Schedule, placement: int | None = None
) -> Iterator[Batch]:
    for seq, size in enumerate(sizes, start=first):
        yield Batch(
            campaign_id=campaign.id,
            seq=seq,
            size=size,
            text=text,
            placement=placement,
            state=BatchState.PLANNED,
            not_before=times.opening,
        )


def _starts(sizes: Sequence[int]) -> list[int]:
    return list(accumulate(sizes))[:-1]
