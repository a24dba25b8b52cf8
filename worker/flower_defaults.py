"""Flower's defaults: who may look, and how much it keeps; set while it builds itself, however it was started.

Flower asks our app for its modules in its constructor, after all its options are read and before it listens; that is where
`secure` is called (worker/app.py). What was left at Flower's own default becomes ours; what an operator wrote stays, but for two
things: Flower never changes anything, and never opens without a password.
"""

import secrets
import sys
from pathlib import Path
from typing import Any, Final

from worker.config import Settings
from worker.engine.server import write_private
from worker.errors import Unavailable

#: A task that Flower keeps costs 4.3 kB (measured, Flower 2.2): 90 MB at most. Sweeps send no events, so a day of orders fits.
MAX_TASKS: Final = 20_000
MAX_WORKERS: Final = 200
#: Seconds after which a worker that went away is forgotten.
PURGE_OFFLINE_S: Final = 60


def in_constructor() -> bool:
    """Whether Flower is being built: its constructor is among our callers (every `celery` command imports `flower.app`)."""
    frame = sys._getframe()  # noqa: SLF001 - the one way to see one's callers without reading source files
    while found := frame.f_back:
        if found.f_globals.get("__name__") == "flower.app":
            return True
        frame = found
    return False


def secure(settings: Settings, options: Any) -> None:
    """Make Flower's options safe (`options`: tornado's, as Flower read them); Unavailable where no password can be had."""
    options.read_only = True
    options.enable_events = True
    if not options.address and not options.unix_socket:
        options.address = "127.0.0.1"
    for name, flowers, ours in (
        ("max_tasks", 100_000, MAX_TASKS),
        ("max_workers", 5000, MAX_WORKERS),
        ("purge_offline_workers", None, PURGE_OFFLINE_S),
    ):
        if getattr(options, name) == flowers:
            setattr(options, name, ours)
    # An empty FLOWER_BASIC_AUTH arrives as one empty password, which everybody knows.
    options.basic_auth = [one for one in options.basic_auth or () if one.partition(":")[2]]
    if options.auth or options.basic_auth:
        return
    credentials, made = password(settings)
    options.basic_auth = [credentials]
    if made:
        user, _, word = credentials.partition(":")
        sys.stderr.write(
            f"Flower's user is {user}, its password {word} (shown this once, kept in {kept_in(settings)}).\n"
        )


def kept_in(settings: Settings) -> Path:
    """Where a password that Loa made is kept, readable by its owner alone."""
    return settings.data_dir / "flower.auth"


def password(settings: Settings) -> tuple[str, bool]:
    """Flower's `user:password`: as set, else as kept, else a new one; and whether it is new."""
    if given := settings.flower_basic_auth.get_secret_value():
        return given, False
    path = kept_in(settings)
    try:
        if path.exists() and (kept := path.read_text().strip()).partition(":")[2]:
            return kept, False
        made = f"loa:{secrets.token_urlsafe(12)}"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, made)
    except OSError as fault:
        raise Unavailable(
            f"Flower needs a password, and none can be kept in {path} ({fault.strerror}): set LOA_FLOWER_BASIC_AUTH to "
            "user:password."
        ) from fault
    return made, True
