"""Notes of each Celery task its time and its result, then sends what its process measured to Redis."""

import time
from typing import Any, Final

from celery import signals

from worker import tracing, wiring
from worker.domain.measures import CALL_SECONDS, TASK_SECONDS, TASKS
from worker.providers import http
from worker.services.operations import refused_tasks

NO_SUCH_TASK: Final = (
    "No task has the name that it asks for; those for producers are loa.send_otp and loa.enqueue_campaign."
)
_began: dict[str, float] = {}


@signals.worker_process_init.connect  # type: ignore[untyped-decorator]
def _time_calls(**_: Any) -> None:
    """Have each call to a provider measured, by whose address it goes to."""
    loa = wiring.process()
    tracing.start(loa.settings, "worker")
    tracing.trace_statements(loa.engine)
    providers = {url: variable.split("_")[1].lower() for variable, url in loa.settings.provider_urls().items() if url}

    def heard(url: str, seconds: float, result: str) -> None:
        provider = next((name for base, name in providers.items() if url.startswith(base)), "other")
        loa.measures.observe(CALL_SECONDS, seconds, provider=provider, result=result)
        tracing.provider_call(provider, seconds, result)

    http.listen(heard)


@signals.task_unknown.connect  # type: ignore[untyped-decorator]
def _unknown(id: str = "", **_: Any) -> None:  # noqa: A002 - so Celery calls it
    """A producer that has misspelt the name of its task finds that out too. Its own words are not kept: they may be anything."""
    with wiring.briefly() as loa:
        refused_tasks.note(loa.deps, str(id), "unknown", NO_SUCH_TASK)


@signals.task_prerun.connect  # type: ignore[untyped-decorator]
def _begins(task_id: str = "", task: Any = None, **_: Any) -> None:
    _began.clear()  # a process has one task at a time; what did not end was killed in another life
    _began[task_id] = time.monotonic()
    tracing.task_begins(task)


@signals.task_postrun.connect  # type: ignore[untyped-decorator]
def _ended(task_id: str = "", task: Any = None, state: str | None = None, **_: Any) -> None:
    tracing.task_ends(failed=state != "SUCCESS")
    took, begun = wiring.process().measures, _began.pop(task_id, None)
    name = str(getattr(task, "name", "unknown"))
    took.count(TASKS, task=name, result="done" if state == "SUCCESS" else "failed")
    if begun is not None:
        took.observe(TASK_SECONDS, time.monotonic() - begun, task=name)
    took.flush()


@signals.worker_process_shutdown.connect  # type: ignore[untyped-decorator]
def _goes(**_: Any) -> None:
    wiring.process().measures.flush(now=True)
    tracing.stop()
