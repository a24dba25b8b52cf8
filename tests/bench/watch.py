"""Measures the memory of everything: a thread that looks at every process and at Redis, four times a second.

A look at thirty processes takes some CPU, so it comes less often where speed is measured on all cores (`seldom`).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil
from redis import Redis, RedisError

EVERY_S = 0.25
SELDOM_S = 2.0
MIB = 2**20


@dataclass
class Watch:
    """The largest memory of each process, and of Redis, in bytes."""

    redis_url: str
    #: Who is looked at: a name and a process id; its children are shown as one line, the largest of them.
    processes: dict[str, int] = field(default_factory=dict)
    #: By name: resident (RSS, shared pages included) and its own (USS).
    peaks: dict[str, tuple[int, int]] = field(default_factory=dict)
    #: Of Redis: before anything, over the whole run, and since `begin`.
    redis_empty: int = 0
    redis_peak: int = 0
    redis_peak_now: int = 0
    every_s: float = EVERY_S
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Look until `stop`."""
        with Redis.from_url(self.redis_url) as redis:
            self.redis_empty = _used(redis) or 0
            while not self._stop.wait(self.every_s):
                used = _used(redis) or 0
                self.redis_peak, self.redis_peak_now = max(self.redis_peak, used), max(self.redis_peak_now, used)
                for name, pid in list(self.processes.items()):
                    self._look(name, pid)

    @contextmanager
    def seldom(self) -> Iterator[None]:
        """Look every two seconds for a while."""
        self.every_s = SELDOM_S
        try:
            yield
        finally:
            self.every_s = EVERY_S

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()

    def begin(self) -> None:
        """Forget the peak of Redis so far, except in that of the whole run."""
        self.redis_peak_now = 0

    @property
    def redis_grew(self) -> float:
        """By how much Redis was above empty at most since `begin`, in MiB."""
        return max(0, self.redis_peak_now - self.redis_empty) / MIB

    def _look(self, name: str, pid: int) -> None:
        for place, process in enumerate(family(pid)):
            try:
                found = process.memory_full_info()
            except psutil.Error:
                continue
            label = name if place == 0 else f"{name}, largest child"
            before = self.peaks.get(label, (0, 0))
            self.peaks[label] = max(before[0], found.rss), max(before[1], found.uss)


def family(pid: int) -> list[psutil.Process]:
    """A process and all below it; empty when it is gone."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return []


def _used(redis: "Redis") -> int | None:
    try:
        return int(redis.info("memory")["used_memory"])
    except RedisError:
        return None
