"""Cuts a list into balanced batches, so that none falls under the minimum (1001 -> 501 + 500)."""

from collections.abc import Sequence
from itertools import pairwise

from worker.errors import Refused


def split(total: int, min_recipients: int, max_recipients: int) -> list[int]:
    """Sizes of the fewest balanced batches of `total` numbers, in order.

    They differ by at most one, and none is larger than the first: the SQL deals out the same by its own formula, the number at
    a position to batch position*batches//total (`placing.store`). Raises Refused `too_few_numbers` below the minimum,
    `cannot_split` when the fewest batches are already too small (1001 between 600 and 1000).
    """
    if min(total, min_recipients) < 0 or max_recipients < 1:
        raise ValueError(f"cannot split {total} between {min_recipients} and {max_recipients}")
    if total < min_recipients:
        raise Refused(
            "too_few_numbers",
            f"There are {total} numbers, but an order takes at least {min_recipients}: add {min_recipients - total} or more.",
            {"total": total, "minimum": min_recipients},
        )
    batches = -(-total // max_recipients)
    if batches and total // batches < min_recipients:
        raise _cannot_split(total, batches, f"about {total // batches}", min_recipients, max_recipients)
    return _even(total, batches)


def split_unlike(total: int, min_recipients: int, max_recipients: int) -> list[int]:
    """Sizes of batches of `total` numbers of which no two neighbours are alike, so that a count tells them apart.

    Every second one is larger. Raises Refused as `split` does.
    """
    balanced = split(total, min_recipients, max_recipients)
    if all(one != following for one, following in pairwise(balanced)):
        return balanced
    batches = -(-total // max(max_recipients - 3, 1))
    sizes = _alternating(total, batches)
    if min(sizes) < min_recipients or max(sizes) > max_recipients:
        raise _cannot_split(total, batches, f"{min(sizes)} to {max(sizes)}", min_recipients, max_recipients)
    return sizes


def shrunk_unlike(sizes: Sequence[int], min_recipients: int, max_recipients: int) -> list[int]:
    """Sizes for batches that lost numbers, in at most as many of them: none too small, and no neighbours alike if it can be.

    Those given where they are so already, and where no others are.
    """
    if min(sizes) >= min_recipients and all(one != following for one, following in pairwise(sizes)):
        return list(sizes)
    for cut in (_alternating, _even):
        for batches in range(len(sizes), 0, -1):
            found = cut(sum(sizes), batches)
            if min(found) >= min_recipients and max(found) <= max_recipients:
                return found
    return list(sizes)


def _cannot_split(total: int, batches: int, sizes: str, minimum: int, maximum: int) -> Refused:
    return Refused(
        "cannot_split",
        f"{total} numbers make {batches} batches of {sizes}, but a batch holds {minimum} to {maximum}: "
        "raise the maximum of a batch or lower the minimum of an ad.",
        {"total": total, "minimum": minimum, "maximum": maximum, "batches": batches},
    )


def _even(total: int, batches: int) -> list[int]:
    """Sizes that differ by at most one, the larger first."""
    borders = [-(-batch * total // batches) for batch in range(batches)] + [total]
    return [end - start for start, end in pairwise(borders)]


def _alternating(total: int, batches: int) -> list[int]:
    """Sizes of which every second one is larger than its neighbours."""
    base, rest = divmod(total, batches)
    larger = -(-batches // 2)
    # The smaller ones are one under the average; what is left over is dealt out among the larger.
    dealt, more = divmod(rest + batches // 2, larger)
    return [base + dealt + (at // 2 < more) if at % 2 == 0 else base - 1 for at in range(batches)]
