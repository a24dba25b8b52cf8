"""A worker that takes every task for lost after a second, as Redis does with one that is not acknowledged in time."""

from worker.app import app

__all__ = ["app"]

app.conf.broker_transport_options = {
    **app.conf.broker_transport_options,
    "visibility_timeout": 1,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
}
