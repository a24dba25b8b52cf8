"""The result of each number of an order, and when it is known: a pure function of seed, number and time.

Every number draws 64 bits from (seed, phone). The upper half decides whether it fails, the lower half how early its
result is known, so that a repeated run has the same results in the same order.
"""

from collections.abc import Iterator

from worker.sandbox.ledger import Order

_MASK = (1 << 64) - 1
_HALF = 1 << 32
#: Another stream of draws, so that the numbers that are dropped say nothing about those that fail.
_DROP_STREAM = 0x9E3779B97F4A7C15


def draw(seed: int, phone: int) -> int:
    """64 well-mixed bits (the finaliser of splitmix64)."""
    bits = (phone + (seed & _MASK) * 0x9E3779B97F4A7C15) & _MASK
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _MASK
    return bits ^ (bits >> 31)


def is_dropped(seed: int, phone: int, drop_share: float) -> bool:
    """Whether the provider leaves this number out without a word."""
    return draw(seed ^ _DROP_STREAM, phone) < drop_share * _HALF * _HALF


def results(order: Order, known: float, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, bool | None]]:
    """Each phone with True (delivered), False (failed) or None (not known yet); `known` is the share that is.

    `start` and `stop` cut a page out of the order's numbers. Nobody gets an order that was stopped.
    """
    if order.stopped:
        yield from ((phone, False) for phone in order.phones[start:stop])
        return
    fails_below = int(order.fail_share * _HALF)
    known_below = int(known * _HALF)
    for phone in order.phones[start:stop]:
        bits = draw(order.seed, phone)
        yield phone, (bits >> 32) >= fails_below if (bits & (_HALF - 1)) < known_below else None


def tally(order: Order, known: float) -> tuple[int, int]:
    """How many numbers are known to be delivered, and to have failed."""
    if order.stopped or known <= 0:
        return 0, 0
    if order.fail_share == 0 and known >= 1:
        return len(order.phones), 0
    delivered = failed = 0
    for _, arrived in results(order, known):
        delivered += arrived is True
        failed += arrived is False
    return delivered, failed
