"""A campaign of the provider's own is created before numbers are pushed into it.

A creation messages nobody, so an unknown one is tried again under its name; if the name is taken by then, that campaign
stays empty for ever and another name is used.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlmodel import Session

from worker.domain.attempts import CallKind
from worker.domain.calls import AdCampaign, Answer
from worker.domain.outcome import Outcome
from worker.domain.states import BatchState, CampaignStatus, ProviderCampaignState
from worker.providers.base import AdCampaignProvider
from worker.services import campaign_status
from worker.services.calling import call
from worker.services.calling.call import Claimed, OneCall
from worker.services.calling.terms import describe, pause_before_retry, terms
from worker.services.deps import Account, Deps
from worker.services.planning.batching import provider_campaign_name
from worker.services.sending import ad_policy, halts
from worker.storage import campaigns
from worker.storage.calling import attempts
from worker.storage.changes import ProviderCampaignChanges
from worker.storage.sending import provider_campaigns
from worker.storage.sending.provider_campaigns import Place
from worker.storage.tables.campaigns import Campaign, ProviderCampaign

log = structlog.get_logger(__name__)

#: So many creations of one campaign whose answer was lost wait for a person: each one more would be approved there by people.
MOST_ORPHANS: Final = 3
ORPHANED: Final = "it was created by a call whose answer was lost, and stays empty: {}"


def may_place(account: Account, provider_campaign: ProviderCampaign, now: datetime) -> bool:
    """Whether the provider takes orders now, this one still in time for its hour, and its hour is one in which ads may leave.

    It was when it was planned; the hours may have changed since.
    """
    in_time = account.intake is not None and account.intake.is_open(now) and now < provider_campaign.push_by
    return in_time and account.windows.contains(provider_campaign.due)


def create(deps: Deps, account: Account, provider: AdCampaignProvider, place: Place, batch_id: UUID) -> Outcome | None:
    """Create one provider campaign, for the batch that is to be pushed first. None: nothing was called."""
    creation = Creation(deps, account, provider, place, batch_id)
    reply = call.make(creation)
    if creation.waited:
        # Its rules may have left too few.
        campaign_status.refresh(deps, place.campaign_id)
    if creation.taken:
        deps.task_queue.enqueue_send(account.name, batch_id)
    return reply.outcome if reply else None


class Creation(OneCall[AdCampaign, Answer]):
    """The strategy: claim a provider campaign, create it, and open it or find out that it is there already."""

    def __init__(
        self, deps: Deps, account: Account, provider: AdCampaignProvider, place: Place, batch_id: UUID
    ) -> None:
        super().__init__(deps, account, 0, batch_id, batch=batch_id)
        self._provider, self._place = provider, place
        #: Whether its name was there already.
        self.taken = False
        #: Set by the claim: which try it is, and whether an earlier one may have been taken.
        self._tries, self._maybe_taken = 0, False

    def claim(self, _offsets: Sequence[float]) -> Claimed[AdCampaign] | None:
        """Fix the audience, which is the quota, and claim the creation."""
        deps, account, place = self.deps, self.account, self._place
        on = terms(deps, account)
        with deps.sessions.begin() as session:
            if not campaigns.lock_if_sending(session, place.campaign_id, on.now):
                return None
            provider_campaigns.mark_expired_unknown(session, place, on.now)
            row = provider_campaigns.lock(session, place)
            self._tries, self._maybe_taken = row.attempts + 1, row.state is ProviderCampaignState.UNKNOWN
            if not may_place(account, row, on.now):
                return None
            if row.state is ProviderCampaignState.PLANNED:
                if not ad_policy.fix_audience(session, account, row, on.now, ad_policy.limit(deps, account, row.due)):
                    return None
                # To count a long list takes a while, and the call is to begin within moments of its claim.
                on = terms(deps, account)
            creating = ProviderCampaignChanges(lease_until=on.lease_until, attempts=self._tries)
            if not provider_campaigns.advance(session, place, ProviderCampaignState.CREATING, **creating):
                return None
            attempt = provider_campaigns.begin_call(session, row, CallKind.CREATE, on)
            order = AdCampaign(row.name, campaigns.sender(session, place.campaign_id), row.text, row.quota, row.due)
            self._row = row
        return Claimed(attempt, order, on)

    def in_time(self, claimed: Claimed[AdCampaign], _nth: int = 0) -> bool:
        """Not after a sleep, and while the provider takes orders for that hour: to count a long list takes a while."""
        now = self.deps.clock.now()
        return may_place(self.account, self._row, now) and claimed.on.in_time(now)

    def record(self, claimed: Claimed[AdCampaign], replies: Mapping[int, Answer]) -> None:
        """Open it, or go on under another name, or back to the plan."""
        account, place, answer, now = self.account, self._place, replies[0], self.deps.clock.now()
        taken = self._provider.name_taken(answer, after_unknown=self._maybe_taken)
        with self.deps.sessions.begin() as session:
            halts.pause(session, account, place.campaign_id, claimed.on.now, answer)
            attempts.complete(session, claimed.attempt, ended_at=now, answer=answer)
            campaign = provider_campaigns.lock_campaign(session, place.campaign_id)
            row = provider_campaigns.lock(session, place)
            if row.state is not ProviderCampaignState.CREATING or row.attempts != self._tries:
                log.warning("creation_answered_late", campaign=str(place.campaign_id), code=answer.code)
                return
            to, changes = self._consequence(answer, taken=taken)
            if answer.outcome is Outcome.REJECTED or to is ProviderCampaignState.PLANNED:
                # Nobody is with it, and nobody will be as it is: whoever goes later is counted anew.
                ad_policy.release(session, row, provider_campaigns.batches_in(session, place, BatchState.PLANNED))
            provider_campaigns.advance(session, place, to, **changes)
            if to is ProviderCampaignState.ORPHAN:
                succeed(session, row, quota=row.quota, due=row.due, push_by=row.push_by)
            elif answer.outcome is Outcome.REJECTED:
                provider_campaigns.reject_planned(session, place, answer.code, answer.provider_message, now)
            elif answer.outcome in (Outcome.RETRY, Outcome.UNKNOWN):
                provider_campaigns.postpone(session, place, now + pause_before_retry(answer, self._tries))
            if campaign is not None:
                _say(session, account, campaign, answer, to, waited=self._tries > 1)
        self.taken = taken
        say = log.info if answer.outcome is Outcome.ACCEPTED else log.warning
        about = {"campaign": str(place.campaign_id), "provider_campaign": place.number}
        say("creation_answered", **about, state=str(to), code=answer.code, provider_message=answer.provider_message)

    def _consequence(self, answer: Answer, *, taken: bool) -> tuple[ProviderCampaignState, ProviderCampaignChanges]:
        """Where an answer puts the provider campaign, and what else is written with it."""
        changes = ProviderCampaignChanges(lease_until=None, code=answer.code, provider_message=answer.provider_message)
        if answer.outcome is Outcome.ACCEPTED:
            # Words of one that is open are a warning.
            changes["ref"], changes["provider_message"] = answer.ref, ""
            return ProviderCampaignState.OPEN, changes
        if taken and answer.outcome is not Outcome.UNKNOWN:
            changes["provider_message"] = ORPHANED.format(describe(self.account, answer))
            return ProviderCampaignState.ORPHAN, changes
        # The refusal of this call says nothing of an earlier one.
        maybe_taken = self._maybe_taken or answer.outcome is Outcome.UNKNOWN
        return ProviderCampaignState.UNKNOWN if maybe_taken else ProviderCampaignState.PLANNED, changes


def _say(
    session: Session, account: Account, campaign: Campaign, answer: Answer, to: ProviderCampaignState, *, waited: bool
) -> None:
    """Tell in the campaign's reason that it waits for its creation; too many that were lost pause it.

    `waited`: it was asked for before, so that the reason tells of that.
    """
    states = Counter(one.state for one in provider_campaigns.of_campaign(session, campaign.id))
    if to is ProviderCampaignState.ORPHAN and (lost := states[to]) >= MOST_ORPHANS:
        reason = (
            f"the answers to {lost} creations of a campaign at {account.title} were lost, which stay empty there: "
            f"find out what {account.title} answers, then resume"
        )
        campaigns.advance(session, campaign.id, CampaignStatus.PAUSED, status_reason=reason)
    elif campaign.status is not CampaignStatus.SENDING:
        return
    elif answer.outcome in (Outcome.RETRY, Outcome.UNKNOWN):
        words = f"{account.title} has not opened its campaign yet, and is asked again: {describe(account, answer)}"
        campaign.status_reason = words
    elif waited:
        campaign.status_reason = ""


def succeed(
    session: Session, old: ProviderCampaign, *, quota: int, due: datetime, push_by: datetime
) -> ProviderCampaign:
    """A new provider campaign, with its own name, takes over what the old one had to push; the caller holds the campaign."""
    campaign = campaigns.get(session, old.campaign_id)
    if campaign is None:
        raise LookupError(f"provider campaign {old.name} is of no campaign")
    number = provider_campaigns.next_number(session, old.campaign_id)
    new = ProviderCampaign(
        campaign_id=old.campaign_id,
        number=number,
        name=provider_campaign_name(campaign, number),
        text=old.text,
        quota=quota,
        due=due,
        push_by=push_by,
        state=ProviderCampaignState.PLANNED,
    )
    provider_campaigns.succeed(session, old, new)
    return new
