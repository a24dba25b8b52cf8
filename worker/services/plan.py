"""How does a list become batches? Checks the text, streams the list in, counts everything, and stores all of it or nothing."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from worker.domain.ads import check_label
from worker.domain.states import CampaignStatus
from worker.domain.template import Template
from worker.domain.text import clean
from worker.errors import Misuse, Refused
from worker.lists import ListFile, open_list
from worker.providers.base import Purpose
from worker.services import layout
from worker.services.deps import Account, Deps
from worker.services.schedule import Schedule, plan_times
from worker.services.stage import check_text, stage
from worker.storage import batches, campaigns, staging
from worker.storage.staging import Staged
from worker.storage.tables import Campaign

KINDS = ("ads", "care")
#: From so many the database is told of new batches at once, and not when it next looks by itself.
MANY_BATCHES = 50


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for."""

    provider: str
    sender: str
    kind: str
    text: str
    list_path: Path
    name: str = ""
    #: ISO 8601; None: now. An empty text is a mistake (a shell variable that was not set), and is refused.
    at: str | None = None
    key: str = ""
    #: What the list is called in sentences; empty: as its path.
    list_name: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the wish came to; `campaign.id` is stored unless it was a dry run."""

    campaign: Campaign
    batches: int
    #: Sentences that the person should read: what was changed, moved, converted.
    notes: list[str] = field(default_factory=list)
    #: This key had already been used for the same wish, and this is what came of it.
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Hooks:
    """How a caller follows a long plan."""

    #: Called with the share of the list that was read, 0 to 1.
    progress: Callable[[float], None] = lambda _share: None
    #: Called with each refused row (row, what stood there, reason), also when the campaign is then refused.
    refused: Callable[[int, str, str], None] | None = None


def create(deps: Deps, wish: Wish, *, dry_run: bool = False, hooks: Hooks | None = None) -> Plan:
    """Plan a campaign whole, or refuse it with one sentence and the counts that explain it."""
    hooks = hooks or Hooks()
    account = deps.account(wish.provider)
    check_words(wish)
    cleaned = clean(wish.text)
    with open_list(wish.list_path, wish.list_name or None) as list_file:
        as_found = stamp(wish.list_path)
        fingerprint = fingerprint_of(wish, cleaned.text) if wish.key else ""
        # Before any rule that the hour or a setting can change: a repeated request gets the first one's answer.
        found = earlier(deps, wish, fingerprint)
        if found is not None:
            return _repeated(deps, found)
        template = checked_template(account, wish.kind, cleaned.text)
        now = deps.clock.now()
        # A time that cannot be is refused before a million rows are read.
        times = plan_times(account, wish.kind, wish.at, now)
        status = CampaignStatus.DRAFT if dry_run else CampaignStatus.SCHEDULED
        campaign = new_campaign(account, wish, cleaned.text, fingerprint, status, times.due, now)
        try:
            with deps.sessions.begin() as session:
                times = read_in(session, account, template, list_file, as_found, campaign, wish, now=now, hooks=hooks)
                session.add(campaign)
                session.flush()
                number = lay_out(session, account, template, campaign, times)
                if dry_run:
                    session.rollback()
        except IntegrityError:
            # Two commands with one key at the same moment: the other was first.
            found = earlier(deps, wish, fingerprint)
            if found is None:
                raise
            return _repeated(deps, found)
    notes = [*cleaned.notes, *times.notes]
    if campaign.converted:
        notes.append(f"{campaign.converted} old 11-digit numbers were given their new prefix.")
    return Plan(campaign, number, notes)


def check_words(wish: Wish) -> None:
    """Refuse what no setting could make right; Misuse names it."""
    if wish.kind not in KINDS:
        raise Misuse(f"There is no kind {wish.kind!r} of campaign: it is ads or care.")
    if not wish.sender.strip():
        raise Misuse("The sender is empty: name the brandname that subscribers see.")


def checked_template(account: Account, kind: str, text: str) -> Template:
    """A cleaned text as it will be filled; Refused where the rules of its kind forbid it, whatever the list."""
    template = Template(text)
    if kind == Purpose.ADS:
        check_label(template.text, account.ads)
    if not template.names:
        check_text(template.fill({}), kind, account)
    return template


def new_campaign(
    account: Account, wish: Wish, text: str, fingerprint: str, status: CampaignStatus, due: datetime, now: datetime
) -> Campaign:
    """The row of a wish, before its list is read."""
    list_name = wish.list_name or wish.list_path.name
    return Campaign(
        id=uuid4(),
        name=wish.name.strip() or Path(list_name).stem,
        provider=account.name,
        kind=wish.kind,
        way=account.way(wish.kind),
        sender=wish.sender.strip(),
        text=text,
        status=status,
        key=wish.key or None,
        fingerprint=fingerprint,
        list_name=list_name,
        created_at=now,
        scheduled_for=due,
    )


def earlier(deps: Deps, wish: Wish, fingerprint: str) -> Campaign | None:
    """What this idempotency key was used for before; a different wish under the same key is refused."""
    if not wish.key:
        return None
    with deps.sessions() as session:
        found = campaigns.by_key(session, wish.key)
    if found is not None and found.fingerprint != fingerprint:
        raise Refused(
            "key_conflict",
            f"The key {wish.key!r} already stands for campaign {found.id}, which asked for something else: use a new key.",
            {"id": str(found.id)},
        )
    return found


def _repeated(deps: Deps, found: Campaign) -> Plan:
    with deps.sessions() as session:
        number = sum(tally.batches for tally in campaigns.tally(session, found.id).values())
    return Plan(
        found, number, ["This key was used before for the same campaign; nothing new was created."], repeated=True
    )


def fingerprint_of(wish: Wish, text: str) -> str:
    """What is the same when a wish is repeated, the bytes of its list included."""
    with wish.list_path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    parts = [wish.provider, wish.sender.strip(), wish.kind, text, wish.at, digest]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def stamp(path: Path) -> tuple[int, int]:
    """Size and time of the last change: an export that is still running changes both."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def read_in(
    session: Session,
    account: Account,
    template: Template,
    list_file: ListFile,
    as_found: tuple[int, int],
    campaign: Campaign,
    wish: Wish,
    *,
    now: datetime,
    hooks: Hooks,
) -> Schedule:
    """Stream the list into the transaction and write what it came to into `campaign`; Refused before anything is stored."""
    columns = template.check_columns(list_file.columns)
    stage(session, account, wish.kind, template, columns, list_file, hooks.progress)
    if stamp(wish.list_path) != as_found:
        raise Refused(
            "file_changed",
            f"{wish.list_path.name} was written to while it was read: wait until it is complete, then create again.",
        )
    staged = staging.count(session, suppress=wish.kind == Purpose.ADS)
    if hooks.refused is not None:
        for refusal in staging.staged_refusals(session):
            hooks.refused(*refusal)
    minimum = account.minimum if wish.kind == Purpose.ADS else 1
    if staged.valid < minimum:
        raise Refused(
            "too_few_numbers",
            f"The list has {staged.valid} numbers to write to, and {account.title} takes {wish.kind} for {minimum} or "
            f"more: of {staged.rows} rows {staged.duplicates} were repeats, {staged.invalid} no mobile "
            f"numbers and {staged.suppressed} on the suppression list.",
            {**_counts(staged), "minimum": minimum},
        )
    times = plan_times(account, wish.kind, wish.at, now, -(-staged.valid // account.maximum))
    campaign.scheduled_for = times.due
    campaign.rows, campaign.valid, campaign.duplicates = staged.rows, staged.valid, staged.duplicates
    campaign.invalid, campaign.suppressed = staged.invalid, staged.suppressed
    campaign.converted = staged.converted
    campaign.parts, campaign.parts_total = staged.parts, staged.parts_total
    campaign.cost_estimate = Decimal(staged.parts_total) * account.price_per_part
    return times


def lay_out(session: Session, account: Account, template: Template, campaign: Campaign, times: Schedule) -> int:
    """Number the batches of a campaign whose row is there, and move its numbers to their table; how many batches."""
    number = layout.store(session, account, template, campaign, times, campaign.valid)
    staging.store_refusals(session, campaign.id)
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
