"""How does a batch leave? Wait, claim, commit, call, record: in that order and never in another.

Only the process whose claim hit the row may call. No transaction is open while a socket is. Whatever the call comes to
is one of five outcomes; an UNKNOWN is never sent again from here. This file has what is common to all ways, and the way of
lists; numbers that go one by one are in `singles`, pushes into a provider's own campaign in `push`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlmodel import Session

from worker.domain.doubt import may_repeat
from worker.domain.outcome import DEFINITE_REFUSALS, Outcome
from worker.domain.states import BatchState
from worker.providers.base import AdOrder, Answer
from worker.services import lane, policy, settle
from worker.services.deps import Account, Deps
from worker.services.record import persist
from worker.storage import batches, campaigns, lookup, recipients
from worker.storage.batches import Glance
from worker.storage.tables import Attempt, Batch

log = structlog.get_logger(__name__)

#: A process that slept between its claim and its call (a stopped machine, a full swap) must not wake up and send:
#: a pause may have returned, a window may have closed.
CALL_WITHIN: Final = timedelta(seconds=2)
TURNED_AWAY_LONG_AGO: Final = (
    "it was turned away without a code of the provider's own, so long ago that its key may be forgotten: "
    "it is looked up first"
)
TOO_OLD: Final = (
    "it may have been taken, and is too old to be repeated under its key: a person has to say what became of it"
)
NOT_BEGUN: Final = Answer(Outcome.RETRY, words="the call was not begun in time, so it was not made")
RETRY_FIRST_S: Final = 1.0
RETRY_LONGEST_S: Final = 60.0
NEWS_FOR_AN_OPERATOR: Final = frozenset({Outcome.HALT, Outcome.UNKNOWN, Outcome.REJECTED})


def send_list(deps: Deps, account: Account, batch_id: UUID, seen: Glance) -> Outcome | None:
    """Send one batch as one order. None: nothing was sent."""
    provider = account.lists
    if provider is None or lane.begin(deps, account, batch_id, messages=seen.messages) is None:
        return None
    claimed = _claim(deps, account, seen, batch_id)
    if claimed is None:
        # Its rules may have ended the batch instead.
        settle.settle(deps, seen.campaign_id)
        return None
    attempt, order = claimed
    now = deps.clock.now()
    in_time = now <= attempt.began_at + CALL_WITHIN and account.hours(seen.kind).contains(now)
    answer = deps.run(provider.send_ads(order)) if in_time else NOT_BEGUN
    persist(lambda: _write(deps, account, attempt, answer), batch=str(batch_id), code=answer.code, ref=answer.ref)
    settle.settle(deps, seen.campaign_id)
    lane.heard(deps, account, answer)
    return answer.outcome


@dataclass(frozen=True, slots=True)
class Claim:
    """When a claim is made, how long its call may take, and how long it is believed."""

    now: datetime
    #: No call begins after this.
    last_call: datetime
    deadline: datetime
    lease_until: datetime


def terms(deps: Deps, account: Account, calls_s: float = 0.0) -> Claim:
    """The terms of a claim whose last call begins within `calls_s` seconds from now."""
    now = deps.clock.now()
    last_call = now + timedelta(seconds=calls_s)
    deadline = last_call + timedelta(seconds=account.timeout_s)
    return Claim(now, last_call, deadline, max(now + deps.lease, deadline + timedelta(seconds=5)))


def claim(session: Session, seen: Glance, batch_id: UUID, on: Claim) -> Attempt | None:
    """Take a batch of a running campaign; None when it is not there to be taken. The caller commits before it calls."""
    if not campaigns.hold_sending(session, seen.campaign_id):
        return None
    return batches.claim(session, batch_id, now=on.now, deadline=on.deadline, lease_until=on.lease_until)


def wait_for_window(deps: Deps, account: Account, kind: str) -> bool:
    """Whether texts of this kind may leave now; if not, what is due waits for the next opening."""
    now, windows = deps.clock.now(), account.hours(kind)
    if windows.contains(now):
        return True
    with deps.sessions.begin() as session:
        until = windows.next_opening(now)
        postponed = batches.postpone_due(session, account.name, kind, now=now, until=until)
    if postponed:
        log.info("window_closed", provider=account.name, kind=kind, batches=postponed, until=until.isoformat())
    return False


def words_of(account: Account, answer: Answer) -> str:
    """An answer as the reason of a campaign's status."""
    return f"{account.title} {answer.code}: {answer.words}" if answer.code else f"{account.title}: {answer.words}"


