"""What becomes of a lost push that no later one can probe? Only where the quota is a net is it repeated."""

from typing import Any, Final

import structlog

from worker.domain import quota
from worker.domain.outcome import Outcome
from worker.domain.states import BatchState
from worker.providers.base import AdCampaignProvider, Push
from worker.services import creation, evidence, lane, settle
from worker.services.deps import Account, Deps
from worker.services.push import Claimed, call, shortfall
from worker.services.record import persist
from worker.services.send import pause_before_retry, terms, words_of
from worker.storage import batches, campaigns, placements, recipients
from worker.storage.placements import Place
from worker.storage.tables import Batch

log = structlog.get_logger(__name__)

#: How many doubtful last pushes one sweep repeats.
REPEATED_AT_ONCE: Final = 20


def settle_doubts(deps: Deps) -> int:
    """Repeat doubtful last pushes for which the quota is a net; how many were settled. Safe to run twice at once."""
    settled = 0
    for account in deps.accounts.values():
        if account.campaigns is None:
            continue
        with deps.sessions() as session:
            doubts = placements.lone_doubts(session, account.name, deps.clock.now(), REPEATED_AT_ONCE)
        settled += sum(settle_last(deps, account, account.campaigns, batch) for batch in doubts)
    return settled


def settle_last(deps: Deps, account: Account, provider: AdCampaignProvider, batch: Batch) -> bool:
    """Repeat a lone doubtful last push, if the room left is 0 or exactly its size; whether that settled it."""
    if batch.placement is None or lane.begin(deps, account, messages=batch.size) is None:
        return False
    claimed = _claim_again(deps, account, Place(batch.campaign_id, batch.placement), batch)
    if claimed is None:
        return False
    got = call(deps, account, provider, claimed)
    settled = persist(lambda: _write_again(deps, account, claimed, got), batch=str(batch.id), code=got.answer.code)
    settle.settle(deps, batch.campaign_id)
    lane.heard(deps, account, got.answer)
    return settled


def _claim_again(deps: Deps, account: Account, place: Place, batch: Batch) -> Claimed | None:
    on = terms(deps, account)
    with deps.sessions.begin() as session:
        if placements.hold_campaign(session, place.campaign_id, placements.REPEATABLE) is None:
            return None
        placement = placements.lock(session, place)
        open_ones = placements.batches_in(session, place, BatchState.PLANNED, BatchState.SENDING, BatchState.UNKNOWN)
        alone = [(one.id, one.provider_ref) for one in open_ones] == [(batch.id, "")]
        if not alone or not creation.may_place(account, placement, on.now):
            return None
        ledger, size = placements.ledger(session, placement), evidence.held(batch)
        phones = recipients.letter(session, batch.id).phones
        if len(phones) != size or not quota.may_repeat(ledger, size, placement.remaining):
            return None
        if not placements.take_turn(session, place, batch.id, on.now, on.lease_until):
            return None
        attempt = placements.repeat(session, batch, on.now, on.deadline)
        if attempt is None:
            session.rollback()
            return None
        return Claimed(place, attempt, placement.ref, phones)


def _write_again(deps: Deps, account: Account, claimed: Claimed, got: Push) -> bool:
    """One transaction, safe to repeat; whether the repeat settled the doubt."""
    now, attempt, answer, place = deps.clock.now(), claimed.attempt, got.answer, claimed.place
    pushed = len(claimed.phones)
    taken = pushed if got.taken is None else got.taken
    accepted = answer.outcome is Outcome.ACCEPTED and got.remaining in (None, 0, pushed - taken)
    with deps.sessions.begin() as session:
        if answer.outcome is Outcome.HALT and not got.no_room:
            campaigns.halt(session, account.name, attempt.began_at, words_of(account, answer))
        placements.hold_campaign(session, place.campaign_id)
        placements.lock(session, place)
        batches.complete(session, attempt, ended_at=now, answer=answer)
        changes: dict[str, Any] = {"words": f"repeated, and still in doubt: {words_of(account, answer)}"}
        if got.no_room:
            changes = {"words": f"{words_of(account, answer)}: the first push was counted, though its answer was lost"}
        elif accepted:
            words = f"{answer.words}; the first push was not counted, this one is"
            changes = {"words": words, "provider_ref": answer.ref, **shortfall(got, pushed, words)}
        elif answer.outcome is Outcome.ACCEPTED:
            # With its reference it is no lost push any more, so it is not repeated again.
            words = f"repeated and taken, but {got.remaining} are said to be left: some may have been taken twice"
            changes = {"words": words, "provider_ref": answer.ref}
        state = BatchState.ACCEPTED if got.no_room or accepted else BatchState.UNKNOWN
        later = now + pause_before_retry(answer, attempt.number)
        batches.record(session, attempt, state, code=answer.code, answered_at=now, not_before=later, **changes)
        if answer.outcome is not Outcome.UNKNOWN:
            placements.end_turn(session, place, attempt.batch_id)
        if got.remaining is not None:
            placements.note(session, place, remaining=got.remaining)
    log.warning("doubt_repeated", batch=str(attempt.batch_id), state=str(state), code=answer.code, words=answer.words)
    return state is BatchState.ACCEPTED
