"""What may change with a status, by the names of columns: the type checker finds a misspelt one."""

from datetime import datetime
from typing import Any, TypedDict, cast
from uuid import UUID

from sqlalchemy import CursorResult, Update
from sqlmodel import Session


def changed(session: Session, statement: Update) -> int:
    """Execute an update; how many rows it hit."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


class CampaignChanges(TypedDict, total=False):
    """What may change with a campaign's status."""

    status_reason: str
    started_at: datetime
    finished_at: datetime | None
    resumed_at: datetime
    scheduled_for: datetime
    halted: bool


class ProviderCampaignChanges(TypedDict, total=False):
    """What may change of a provider campaign besides its state."""

    attempts: int
    cancel_words: str
    cancelled_at: datetime
    code: str
    due: datetime
    lease_until: datetime | None
    provider_message: str
    push_by: datetime
    pushing: UUID | None
    quota: int
    ref: str
    remaining: int | None
