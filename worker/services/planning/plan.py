"""Turns a list into batches: checks the text, streams the list in, counts everything, stores all of it or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from worker.domain.advice import Warned
from worker.domain.calls import Purpose
from worker.domain.roles import May
from worker.domain.states import CampaignStatus
from worker.domain.template import Template
from worker.domain.window import local, parse_until
from worker.errors import Refused
from worker.lists.source import RowList
from worker.services.deps import Account, Deps
from worker.services.people import audit
from worker.services.planning import after_zalo, batching, care, compared, consents, gate, price, stored, summary
from worker.services.planning.request import KINDS as KINDS  # noqa: PLC0414 - part of planning for whoever asks it
from worker.services.planning.request import CampaignRequest as CampaignRequest  # noqa: PLC0414 - the same
from worker.services.planning.request import (
    check_words,
    checked_template,
    cleaned_text,
    fallback_of,
    fingerprint_of,
    sender_of,
    stamp,
)
from worker.services.planning.rows import stage
from worker.services.planning.schedule import Schedule, plan_times
from worker.services.reporting import warnings as advised
from worker.storage import campaigns
from worker.storage.audience import consents as kept_consents
from worker.storage.planning import staging
from worker.storage.planning.staging import Staged
from worker.storage.sending import batches
from worker.storage.tables.campaigns import Campaign
from worker.storage.webhooks import outbox

#: From so many the database is told of new batches at once, and not when it next looks by itself.
MANY_BATCHES = 50


@dataclass(frozen=True, slots=True)
class Plan:
    """What the wish came to; `campaign.id` is stored unless it was a dry run."""

    campaign: Campaign
    batches: int
    #: Sentences that the person should read: what was changed, moved, converted.
    notes: list[str] = field(default_factory=list)
    #: This key had already been used for the same wish, and this is what came of it.
    repeated: bool = False
    #: What the person should think of; nothing was refused for it.
    warnings: Sequence[Warned] = ()


@dataclass(frozen=True, slots=True)
class Hooks:
    """How a caller follows a long plan."""

    #: Called with the share of the list that was read, 0 to 1.
    progress: Callable[[float], None] = lambda _share: None
    #: Called with each refused row (row, what stood there, reason), also when the campaign is then refused.
    refused: Callable[[int, str, str], None] | None = None
    #: Whether nothing is stored: what would be refused as repeated is then a note.
    trial: bool = False


def create(deps: Deps, requested: CampaignRequest, *, dry_run: bool = False, hooks: Hooks | None = None) -> Plan:
    """Plan a campaign whole, or refuse it with one sentence and the counts that explain it."""
    hooks = replace(hooks or Hooks(), trial=dry_run)
    account = deps.account(requested.provider, requested.channel)
    deps.actor.must(May.DRAFT)
    check_words(requested)
    cleaned = cleaned_text(requested)
    with stored.opened(deps, requested) as list_file:
        as_found = stamp(requested)
        fingerprint = fingerprint_of(requested, cleaned.text) if requested.key else ""
        # Before any rule that the hour or a setting can change: a repeated request gets the first one's answer.
        found = earlier(deps, requested, fingerprint)
        if found is not None:
            return _repeated(deps, found)
        now = deps.clock.now()
        # A time that cannot be is refused before a million rows are read.
        times = plan_times(account, requested.kind, requested.at, now)
        template = checked_template(account, requested.kind, cleaned.text, times.due)
        sender = sender_of(requested)
        zalo = (requested.template, fallback_of(requested))
        warnings = compared.with_provider(deps, account, requested.kind, sender, zalo, times.due)
        # Of a sender that the provider does not list for it, one sentence is enough.
        registered = care.Registered() if warnings else care.look(deps, account, requested.kind, sender)
        first = None
        status = gate.first_status(deps, requested.kind, draft=requested.draft or dry_run)
        campaign = new_campaign(deps, account, requested, cleaned.text, fingerprint, status, times.due, now)
        try:
            with deps.sessions.begin() as session:
                times = read_in(
                    session,
                    account,
                    template,
                    list_file,
                    as_found,
                    campaign,
                    requested,
                    now=now,
                    hooks=hooks,
                    require_consent=deps.require_consent,
                )
                campaign.notes = [*(campaign.notes or []), *warnings, *care.compared(account, registered, campaign)]
                session.add(campaign)
                session.flush()
                number = lay_out(session, account, template, campaign, times)
                if dry_run:
                    first = price.first_order(session, account, campaign)
                    session.rollback()
                else:
                    gate.enter(session, deps, campaign)
                    outbox.campaign_moved(session, campaign.id, status)
                    audit.record(
                        session, deps, "campaign.create", about=("campaign", campaign.id), facts=facts(campaign)
                    )
        except IntegrityError:
            # Two commands with one key at the same moment: the other was first.
            found = earlier(deps, requested, fingerprint)
            if found is None:
                raise
            return _repeated(deps, found)
    notes = [*cleaned.notes, *(campaign.notes or []), *price.compared(deps, account, campaign, first)]
    return Plan(campaign, number, notes, warnings=advised.of(deps, campaign))


def facts(campaign: Campaign) -> dict[str, object]:
    """What the audit log says of a new campaign: no text, no number."""
    names = ("name", "provider", "kind", "sender", "status", "valid", "list_name", "copied_from", "template_id")
    return {name: value for name in names if (value := getattr(campaign, name)) is not None}


def new_campaign(
    deps: Deps,
    account: Account,
    requested: CampaignRequest,
    text: str,
    fingerprint: str,
    status: CampaignStatus,
    due: datetime,
    now: datetime,
) -> Campaign:
    """The row of a request, before its list is read."""
    list_name = requested.list_name or requested.list_path.name
    return Campaign(
        id=uuid4(),
        name=requested.name.strip() or Path(list_name).stem,
        provider=account.name,
        kind=requested.kind,
        send_mode=account.send_mode(requested.kind),
        sender=sender_of(requested),
        channel=account.channel,
        **({} if requested.template is None else requested.template.stored()),
        **after_zalo.stored(fallback_of(requested)),
        text=text,
        status=status,
        key=requested.key or None,
        fingerprint=fingerprint,
        list_name=list_name,
        created_at=now,
        scheduled_for=due,
        author=deps.actor.label,
        author_id=deps.actor.user_id,
        copied_from=UUID(requested.copied_from) if requested.copied_from else None,
        audience_id=stored.audience_of(requested.source),
        until=None if requested.until is None else parse_until(requested.until, now),
        callback_url=requested.callback_url,
        api_key_id=requested.api_key_id,
    )


def earlier(deps: Deps, requested: CampaignRequest, fingerprint: str) -> Campaign | None:
    """What this idempotency key was used for before; a different wish under the same key is refused."""
    if not requested.key:
        return None
    with deps.sessions() as session:
        found = campaigns.by_key(session, requested.key)
    if found is not None and found.fingerprint != fingerprint:
        raise Refused(
            "key_conflict",
            f"The key {requested.key!r} already stands for campaign {found.id}, which asked for something else: use a new key.",
            {"id": str(found.id)},
        )
    return found


def _repeated(deps: Deps, found: Campaign) -> Plan:
    with deps.sessions() as session:
        number = sum(tally.batches for tally in campaigns.tally(session, found.id).values())
    return Plan(
        found, number, ["This key was used before for the same campaign; nothing new was created."], repeated=True
    )


def read_in(
    session: Session,
    account: Account,
    template: Template,
    list_file: RowList,
    as_found: tuple[int, int],
    campaign: Campaign,
    requested: CampaignRequest,
    *,
    now: datetime,
    hooks: Hooks,
    require_consent: bool = False,
) -> Schedule:
    """Stream the list into the transaction and write what it came to into `campaign`; Refused before anything is stored."""
    columns = template.check_columns(list_file.columns)
    required = require_consent and requested.kind == Purpose.ADS
    proofs = consents.of_list(list_file.columns, now, required=required)
    typographic = stage(
        session,
        account,
        requested.kind,
        template,
        columns,
        list_file,
        hooks.progress,
        plainly=requested.plain,
        consents=proofs,
    )
    if stamp(requested) != as_found:
        raise Refused(
            "file_changed",
            f"{requested.list_path.name} was written to while it was read: wait until it is complete, then create again.",
        )
    staged = staging.count(session, suppress=requested.kind == Purpose.ADS)
    if hooks.refused is not None:
        for refusal in staging.staged_refusals(session):
            hooks.refused(*refusal)
    min_recipients = account.min_recipients if requested.kind == Purpose.ADS else 1
    if staged.valid < min_recipients:
        raise Refused(
            "too_few_numbers",
            f"The list has {staged.valid} numbers to write to, and {account.title} takes {requested.kind} for "
            f"{min_recipients} or more: of {staged.rows} rows {staged.duplicates} were repeats, {staged.invalid} no mobile "
            f"numbers and {staged.suppressed} on the suppression list.{summary.why_most(session)}",
            {**_counts(staged), "minimum": min_recipients, "list": dict(list_file.description())},
        )
    times = plan_times(account, requested.kind, requested.at, now, -(-staged.valid // account.max_recipients))
    campaign.scheduled_for = times.due
    if campaign.until is not None and campaign.until <= times.due:
        raise Refused(
            "until_too_early",
            f"Nothing may leave after {local(campaign.until)}, and the first text can leave at {local(times.due)}: name a "
            "later --until, or an earlier --at.",
            {"until": local(campaign.until), "earliest": local(times.due)},
        )
    campaign.rows, campaign.valid, campaign.duplicates = staged.rows, staged.valid, staged.duplicates
    campaign.invalid, campaign.suppressed = staged.invalid, staged.suppressed
    campaign.converted, campaign.list_hash = staged.converted, staged.audience
    campaign.consents = staged.consents
    campaign.parts, campaign.parts_total = staged.parts, staged.parts_total
    campaign.cost_estimate = Decimal(staged.parts_total) * account.price_per_part
    summary.describe(session, account, template, campaign, list_file, times, typographic)
    if proofs is not None and proofs.unread:
        campaign.notes = [*(campaign.notes or []), summary.unread_consents(proofs.unread)]
    if not requested.again and not campaign.key:
        summary.refuse_repetition(session, campaign, staged.audience, now, trial=hooks.trial)
    else:
        campaign.repeat_key = summary.repeat_key(campaign, staged.audience)
    return times


def lay_out(session: Session, account: Account, template: Template, campaign: Campaign, times: Schedule) -> int:
    """Number the batches of a campaign whose row is there, and move its numbers to their table; how many batches."""
    number = batching.store(session, account, template, campaign, times, campaign.valid)
    staging.store_refusals(session, campaign.id)
    if campaign.consents:
        kept_consents.store(session, campaign.id)
    if number >= MANY_BATCHES:
        batches.analyze(session)
    return number


def _counts(staged: Staged) -> dict[str, int]:
    return {
        "rows": staged.rows,
        "valid": staged.valid,
        "duplicates": staged.duplicates,
        "invalid": staged.invalid,
        "suppressed": staged.suppressed,
    }
