"""Which bells are there? Each task is one service call with an id; safe to ring twice, because the claim is."""

from typing import Any
from uuid import UUID

import structlog

from worker import wiring
from worker.app import app
from worker.errors import LoaError
from worker.services import otp, receive, ways

log = structlog.get_logger(__name__)


@app.task(name="loa.send_batch")  # type: ignore[untyped-decorator]
def send_batch(batch_id: str) -> None:
    """Send one batch."""
    ways.send_batch(wiring.process().deps, UUID(batch_id))


@app.task(name="loa.poll_batch")  # type: ignore[untyped-decorator]
def poll_batch(batch_id: str) -> None:
    """Fetch one batch's report."""
    receive.poll_batch(wiring.process().deps, UUID(batch_id))


@app.task(name="loa.deliver_otp")  # type: ignore[untyped-decorator]
def deliver_otp(message_id: str) -> None:
    """Send one message."""
    otp.deliver(wiring.process().deps, UUID(message_id))


@app.task(name="loa.send_otp", typing=False)  # type: ignore[untyped-decorator]
def send_otp(*plain: Any, sealed: Any = None, **named: Any) -> None:
    """A producer's wish as a sealed token (`worker.sealing.seal`); plain arguments lie in Redis for all to read, so they are
    refused, and nothing of them is logged.
    """
    if plain or named or sealed is None:
        log.warning(
            "plain_otp_refused", reason="the one argument of loa.send_otp is `sealed`, made by worker.sealing.seal"
        )
        return
    try:
        otp.enqueue_sealed(wiring.process().deps, sealed)
    except LoaError as fault:
        log.warning("sealed_otp_refused", reason=str(fault))
