"""The tasks of the sweeps: each is idempotent, bounded, and safe when two of the same run at once.

They send no events: several a second would push a day of orders out of Flower within twenty minutes. That they run is seen by
their heartbeat (`loa doctor`, `/metrics`).

Each second the scheduler looks once, and enqueues the sweeps that have something to do: a task each, so that one that fails or
hangs until its time limit keeps none of the others from its turn.
"""

import contextlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from worker import canary, wiring
from worker.app import app
from worker.queues import HEARTBEAT, Queue, send_queue
from worker.services import campaign_status, otp, webhooks
from worker.services.operations import control, idempotency, nightly
from worker.services.planning import drafts, senders
from worker.services.reconcile import balances
from worker.services.reporting import callbacks, poll
from worker.services.sending import fallback, release, until
from worker.services.sending.pushes import retry_last
from worker.services.unknown import lookup
from worker.storage.operations import pending
from worker.storage.operations.pending import Work

#: As in the Procfile.
NICE: Final = 5


@app.task(name="loa.heartbeat", send_events=False)  # type: ignore[untyped-decorator]
def heartbeat() -> None:
    """Leave the sign that scheduler, queue, worker and database live. While orders are due, it is for the release to leave it."""
    loa = wiring.process()
    with loa.deps.sessions() as session:
        seen = pending.look(session, loa.clock.now())
    if Work.ORDERS not in seen:
        _leave_heartbeat(loa)


def stand_back() -> None:
    """What computes for long gives way, as the workers that the Procfile starts with `nice` do; where threads can (Linux)."""
    me = threading.get_native_id()
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, me, max(NICE, os.getpriority(os.PRIO_PROCESS, me)))


def _leave_heartbeat(loa: wiring.Loa) -> None:
    loa.redis.set(HEARTBEAT, loa.clock.now().isoformat(), ex=3600)


@app.task(name="loa.release", send_events=False)  # type: ignore[untyped-decorator]
def release_due() -> None:
    """Enqueue the tasks of due batches."""
    loa = wiring.process()
    until.end_overdue(loa.deps)
    release.release(loa.deps)
    _leave_heartbeat(loa)


@app.task(name="loa.sweep_doors", send_events=False)  # type: ignore[untyped-decorator]
def sweep_http() -> None:
    """Enqueue again for lists that wait for their plan; let go of old answers."""
    deps = wiring.process().deps
    drafts.sweep(deps)
    idempotency.forget(deps)


@app.task(name="loa.poll", send_events=False)  # type: ignore[untyped-decorator]
def poll_due() -> None:
    """Ask for the reports that are due, or enqueue for them."""
    poll.poll_due(wiring.process().deps)


@app.task(name="loa.read_callbacks", send_events=False)  # type: ignore[untyped-decorator]
def read_callbacks() -> None:
    """Read the callbacks that came in, and let passwords and other sweeps go before."""
    with ThreadPoolExecutor(1, initializer=stand_back) as behind:
        behind.submit(callbacks.read_due, wiring.process().deps).result()


@app.task(name="loa.expire_claims", send_events=False)  # type: ignore[untyped-decorator]
def expire_claims() -> None:
    """Claims of dead workers become UNKNOWN."""
    release.expire_claims(wiring.process().deps)


@app.task(name="loa.settle", send_events=False)  # type: ignore[untyped-decorator]
def refresh_all() -> None:
    """Campaigns whose last batch was recorded by a worker that died right after it."""
    campaign_status.refresh_all(wiring.process().deps)


@app.task(name="loa.sweep_otps", send_events=False)  # type: ignore[untyped-decorator]
def sweep_otps() -> None:
    """Messages that lost their task, their time or their worker."""
    otp.sweep(wiring.process().deps)


@app.task(name="loa.look_up", send_events=False)  # type: ignore[untyped-decorator]
def look_up() -> None:
    """Look unknown batches up in the providers' records; calls providers."""
    lookup.look_up(wiring.process().deps)


@app.task(name="loa.retry_last_pushes", send_events=False)  # type: ignore[untyped-decorator]
def retry_last_pushes() -> None:
    """Repeat lone unknown last pushes for which the quota is a net; calls providers."""
    retry_last.retry_last_pushes(wiring.process().deps)


@app.task(name="loa.stop_cancelled", send_events=False)  # type: ignore[untyped-decorator]
def stop_cancelled() -> None:
    """Ask again for cancelled campaigns of which a provider still holds numbers; calls providers."""
    control.ask_again(wiring.process().deps)


@app.task(name="loa.refresh_balances", send_events=False)  # type: ignore[untyped-decorator]
def refresh_balances() -> None:
    """Ask what is left on the accounts, and write it down; calls providers."""
    balances.refresh(wiring.process().deps)


@app.task(name="loa.deliver_webhooks", send_events=False)  # type: ignore[untyped-decorator]
def deliver_webhooks() -> None:
    """Post the events that are due, until none is; calls receivers of producers."""
    webhooks.deliver_due(wiring.process().deps)


@app.task(name="loa.refresh_senders", send_events=False)  # type: ignore[untyped-decorator]
def refresh_senders() -> None:
    """Read the providers' lists of senders that grow old; calls providers."""
    senders.refresh(wiring.process().deps)


# A record of a million rows is read for minutes: its own queue and limit, so that neither reports nor sweeps wait for it.
@app.task(name="loa.nightly", time_limit=4 * 3600, send_events=False)  # type: ignore[untyped-decorator]
def nightly_jobs() -> None:
    """Do the jobs of the night that are due, one after the other."""
    nightly.nightly(wiring.process().deps)


@app.task(name="loa.send_canaries", send_events=False)  # type: ignore[untyped-decorator]
def send_canaries() -> None:
    """Put a canary on each queue that a worker should take from."""
    loa = wiring.process()
    queues = [*Queue, *(send_queue(name) for name in loa.deps.accounts)]
    expires = canary.LOST_AFTER.total_seconds()
    canary.send(
        loa.redis,
        map(str, queues),
        loa.clock.now(),
        lambda queue: app.send_task("loa.canary", args=[queue], queue=queue, expires=expires),
    )


@app.task(name="loa.canary", send_events=False)  # type: ignore[untyped-decorator]
def take_canary(queue: str) -> None:
    """Note that a worker takes from this queue."""
    loa = wiring.process()
    canary.note(loa.redis, queue, loa.clock.now())


@app.task(name="loa.fall_back", send_events=False)  # type: ignore[untyped-decorator]
def fall_back() -> None:
    """Let texts follow Zalo campaigns that are over."""
    fallback.fall_back(wiring.process().deps)
