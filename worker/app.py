"""The Celery app, which carries the tasks.

The Redis transport loses and repeats tasks when a worker is killed (measured with Celery 5.6 and kombu 5.7); nothing depends
on it doing neither.
"""

import contextlib
import gc
import logging
import sys
from collections.abc import Mapping
from typing import Any

from celery import Celery, signals

from worker import config, flower_defaults, log, sentinel
from worker.clock import Clock
from worker.errors import LoaError, Unavailable
from worker.queues import PREFIX, SENT_AT, Queue

#: After so many seconds what a killed worker had in hand is given to another one. A password lives for two minutes, so it
#: comes back sooner; a task given out twice is harmless (its claim), and is rare: a run of calls begins none after 30 s.
BACK_AFTER_S = 600
OTP_BACK_AFTER_S = 60

#: Where kombu keeps what was taken from a queue and is not done yet.
UNACKED = ("unacked_key", "unacked_index_key", "unacked_mutex_key")

app = Celery("loa", include=["worker.tasks", "scheduler.tasks"], set_as_current=False)
# Events and `inspect` show ids only, whatever a producer put into a task.
app.Task.Request = "worker.ids_only:IdsOnlyRequest"
app.conf.update(
    task_ignore_result=True,
    result_backend=None,
    task_serializer="json",
    accept_content=["json"],
    enable_utc=True,
    task_default_queue=Queue.SWEEP,
    task_create_missing_queues=True,
    # A task that died with its worker is enqueued again soon; the claim makes the second enqueue harmless.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    # Waiting happens in rows, not in a worker's memory.
    worker_prefetch_multiplier=1,
    worker_enable_prefetch_count_reduction=False,
    worker_max_tasks_per_child=10_000,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_send_task_events=True,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    task_time_limit=330,
    # A child of a busy machine may need more than Celery's 4 s to begin; one that is killed for it is forked again, and again.
    worker_proc_alive_timeout=60.0,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "global_keyprefix": PREFIX,
        "visibility_timeout": BACK_AFTER_S,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 25,
    },
    # A publish gives up soon: the row stands, and the sweep enqueues again.
    task_publish_retry_policy={"max_retries": 2, "interval_start": 0.1, "interval_step": 0.2, "interval_max": 0.5},
)


def reach(redis_url: str, of: Celery = app) -> None:
    """Have tasks carried by the Redis at that address."""
    of.conf.broker_url, more = sentinel.broker(redis_url)
    of.conf.broker_transport_options = {**of.conf.broker_transport_options, **more}


@signals.setup_logging.connect  # type: ignore[untyped-decorator]
def _own_logging(**_: Any) -> None:
    """Celery leaves logging to us: one format, and nothing secret in it."""
    settings = config.load()
    log.configure(settings.log_level, json=settings.log_json)
    log.leave_out_bodies()
    # At DEBUG it writes down the arguments of every task, also of one that a producer filled with a number and a text.
    logging.getLogger("celery.pool").setLevel(logging.INFO)


@signals.worker_process_init.connect  # type: ignore[untyped-decorator]
def _keep_what_is_imported(**_: Any) -> None:
    """It never becomes garbage, and to look through it again and again is a tenth of the work of a send."""
    gc.freeze()


@signals.celeryd_init.connect  # type: ignore[untyped-decorator]
@signals.beat_init.connect  # type: ignore[untyped-decorator]
def _boot(options: Mapping[str, Any] | None = None, **_: Any) -> None:
    reach(config.addresses(config.load())[1])
    if options and list(options.get("queues") or []) == [Queue.OTP]:
        _give_back_soon()


def _give_back_soon() -> None:
    """Keep what this worker has in hand apart: of all workers that share a place, the shortest time holds for all tasks in it."""
    kept = app.conf.broker_transport_options
    apart = {name: f"{Queue.OTP}.{name.removesuffix('_key')}" for name in UNACKED}
    app.conf.broker_transport_options = {
        **kept,
        **apart,
        "visibility_timeout": min(kept["visibility_timeout"], OTP_BACK_AFTER_S),
    }


@app.on_after_configure.connect  # type: ignore[untyped-decorator]
def _find_broker(sender: Celery, **_: Any) -> None:
    """For whoever asks without being a worker or a scheduler (Flower, `celery inspect`): the broker if there is one."""
    with contextlib.suppress(Unavailable):
        reach(config.addresses(config.load())[1], sender)


@signals.import_modules.connect  # type: ignore[untyped-decorator]
def _secure_flower(**_: Any) -> None:
    """However Flower is started, it builds itself over this app and asks for its modules: there its defaults become ours."""
    if not flower_defaults.in_constructor():
        return
    try:
        flower_defaults.secure(config.load(), sys.modules["flower.options"].options)
    except LoaError as fault:
        sys.exit(str(fault))


@signals.before_task_publish.connect  # type: ignore[untyped-decorator]
def _say_when(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """So that `/metrics` can tell how long the oldest task of a queue has waited."""
    if headers is not None:
        headers[SENT_AT] = Clock().now().isoformat()
