"""The sandbox's verdict on whatever sent through it: who got what, and how often.

`numbers`, `messages` and `repeats` count what was taken for delivery, whether or not it has arrived yet or ever will:
a number that was ordered twice counts as a repeat even where its phone never rings. `delivered` and `failed` count what
is known by now. An order that the review refuses reaches nobody and counts as `refused` only; one that the customer stopped in
time counts as `cancelled` only.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from worker.sandbox.delivery_model import results
from worker.sandbox.ledger import Order
from worker.sandbox.world import World

_LINES_AT_ONCE = 20_000
#: Of an order, in the order in which they are shown.
_SHOWN = (
    "provider", "function", "sms_id", "request_id", "campaign", "brandname", "sms_type", "channel", "text", "details",
    "phones", "dropped", "parts", "price", "refused", "cancelled", "at",
)  # fmt: skip


def orders(world: World) -> list[dict[str, Any]]:
    """One object an order, oldest first; `phones` and `dropped` are counts, `price` is VND, `at` ISO 8601."""
    return [_shown(order) for order in list(world.ledger.orders)]


def totals(world: World) -> dict[str, int]:
    """The figures over all orders; `repeats` counts the pairs of phone and text that were taken more than once."""
    taken = list(world.ledger.orders)
    live = [order for order in taken if not order.stopped]
    messages, delivered, failed = world.counts(live)
    return {
        "orders": len(taken),
        "numbers": len(set().union(*(order.phones for order in live))),
        "messages": messages,
        "repeats": _repeats(live),
        "delivered": delivered,
        "failed": failed,
        "waiting": messages - delivered - failed,
        "dropped": sum(len(order.dropped) for order in live),
        "refused": sum(len(order.phones) for order in taken if order.refused),
        "cancelled": sum(len(order.phones) for order in taken if order.cancelled),
    }


def channels(world: World) -> dict[str, dict[str, int]]:
    """For each channel that was used: `messages` taken for delivery, `delivered` and `failed` by now."""
    live = [order for order in list(world.ledger.orders) if not order.stopped]
    found: dict[str, dict[str, int]] = {}
    for channel in dict.fromkeys(order.channel for order in live):
        counts = world.counts([order for order in live if order.channel == channel])
        found[channel] = dict(zip(("messages", "delivered", "failed"), counts, strict=True))
    return found


def phone_lines(world: World, channel: str = "") -> Iterator[str]:
    """Blocks of lines `phone,times_accepted,times_delivered`, by phone; one line a phone that ever came in an order.

    A number that the provider left out without a word, or whose order was stopped, has 0 and 0. `channel` is one of
    sms, viber, zalo and call, or empty for all of them.
    """
    # one sortable int a message: the phone, then 0 dropped, 1 accepted, 2 delivered
    marks: list[int] = []
    for order in list(world.ledger.orders):
        if channel not in ("", order.channel):
            continue
        marks.extend(phone * 4 for phone in order.dropped)
        if order.stopped:
            marks.extend(phone * 4 for phone in order.phones)
        else:
            marks.extend(phone * 4 + 1 + (arrived is True) for phone, arrived in results(order, world.known(order)))
    marks.sort()
    block: list[str] = []
    for phone, group in groupby(marks, key=lambda mark: mark // 4):
        kinds = [mark % 4 for mark in group]
        block.append(f"{phone},{sum(kind > 0 for kind in kinds)},{kinds.count(2)}\n")
        if len(block) == _LINES_AT_ONCE:
            yield "".join(block)
            block.clear()
    yield "".join(block)


def _repeats(live: list[Order]) -> int:
    seen: dict[str, set[int]] = {}
    twice: dict[str, set[int]] = {}
    for order in live:
        before = seen.setdefault(order.text, set())
        twice.setdefault(order.text, set()).update(before.intersection(order.phones))
        before.update(order.phones)
    return sum(map(len, twice.values()))


def _shown(order: Order) -> dict[str, Any]:
    counts = {"phones": len(order.phones), "dropped": len(order.dropped)}
    own = {"details": dict(order.details or {}), **counts, "at": order.at.isoformat()}
    return {name: getattr(order, name) for name in _SHOWN} | own
