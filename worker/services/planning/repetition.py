"""Refuses a campaign like one that was created within 24 hours: the same text by the same sender to the same people."""

import hashlib
import json
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from worker.domain.window import local
from worker.errors import Refused
from worker.services.planning.checked import Checked
from worker.storage import campaigns

#: Within this time the same text to the same people needs `again` or a key of its own.
REPEATED_WITHIN: Final = timedelta(hours=24)


def key(checked: Checked, audience: str) -> str:
    """The same for the same text by the same sender to the same people."""
    parts = [checked.sender, checked.requested.kind, checked.template.text, audience]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def check(session: Session, checked: Checked, repeat_key: str, *, but: UUID, trial: bool) -> list[str]:
    """Refuse a campaign that repeats another than `but`.

    A `trial` stores nothing, so it is told in a note instead: a person may look at his own campaign once more.
    """
    found = campaigns.repeated(session, repeat_key, checked.now - REPEATED_WITHIN, but=but)
    if found is None:
        return []
    said = (
        f"The same text by {checked.sender} to the same numbers is campaign {found.id} ({found.name}), created at "
        f"{local(found.created_at)}: "
    )
    if trial:
        return [f"{said}to create it once more, add --again (`again` over HTTP)."]
    raise Refused(
        "campaign_repeated",
        f"{said}nothing new was created. If they are to get it twice, add --again (`again` over HTTP).",
        {"earlier": str(found.id), "created_at": local(found.created_at)},
    )
