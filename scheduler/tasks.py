"""Which sweeps are there? Each is idempotent, bounded, and safe when two of it run."""

from worker import wiring
from worker.app import HEARTBEAT, app
from worker.services import doubts, otp, receive, release, settle


@app.task(name="loa.release")  # type: ignore[untyped-decorator]
def release_due() -> None:
    """Ring the bells of due batches."""
    loa = wiring.process()
    release.release(loa.deps)
    loa.redis.set(HEARTBEAT, loa.clock.now().isoformat(), ex=3600)


@app.task(name="loa.poll")  # type: ignore[untyped-decorator]
def poll_due() -> None:
    """Ring for the reports that are due."""
    receive.poll_due(wiring.process().deps)


@app.task(name="loa.expire_claims")  # type: ignore[untyped-decorator]
def expire_claims() -> None:
    """Claims of dead workers become UNKNOWN."""
    release.expire_claims(wiring.process().deps)


@app.task(name="loa.settle")  # type: ignore[untyped-decorator]
def settle_all() -> None:
    """Campaigns whose last batch was recorded by a worker that died right after it."""
    settle.settle_all(wiring.process().deps)


@app.task(name="loa.sweep_otps")  # type: ignore[untyped-decorator]
def sweep_otps() -> None:
    """Messages that lost their bell, their time or their worker."""
    otp.sweep(wiring.process().deps)


@app.task(name="loa.settle_doubts")  # type: ignore[untyped-decorator]
def settle_doubts() -> None:
    """Repeat lone doubtful last pushes for which the quota is a net; calls providers."""
    doubts.settle_doubts(wiring.process().deps)
