"""The course of a campaign: what happened to it and by whom, in the order of the moments, and what is still ahead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from worker.console import sentences
from worker.console.visitors import Visitor
from worker.domain.states import CampaignStatus
from worker.services.operations.course import Act
from worker.services.operations.overview import Standing

C = CampaignStatus
#: Whose end nobody can foresee.
HELD_UP: Final = frozenset({C.PAUSED, C.RECONCILING})


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the course."""

    at: datetime
    says: str
    who: str = ""
    comment: str = ""
    #: Whether it is yet to come.
    ahead: bool = False


def course(me: Visitor, one: Standing, asked: Sequence[Any], acts: Sequence[Act]) -> list[Event]:
    """The events, those to come last; `asked` are its approvals, `acts` what people did with it (the log)."""
    campaign, _ = one.campaign, me.gettext
    events = [Event(campaign.created_at, _("Created"), campaign.author)]
    for question in reversed(asked):
        events.append(Event(question.submitted_at, _("Submitted"), question.submitted_by))
        if question.verdict:
            words = sentences.code(me.catalogue, "decided", question.verdict)
            events.append(Event(question.decided_at, words, question.decided_by or "", question.comment or ""))
    if campaign.started_at:
        events.append(Event(campaign.started_at, _("Sending began")))
    events += [Event(act.at, _said(me, act), act.who) for act in acts]
    known = {act.act for act in acts}
    if campaign.resumed_at and "campaign.resume" not in known:
        events.append(Event(campaign.resumed_at, _("Resumed")))
    if campaign.finished_at and not (campaign.status is C.CANCELLED and "campaign.cancel" in known):
        events.append(Event(campaign.finished_at, sentences.code(me.catalogue, "status", campaign.status)))
    return sorted(events, key=lambda event: event.at) + _ahead(me, one)


def _said(me: Visitor, act: Act) -> str:
    words = sentences.code(me.catalogue, "act", act.act)
    words = words[:1].upper() + words[1:]
    batch = _whole(act.facts, "batch")
    return words if batch is None else f"{words} ({me.formats.number(batch)})"


def _whole(facts: Mapping[str, Any], name: str) -> int | None:
    found = facts.get(name)
    return found if isinstance(found, int) else None


def _ahead(me: Visitor, one: Standing) -> list[Event]:
    campaign, _ = one.campaign, me.gettext
    if campaign.finished_at or campaign.status in {C.FAILED, C.CANCELLED, C.DONE}:
        return []
    found = []
    if not campaign.started_at:
        found.append(Event(campaign.scheduled_for, _("Phones may ring from"), ahead=True))
    if campaign.finish_estimate and campaign.status not in HELD_UP:
        found.append(Event(campaign.finish_estimate, _("The last one is expected to leave"), ahead=True))
    if campaign.until:
        found.append(Event(campaign.until, _("Nothing leaves after"), ahead=True))
    return found
