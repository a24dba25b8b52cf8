"""Submits, approves and declines campaigns: another person must agree; nobody approves their own, by any door."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from worker.domain.calls import Purpose
from worker.domain.roles import May
from worker.domain.states import CampaignStatus
from worker.domain.window import local
from worker.errors import Misuse, NotFound, Refused
from worker.services.deps import Deps
from worker.services.people import audit
from worker.services.planning import gate
from worker.services.planning.times import put_off
from worker.storage import campaigns
from worker.storage.approval import approvals
from worker.storage.sending import provider_campaigns
from worker.storage.tables.approval import Approval
from worker.storage.tables.campaigns import Campaign

LONGEST_COMMENT: Final = 2_000


@dataclass(frozen=True, slots=True)
class Decided:
    """Where a campaign is after somebody submitted, approved or declined it."""

    campaign: Campaign
    #: The question that was put or decided; None where no approval is needed.
    approval: Approval | None


def submit(deps: Deps, campaign_id: UUID) -> Decided:
    """Let a planned draft go on: to its approval where two must agree, else to its time.

    Refused `not_planned`, `wrong_status`, `until_passed`; Forbidden for whoever is neither its author nor an admin.
    """
    deps.actor.must(May.DRAFT)
    with deps.sessions.begin() as session:
        campaign = locked(session, campaign_id)
        deps.actor.must_own(campaign.author_id, May.USERS, May.DRAFT)
        if campaign.status is not CampaignStatus.DRAFT:
            raise wrong(campaign, "submitted")
        if not campaign.valid:
            raise Refused("not_planned", f"Campaign {campaign_id} is still being planned: submit it in a moment.")
        put_off(session, deps, campaign)
        to = gate.first_status(deps, campaign.kind, draft=False)
        _move(session, campaign, to)
        question = None
        if to is CampaignStatus.AWAITING_APPROVAL:
            question = _ask(session, deps, campaign)
        facts = {"status": to, "facts_hash": question.facts_hash if question else None}
        audit.record(session, deps, "campaign.submit", about=("campaign", campaign_id), facts=facts)
    return Decided(campaign, question)


def approve(deps: Deps, campaign_id: UUID, comment: str = "", *, seen: str = "") -> Decided:
    """Agree to exactly what was frozen; the campaign is scheduled from then on.

    `seen` is the `facts_hash` that the approver looked at. Refused `own_campaign`, `approver_unknown`, `facts_changed`,
    `until_passed`, `wrong_status` (also for the second of two at once); Forbidden without the role.
    """
    with deps.sessions.begin() as session:
        campaign, question = _open(session, deps, campaign_id, comment)
        now = deps.clock.now()
        if campaign.until is not None and campaign.until <= now:
            raise Refused(
                "until_passed",
                f"Nothing of this campaign may leave after {local(campaign.until)}, and that is over: decline it, so that its "
                "author can change it.",
            )
        found = gate.hash_of(gate.facts_of(session, campaign))
        if found != question.facts_hash or (seen and seen != question.facts_hash):
            raise Refused(
                "facts_changed", "The campaign is not what was submitted, or not what you looked at: look at it again."
            )
        _decide(session, deps, campaign, "approved", comment)
        _move(session, campaign, CampaignStatus.SCHEDULED)
        facts = {"facts_hash": question.facts_hash, "comment": comment}
        audit.record(session, deps, "campaign.approve", about=("campaign", campaign_id), facts=facts)
    return Decided(campaign, question)


def decline(deps: Deps, campaign_id: UUID, comment: str) -> Decided:
    """Do not agree, and say why: the campaign is a draft of its author's again."""
    if not comment.strip():
        raise Misuse("Say why it is declined: the comment is empty.")
    with deps.sessions.begin() as session:
        campaign, question = _open(session, deps, campaign_id, comment)
        _decide(session, deps, campaign, "declined", comment)
        _move(session, campaign, CampaignStatus.DRAFT, f"declined by {deps.actor.name}: {comment.strip()}")
        facts = {"facts_hash": question.facts_hash, "comment": comment}
        audit.record(session, deps, "campaign.decline", about=("campaign", campaign_id), facts=facts)
    return Decided(campaign, question)


def take_back(deps: Deps, campaign_id: UUID) -> Decided:
    """The author takes a submitted campaign back: it is a draft again."""
    deps.actor.must(May.DRAFT)
    with deps.sessions.begin() as session:
        campaign = locked(session, campaign_id)
        deps.actor.must_own(campaign.author_id, May.USERS, May.DRAFT)
        if campaign.status is not CampaignStatus.AWAITING_APPROVAL:
            raise wrong(campaign, "taken back")
        close(session, deps, campaign_id)
        _move(session, campaign, CampaignStatus.DRAFT)
        audit.record(session, deps, "campaign.take_back", about=("campaign", campaign_id))
    return Decided(campaign, None)


