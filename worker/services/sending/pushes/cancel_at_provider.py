"""What the provider has of a cancelled campaign is stopped there as far as it can be; what it did not stop is said."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlmodel import Session

from worker.domain.attempts import CALL_WITHIN, CallKind, provider_campaign_owner
from worker.domain.calls import Cancellation, CancelOrder
from worker.domain.outcome import Outcome
from worker.domain.states import BatchState, ProviderCampaignState
from worker.services.calling import call
from worker.services.calling.call import Claimed, OneCall
from worker.services.calling.terms import NOT_BEGUN, RECORD_WITHIN, describe, terms
from worker.services.deps import Account, Deps
from worker.services.sending import ad_policy
from worker.storage.calling import attempts
from worker.storage.changes import ProviderCampaignChanges
from worker.storage.sending import batches, left_with_provider, provider_campaigns
from worker.storage.tables.campaigns import Batch, Campaign, ProviderCampaign

log = structlog.get_logger(__name__)

#: How often it is looked whether the call in flight is over.
LOOK_S: Final = 0.05
#: Before a provider is asked again; twice as long after each call. Whoever cancels waits for less than the first.
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=1)
#: For how many campaigns one sweep asks; the others are asked for by the next.
ASKED_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class Share:
    """Some batches of a campaign: their numbers of recipients together, and which they are."""

    numbers: int
    batches: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ProviderCancellation:
    """What a provider did with what it already had, over all times that it was asked."""

    stopped: Share
    #: It has these as far as we know, and did not say that it stopped them.
    kept: Share
    provider_message: tuple[str, ...]
    #: Whether it said of all that it has what it did with it.
    told: bool


def cancellable_at_provider(session: Session, campaign_id: UUID, now: datetime) -> bool:
    """Whether the provider holds an order of the campaign whose text is not due yet."""
    return any(one.ref and one.due > now for one in provider_campaigns.of_campaign(session, campaign_id))


def to_ask_again(deps: Deps) -> Sequence[UUID]:
    """Cancelled campaigns whose provider is to be asked (again): whoever cancelled died before, or got no answer.

    One minute after the cancel, then less and less often, until the text is due. Not where the provider definitely refused.
    """
    now, found = deps.clock.now(), dict[UUID, None]()
    for account in deps.accounts.values():
        if account.campaigns is None:
            continue
        with deps.sessions() as session:
            for one in left_with_provider.of_cancelled(session, account.name, now):
                owner = provider_campaign_owner(one.campaign_id, one.number)
                calls = [call for call in attempts.of(session, owner) if call.call is CallKind.CANCEL]
                campaign = session.get_one(Campaign, one.campaign_id)
                since = calls[-1].began_at if calls else campaign.finished_at or now
                refused = bool(calls) and calls[-1].outcome is Outcome.REJECTED
                if not refused and now - since >= min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** len(calls)):
                    found[one.campaign_id] = None
    return list(found)[:ASKED_AT_ONCE]


def cancel_at_provider(deps: Deps, provider: str, campaign_id: UUID) -> ProviderCancellation:
    """Ask the provider to stop what it has of a cancelled campaign; may be repeated. Raises nothing for what the provider does.

    The campaign's claims are stopped already. Waits for the call in flight, which may still put numbers there.
    """
    account = deps.accounts.get(provider)
    words = []
    if account is None or account.campaigns is None:
        words.append(f"there is no account at {provider}, so it was not asked to stop anything")
    else:
        _wait_for_calls(deps, account, campaign_id)
        with deps.sessions() as session:
            found = provider_campaigns.of_campaign(session, campaign_id)
        for row in found:
            if row.ref and row.state is ProviderCampaignState.OPEN:
                words.append(_stop(deps, account, row))
            elif row.cancel_words:
                words.append(f"{account.title}, campaign {row.ref}, before: {row.cancel_words}")
    with deps.sessions() as session:
        rows = batches.of_campaign(session, campaign_id)
        left = provider_campaigns.of_campaign(session, campaign_id)
    return ProviderCancellation(
        stopped=_share([one for one in rows if one.state is BatchState.CANCELLED and one.provider_ref]),
        kept=_share([one for one in rows if one.state in provider_campaigns.TAKEN]),
        provider_message=tuple(words),
        told=not any(one.ref and one.state is ProviderCampaignState.OPEN for one in left),
    )


def _wait_for_calls(deps: Deps, account: Account, campaign_id: UUID) -> None:
    """Until no call is under way; a worker that died is not waited for longer than a call can take."""
    ends = time.monotonic() + (CALL_WITHIN + RECORD_WITHIN).total_seconds() + account.timeout_s
    while time.monotonic() < ends:
        now = deps.clock.now()
        with deps.sessions() as session:
            # A call may begin that long after its claim, by which its deadline is reckoned.
            if not provider_campaigns.in_flight(session, campaign_id, now - CALL_WITHIN):
                return
        time.sleep(LOOK_S)


def _stop(deps: Deps, account: Account, row: ProviderCampaign) -> str:
    """Ask for one provider campaign; what came of it, as a sentence."""
    named = f"{account.title}, campaign {row.ref}"
    reply = call.make(Stop(deps, account, row))
    if reply is None:
        return f"{named}: not asked, because too many calls wait; cancel again to ask"
    answer, words = reply.answer, reply.answer.provider_message
    log.info("provider_campaign_cancelled", provider_campaign=row.name, code=answer.code, provider_message=words)
    if answer.outcome is Outcome.ACCEPTED:
        return f"{named}: {words}"
    return f"{named} did not stop anything as far as it said ({describe(account, answer)}); cancel again to ask again"


class Stop(OneCall[CancelOrder, Cancellation]):
    """The strategy: ask the provider to stop what it has. It may be repeated, so an unknown answer leaves nothing open."""

    not_begun = Cancellation(NOT_BEGUN)

    def __init__(self, deps: Deps, account: Account, row: ProviderCampaign) -> None:
        super().__init__(deps, account, 0, provider_campaign=row.name)
        self._order, self._place = CancelOrder(row.ref), provider_campaigns.place_of(row)

    def wait(self, pause: call.Pause) -> Sequence[float] | None:
        """A slot that weighs no message; a broken circuit does not keep us from asking."""
        return self.deps.throttle.wait(self.account.rate_limit, messages=0, pause=pause)

    def claim(self, _offsets: Sequence[float]) -> Claimed[CancelOrder] | None:
        """Nothing is claimed, for it may be asked again; the attempt is the trace."""
        on = terms(self.deps, self.account)
        with self.deps.sessions.begin() as session:
            provider_campaigns.lock_campaign(session, self._place.campaign_id)
            row = provider_campaigns.lock(session, self._place)
            return Claimed(provider_campaigns.begin_call(session, row, CallKind.CANCEL, on), self._order, on)

    def in_time(self, claimed: Claimed[CancelOrder], _nth: int = 0) -> bool:
        """Never too late: it only stops what would leave."""
        return claimed is not None

    def record(self, claimed: Claimed[CancelOrder], replies: Mapping[int, Cancellation]) -> None:
        """Cancel the batches that it stopped, and say of the others what it said."""
        deps, account, place, got = self.deps, self.account, self._place, replies[0]
        now = deps.clock.now()
        with deps.sessions.begin() as session:
            attempts.complete(session, claimed.attempt, ended_at=now, answer=got.answer)
            provider_campaigns.lock_campaign(session, place.campaign_id)
            row = provider_campaigns.lock(session, place)
            if got.answer.outcome is not Outcome.ACCEPTED:
                provider_campaigns.note(session, place, cancel_words=describe(account, got.answer))
                return
            changes = ProviderCampaignChanges(cancel_words=got.answer.provider_message, cancelled_at=now)
            provider_campaigns.advance(session, place, ProviderCampaignState.CANCELLED, **changes)
            _name_the_lost(session, account, provider_campaigns.batches_in(session, place, *BatchState), got)
            taken = provider_campaigns.batches_in(session, place, *provider_campaigns.TAKEN)
            ad_policy.release(session, row, [batch for batch in taken if batch.provider_ref in got.stopped])
            for batch in taken:
                if batch.provider_ref in got.stopped:
                    words = f"{account.title} stopped it"
                    batches.move(session, batch.id, BatchState.CANCELLED, provider_message=words, next_poll_at=None)
                elif batch.provider_ref in got.kept:
                    batch.provider_message = f"{account.title} did not stop it"
                else:
                    batch.provider_message = f"{account.title} does not say whether it stopped it"


def _name_the_lost(session: Session, account: Account, known: Sequence[Batch], got: Cancellation) -> None:
    """References that we never saw are those of pushes whose answer was lost, and prove that these were taken.

    Only where there are as many as pushes without one, and all on one side: then it does not matter which is whose.
    """
    seen = {batch.provider_ref for batch in known}
    unseen = [ref for ref in (*got.stopped, *got.kept) if ref not in seen]
    taken = [batch for batch in known if batch.state in provider_campaigns.TAKEN and not batch.provider_ref]
    lost = [batch for batch in known if batch.state is BatchState.UNKNOWN and not batch.provider_ref]
    one_side = set(unseen) <= set(got.stopped) or set(unseen) <= set(got.kept)
    if not one_side or len(unseen) not in (len(taken), len(taken) + len(lost)):
        return
    nameless = taken if len(unseen) == len(taken) else sorted([*taken, *lost], key=lambda batch: batch.seq)
    for batch, ref in zip(nameless, unseen, strict=True):
        batch.provider_ref = ref
        if batch.state is BatchState.UNKNOWN:
            words = f"{account.title} lists it, so it was taken, though its answer was lost"
            batches.move(session, batch.id, BatchState.ACCEPTED, provider_message=words)
    session.flush()


def _share(rows: Sequence[Batch]) -> Share:
    numbers = sum(batch.size - batch.suppressed - batch.rejected for batch in rows)
    return Share(numbers, tuple(batch.seq for batch in rows))
