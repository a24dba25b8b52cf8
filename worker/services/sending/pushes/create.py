"""A campaign of the provider's own is created before numbers are pushed into it.

A creation messages nobody, so an unknown one is tried again under its name; if the name is taken by then, that campaign
stays empty for ever and another name is used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from sqlmodel import Session

from worker.domain.attempts import CallKind
from worker.domain.calls import AdCampaign, Answer
from worker.domain.outcome import Outcome
from worker.domain.states import BatchState, CampaignStatus, ProviderCampaignState
from worker.providers.base import AdCampaignProvider
from worker.services import campaign_status
from worker.services.calling import call, limits
from worker.services.calling.terms import CALL_WITHIN, NOT_BEGUN, describe, pause_before_retry, terms
from worker.services.deps import Account, Deps
from worker.services.planning.batching import provider_campaign_name
from worker.services.sending import ad_policy, halts
from worker.storage import campaigns
from worker.storage.calling import attempts
from worker.storage.sending import provider_campaigns
from worker.storage.sending.provider_campaigns import Place
from worker.storage.tables.campaigns import Attempt, Campaign, ProviderCampaign

log = structlog.get_logger(__name__)

#: So many creations of one campaign whose answer was lost wait for a person: each one more would be approved there by people.
MOST_ORPHANS: Final = 3
ORPHANED: Final = "it was created by a call whose answer was lost, and stays empty: {}"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A creation that this process, and no other, may call."""

    attempt: Attempt
    order: AdCampaign
    #: Which try it is, and whether an earlier one may have been taken.
    tries: int
    maybe_taken: bool
    provider_campaign: ProviderCampaign


def may_place(account: Account, provider_campaign: ProviderCampaign, now: datetime) -> bool:
    """Whether the provider takes orders now, this one still in time for its hour, and its hour is one in which ads may leave.

    It was when it was planned; the hours may have changed since.
    """
    in_time = account.intake is not None and account.intake.is_open(now) and now < provider_campaign.push_by
    return in_time and account.windows.contains(provider_campaign.due)


def create(deps: Deps, account: Account, provider: AdCampaignProvider, place: Place, batch_id: UUID) -> Outcome | None:
    """Create one provider campaign, for the batch that is to be pushed first. None: nothing was called."""
    creation = Creation(deps, account, provider, place, batch_id)
    reply = call.make(deps, account, creation)
    if reply is not None or creation.waited:
        # Its rules may have left too few.
        campaign_status.refresh(deps, place.campaign_id)
    if creation.taken:
        deps.task_queue.enqueue_send(account.name, batch_id)
    return reply.outcome if reply else None


