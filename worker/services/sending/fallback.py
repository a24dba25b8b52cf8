"""Whom a Zalo campaign certainly did not reach gets a text: by a campaign of its own, once the first one is over.

Only then, so that nobody gets both: while a call is unknown or a report is awaited, the campaign is not over. Who failed is read
once more from the provider's record, whose result is final by its own documents: a number whose row says failed under our id of
the message, or that eSMS refused by a code and has no row of. A callback proves nothing here. Who is to get the text is marked
in the transaction that decides it, so it is decided once; the campaign that follows is made under a key of its own, so it is one,
and goes by every rule of texts: hours, suppression, frequency, minimum, approval.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias
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
from worker.storage.tables.campaigns import Attempt

log = structlog.get_logger(__name__)

#: Look-ups of unknown calls wait behind a sweep.
SWEEP_S = 20.0
FAILED = frozenset({SentState.FAILED, SentState.REFUSED})
#: Rows of the record by batch and number.
Rows: TypeAlias = Mapping[tuple[str, int], Sequence[SentRow]]


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
    """Mark who gets the text, batch by batch, each once; nobody of a batch whose record cannot be read.

    A record is read by time, and has the rows of all: read for each batch alone, it would be read as often as there are batches.
    """
    account, after = deps.account(due.provider, Channel.ZALO), due.decided
    while time.monotonic() < ends:
        with deps.sessions() as session:
            together = fallbacks.next_failures(session, due.campaign_id, after, provider_log.TOGETHER)
            calls = attempts.of_all(session, [one.batch_id for one in together])
        if not together:
            with deps.sessions.begin() as session:
                fallbacks.close(session, due.campaign_id, deps.clock.now(), after=after)
            return
        try:
            rows = _rows(deps, account, calls, Purpose(due.kind))
        except Unread as why:
            log.warning("record_not_read", provider=account.name, provider_message=why.provider_message)
            return
        for failures in together:
            # Nothing is borne out by the record of another account.
            ours = all(one.account in {None, account.fingerprint} for one in calls[failures.batch_id])
            certain = _certain(failures, rows) if calls[failures.batch_id] and ours else []
            with deps.sessions.begin() as session:
                marked = fallbacks.decide(session, due.campaign_id, failures, certain, after=after)
            if marked is None:
                return
            log.info("fallback_decided", batch=str(failures.batch_id), failures=len(failures.numbers), texts=marked)
            after = failures.seq


def _certain(failures: Failures, rows: Rows) -> list[int]:
    """Those of a batch whose failure the record bears out."""
    batch = str(failures.batch_id)
    return [one.phone for one in failures.numbers if _is_certain(one, rows.get((batch, one.phone), ()))]


def _rows(deps: Deps, account: Account, calls: Mapping[UUID, Sequence[Attempt]], purpose: Purpose) -> Rows:
    """What the record has under the keys of batches, by batch and number; nothing where no call was noted."""
    keys = {str(batch_id) for batch_id in calls}
    spans = [(one.began_at, one.ended_at or one.deadline) for theirs in calls.values() for one in theirs]
    found: dict[tuple[str, int], list[SentRow]] = {}
    for start, end in provider_log.merged(spans):
        for row in provider_log.rows(deps, account, start - SLACK, end + SLACK, purpose):
            if row.phone is not None and row.campaign in keys:
                found.setdefault((row.campaign, row.phone), []).append(row)
    return found


def _is_certain(one: Failure, mine: Sequence[SentRow]) -> bool:
    """Whether its rows bear out that it failed: what was refused has no row, what failed has one, and it says so."""
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
