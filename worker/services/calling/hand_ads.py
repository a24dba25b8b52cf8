"""The rules of its channels hold for an advertisement by hand too: a call, Zalo, Viber, a text behind Zalo."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlmodel import Session

from worker.domain.ads import check_label, check_no_consent_request
from worker.domain.policy import Channel
from worker.domain.window import ALWAYS, Windows, local
from worker.errors import Refused
from worker.services.deps import Account, Deps
from worker.storage.audience import consents
from worker.storage.operations import suppression
from worker.storage.sending import ad_counts, channel_counts, contacts

#: What a channel is called in a sentence.
CALLED: Final = {
    Channel.SMS: "text",
    Channel.CALL: "call",
    Channel.ZALO: "Zalo message",
    Channel.VIBER: "Viber message",
}


@dataclass(frozen=True, slots=True)
class HandAd:
    """An advertisement to one number: the channels by which it may reach it, and what is written in it."""

    phone: int = field(repr=False)
    channels: tuple[Channel, ...]
    #: None: at once.
    at: datetime | None = None
    #: The text, of a channel that wants a label.
    text: str = field(default="", repr=False)


def check(session: Session, deps: Deps, account: Account, ad: HandAd, now: datetime) -> datetime:
    """Whether an ad may go now; the moment at which it reaches the number.

    Refused `outside_hours`, `ad_label_missing`, `suppressed`, `consent_missing`.
    """
    # A time that has just passed (`--at` may lie a little behind) means now.
    at = max(ad.at or now, now)
    check_no_consent_request(ad.text, account.policy)
    for channel in ad.channels:
        _check_hours(account, channel, at)
        if channel is Channel.SMS:
            check_label(ad.text, account.ads_on(at))
    if suppression.among(session, [ad.phone]):
        rule = account.rule(at, ad.channels[0])
        sentence = f"The number is on the suppression list: it must not get ads, not even this one ({rule.named})."
        raise Refused("suppressed", sentence)
    if deps.require_consent and not consents.has(session, ad.phone):
        raise Refused(
            "consent_missing",
            "No list has proved the consent of this number: it gets no ads (LOA_REQUIRE_CONSENT). Import its consent with a "
            "campaign's list, in the columns consent_at and consent_source.",
        )
    return at


def count(session: Session, deps: Deps, account: Account, ad: HandAd, *, at: datetime, now: datetime) -> None:
    """Count an ad that reaches the number `at`, by each of its channels; Refused `too_many_ads`."""
    for channel in ad.channels:
        _count(session, deps, account, ad.phone, channel, at=at, now=now)


def in_hours(account: Account, ad: HandAd, now: datetime) -> bool:
    """Whether it may reach people at its time, or now: asked once more at the moment of the call, since its slot took a while."""
    at = max(ad.at or now, now)
    return all(hours(account, channel).contains(at) for channel in ad.channels)


def give_back(session: Session, ad: HandAd, at: datetime) -> None:
    """It certainly did not leave."""
    for channel in ad.channels:
        contacts.give_back(session, channel, [ad.phone], at)


def hours(account: Account, channel: Channel) -> Windows:
    """When ads may reach people over a channel: texts in the hours that are set, others in those of the law."""
    return account.windows if channel is Channel.SMS else replace(ALWAYS, limits=account.policy.hours(channel))


def _check_hours(account: Account, channel: Channel, at: datetime) -> None:
    windows = hours(account, channel)
    if windows.contains(at):
        return
    opening, rule = windows.next_opening(at), account.rule(at, channel)
    raise Refused(
        "outside_hours",
        f"An ad by {CALLED[channel]} may reach phones at {windows.written(opening)} only ({rule.named}): from {local(opening)} "
        "on.",
        {"opening": local(opening), "channel": str(channel)},
    )


def _count(
    session: Session, deps: Deps, account: Account, phone: int, channel: Channel, *, at: datetime, now: datetime
) -> None:
    rule = account.rule(at, channel)
    limit = rule.limit
    if channel is Channel.SMS and deps.ads_a_day is not None:
        limit = replace(limit, most=deps.ads_a_day)
    if not limit.most:
        return
    if channel is Channel.SMS:
        counted = bool(ad_counts.reserve(session, [phone], at, limit.most, now, limit.within))
    else:
        counted = channel_counts.reserve(session, channel, phone, at, limit, now)
    if not counted:
        span = limit.within.total_seconds() / 3600
        raise Refused(
            "too_many_ads",
            f"The number had its {limit.most} advertising {CALLED[channel]}{'s' if limit.most > 1 else ''} within {span:g} hours "
            f"around that time ({rule.named}): give the command later.",
            {"most": limit.most, "hours": span, "channel": str(channel)},
        )
