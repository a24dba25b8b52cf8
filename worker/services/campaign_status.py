"""The status of a campaign, given its batches: worked out anew each time, from the rows alone."""

from collections.abc import Mapping
from typing import Unpack
from uuid import UUID

from sqlmodel import Session

from worker.domain.states import BatchState, CampaignStatus
from worker.services.deps import Deps
from worker.storage import campaigns, lagging
from worker.storage.campaigns import Tally
from worker.storage.changes import CampaignChanges
from worker.storage.sending import batches, provider_campaigns

#: A campaign with no unknown calls left goes on from here; a paused one stays paused.
AGAIN = frozenset({CampaignStatus.RECONCILING})
#: How many batches that wait for a person a status names.
MOST_NAMED = 5


def refresh(deps: Deps, campaign_id: UUID) -> CampaignStatus | None:
    """Move the campaign to where its batches say it is; the new status, or None when it stays."""
    with deps.sessions.begin() as session:
        campaign = campaigns.get(session, campaign_id)
        if campaign is not None and campaign.status is CampaignStatus.CANCELLED:
            # A call that was under way when it was cancelled may have come back refused.
            batches.cancel_planned(session, campaign_id)
            return None
        works = campaigns.has_work(session, campaign_id)
        tally = {} if works else campaigns.tally(session, campaign_id)
        # Since the first look an unknown batch may have gone back to the plan: the tally alone sees all batches at one moment.
        if works or not set(batches.WORKING).isdisjoint(tally):
            # An answer that came after its lease was given up may have put an unknown batch back to the plan.
            return _move(session, campaign_id, CampaignStatus.SENDING, status_reason="")
        if not tally:
            return None
        if BatchState.UNKNOWN in tally:
            count = tally[BatchState.UNKNOWN].rest + sum(one.unknown for one in tally.values())
            reason = f"{count} numbers may or may not be with the provider; nothing is sent again before that is known"
            if waiting := campaigns.needs_operator(session, campaign_id):
                which = ", ".join(map(str, waiting[:MOST_NAMED])) + (" and more" if len(waiting) > MOST_NAMED else "")
                reason += f"; batch {which} waits for `loa campaign resolve {campaign_id} --batch {waiting[0]}`"
            if campaign is not None and campaign.status is CampaignStatus.RECONCILING:
                campaigns.explain(session, campaign_id, reason, only_in=CampaignStatus.RECONCILING)
            return _move(session, campaign_id, CampaignStatus.RECONCILING, status_reason=reason)
        if BatchState.ACCEPTED in tally and tally[BatchState.ACCEPTED].awaited:
            return _move(session, campaign_id, CampaignStatus.SENDING, status_reason="")
        to, reason = _end(session, campaign_id, tally)
        return _move(session, campaign_id, to, status_reason=reason, finished_at=deps.clock.now())


def refresh_all(deps: Deps, limit: int = 50) -> int:
    """Settle the campaigns that a crash left behind; how many moved."""
    with deps.sessions() as session:
        behind = lagging.behind_their_batches(session, limit)
    return sum(refresh(deps, campaign_id) is not None for campaign_id in behind)


def _end(session: Session, campaign_id: UUID, tally: Mapping[BatchState, Tally]) -> tuple[CampaignStatus, str]:
    """How a campaign with nothing open ends: failed when the provider took none of it."""
    words, warnings = campaigns.first_messages(session, campaign_id), provider_campaigns.warnings(session, campaign_id)
    if not {BatchState.ACCEPTED, BatchState.REPORTED} & set(tally):
        return CampaignStatus.FAILED, "; ".join(filter(None, [words, *warnings]))
    notes = []
    rejected = sum(one.rejected for one in tally.values())
    rejected += tally[BatchState.REJECTED].rest if BatchState.REJECTED in tally else 0
    if rejected:
        notes.append(f"{rejected} numbers were rejected ({words})")
    if (reported := tally.get(BatchState.REPORTED)) and (silent := reported.rest + reported.accepted):
        notes.append(f"the provider never reported on {silent} numbers")
    return CampaignStatus.DONE, "; ".join([*notes, *warnings])


def _move(
    session: Session, campaign_id: UUID, to: CampaignStatus, **changes: Unpack[CampaignChanges]
) -> CampaignStatus | None:
    only_from = AGAIN if to is CampaignStatus.SENDING else None
    return to if campaigns.advance(session, campaign_id, to, only_from=only_from, **changes) else None
