"""How do campaigns and messages look as JSON? The keys that callers rely on, for HTTP and commands alike.

Times are in Vietnam time with their offset. Neither the number nor the text of a message is in them.
"""

from datetime import datetime
from typing import Any

from worker.domain.message import MessageState
from worker.domain.money import number
from worker.domain.window import local
from worker.services.control import Receipt
from worker.services.drafts import Drafted
from worker.services.report import View
from worker.services.withdraw import Share
from worker.storage.tables import Batch, Campaign, Message


def campaign(one: Campaign) -> dict[str, Any]:
    """What is stored of a campaign itself."""
    return {
        "id": str(one.id),
        "name": one.name,
        "provider": one.provider,
        "sender": one.sender,
        "kind": one.kind,
        "text": one.text,
        "status": str(one.status),
        "status_reason": one.status_reason,
        "created_at": _local(one.created_at),
        "scheduled_for": _local(one.scheduled_for),
        "started_at": _local(one.started_at),
        "finished_at": _local(one.finished_at),
        **counted(one),
    }


def counted(one: Campaign) -> dict[str, Any]:
    """What the list came to: `rows = valid + duplicates + invalid + suppressed`."""
    return {
        "rows": one.rows,
        "valid": one.valid,
        "duplicates": one.duplicates,
        "invalid": one.invalid,
        "suppressed": one.suppressed,
        "converted": one.converted,
        "parts": one.parts,
        "parts_total": one.parts_total,
        "cost_estimate": None if one.cost_estimate is None else number(one.cost_estimate),
    }


def shown(view: View) -> dict[str, Any]:
    """A campaign, its counts, what it cost so far and its batches."""
    return {
        **campaign(view.campaign),
        "counts": view.counts,
        "cost": number(view.cost),
        "batches": [_batch(batch) for batch in view.batches],
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
    if what.withdrawal is not None:
        document["stopped_by_provider"] = _share(what.withdrawal.stopped)
        document["kept_by_provider"] = _share(what.withdrawal.kept)
        document["words"] = list(what.withdrawal.words)
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
        "words": one.words or None,
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
        "words": one.words,
    }


def _local(moment: datetime | None) -> str | None:
    return None if moment is None else local(moment)
