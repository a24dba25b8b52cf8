"""Tasks of producers that were refused: kept under their own ids, so that a producer finds out without our logs."""

from worker.domain.window import local
from worker.errors import LoaError, Refused
from worker.services.deps import Deps
from worker.storage.tables.subscribers import RefusedTask

LONGEST_ID = 200


def note(deps: Deps, task_id: str, task: str, reason: str) -> None:
    """Keep why a task was refused; delivered twice it is kept once."""
    with deps.sessions.begin() as session:
        session.merge(RefusedTask(id=task_id[:LONGEST_ID], task=task, reason=reason, refused_at=deps.clock.now()))


def explain(deps: Deps, written: str, missing: LoaError) -> LoaError:
    """Why nothing has that id: the task of that id was refused, or there is none."""
    with deps.sessions() as session:
        found = session.get(RefusedTask, written.strip()[:LONGEST_ID])
    if found is None:
        return missing
    sentence = f"Task {found.id} ({found.task}) was refused at {local(found.refused_at)}: {found.reason}"
    return Refused("task_refused", sentence, {"task": found.task})
