"""What happens to a campaign besides its sending: what people did with it, and a clock that holds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from worker.services.deps import Deps
from worker.services.reporting import future
from worker.storage.people import audit as log


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did with a campaign, as the audit log has it."""

    at: datetime
    act: str
    who: str
    facts: Mapping[str, Any]


#: Acts that the course of a campaign tells; its approvals and its creation are told elsewhere.
COURSE: Final = tuple(
    f"campaign.{act}" for act in ("change", "take_back", "test", "pause", "resume", "resolve", "cancel")
)


def acts(deps: Deps, campaign_id: UUID, limit: int = 30) -> list[Act]:
    """What people did with it, the first first; of very many the last ones."""
    with deps.sessions() as session:
        found = log.newest(session, limit, object_kind="campaign", object_id=str(campaign_id), act=COURSE)
        return [Act(one.at, one.act, one.who, one.facts) for one in reversed(found)]


def standing_still(deps: Deps, campaign_id: UUID) -> str:
    """A sentence where a clock that was set back holds a campaign; else empty."""
    with deps.sessions() as session:
        return future.sentence(session, campaign_id, deps.clock.now())[0]
