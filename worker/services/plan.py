"""How does a list become batches? Checks the text, streams the list in, counts everything, and stores all of it or nothing."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from worker.domain import chunk
from worker.domain.ads import check_label, check_length
from worker.domain.states import BatchState, CampaignStatus
from worker.domain.template import Template
from worker.domain.text import clean
from worker.domain.window import local, parse_at
from worker.errors import Misuse, Refused
from worker.lists import open_list
from worker.services.deps import Account, Deps
from worker.services.stage import stage
from worker.storage import campaigns, staging
from worker.storage.staging import Group, Staged
from worker.storage.tables import Batch, Campaign

KINDS = ("ads", "care")
#: More different texts than this in one campaign of ads is a mistake, whatever the list.
MOST_TEXTS = 10_000


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
    _check_words(account, wish)
    cleaned = clean(wish.text)
    with open_list(wish.list_path) as list_file:
        as_found = _stamp(wish.list_path)
        fingerprint = _fingerprint(wish, cleaned.text) if wish.key else ""
        # Before any rule that the hour or a setting can change: a repeated request gets the first one's answer.
        earlier = _earlier(deps, wish, fingerprint)
        if earlier is not None:
            return earlier
        template = Template(cleaned.text)
        check_label(template.text, account.ads)
        if not template.names:
            check_length(template.fill({}), account.ads, account.title)
        now = deps.clock.now()
        opening, notes = _opening(account, wish.at, now)
        notes = [*cleaned.notes, *notes]
        columns = template.check_columns(list_file.columns)
        campaign = Campaign(
            id=uuid4(),
            name=wish.name.strip() or wish.list_path.stem,
            provider=account.name,
            kind=wish.kind,
            sender=wish.sender.strip(),
            text=cleaned.text,
            status=CampaignStatus.DRAFT if dry_run else CampaignStatus.SCHEDULED,
            key=wish.key or None,
            fingerprint=fingerprint,
            list_name=wish.list_path.name,
            created_at=now,
            scheduled_for=opening,
        )
        try:
            with deps.sessions.begin() as session:
                stage(session, account, template, columns, list_file, hooks.progress)
                if _stamp(wish.list_path) != as_found:
                    raise Refused(
                        "file_changed",
                        f"{wish.list_path.name} was written to while it was read: wait until it is complete, then create again.",
                    )
                number = _store(session, account, template, campaign, opening, hooks)
                if dry_run:
                    session.rollback()
        except IntegrityError:
            # Two commands with one key at the same moment: the other was first.
            earlier = _earlier(deps, wish, fingerprint)
            if earlier is None:
                raise
            return earlier
    if campaign.converted:
        notes.append(f"{campaign.converted} old 11-digit numbers were given their new prefix.")
    return Plan(campaign, number, notes)


def _check_words(account: Account, wish: Wish) -> None:
    if wish.kind not in KINDS:
        raise Misuse(f"There is no kind {wish.kind!r} of campaign: it is ads or care.")
    if wish.kind != "ads":
        raise Misuse(f"{account.title} campaigns of kind {wish.kind} cannot be sent yet: this version sends ads.")
    if not wish.sender.strip():
        raise Misuse("The sender is empty: name the brandname that subscribers see.")


def _opening(account: Account, at: str | None, now: datetime) -> tuple[datetime, list[str]]:
    """When the first batch may leave, and what to say if that is not when it was asked for."""
    wanted = max(parse_at(at, now), now) if at is not None else now
    opening = account.windows.next_opening(wanted)
    if opening == wanted:
        return opening, []
    asked = local(wanted) if at is not None else "now"
    return opening, [f"Ads may leave at {account.windows} only: moved from {asked} to {local(opening)}."]


def _earlier(deps: Deps, wish: Wish, fingerprint: str) -> Plan | None:
    """What this idempotency key was used for before; a different wish under the same key is refused."""
    if not wish.key:
        return None
    with deps.sessions() as session:
        found = campaigns.by_key(session, wish.key)
        if found is None:
            return None
        if found.fingerprint != fingerprint:
            raise Refused(
                "key_conflict",
                f"The key {wish.key!r} already stands for campaign {found.id}, which asked for something else: use a new key.",
                {"id": str(found.id)},
            )
        number = sum(tally.batches for tally in campaigns.tally(session, found.id).values())
    return Plan(
        found, number, ["This key was used before for the same campaign; nothing new was created."], repeated=True
    )


def _fingerprint(wish: Wish, text: str) -> str:
    """What is the same when a wish is repeated, the bytes of its list included."""
    with wish.list_path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    parts = [wish.provider, wish.sender.strip(), wish.kind, text, wish.at, digest]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _stamp(path: Path) -> tuple[int, int]:
    """Size and time of the last change: an export that is still running changes both."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _store(
    session: Session, account: Account, template: Template, campaign: Campaign, opening: datetime, hooks: Hooks
) -> int:
    """Number the batches and move everything to its table; how many batches. Raises Refused before anything is stored."""
    staged = staging.count(session)
    if hooks.refused is not None:
        for refusal in staging.staged_refusals(session):
            hooks.refused(*refusal)
    counts = _counts(staged)
    if staged.valid < account.minimum:
        raise Refused(
            "too_few_numbers",
            f"The list has {staged.valid} numbers to write to, and {account.title} takes ads for {account.minimum} or more: "
            f"of {staged.rows} rows {staged.duplicates} were repeats and {staged.invalid} no mobile numbers.",
            {**counts, "minimum": account.minimum},
        )
    layout, batches = _lay_out(session, account, template, campaign.id, opening, staged.valid)
    campaign.rows, campaign.valid, campaign.duplicates = staged.rows, staged.valid, staged.duplicates
    campaign.invalid, campaign.converted = staged.invalid, staged.converted
    campaign.parts, campaign.parts_total = staged.parts, staged.parts_total
    campaign.cost_estimate = Decimal(staged.parts_total) * account.price_per_part
    session.add(campaign)
    session.flush()
    session.add_all(batches)
    session.flush()
    staging.store(session, campaign.id, layout)
    return len(batches)


