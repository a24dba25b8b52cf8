"""Compares the sender of a campaign with the provider's own list of registered senders, where it tells one.

The list is kept with its age (`sender_list`), read again by a sweep, by `loa doctor`, and when a campaign is created whose
sender it lacks. A campaign is refused only where a list was read whole, lately, and lacks the sender; whatever else is the
matter is a sentence in the campaign's notes, for a provider that does not tell its senders must stop nobody.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

import structlog

from worker.domain.account import Reading, Sender
from worker.domain.policy import Channel
from worker.domain.roles import May
from worker.domain.window import local
from worker.errors import Refused
from worker.services.calling import limits
from worker.services.deps import Account, Deps
from worker.storage.planning import senders
from worker.storage.tables.reconcile import SenderList

log = structlog.get_logger(__name__)

#: A person waits for the answer, and can do without the list.
READ_WITHIN_S: Final = 1.8
#: No two questions are closer than this, whatever comes of them.
ASK_AGAIN_AFTER: Final = timedelta(minutes=1)
#: So many names stand in a refusal.
MOST_NAMES: Final = 10
KINDS: Final = frozenset({"ads", "care"})


class ListState(StrEnum):
    """What is known of an account's senders."""

    LISTED = "listed"
    #: The provider was asked and names none.
    NONE = "none"
    #: Nobody has asked yet.
    NOT_YET = "not_yet"
    #: The last try came to nothing, and there is no list from before.
    UNREAD = "unread"
    #: The provider tells no list, or by the settings none is read.
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class KnownSenders:
    """The senders of one account, as they are known, or why they are not."""

    account: Account
    state: ListState
    #: Each name with its kinds.
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    read_at: datetime | None = None
    provider_message: str = ""


def listed(deps: Deps) -> list[KnownSenders]:
    """What is known of the senders of each account that has its keys; asks nobody."""
    accounts = [account for name, account in deps.accounts.items() if name not in deps.missing_settings]
    return [_listed(deps, account) for account in accounts]


def read_now(deps: Deps, provider: str) -> KnownSenders:
    """Ask the provider for its list because a person wants it; who asks again within a minute is told what is known."""
    deps.actor.must(May.DRAFT)
    account = deps.account(provider)
    if deps.sender_list_age and provider not in deps.missing_settings:
        ask(deps, account, READ_WITHIN_S)
    return _listed(deps, account)


def check(deps: Deps, account: Account, kind: str, sender: str) -> list[str]:
    """Sentences about the sender of a campaign that is to be created; waits two seconds at most, with no transaction open.

    Raises Refused `sender_unknown`, which names the registered ones, where the provider's list lacks it.
    """
    if not deps.sender_list_age or account.name in deps.missing_settings or account.channel is not Channel.SMS:
        # An official account is compared with its template (zalo_template.py).
        return []
    if account.senders is None:
        with deps.sessions() as session:
            known = senders.used(session, account.name, kind, sender)
        return [] if known else [_never_used(account, kind, sender)]
    found = look(deps, account)
    if found is None or not _is_fresh(deps, found) or sender not in _names(found):
        # It may have been registered a moment ago.
        found = ask(deps, account, READ_WITHIN_S) or found
    if found is None or not _is_fresh(deps, found):
        why = f" ({found.provider_message})" if found is not None and found.provider_message else ""
        return [
            f"{account.title}'s list of senders could not be read{why}, so the sender {sender} was not compared with it."
        ]
    return _compared(account, found, kind, sender)


def look(deps: Deps, account: Account) -> SenderList | None:
    """What is known of the account's senders; asks nobody."""
    with deps.sessions() as session:
        return senders.get(session, account.name)


def ask(deps: Deps, account: Account, within_s: float, pause: timedelta = ASK_AGAIN_AFTER) -> SenderList | None:
    """Read the list within so many seconds and keep it; what is known then. None where somebody asked within the `pause`."""
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        ours = account.senders is not None and senders.begin(session, account.name, now, pause)
    if not ours:
        return None
    reading = deps.run(_read(account, within_s))
    with deps.sessions.begin() as session:
        if reading.value is None:
            senders.failed(session, account.name, reading.provider_message)
            log.warning("senders_not_read", provider=account.name, provider_message=reading.provider_message)
        else:
            senders.keep(session, account.name, now, reading.value, whole=reading.whole)
    return look(deps, account)