def history(deps: Deps, campaign_id: UUID) -> Sequence[Approval]:
    """All questions about a campaign with what became of them, the latest first."""
    with deps.sessions() as session:
        campaign = campaigns.get(session, campaign_id)
        if campaign is None:
            raise NotFound("campaign", str(campaign_id))
        deps.actor.must_own(campaign.author_id, May.SEE_ALL, May.SEE_OWN)
        return approvals.history(session, campaign_id)


def waiting(deps: Deps, limit: int = 50) -> Sequence[tuple[Approval, Campaign]]:
    """What waits for an approval, the first of all first; for whoever may see everybody's."""
    deps.actor.must(May.SEE_ALL)
    with deps.sessions() as session:
        return approvals.waiting(session, limit)


def ask_anew(session: Session, deps: Deps, campaign: Campaign) -> CampaignStatus:
    """A locked campaign was changed: where two must agree, what was frozen or approved counts no more, and is asked anew."""
    if campaign.status is CampaignStatus.DRAFT or not (deps.people.four_eyes and campaign.kind == Purpose.ADS):
        return campaign.status
    close(session, deps, campaign.id)
    if campaign.status is not CampaignStatus.AWAITING_APPROVAL:
        _move(session, campaign, CampaignStatus.AWAITING_APPROVAL)
    _ask(session, deps, campaign)
    return campaign.status


def close(session: Session, deps: Deps, campaign_id: UUID) -> None:
    """A question that waits is withdrawn; none may wait."""
    actor, now = deps.actor, deps.clock.now()
    approvals.decide(session, campaign_id, "withdrawn", at=now, by=actor.label, decider_id=actor.user_id)


def locked(session: Session, campaign_id: UUID) -> Campaign:
    """The campaign, locked until the transaction ends; NotFound for none."""
    found = provider_campaigns.lock_campaign(session, campaign_id)
    if found is None:
        raise NotFound("campaign", str(campaign_id))
    return found


def wrong(campaign: Campaign, what: str) -> Refused:
    """Why a campaign cannot be submitted, approved … where it is."""
    return Refused("wrong_status", f"Campaign {campaign.id} is {campaign.status}; it cannot be {what}.")


def _open(session: Session, deps: Deps, campaign_id: UUID, comment: str) -> tuple[Campaign, Approval]:
    """The locked campaign and the question about it, which the actor may decide."""
    if len(comment) > LONGEST_COMMENT or "\0" in comment:
        raise Misuse(f"The comment takes up to {LONGEST_COMMENT:,} characters.")
    actor = deps.actor
    if actor.user_id is None:
        raise Refused(
            "approver_unknown",
            "Approving and declining take a user: log in, use a key of a user (`loa key create --user NAME`), or name "
            "yourself by --user NAME.",
        )
    actor.must(May.APPROVE)
    campaign = locked(session, campaign_id)
    question = approvals.waiting_for(session, campaign_id)
    if campaign.status is not CampaignStatus.AWAITING_APPROVAL or question is None:
        raise wrong(campaign, "approved or declined")
    if any(gate.same_person(actor, label, user_id) for label, user_id in _written_by(campaign, question)):
        raise Refused("own_campaign", "Nobody approves or declines their own campaign: another approver must.")
    return campaign, question


def _written_by(campaign: Campaign, question: Approval) -> Sequence[tuple[str, Any]]:
    return (campaign.author, campaign.author_id), (question.submitted_by, question.submitter_id)


def _ask(session: Session, deps: Deps, campaign: Campaign) -> Approval:
    actor = deps.actor
    return gate.ask(session, deps, campaign, submitted_by=actor.label, submitter_id=actor.user_id)


def _decide(session: Session, deps: Deps, campaign: Campaign, verdict: str, comment: str) -> None:
    actor, now = deps.actor, deps.clock.now()
    if not approvals.decide(
        session,
        campaign.id,
        verdict,
        at=now,
        by=actor.label,
        decider_id=actor.user_id,
        comment=comment.strip(),
    ):
        raise wrong(campaign, "approved or declined")


def _move(session: Session, campaign: Campaign, to: CampaignStatus, reason: str = "") -> None:
    """Move a locked campaign along its arrows, in the database and in hand."""
    came_from = campaign.status
    if not campaigns.advance(session, campaign.id, to, only_from={came_from}, status_reason=reason):
        raise wrong(campaign, f"moved to {to}")
    session.refresh(campaign)
