"""Which bells are there? Each task is one service call with an id; safe to ring twice, because the claim is."""

from uuid import UUID

from worker import wiring
from worker.app import app
from worker.services import receive, send


@app.task(name="loa.send_batch")  # type: ignore[untyped-decorator]
def send_batch(batch_id: str) -> None:
    """Send one batch."""
    send.send_batch(wiring.process().deps, UUID(batch_id))


@app.task(name="loa.poll_batch")  # type: ignore[untyped-decorator]
def poll_batch(batch_id: str) -> None:
    """Fetch one batch's report."""
    receive.poll_batch(wiring.process().deps, UUID(batch_id))
