"""Campaigns and messages as JSON documents: the keys that callers rely on, the same for HTTP and commands.

Times are in Vietnam time with their offset. Neither the number nor the text of a message is in them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from worker.domain.advice import Warned
from worker.domain.message import MessageState
from worker.domain.money import number
from worker.domain.policy import Channel
from worker.domain.window import local
from worker.services.approval.decide import Decided
from worker.services.approval.trial import Tested
from worker.services.audience.audiences import Shown
from worker.services.operations.control import Receipt
from worker.services.planning.drafts import Drafted
from worker.services.planning.forecast import Forecast
from worker.services.planning.plan import Plan
from worker.services.reporting.leaving import Leaving
from worker.services.reporting.report import View
from worker.services.sending.pushes.cancel_at_provider import Share
from worker.storage.tables.approval import Approval
from worker.storage.tables.audience import Audience
from worker.storage.tables.campaigns import Batch, Campaign, Message


def campaign(one: Campaign, next_leaving: Leaving | None) -> dict[str, Any]:
    """What is stored of a campaign itself, and when its next texts may leave: never in the past."""
    return {
        "id": str(one.id),
        "name": one.name,
        "provider": one.provider,
        "sender": one.sender,
        "kind": one.kind,
        "channel": str(one.channel),
        "template": _template(one),
        "fallback": _fallback(one),
        "text": one.text,
        "status": str(one.status),
        "status_reason": one.status_reason,
        "created_at": _local(one.created_at),
        "scheduled_for": _local(one.scheduled_for if next_leaving is None or one.started_at else next_leaving.at),
        "leaves": None if next_leaving is None else _local(next_leaving.at),
        "waits": "" if next_leaving is None else next_leaving.why,
        "started_at": _local(one.started_at),
        "finished_at": _local(one.finished_at),
        "until": _local(one.until),
        "finish_estimate": _local(one.finish_estimate),
        "list": one.list_read,
        "samples": one.samples or [],
        "notes": one.notes or [],
        "author": one.author,
        "copied_from": None if one.copied_from is None else str(one.copied_from),
        **counted(one),
    }


def _template(one: Campaign) -> dict[str, Any] | None:
    """Of a Zalo campaign, what it fills; null for texts."""
    if one.channel is Channel.SMS:
        return None
    return {"oa_id": one.oa_id, "template_id": one.template_id, "params": one.template_values or []}


def _fallback(one: Campaign) -> dict[str, Any] | None:
    """The text that follows a Zalo campaign, and the campaign that sends it."""
    if one.fallback_sender is None:
        return None
    return {
        "text": one.fallback_text,
        "sender": one.fallback_sender,
        "decided_at": _local(one.fell_back_at),
        "campaign": None if one.fallback_id is None else str(one.fallback_id),
    }


def created(plan: Plan, *, dry_run: bool) -> dict[str, Any]:
    """A campaign that was planned at once; without an id when nothing was stored."""
    one = plan.campaign
    return {
        "id": None if dry_run else str(one.id),
        "name": one.name,
        "status": str(one.status),
        **counted(one),
        "batches": plan.batches,
        "scheduled_for": _local(one.scheduled_for),
        "finish_estimate": _local(one.finish_estimate),
        "until": _local(one.until),
        "list": one.list_read,
        "samples": one.samples or [],
        "notes": plan.notes,
        "warnings": _warnings(plan.warnings),
        "repeated": plan.repeated,
    }


def _warnings(found: Sequence[Warned]) -> list[dict[str, str]]:
    return [{"code": str(one.code), "words": one.words, "sentence": one.sentence} for one in found]


def counted(one: Campaign) -> dict[str, Any]:
    """What the list came to: `rows = valid + duplicates + invalid + suppressed`."""
    return {
        "rows": one.rows,
        "valid": one.valid,
        "duplicates": one.duplicates,
        "invalid": one.invalid,
        "suppressed": one.suppressed,
        "converted": one.converted,
        "consents": one.consents,
        "parts": one.parts,
        "parts_total": one.parts_total,
        "cost_estimate": None if one.cost_estimate is None else number(one.cost_estimate),
    }


def shown(view: View) -> dict[str, Any]:
    """A campaign, its counts, what it cost so far and its batches."""
    return {
        **campaign(view.campaign, view.leaving),
        "counts": view.counts,
        "cost": number(view.cost),
        "cost_told": number(view.cost_told),
        "approval": None if view.approval is None else approval(view.approval),
        "tests": view.tests,
        "warnings": _warnings(view.warnings),
        "batches": [_batch(batch) for batch in view.batches],
    }


def approval(one: Approval) -> dict[str, Any]:
    """The question whether a campaign may leave: what was frozen, and what became of it."""
    return {
        "submitted_by": one.submitted_by,
        "submitted_at": _local(one.submitted_at),
        "facts": one.facts,
        "facts_hash": one.facts_hash,
        "verdict": one.verdict,
        "decided_by": one.decided_by,
        "decided_at": _local(one.decided_at),
        "comment": one.comment,
    }


def decided(what: Decided) -> dict[str, Any]:
    """Where a campaign is after it was submitted, approved, declined, taken back or changed."""
    return {
        "id": str(what.campaign.id),
        "status": str(what.campaign.status),
        "status_reason": what.campaign.status_reason,
        "scheduled_for": _local(what.campaign.scheduled_for),
        "until": _local(what.campaign.until),
        "approval": None if what.approval is None else approval(what.approval),
    }


def forecast(one: Forecast) -> dict[str, Any]:
    """When the last one is expected to leave, and what it costs by carrier."""
    return {
        "begin": _local(one.begin),
        "finish": _local(one.finish),
        "numbers_left": one.numbers_left,
        "calls_left": one.calls_left,
        "calls_ahead": one.calls_ahead,
        "calls_per_second": one.calls_per_second,
        "in_time": one.in_time,
        "cost": None if one.cost is None else number(one.cost),
        "by_carrier": [
            {"carrier": share.name, "numbers": share.numbers, "parts": share.parts, "cost": number(share.cost)}
            for share in one.by_carrier
        ],
        "notes": list(one.notes),
    }


def tested(what: Tested) -> dict[str, Any]:
    """A test text: the message that carries it, without its number."""
    return {"message": queued(what.message), "row": what.row, "text": what.text, "parts": what.parts}


def audience(one: Audience) -> dict[str, Any]:
    """A stored list."""
    return {
        "id": str(one.id),
        "name": one.name,
        "size": one.size,
        "rows": one.rows,
        "duplicates": one.duplicates,
        "invalid": one.invalid,
        "columns": one.columns,
        "list": one.list_read,
        "notes": one.notes or [],
        "author": one.author,
        "created_at": _local(one.created_at),
    }


def audience_shown(what: Shown) -> dict[str, Any]:
    """A stored list with its first members, and the campaigns that were made of it."""
    return {
        **audience(what.audience),
        "sample": [{"row": row, "phone": written, "values": values} for row, written, values in what.sample],
        "used_by": [{"id": str(one), "name": name, "status": str(status)} for one, name, status in what.used_by],
    }


def receipt(campaign_id: object, what: Receipt) -> dict[str, Any]:
    """What a pause, resume or cancel did; with the provider's part where it was asked to stop what it had."""
    document: dict[str, Any] = {
        "id": str(campaign_id),
        "status": str(what.status),
        "stopped": what.stopped,
        "beyond_reach": what.beyond_reach,
        "unknown": what.unknown,
    }
    if what.provider_cancellation is not None:
        document["stopped_by_provider"] = _share(what.provider_cancellation.stopped)
        document["kept_by_provider"] = _share(what.provider_cancellation.kept)
        document["words"] = list(what.provider_cancellation.provider_message)
    return document