def refresh(deps: Deps) -> None:
    """Read every list again that is half as old as it may be; a sweep does it."""
    for name, account in deps.accounts.items():
        if name in deps.missing_settings or account.senders is None or not deps.sender_list_age:
            continue
        found, now = look(deps, account), deps.clock.now()
        if found is not None and found.read_at is not None and now - found.read_at < deps.sender_list_age / 2:
            continue
        if limits.read(deps, account):
            ask(deps, account, account.timeout_s)


def _listed(deps: Deps, account: Account) -> KnownSenders:
    if account.senders is None or not deps.sender_list_age:
        return KnownSenders(account, ListState.NEVER)
    found = look(deps, account)
    if found is None or found.read_at is None:
        why = "" if found is None else found.provider_message
        return KnownSenders(account, ListState.UNREAD if why else ListState.NOT_YET, provider_message=why)
    state = ListState.LISTED if found.senders else ListState.NONE
    return KnownSenders(account, state, _names(found), found.read_at, found.provider_message)


async def _read(account: Account, within_s: float) -> Reading[list[Sender]]:
    assert account.senders is not None  # noqa: S101 - told to the type checker
    try:
        return await asyncio.wait_for(account.senders.senders(), within_s)
    except TimeoutError:
        return Reading(None, provider_message=f"no answer within {within_s:g} s")


def _is_fresh(deps: Deps, found: SenderList) -> bool:
    now = deps.clock.now()
    return found.read_at is not None and now - found.read_at <= deps.sender_list_age


def _names(found: SenderList) -> dict[str, list[str]]:
    """The kinds of each name."""
    names: dict[str, list[str]] = {}
    for name, kind in found.senders:
        names.setdefault(name, []).append(kind)
    return names


def _compared(account: Account, found: SenderList, kind: str, sender: str) -> list[str]:
    title, names = account.title, _names(found)
    if kinds := names.get(sender):
        if kind in kinds or not KINDS.issuperset(kinds):
            return []
        return [f"{title} lists {sender} for {' and '.join(sorted(set(kinds)))} only: it may refuse {kind} by it."]
    if alike := next((name for name in names if name.casefold() == sender.casefold()), None):
        # No document says whether capitals count.
        return [f"{title} lists the sender as {alike}: it may not take {sender}."]
    if not names or not found.whole:
        return [f"{title}'s list of senders is {'not whole' if names else 'empty'}: {sender} is not in it."]
    # The closest ones first; all of them where they are few.
    closest = list(dict.fromkeys([*get_close_matches(sender, names, MOST_NAMES), *names]))
    shown = ", ".join(closest[:MOST_NAMES]) + (", …" if len(closest) > MOST_NAMES else "")
    read_at = local(found.read_at) if found.read_at else ""
    raise Refused(
        "sender_unknown",
        f"{title} has no sender {sender}; by its list of {read_at} it has {shown}. Take one of them, or have {sender} "
        f"registered at {title} first (`loa provider senders {account.name}` shows all).",
        {"provider": title, "sender": sender, "known": list(names), "shown": shown, "read_at": read_at},
    )


def _never_used(account: Account, kind: str, sender: str) -> str:
    return (
        f"{account.title} tells no list of its senders, and no {kind} campaign by {sender} was finished there yet: check how it "
        "is spelled."
    )


def described(found: Sequence[Sequence[str]]) -> str:
    """Names and their kinds on one line: LOA (ads, care), SHOP (care)."""
    names: dict[str, list[str]] = {}
    for name, kind in found:
        names.setdefault(name, []).append(kind)
    return ", ".join(f"{name} ({', '.join(sorted(kinds))})" for name, kinds in names.items())
