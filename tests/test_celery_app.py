"""The Celery app's own limits, where Celery's defaults would harm a busy machine."""

from worker.app import app
from worker.services.calling.persist import AGAIN_S
from worker.services.otp.deliver import RUN_S


def test_a_child_that_is_slow_to_begin_is_given_time():
    """Celery kills one that needs more than 4 s, and forks the next, which needs as long."""
    assert app.conf.worker_proc_alive_timeout >= 60


def test_a_task_has_time_for_its_longest_run():
    """Passwords look at no other message after `RUN_S`; then a wave of calls and its record may still be under way."""
    assert RUN_S + 60 + sum(AGAIN_S) < app.conf.task_time_limit