def drafted(what: Drafted) -> dict[str, Any]:
    """The answer to a campaign that was taken in, the same however often it is asked for."""
    return {
        "id": str(what.campaign.id),
        "name": what.campaign.name,
        "status": "draft",
        "created_at": _local(what.campaign.created_at),
        "notes": list(what.notes),
    }


def message(one: Message) -> dict[str, Any]:
    """A message, and what became of it."""
    return {
        **queued(one),
        "state": str(one.state),
        "provider": one.provider or None,
        "provider_ref": one.provider_ref or None,
        "attempts": one.attempts,
        "code": one.code or None,
        "words": one.provider_message or None,
        "sent_at": _local(one.sent_at),
    }


def queued(one: Message) -> dict[str, Any]:
    """A message as it was when it was taken in, whatever became of it since."""
    return {
        "id": str(one.id),
        "state": str(MessageState.QUEUED),
        "provider": None,
        "provider_ref": None,
        "attempts": 0,
        "code": None,
        "words": None,
        "route": one.route,
        "queued_at": _local(one.queued_at),
        "expires_at": _local(one.expires_at),
        "sent_at": None,
    }


def _share(some: Share) -> dict[str, Any]:
    return {"numbers": some.numbers, "batches": list(some.batches)}


def _batch(one: Batch) -> dict[str, Any]:
    return {
        "seq": one.seq,
        "size": one.size,
        "state": str(one.state),
        "provider_ref": one.provider_ref,
        "code": one.code,
        "words": one.provider_message,
    }


def _local(moment: datetime | None) -> str | None:
    return None if moment is None else local(moment)
