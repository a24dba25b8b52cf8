"""The Celery tasks: each is one service call with an id, and safe to enqueue twice, because the claim is."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import structlog
from celery.exceptions import Reject

from worker import task_signals, wiring  # noqa: F401 - the signals want to be heard
from worker.app import app
from worker.domain.actor import CELERY
from worker.domain.idempotency import of_task
from worker.errors import LoaError

# Before the workers fork, so that no first message waits for an import.
from worker.providers import esms, fibo, fpt, sandbox  # noqa: F401
from worker.services import otp
from worker.services.operations import refused_tasks
from worker.services.planning import drafts, enqueue
from worker.services.reporting import poll
from worker.services.sending import dispatch
from worker.storage.database import AWAY

log = structlog.get_logger(__name__)

#: More than the queues' limit, since the list may be a spreadsheet of a million rows.
PLAN_WITHIN_S: Final = 1800
#: PostgreSQL's class of errors for what exceeds its limits: waiting would not make it smaller.
TOO_LARGE: Final = "54"
#: From one look at a database that is away to the next.
LOOK_AGAIN_S: Final = 1.0


@contextmanager
def _until_stored() -> Iterator[None]:
    """While the database is away, a producer's task goes back to its queue: unlike ours, it is all there is of its request."""
    try:
        yield
    except AWAY as fault:
        if str(getattr(fault.orig, "sqlstate", "")).startswith(TOO_LARGE):
            raise
        log.warning("request_not_stored", fault=type(fault.orig).__name__)
        time.sleep(LOOK_AGAIN_S)
        raise Reject(fault, requeue=True) from fault


@app.task(name="loa.send_batch")  # type: ignore[untyped-decorator]
def send_batch(batch_id: str) -> None:
    """Send one batch."""
    dispatch.send_batch(wiring.process().deps, UUID(batch_id))


@app.task(name="loa.poll_batch")  # type: ignore[untyped-decorator]
def poll_batch(batch_id: str) -> None:
    """Fetch one batch's report."""
    poll.poll_batch(wiring.process().deps, UUID(batch_id))


@app.task(name="loa.deliver_otp")  # type: ignore[untyped-decorator]
def deliver_otp(message_id: str) -> None:
    """Send one message."""
    otp.deliver(wiring.process().deps, UUID(message_id))


@app.task(name="loa.plan_campaign", time_limit=PLAN_WITHIN_S)  # type: ignore[untyped-decorator]
def plan_campaign(campaign_id: str) -> None:
    """Plan one draft."""
    drafts.plan(wiring.process().deps, UUID(campaign_id))


@app.task(name="loa.enqueue_campaign", bind=True, typing=False)  # type: ignore[untyped-decorator]
def enqueue_campaign(self: Any, *plain: Any, **requested: Any) -> None:
    """A producer's campaign: `provider, sender, kind, text, list_path`, and if wanted `name, at, key`; the numbers lie in the
    file, never in Redis. A task that Celery delivers twice is one campaign: without a key, its own id stands for it.
    """
    with _until_stored():
        if plain:
            _refused(self, "campaign_refused", "loa.enqueue_campaign takes named arguments only")
            return
        try:
            enqueue.enqueue_campaign(wiring.process().deps.acting(CELERY), requested, of_task(self.request.id))
        except LoaError as fault:
            _refused(self, "campaign_refused", str(fault))


@app.task(name="loa.send_otp", bind=True, typing=False)  # type: ignore[untyped-decorator]
def send_otp(self: Any, *plain: Any, sealed: Any = None, **named: Any) -> None:
    """A producer's request as a sealed token (`worker.sealing.seal`); plain arguments lie in Redis for all to read, so they are
    refused, and nothing of them is logged.
    """
    with _until_stored():
        if plain or named or sealed is None:
            _refused(
                self, "plain_otp_refused", "the one argument of loa.send_otp is `sealed`, made by worker.seal.seal"
            )
            return
        try:
            otp.enqueue_sealed(wiring.process().deps, sealed, str(self.request.id))
        except LoaError as fault:
            _refused(self, "sealed_otp_refused", str(fault))


def _refused(task: Any, event: str, reason: str) -> None:
    """A producer finds under the id of its task why nothing came of it (`loa otp show`, `loa campaign show`)."""
    log.warning(event, task=task.request.id, reason=reason)
    refused_tasks.note(wiring.process().deps, str(task.request.id), task.name, reason)
