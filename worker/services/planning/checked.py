"""A campaign request that no rule forbids, as far as can be told without its list: made once, and read by all that follows.

Request -> `Checked` -> list -> `ListSummary` -> batches. The command line goes this way at once (plan.py); HTTP and Celery store
the request as a draft after its check, and a worker goes on from there (drafts.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

from worker.domain.idempotency import as_given
from worker.domain.roles import May
from worker.domain.states import CampaignStatus
from worker.domain.template import Template
from worker.domain.window import parse_until
from worker.domain.zalo import Fallback
from worker.errors import Refused, about
from worker.services.deps import Account, Deps
from worker.services.planning import after_zalo, stored
from worker.services.planning.request import (
    CampaignRequest,
    check_words,
    checked_template,
    cleaned_text,
    fallback_of,
    fingerprint_of,
    sender_of,
    stamp,
)
from worker.services.planning.schedule import plan_times
from worker.storage import campaigns
from worker.storage.tables.campaigns import Campaign


@dataclass(frozen=True, slots=True)
class Checked:
    """What was asked for, and what the rules made of it at `now`."""

    requested: CampaignRequest
    account: Account
    template: Template
    sender: str
    fallback: Fallback | None
    now: datetime
    #: When its text may reach phones, by a list of any size.
    due: datetime
    until: datetime | None
    #: Size and time of the last change of the list file (`stamp`).
    as_found: tuple[int, int]
    #: What is the same when the request is repeated under its key; empty without one.
    fingerprint: str = ""
    #: What was changed in the text: sentences for the person.
    notes: Sequence[str] = ()


def check(deps: Deps, requested: CampaignRequest) -> Checked | Campaign:
    """What may be planned of a request; or the campaign for which its key stood before.

    Raises Refused or Misuse with the field that is wrong. The list file must be there.
    """
    deps.actor.must(May.DRAFT)
    with about("provider"):
        account = deps.account(requested.provider, requested.channel)
    check_words(requested)
    # By Zalo the values of a template stand for the text.
    words = "text" if requested.template is None else "params"
    with about(words):
        cleaned = cleaned_text(requested)
    as_found = stamp(requested)
    fingerprint = fingerprint_of(requested, cleaned.text) if requested.key else ""
    # Before any rule that the hour or a setting can change: a repeated request gets the first one's answer.
    if found := earlier(deps, requested.key, fingerprint):
        return found
    now, fallback = deps.clock.now(), fallback_of(requested)
    with about("at"):
        # A time that cannot be is refused before a million rows are read.
        due = plan_times(account, requested.kind, requested.at, now).due
    with about("until"):
        until = None if requested.until is None else parse_until(requested.until, now)
    with about("fallback_text"):
        after_zalo.check_text(deps, account, requested.kind, fallback, due)
    with about(words):
        # The text of a Zalo campaign names the columns of its fallback too.
        template = checked_template(account, requested.kind, cleaned.text, due)
    sender = sender_of(requested)
    return Checked(
        requested, account, template, sender, fallback, now, due, until, as_found, fingerprint, cleaned.notes
    )


def earlier(deps: Deps, key: str, fingerprint: str) -> Campaign | None:
    """What this idempotency key was used for before; a different request under the same key is refused."""
    if not key:
        return None
    with deps.sessions() as session:
        found = campaigns.by_key(session, key)
    if found is not None and found.fingerprint != fingerprint:
        raise Refused(
            "key_conflict",
            f"The key {as_given(key)!r} already stands for campaign {found.id}, which asked for something else: use a new key.",
            {"id": str(found.id)},
        )
    return found


def row_of(deps: Deps, checked: Checked, status: CampaignStatus) -> Campaign:
    """The row of a campaign whose list is not read yet."""
    requested, account = checked.requested, checked.account
    list_name = requested.list_name or requested.list_path.name
    return Campaign(
        id=uuid4(),
        name=requested.name.strip() or Path(list_name).stem,
        provider=account.name,
        kind=requested.kind,
        send_mode=account.send_mode(requested.kind),
        sender=checked.sender,
        channel=account.channel,
        **({} if requested.template is None else requested.template.stored()),
        **after_zalo.stored(checked.fallback),
        text=checked.template.text,
        status=status,
        key=requested.key or None,
        fingerprint=checked.fingerprint,
        list_name=list_name,
        created_at=checked.now,
        scheduled_for=checked.due,
        author=deps.actor.label,
        author_id=deps.actor.user_id,
        copied_from=UUID(requested.copied_from) if requested.copied_from else None,
        audience_id=stored.audience_of(requested.source),
        until=checked.until,
        callback_url=requested.callback_url,
        api_key_id=requested.api_key_id,
    )


def facts(campaign: Campaign) -> dict[str, object]:
    """What the audit log says of a new campaign: no text, no number."""
    names = ("name", "provider", "kind", "sender", "status", "valid", "list_name", "copied_from", "template_id")
    return {name: value for name in names if (value := getattr(campaign, name)) is not None}