def pause_before_retry(answer: Answer, tries: int) -> timedelta:
    """How long after the `tries`-th call that was refused for now."""
    longest = min(RETRY_FIRST_S * 2 ** min(max(tries - 1, 0), 10), RETRY_LONGEST_S)
    return timedelta(seconds=max(answer.retry_after_s or 0, longest))


def _claim(deps: Deps, account: Account, seen: Glance, batch_id: UUID) -> tuple[Attempt, AdOrder] | None:
    if not wait_for_window(deps, account, seen.kind):
        return None
    on = terms(deps, account)
    with deps.sessions.begin() as session:
        if not campaigns.hold_sending(session, seen.campaign_id):
            return None
        batch = batches.lock_due(session, batch_id, on.now)
        if batch is None or not _may_go(session, deps, account, batch, on.now):
            return None
        attempt = claim(session, seen, batch_id, on)
        if attempt is None:
            return None
        letter = recipients.letter(session, batch_id)
        order = AdOrder(attempt.request_id, str(batch_id), letter.sender, letter.text, letter.phones)
    return attempt, order


def _may_go(session: Session, deps: Deps, account: Account, batch: Batch, now: datetime) -> bool:
    """Whether the rules let a locked batch go; if not, it is where they put it."""
    doubtful = lookup.calls(session, batch.id)
    under_key = lookup.under_key(session, batch) if account.keyed else []
    if not doubtful and under_key and not may_repeat(under_key[0][0], now):
        # All were turned away without a code of the provider's own, and its key may be forgotten: the record is asked first.
        batches.move(session, batch.id, BatchState.UNKNOWN, words=TURNED_AWAY_LONG_AGO)
        return False
    if not doubtful:
        return policy.admit(session, account, batch, now, deps.ads_a_day)
    # Members of a doubtful order never change: its repeat must be the same order.
    if may_repeat(doubtful[0][0], now):
        began = [(at, at) for at, _ in doubtful]
        policy.count_anew(session, recipients.members(session, batch), began, now, deps.ads_a_day)
        return True
    # It waited too long for its window, or for a resume.
    batches.move(session, batch.id, BatchState.UNKNOWN, held=True, words=TOO_OLD)
    return False


def _write(deps: Deps, account: Account, attempt: Attempt, answer: Answer) -> None:
    """One transaction; safe to repeat."""
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        if answer.outcome is Outcome.HALT:
            # Before the batch is touched: campaign first, batch second, as the claim does, or two workers could deadlock.
            campaigns.halt(session, account.name, attempt.began_at, words_of(account, answer))
        outcome = answer.outcome
        if outcome in DEFINITE_REFUSALS and batches.doubted(session, attempt.batch_id, attempt.number):
            outcome = Outcome.UNKNOWN
        state, changes = _consequence(deps, outcome, answer, attempt)
        batches.complete(session, attempt, ended_at=now, answer=answer)
        moved = batches.record(
            session, attempt, state, code=answer.code, words=answer.words, answered_at=now, **changes
        )
        if outcome in DEFINITE_REFUSALS:
            policy.uncount_refused(session, attempt.batch_id, moved=moved)
    say = log.warning if answer.outcome in NEWS_FOR_AN_OPERATOR else log.info
    words = answer.words if answer.outcome is not Outcome.ACCEPTED else ""
    state_now = str(state) if moved else "moved by another"
    say("batch_answered", batch=str(attempt.batch_id), state=state_now, code=answer.code, words=words)


def _consequence(deps: Deps, outcome: Outcome, answer: Answer, attempt: Attempt) -> tuple[BatchState, dict[str, Any]]:
    """Where an outcome puts the batch, and what else is written with it."""
    now = deps.clock.now()
    # A refusal by the provider's own code may be remembered under its RequestId, so the next call gets a new one. Without a
    # code nobody but a gateway spoke (429, 503), or nothing left: the old one, in case the gateway was wrong.
    refused: dict[str, Any] = {"refusals": batches.ONE_MORE_REFUSAL} if answer.code else {}
    match outcome:
        case Outcome.ACCEPTED:
            return BatchState.ACCEPTED, {"provider_ref": answer.ref, "next_poll_at": now + deps.polling.first}
        case Outcome.REJECTED:
            return BatchState.REJECTED, refused
        case Outcome.HALT:
            return BatchState.PLANNED, {**refused, "not_before": now}
        case Outcome.RETRY:
            return BatchState.PLANNED, {**refused, "not_before": now + pause_before_retry(answer, attempt.number)}
        case Outcome.UNKNOWN:
            return BatchState.UNKNOWN, {}
