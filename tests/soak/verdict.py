"""The verdict on a run: twice and lost by the providers' own book; memory, tables and queues by the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

Look = Mapping[str, Any]

#: Of the first half hour nothing is asked; of a shorter run its first quarter.
SETTLING_S: Final = 1800.0
#: Memory may have grown by so much between the first and the last minutes that are compared.
MEMORY: Final = 0.05
#: MiB. Of a process of 6 MiB, as Redis is, 5 % would be less than one buffer of a client or the fragments of a heap.
MEMORY_LEAST: Final = 1.0
#: Bytes a row, and the share of dead rows, of tables over 8 MiB.
BLOAT: Final = 0.25
LARGE: Final = 8 * 2**20
#: What waits may be so much more at the end, for a pace of 50 a second.
QUEUE: Final = 100
#: No part of Loa; what lives for seconds; and what fills up to the size that is configured, by which it is judged.
BUFFERS: Final = "postgres-buffers"
OUTSIDE: Final = {"emulator", "web-downloads", BUFFERS}
#: What waits lies in it, and comes and goes: the smallest is compared, not the largest.
BY_ITS_LEAST: Final = {"redis"}


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that must hold."""

    what: str
    holds: bool
    said: str


def judge(looks: Sequence[Look], ended: Mapping[str, Any], seconds: float, restart_s: float) -> list[Point]:
    """Each point, by the ledger's lines of a minute and its last line."""
    settled = [one for one in looks if one["at_s"] >= min(SETTLING_S, seconds / 4)] or list(looks)
    return [
        Point("nobody twice", ended["twice"] == 0, f"{ended['twice']} twice of {ended['promised']:,} by the providers' book"),
        Point("nobody lost", ended["lost"] == 0, f"{ended['lost']} lost; {ended['expired']} passwords expired, which their "
              f"producers were told; {ended['given_up']} requests never answered"),
        Point("everything settled", not ended["open"], f"campaigns that are not done: {ended['open'] or 'none'}"),
        *memory(settled, restart_s),
        buffers(settled),
        bloat(settled),
        queues(settled),
    ]  # fmt: skip


def memory(looks: Sequence[Look], restart_s: float) -> list[Point]:
    """The largest in the first and in the last minutes: whole turns of restarts, for a process that was just started is small."""
    width = max(1, min(round(restart_s / 60) + 2, len(looks) // 2))
    points = []
    for name in sorted({name for one in looks for name in one["pss"]} - OUTSIDE):
        which = min if name in BY_ITS_LEAST else max
        first, last = (which(one["pss"].get(name, 0.0) for one in some) for some in (looks[:width], looks[-width:]))
        if not first:
            continue
        grown = last / first - 1
        holds = grown <= MEMORY or last - first <= MEMORY_LEAST
        points.append(Point(f"memory of {name}", holds, f"{first:.1f} → {last:.1f} MiB ({grown:+.1%})"))
    return points


def buffers(looks: Sequence[Look]) -> Point:
    """PostgreSQL's buffers fill up to their size, and no further.

    The shares of its processes are read one after the other: while workers end and begin, their sum is of no one moment.
    """
    whole = [one for one in looks if not one.get("ended")] or looks
    most, size = max(one["pss"].get(BUFFERS, 0.0) for one in whole), looks[-1]["buffers_mib"]
    return Point(f"memory of {BUFFERS}", most <= size, f"at most {most:.0f} of {size} MiB that are configured")


def bloat(looks: Sequence[Look]) -> Point:
    """Tables that grow by their rows alone, and whose dead rows are cleared away."""
    worst: list[str] = []
    for name, (live, _, size) in looks[-1]["tables"].items():
        if size < LARGE or not live:
            continue
        before = looks[0]["tables"].get(name)
        a_row = size / live
        dead_share = median(
            one["tables"][name][1] / max(1, sum(one["tables"][name][:2])) for one in looks if name in one["tables"]
        )
        if dead_share > BLOAT:
            worst.append(f"{name}: {dead_share:.0%} dead rows")
        if before and before[0] and before[2] > LARGE and a_row > (1 + BLOAT) * before[2] / before[0]:
            worst.append(f"{name}: {before[2] / before[0]:.0f} → {a_row:.0f} bytes a row")
    large = {name: size for name, (_, _, size) in looks[-1]["tables"].items() if size >= LARGE}
    said = ", ".join(f"{name} {size / 2**20:.0f} MiB" for name, size in sorted(large.items(), key=lambda one: -one[1]))
    return Point("tables", not worst, "; ".join(worst) or f"no table is bloated ({said or 'none over 8 MiB'})")


def queues(looks: Sequence[Look]) -> Point:
    """What waits is not more at the end than at the beginning."""
    width = max(1, len(looks) // 3)
    worst, most = [], {}
    for kind in ("queues", "waiting"):
        for name in sorted({name for one in looks for name in one[kind]}):
            if name == "expired_passwords":
                continue
            seen = [one[kind].get(name, 0) for one in looks]
            first, last = median(seen[:width]), median(seen[-width:])
            most[name] = max(seen)
            if last > 1.5 * first + QUEUE:
                worst.append(f"{name}: {first:.0f} → {last:.0f}")
    said = ", ".join(f"{name} at most {number}" for name, number in most.items() if number > QUEUE)
    return Point("queues", not worst, "; ".join(worst) or f"flat ({said or 'none ever over 100'})")
