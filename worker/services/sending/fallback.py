"""Whom a Zalo campaign certainly did not reach gets a text: by a campaign of its own, once the first one is over.

Only then, so that nobody gets both: while a call is unknown or a report is awaited, the campaign is not over. Who failed is read
once more from the provider's record, whose result is final by its own documents: a number whose row says failed under our id of
the message, or that eSMS refused by a code and has no row of. A callback proves nothing here. Who is to get the text is marked
in the transaction that decides it, so it is decided once; the campaign that follows is made under a key of its own, so it is one,
and goes by every rule of texts: hours, suppression, frequency, minimum, approval.
"""

import time
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog

from worker.domain.calls import Purpose
from worker.domain.delivery import SentRow, SentState
from worker.domain.policy import Channel
from worker.errors import LoaError, Unavailable
from worker.services.account import Account
from worker.services.deps import Deps
from worker.services.planning import drafts
from worker.services.planning.request import CampaignRequest
from worker.services.reporting import provider_log
from worker.services.reporting.provider_log import SLACK, Unread
from worker.storage.calling import attempts
from worker.storage.sending import fallbacks
from worker.storage.sending.fallbacks import Due, Failure, Failures

log = structlog.get_logger(__name__)

#: Look-ups of unknown calls wait behind a sweep.
SWEEP_S = 20.0
FAILED = frozenset({SentState.FAILED, SentState.REFUSED})


def fall_back(deps: Deps) -> int:
    """Decide for Zalo campaigns that are over, and let their texts follow; how many campaigns. Safe to run twice at once."""
    with deps.sessions() as session:
        now = deps.clock.now()
        # The record has had its time to show what was refused by mistake.
        undecided = fallbacks.undecided(session, now, over_since=now - deps.lookup_delay)
    ends = time.monotonic() + SWEEP_S
    for due in undecided:
        _decide(deps, due, ends)
    with deps.sessions() as session:
        decided = fallbacks.without_campaign(session)
    return sum(_follow(deps, due) for due in decided)


def _decide(deps: Deps, due: Due, ends: float) -> None:
    """Mark who gets the text, batch by batch, each once; nobody of a batch whose record cannot be read."""
    account, after = deps.account(due.provider, Channel.ZALO), due.decided
    while time.monotonic() < ends:
        with deps.sessions() as session:
            failures = fallbacks.next_failures(session, due.campaign_id, after)
            span = None if failures is None else attempts.span(session, failures.batch_id)
        if failures is None:
            with deps.sessions.begin() as session:
                fallbacks.close(session, due.campaign_id, deps.clock.now(), after=after)
            return
        try:
            certain = _certain(deps, account, failures, span, Purpose(due.kind))
        except Unread as why:
            log.warning("record_not_read", provider=account.name, provider_message=why.provider_message)
            return
        with deps.sessions.begin() as session:
            marked = fallbacks.decide(session, due.campaign_id, failures, certain, after=after)
        if marked is None:
            return
        log.info("fallback_decided", batch=str(failures.batch_id), failures=len(failures.numbers), texts=marked)
        after = failures.seq


def _certain(
    deps: Deps, account: Account, failures: Failures, span: tuple[datetime, datetime] | None, purpose: Purpose
) -> list[int]:
    """Those of a batch whose failure the record bears out; nobody where no call was noted."""
    if span is None:
        return []
    rows = _rows(deps, account, failures.batch_id, span[0] - SLACK, span[1] + SLACK, purpose)
    return [one.phone for one in failures.numbers if _is_certain(one, rows)]


def _rows(
    deps: Deps, account: Account, batch_id: UUID, start: datetime, end: datetime, purpose: Purpose
) -> dict[int, list[SentRow]]:
    """What the record has under the key of a batch, by number."""
    found: dict[int, list[SentRow]] = {}
    for row in provider_log.rows(deps, account, start, end, purpose):
        if row.phone is not None and row.campaign == str(batch_id):
            found.setdefault(row.phone, []).append(row)
    return found


def _is_certain(one: Failure, rows: dict[int, list[SentRow]]) -> bool:
    """Whether the record bears out that it failed: what was refused has no row, what failed has one, and it says so."""
    mine = rows.get(one.phone, [])
    if not one.ref:
        return not mine
    return bool(mine) and all(row.ref == one.ref and row.state in FAILED for row in mine)


def _follow(deps: Deps, due: Due) -> bool:
    """Take in the campaign of texts, or find it; False where it was refused."""
    requested = CampaignRequest(
        due.provider,
        due.fallback_sender,
        due.kind,
        due.fallback_text,
        Path(due.list_name),
        name=f"{due.name} (text)",
        key=f"fallback:{due.campaign_id}",
        list_name=due.list_name,
        again=True,
        until=None if due.until is None else due.until.isoformat(),
        source=f"campaign:{due.campaign_id}:fall_back",
        copied_from=str(due.campaign_id),
        callback_url=due.callback_url,
        api_key_id=due.api_key_id,
    )
    try:
        made = drafts.create(deps, requested, uploaded=False).campaign
    except Unavailable as fault:
        # It is tried again by the next sweep.
        log.warning("fallback_waits", campaign=str(due.campaign_id), reason=str(fault))
        return False
    except LoaError as fault:
        with deps.sessions.begin() as session:
            fallbacks.refused(session, due.campaign_id, f"No text followed: {fault}")
        log.warning("fallback_refused", campaign=str(due.campaign_id), reason=str(fault))
        return False
    with deps.sessions.begin() as session:
        fallbacks.followed(session, due.campaign_id, made.id)
    return True
