"""A word every few seconds while something takes its time, so that nobody wonders whether it still goes on."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from worker.cli import console

EVERY_S: Final = 5.0


@contextmanager
def ticking(what: str) -> Iterator[None]:
    """Say `what` and how long it has taken, every five seconds until the block ends."""
    began, over = time.monotonic(), threading.Event()

    def tick() -> None:
        while not over.wait(EVERY_S):
            console.say(f"  {what} … {time.monotonic() - began:.0f} s")

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        over.set()
        ticker.join()
