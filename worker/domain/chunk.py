"""Cuts a list into balanced batches, so that none falls under the minimum (1001 -> 501 + 500)."""

from collections.abc import Sequence
from itertools import pairwise

from worker.errors import Refused


def split(total: int, min_recipients: int, max_recipients: int) -> list[int]:
    """Sizes of the fewest balanced batches of `total` numbers, in order: those that `number_of` deals out.

    They differ by at most one, and none is larger than the first. Raises Refused `too_few_numbers` below the minimum,
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
        raise Refused(
            "cannot_split",
            f"{total} numbers make {batches} batches of about {total // batches}, "
            f"but a batch holds {min_recipients} to {max_recipients}: "
            "raise the maximum of a batch or lower the minimum of an ad.",
            {"total": total, "minimum": min_recipients, "maximum": max_recipients, "batches": batches},
        )
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
        raise Refused(
            "cannot_split",
            f"{total} numbers make {batches} batches of {min(sizes)} to {max(sizes)}, "
            f"but a batch holds {min_recipients} to {max_recipients}: "
            "raise the maximum of a batch or lower the minimum of an ad.",
            {"total": total, "minimum": min_recipients, "maximum": max_recipients, "batches": batches},
        )
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


def number_of(position: int, total: int, batches: int) -> int:
    """The batch (0-based) of the number at a position (0-based) among `total`.

    The SQL repeats this formula; it multiplies first, so it needs bigint (1,000,000 x 5,000).
    """
    return position * batches // total
