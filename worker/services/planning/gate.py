"""Decides if a planned campaign may leave or another person must agree first; what they agree to is frozen here."""

import hashlib
import json
from typing import Any, Final

from sqlmodel import Session

from worker.domain.actor import Actor
from worker.domain.calls import Purpose
from worker.domain.policy import Channel
from worker.domain.states import CampaignStatus
from worker.services.deps import Deps
from worker.services.people import audit
from worker.storage.approval import approvals
from worker.storage.tables.approval import Approval
from worker.storage.tables.campaigns import Campaign

#: What is frozen of the campaign's own row.
FROZEN: Final = (
    *("name", "provider", "sender", "kind", "text", "list_name", "list_hash", "list_read"),
    *("rows", "valid", "duplicates", "invalid", "suppressed", "converted", "parts", "parts_total", "samples"),
    *("carriers", "cost_estimate", "scheduled_for", "until", "finish_estimate"),
)

#: And of a Zalo campaign.
OF_ZALO: Final = ("channel", "oa_id", "template_id", "template_values", "fallback_text", "fallback_sender")


def first_status(deps: Deps, kind: str, *, draft: bool) -> CampaignStatus:
    """Where a campaign goes when it is planned."""
    if draft:
        return CampaignStatus.DRAFT
    if deps.people.four_eyes and kind == Purpose.ADS:
        return CampaignStatus.AWAITING_APPROVAL
    return CampaignStatus.SCHEDULED


def enter(session: Session, deps: Deps, campaign: Campaign) -> None:
    """A campaign was planned: where it must be approved, its facts are frozen, and the question is put as its author's."""
    if campaign.status is CampaignStatus.AWAITING_APPROVAL:
        ask(session, deps, campaign, submitted_by=campaign.author, submitter_id=campaign.author_id)


def ask(session: Session, deps: Deps, campaign: Campaign, *, submitted_by: str, submitter_id: Any) -> Approval:
    """Freeze the facts of a campaign and put the question."""
    session.flush()
    # As it is stored, so that it is the same whenever it is read again.
    stored = session.get_one(Campaign, campaign.id, populate_existing=True)
    facts = facts_of(session, stored)
    question = Approval(
        campaign_id=campaign.id,
        submitted_at=deps.clock.now(),
        submitted_by=submitted_by,
        submitter_id=submitter_id,
        facts=facts,
        facts_hash=hash_of(facts),
    )
    session.add(question)
    session.flush()
    return question


def facts_of(session: Session, campaign: Campaign) -> dict[str, Any]:
    """What an approver agrees to: list, counts, texts, cost, times, warnings; the same as long as nothing was changed."""
    # Questions of before there were channels keep their hash.
    names = FROZEN if campaign.channel is Channel.SMS else (*FROZEN, *OF_ZALO)
    frozen = {name: audit.plain(getattr(campaign, name)) for name in names}
    texts, numbers, batches = approvals.batches_of(session, campaign.id)
    return {**frozen, "texts_hash": texts, "numbers": numbers, "batches": batches, "warnings": campaign.notes or []}


def hash_of(facts: dict[str, Any]) -> str:
    """SHA-256 of the facts, in hexadecimal."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def same_person(actor: Actor, label: str, user_id: Any) -> bool:
    """Whether the actor is who this was written down for: by user, or by the same name at a terminal."""
    if user_id is not None:
        return bool(actor.user_id == user_id)
    door, _, name = label.partition(":")
    return label == actor.label or (door == "cli" and name.casefold() == actor.name.casefold())
