"""The rules of ads, asked about each wave of numbers that are called one by one: they are counted when they are claimed."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from worker.services.deps import Account, Deps
from worker.services.sending import ad_policy
from worker.storage.operations import suppression
from worker.storage.sending import contacts, recipients
from worker.storage.sending.singles import Addressee
from worker.storage.tables.campaigns import Batch


def permitted(
    session: Session,
    deps: Deps,
    account: Account,
    batch: Batch,
    wave: Sequence[Addressee],
    now: datetime,
) -> list[Addressee]:
    """Those of a wave of a locked batch that may be called now, each counted as one ad; the others are noted as suppressed."""
    limit = ad_policy.limit(deps, account, now)
    # Of a call that is repeated, the ad was counted: it may have been taken.
    fresh = [one.phone for one in wave if not one.repeat]
    if words := ad_policy.wrong_label(account, batch.text, now):
        recipients.exclude(session, batch, set(fresh), words)
        fresh = []
    free = ad_policy.allowed(session, batch, fresh, now, limit)
    if limit.most:
        contacts.mark_counted(session, batch, free, now)
    again = [one.phone for one in wave if one.repeat]
    barred = suppression.among(session, again)
    recipients.exclude(session, batch, barred, ad_policy.SUPPRESSED)
    again = [phone for phone in again if phone not in barred]
    contacts.count_called(session, batch, again, now)
    return [one for one in wave if one.phone in free or one.phone in again]
