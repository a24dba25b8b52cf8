"""Producers are told what becomes of their messages and campaigns: receivers are managed, and events delivered to them."""

from worker.services.webhooks.deliver import deliver_due, deliver_one
from worker.services.webhooks.manage import (
    Listed,
    Made,
    add,
    callback_secret,
    check_callback,
    deliveries,
    identify,
    listed,
    remove,
    replay,
    replay_failed,
    rotate,
    trial,
)

__all__ = [
    "Listed",
    "Made",
    "add",
    "callback_secret",
    "check_callback",
    "deliver_due",
    "deliver_one",
    "deliveries",
    "identify",
    "listed",
    "remove",
    "replay",
    "replay_failed",
    "rotate",
    "trial",
]