class Creation:
    """The strategy: claim a provider campaign, create it, and open it or find out that it is there already."""

    def __init__(
        self, deps: Deps, account: Account, provider: AdCampaignProvider, place: Place, batch_id: UUID
    ) -> None:
        self._deps, self._account, self._provider, self._place, self._batch_id = (
            deps,
            account,
            provider,
            place,
            batch_id,
        )
        self.waited = False
        #: Whether its name was there already.
        self.taken = False

    def wait(self, pause: call.Pause) -> Sequence[float] | None:
        """A slot that weighs no message."""
        offsets = limits.begin(self._deps, self._account, self._batch_id, messages=0, pause=pause)
        self.waited = offsets is not None
        return offsets

    def claim(self, _offsets: Sequence[float]) -> Claimed | None:
        """Fix the audience, which is the quota, and claim the creation."""
        deps, account, place = self._deps, self._account, self._place
        on = terms(deps, account)
        with deps.sessions.begin() as session:
            if not campaigns.lock_if_sending(session, place.campaign_id, on.now):
                return None
            provider_campaigns.mark_expired_unknown(session, place, on.now)
            provider_campaign = provider_campaigns.lock(session, place)
            maybe_taken = provider_campaign.state is ProviderCampaignState.UNKNOWN
            tries = provider_campaign.attempts + 1
            if not may_place(account, provider_campaign, on.now):
                return None
            if provider_campaign.state is ProviderCampaignState.PLANNED:
                limit = ad_policy.limit(deps, account, provider_campaign.due)
                if not ad_policy.fix_audience(session, account, provider_campaign, on.now, limit):
                    return None
                # To count a long list takes a while, and the call is to begin within moments of its claim.
                on = terms(deps, account)
            if not provider_campaigns.advance(
                session, place, ProviderCampaignState.CREATING, lease_until=on.lease_until, attempts=tries
            ):
                return None
            attempt = provider_campaigns.begin_call(
                session, provider_campaign, CallKind.CREATE, account.name, now=on.now, deadline=on.deadline
            )
            sender = campaigns.sender(session, place.campaign_id)
            order = AdCampaign(
                provider_campaign.name, sender, provider_campaign.text, provider_campaign.quota, provider_campaign.due
            )
        return Claimed(attempt, order, tries, maybe_taken, provider_campaign)

    def in_time(self, claimed: Claimed, _nth: int = 0) -> bool:
        """Not after a sleep, and while the provider takes orders for that hour: to count a long list takes a while."""
        now = self._deps.clock.now()
        on_time = may_place(self._account, claimed.provider_campaign, now)
        return on_time and now <= claimed.attempt.began_at + CALL_WITHIN

    def requests(self, claimed: Claimed) -> Sequence[AdCampaign]:
        """One."""
        return [claimed.order]

    def not_begun(self) -> Answer:
        """It goes back to the plan."""
        return NOT_BEGUN

    def about(self, _claimed: Claimed) -> Mapping[str, str]:
        """The batch that waits for it."""
        return {"batch": str(self._batch_id)}

    def record(self, claimed: Claimed, replies: Mapping[int, Answer]) -> None:
        """Open it, or go on under another name, or back to the plan."""
        deps, account, place, answer = self._deps, self._account, self._place, replies[0]
        now, taken = deps.clock.now(), self._provider.name_taken(answer, after_unknown=claimed.maybe_taken)
        with deps.sessions.begin() as session:
            began_at = claimed.attempt.began_at
            halts.pause(session, account, place.campaign_id, began_at, answer, describe(account, answer))
            attempts.complete(session, claimed.attempt, ended_at=now, answer=answer)
            campaign = provider_campaigns.lock_campaign(session, place.campaign_id)
            row = provider_campaigns.lock(session, place)
            if row.state is not ProviderCampaignState.CREATING or row.attempts != claimed.tries:
                log.warning("creation_answered_late", campaign=str(place.campaign_id), code=answer.code)
                return
            to, changes = _consequence(account, claimed, answer, taken=taken)
            if answer.outcome is Outcome.REJECTED or to is ProviderCampaignState.PLANNED:
                # Nobody is with it, and nobody will be as it is: whoever goes later is counted anew.
                planned = provider_campaigns.batches_in(session, place, BatchState.PLANNED)
                ad_policy.release(session, row, planned)
            provider_campaigns.advance(session, place, to, lease_until=None, code=answer.code, **changes)
            if to is ProviderCampaignState.ORPHAN:
                succeed(session, row, quota=row.quota, due=row.due, push_by=row.push_by)
            elif answer.outcome is Outcome.REJECTED:
                provider_campaigns.reject_planned(session, place, answer.code, answer.provider_message, now)
            elif answer.outcome in (Outcome.RETRY, Outcome.UNKNOWN):
                provider_campaigns.postpone(session, place, now + pause_before_retry(answer, claimed.tries))
            if campaign is not None:
                _say(session, account, campaign, answer, to, waited=claimed.tries > 1)
        self.taken = taken
        say = log.info if answer.outcome is Outcome.ACCEPTED else log.warning
        about = {"campaign": str(place.campaign_id), "provider_campaign": place.number}
        say("creation_answered", **about, state=str(to), code=answer.code, provider_message=answer.provider_message)


def _consequence(
    account: Account, claimed: Claimed, answer: Answer, *, taken: bool
) -> tuple[ProviderCampaignState, dict[str, Any]]:
    """Where an answer puts the provider campaign, and what else is written with it."""
    match answer.outcome:
        case Outcome.ACCEPTED:
            # Words of one that is open are a warning.
            return ProviderCampaignState.OPEN, {"ref": answer.ref, "provider_message": ""}
        case Outcome.UNKNOWN:
            return ProviderCampaignState.UNKNOWN, {"provider_message": answer.provider_message}
        case _ if taken:
            return ProviderCampaignState.ORPHAN, {"provider_message": ORPHANED.format(describe(account, answer))}
        case _:
            # The refusal of this call says nothing of an earlier one.
            before = ProviderCampaignState.UNKNOWN if claimed.maybe_taken else ProviderCampaignState.PLANNED
            return before, {"provider_message": answer.provider_message}


def _say(
    session: Session,
    account: Account,
    campaign: Campaign,
    answer: Answer,
    to: ProviderCampaignState,
    *,
    waited: bool,
) -> None:
    """Tell in the campaign's reason that it waits for its creation; too many that were lost pause it.

    `waited`: it was asked for before, so that the reason tells of that.
    """
    orphans = [
        one for one in provider_campaigns.of_campaign(session, campaign.id) if one.state is ProviderCampaignState.ORPHAN
    ]
    if to is ProviderCampaignState.ORPHAN and len(orphans) >= MOST_ORPHANS:
        reason = (
            f"the answers to {len(orphans)} creations of a campaign at {account.title} were lost, which stay empty there: "
            f"find out what {account.title} answers, then resume"
        )
        campaigns.advance(session, campaign.id, CampaignStatus.PAUSED, status_reason=reason)
    elif campaign.status is not CampaignStatus.SENDING:
        return
    elif answer.outcome in (Outcome.RETRY, Outcome.UNKNOWN):
        said = describe(account, answer)
        campaign.status_reason = f"{account.title} has not opened its campaign yet, and is asked again: {said}"
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