def _counts(staged: Staged) -> dict[str, int]:
    return {
        "rows": staged.rows,
        "valid": staged.valid,
        "duplicates": staged.duplicates,
        "invalid": staged.invalid,
        "suppressed": 0,
    }


def _lay_out(
    session: Session, account: Account, template: Template, campaign_id: UUID, opening: datetime, valid: int
) -> tuple[list[tuple[Group, int, int]], list[Batch]]:
    """Batches of balanced size per filled text: one order carries one text."""
    groups = staging.groups(session, MOST_TEXTS)
    small = [group for group in groups if group.size < account.minimum]
    if small or sum(group.size for group in groups) < valid:
        raise Refused(
            "too_few_numbers_per_text",
            f"{account.title} sends one text to {account.minimum} numbers or more, but filling "
            f"{' and '.join('{' + name + '}' for name in template.names)} gives texts that fewer would get "
            f"({len(groups)} different texts; the smallest goes to {groups[-1].size}): "
            "leave the variable out, or fill it with less variety.",
            {"texts": len(groups), "smallest": groups[-1].size, "minimum": account.minimum},
        )
    layout, batches, seq = [], list[Batch](), 1
    for group in groups:
        text = template.fill(group.values or {})
        sizes = chunk.split(group.size, account.minimum, account.maximum)
        layout.append((group, seq, len(sizes)))
        batches += _numbered(campaign_id, text, sizes, seq, opening)
        seq += len(sizes)
    return layout, batches


def _numbered(campaign_id: UUID, text: str, sizes: list[int], first: int, opening: datetime) -> Iterator[Batch]:
    for seq, size in enumerate(sizes, start=first):
        yield Batch(
            campaign_id=campaign_id, seq=seq, size=size, text=text, state=BatchState.PLANNED, not_before=opening
        )
