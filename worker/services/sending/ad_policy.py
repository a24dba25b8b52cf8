"""Decides who of a batch may get an ad now: when the text leaves, whatever was known when it was planned.

Suppressed numbers are left out, and those that had as many ads as the law allows on the day. What remains may be too few for an
order: then it goes with another batch of the campaign, or not at all. Lists and single numbers are counted at their call; the
audience of a provider campaign is fixed and counted, at the hour of its text, when it is created; later opt-outs are dropped.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from worker.domain import chunk
from worker.domain.limit import Limit
from worker.domain.policy import Channel
from worker.domain.states import BatchState
from worker.services.deps import Account, Deps
from worker.storage.calling import attempts
from worker.storage.operations import suppression
from worker.storage.sending import ad_counts, batches, contacts, merging, provider_campaigns, recipients
from worker.storage.tables.campaigns import Batch, ProviderCampaign
from worker.storage.unknown import lookup

SUPPRESSED: Final = "suppressed: the number must not get ads"
UNLABELLED: Final = "ad_label_missing"
TOO_OFTEN: Final = "frequency: the number had as many ads in 24 hours as are allowed"
BELOW_MINIMUM: Final = "below_minimum"
NOBODY_LEFT: Final = "nobody_left"
NOBODY_LEFT_WORDS: Final = f"{NOBODY_LEFT}: when the text was to leave, none of the numbers might get an ad"
TURNED_AWAY_AND_TOO_FEW: Final = (
    "too few are left for an order, and it was turned away without a code of the provider's own: it is looked up before they go "
    "with another"
)
#: Batches that are in a call may come back, and be merged with then.
LOOK_AGAIN: Final = timedelta(seconds=5)


def limit(deps: Deps, account: Account, at: datetime) -> Limit:
    """How many ads a number may get around a moment at which one reaches it: by the rule of that day, or as set."""
    law = account.rule(at).limit
    # The setting speaks of texts.
    return law if deps.ads_a_day is None or account.channel is not Channel.SMS else Limit(deps.ads_a_day, law.within)


def allowed(session: Session, batch: Batch, phones: list[int], now: datetime, limit: Limit) -> set[int]:
    """Those of `phones` that may get an ad now, counted as having got it; the others are written down as suppressed.

    `limit` is how many ads a number may get in which time. Who may have got this very ad already is not to be
    among `phones`: that call was counted.
    """
    barred = suppression.among(session, phones)
    recipients.exclude(session, batch, barred, SUPPRESSED)
    free = [phone for phone in phones if phone not in barred]
    if not limit.most:
        return set(free)
    reserved = contacts.reserve(session, batch.channel, free, now, limit, now)
    recipients.exclude(session, batch, set(free) - reserved, TOO_OFTEN)
    return reserved


def admit(session: Session, account: Account, batch: Batch, now: datetime, limit: Limit, *, turned_away: bool) -> bool:
    """Apply the rules to a locked batch that is about to leave as one order; False when it may not, as it is now.

    `turned_away`: calls under its key were refused without a code of the provider's own, so some of it may be there all the same.
    """
    if words := wrong_label(account, batch.text, now):
        _close(session, batch, BatchState.REJECTED, words, UNLABELLED)
        return False
    left = sorted(allowed(session, batch, recipients.members(session, batch), now, limit))
    if len(left) >= account.min_recipients:
        return True
    ad_counts.give_back(session, left, now)
    if left and turned_away:
        # With another batch they would go under another key, and perhaps for the second time.
        batches.move(session, batch.id, BatchState.UNKNOWN, provider_message=TURNED_AWAY_AND_TOO_FEW)
    else:
        _merge(session, account, batch, left, now)
    return False


def spare_opt_outs(session: Session, account: Account, batch: Batch) -> bool:
    """Leave who was suppressed since out of the repeat of an order that may have been taken; False when too few are left.

    Should it have been taken after all, the provider knows its key, and its report has everybody of the first call.
    """
    phones = recipients.members(session, batch)
    barred = suppression.among(session, phones)
    recipients.exclude(session, batch, barred, SUPPRESSED)
    return len(phones) - len(barred) >= account.min_recipients


def wrong_label(account: Account, text: str, at: datetime) -> str:
    """Why a text may not reach phones at this moment: its rule wants another label than the text was planned with.

    What a template says is at Zalo, and cannot be looked at here.
    """
    rule = account.rule(at)
    if account.channel is not Channel.SMS or not rule.labels or text.startswith(rule.labels):
        return ""
    choice = " or ".join(rule.labels)
    return f"{UNLABELLED}: from {rule.first} on an ad must begin with {choice} ({rule.named})"


def count_anew(session: Session, phones: Sequence[int], calls: Sequence[datetime], at: datetime) -> None:
    """An order that was counted at one of these `calls`, and may have been taken, counts as of `at`.

    It reaches the phone once, then or now. No 24 hours see more than are allowed either way: who was let in since then was let in
    beside it, and who comes later sees it longer.
    """
    if phones:
        for began_at in calls:
            ad_counts.give_back(session, phones, began_at)
        contacts.reserve(session, Channel.SMS, phones, at, contacts.UNLIMITED, at)


def uncount_refused(session: Session, batch_id: UUID, *, moved: bool) -> None:
    """A call of this order was certainly refused: where all of them were, nobody of it got the ad.

    `moved`: that put the batch back to the plan, or to its end. A refusal that comes late, when the batch waits for its repeat,
    counts as well; where another call is under way or settled it, that one decides.
    """
    batch = session.get_one(Batch, batch_id, with_for_update=True, populate_existing=True)
    if moved or (batch.state is BatchState.PLANNED and not lookup.calls(session, batch_id)):
        phones = recipients.members(session, batch)
        for at in attempts.began(session, batch_id):
            ad_counts.give_back(session, phones, at)


def fix_audience(session: Session, account: Account, theirs: ProviderCampaign, now: datetime, limit: Limit) -> bool:
    """Apply the rules to a locked provider campaign that is about to be created, and make what is left its quota.

    False when too few are left: its batches are rejected then. Its pushes are cut anew where numbers left them, so that none
    is too small and no neighbours are alike.
    """
    place = provider_campaigns.place_of(theirs)
    rest = provider_campaigns.batches_in(session, place, BatchState.PLANNED)
    if not rest:
        return False
    if words := wrong_label(account, theirs.text, theirs.due):
        for batch in rest:
            _close(session, batch, BatchState.REJECTED, words, UNLABELLED)
        return False
    seqs = [batch.seq for batch in rest]
    recipients.exclude_suppressed(session, place.campaign_id, seqs, SUPPRESSED)
    if limit.most:
        ad_counts.reserve_members(session, place.campaign_id, seqs, theirs.due, limit, now, TOO_OFTEN)
    left = recipients.count_left(session, rest)
    sizes = chunk.shrunk_unlike(left, account.min_recipients, account.max_recipients)
    if sizes != left:
        recipients.cut_again(session, rest, sizes)
    goes, gone, any_goes = 0, [], max(sizes) >= account.min_recipients
    for batch, size in zip(rest, [*sizes, *[0] * len(rest)], strict=False):
        if size >= account.min_recipients:
            goes += size
        elif size or not any_goes:
            gone += recipients.members(session, batch)
            _reject(session, account, batch, size)
        else:
            _close(session, batch, BatchState.CANCELLED, "too few were left for a push: they go with the others")
    ad_counts.give_back(session, gone, theirs.due)
    theirs.quota = goes
    session.flush()
    return goes > 0


def drop_opt_outs(session: Session, account: Account, batch: Batch, theirs: ProviderCampaign, now: datetime) -> bool:
    """Leave out who was suppressed since a locked provider campaign's audience was fixed; False when the push may not go so.

    The quota keeps their room, so that it is no net any more for an unknown last push (`quota.may_repeat`).
    """
    phones = recipients.members(session, batch)
    barred = suppression.among(session, phones)
    if not barred:
        return True
    recipients.exclude(session, batch, barred, SUPPRESSED)
    left = [phone for phone in phones if phone not in barred]
    enough = len(left) >= account.min_recipients
    if not enough:
        _merge(session, account, batch, left, now)
    # All at once: numbers are locked in their order.
    ad_counts.give_back(session, phones if batch.state is BatchState.REJECTED else sorted(barred), theirs.due)
    return enough


def release(session: Session, provider_campaign: ProviderCampaign, batches: Sequence[Batch]) -> None:
    """These batches certainly do not go with the provider campaign that they are in, as it is; called before they leave it."""
    ad_counts.give_back_placed(session, provider_campaign.campaign_id, [batch.seq for batch in batches])


def count_placed(
    session: Session, deps: Deps, account: Account, provider_campaign: ProviderCampaign, batch: Batch
) -> None:
    """A batch whose ads were given back goes with its provider campaign after all: it counts at the hour of that."""
    at, now = provider_campaign.due, deps.clock.now()
    if limit(deps, account, at).most:
        contacts.reserve(session, batch.channel, recipients.members(session, batch), at, contacts.UNLIMITED, now)


def _merge(session: Session, account: Account, batch: Batch, left: list[int], now: datetime) -> None:
    """Too few are left for an order: they go with another batch, take some of its numbers, or do not go."""
    partner = merging.partner(session, batch) if left else None
    room = 0 if partner is None else account.max_recipients - (partner.size - partner.suppressed)
    if partner is not None and len(left) <= room:
        recipients.move(session, batch, partner, left)
        words = f"too few were left for an order: they go with batch {partner.seq}"
        _close(session, batch, BatchState.CANCELLED, words)
    elif partner is not None and account.max_recipients - room + len(left) >= 2 * account.min_recipients:
        spare = recipients.members(session, partner)
        recipients.move(session, partner, batch, spare[_half(len(spare) + len(left), account.min_recipients) :])
        batch.enqueued_at = None
        session.flush()
    elif left and batch.provider_campaign is None and merging.others_at_work(session, batch):
        batch.not_before, batch.enqueued_at = now + LOOK_AGAIN, None
        session.flush()
    else:
        _reject(session, account, batch, len(left))


def _half(total: int, min_recipients: int) -> int:
    """The larger half of an order that becomes two; of two that a count tells apart, if none gets too small."""
    smaller = (total - 1) // 2
    return total - (smaller if smaller >= min_recipients else total // 2)


def _reject(session: Session, account: Account, batch: Batch, left: int) -> None:
    minimum = f"{account.title} takes ads for {account.min_recipients} or more"
    words = f"{BELOW_MINIMUM}: {left} numbers are left of {batch.size} after suppression, and {minimum}"
    _close(session, batch, BatchState.REJECTED, words)


def _close(session: Session, batch: Batch, to: BatchState, words: str, code: str = BELOW_MINIMUM) -> None:
    batch.state, batch.provider_message, batch.enqueued_at = to, words, None
    batch.code = code if to is BatchState.REJECTED else ""
    session.flush()
