"""Which sweeps are there? Each is idempotent, bounded, and safe when two of it run."""

from worker import wiring
from worker.app import app
from worker.bells import HEARTBEAT
from worker.services import balances, callbacks, doubts, drafts, lookup, nightly, once, otp, receive, release, settle


@app.task(name="loa.release")  # type: ignore[untyped-decorator]
def release_due() -> None:
    """Ring the bells of due batches."""
    loa = wiring.process()
    release.release(loa.deps)
    loa.redis.set(HEARTBEAT, loa.clock.now().isoformat(), ex=3600)


@app.task(name="loa.sweep_doors")  # type: ignore[untyped-decorator]
def sweep_doors() -> None:
    """Ring again for lists that wait for their plan; let go of old answers."""
    deps = wiring.process().deps
    drafts.sweep(deps)
    once.forget(deps)


@app.task(name="loa.poll")  # type: ignore[untyped-decorator]
def poll_due() -> None:
    """Ring for the reports that are due."""
    receive.poll_due(wiring.process().deps)


@app.task(name="loa.read_callbacks")  # type: ignore[untyped-decorator]
def read_callbacks() -> None:
    """Read the callbacks that came in."""
    callbacks.read_due(wiring.process().deps)


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


@app.task(name="loa.look_up")  # type: ignore[untyped-decorator]
def look_up() -> None:
    """Look doubtful batches up in the providers' records; calls providers."""
    lookup.look_up(wiring.process().deps)


@app.task(name="loa.settle_doubts")  # type: ignore[untyped-decorator]
def settle_doubts() -> None:
    """Repeat lone doubtful last pushes for which the quota is a net; calls providers."""
    doubts.settle_doubts(wiring.process().deps)


@app.task(name="loa.refresh_balances")  # type: ignore[untyped-decorator]
def refresh_balances() -> None:
    """Ask what is left on the accounts, and write it down; calls providers."""
    balances.refresh(wiring.process().deps)


# A record of a million rows is read for minutes: its own queue and limit, so that neither reports nor ticks wait for it.
@app.task(name="loa.nightly", time_limit=4 * 3600)  # type: ignore[untyped-decorator]
def nightly_jobs() -> None:
    """Do the jobs of the night that are due, one after the other."""
    nightly.nightly(wiring.process().deps)
