"""Messages, results and cost of the last thirteen months: as pictures and as a table, whole or broken down."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from worker.console import sentences
from worker.console.pictures import Bar
from worker.console.render import page
from worker.console.visitors import Me, Visitor
from worker.services.operations import overview
from worker.storage.reporting.overview import Month

router: Final = APIRouter()

#: What each month is shown by: its results as a whole, or the values of one of these.
BREAKDOWNS: Final = ("result", "sender", "provider", "carrier", "author", "kind")
RESULTS: Final = ("delivered", "accepted", "failed")
#: Values with a colour of their own, those with most messages; all others share one.
COLOURS: Final = 5


@router.get("/months")
def months(request: Request, me: Me, by: str = "result") -> Response:
    """The months; `by` says what they are broken down by."""
    by = by if by in BREAKDOWNS else "result"
    found = overview.months(me.deps, "" if by == "result" else by)
    grouped = [(month, list(rows)) for month, rows in groupby(found, key=lambda one: one.month)]
    names = {one.of: _named(me, by, one.of) for one in found}
    colours = _colours(found)
    legend = [(f"v{place}", names[value]) for value, place in colours.items()]
    if len(names) > len(colours):
        legend.append((f"v{COLOURS}", me.gettext("all others")))
    drawn, costs = _pictures(me, by, grouped, colours)
    values: dict[str, Any] = {
        "grouped": grouped,
        "names": names,
        "by": by,
        "breakdowns": BREAKDOWNS,
        "drawn": drawn,
        "costs": costs,
        "legend": [] if by == "result" else legend,
        "results": RESULTS,
    }
    return page(request, me, "months.html", **values)


def _named(me: Visitor, by: str, value: str) -> str:
    """A value as people say it."""
    match by:
        case "kind" | "provider":
            return sentences.code(me.catalogue, by, value)
        case "carrier" if value == "unknown":
            return me.gettext("unknown")
        case _:
            return value.removeprefix("user:") or "–"


def _colours(found: Sequence[Month]) -> dict[str, int]:
    """The values that have a colour of their own, the one with most messages first."""
    sums: Counter[str] = Counter()
    for one in found:
        sums[one.of] += one.sent
    most = COLOURS + 1 if len(sums) == COLOURS + 1 else COLOURS
    return {value: place for place, (value, _) in enumerate(sums.most_common(most))}


def _pictures(
    me: Visitor, by: str, grouped: Sequence[tuple[Any, Sequence[Month]]], colours: Mapping[str, int]
) -> tuple[list[Bar], list[Bar]]:
    """The messages and the cost of each month, the oldest first."""
    say = me.formats

    def drawn(of: Callable[[Month], float], written: Callable[[float], str], *, results: bool) -> list[Bar]:
        bars = []
        for month, rows in reversed(grouped):
            whole = sum(map(of, rows))
            if results:
                (one,) = rows
                gone = (one.delivered or 0) + (one.failed or 0)
                parts = [("delivered", float(one.delivered or 0)), ("accepted", one.sent - gone)]
                parts.append(("failed", float(one.failed or 0)))
            elif by == "result":
                parts = [("accepted", whole)]
            else:
                shares: Counter[int] = Counter()
                for row in rows:
                    shares[colours.get(row.of, COLOURS)] += of(row)  # type: ignore[assignment]
                parts = [(f"v{place}", float(share)) for place, share in sorted(shares.items())]
            bars.append(Bar(say.short_month(month), f"{say.month(month)}: {written(whole)}", parts, say.compact(whole)))
        return bars

    return (
        drawn(lambda one: one.sent, say.number, results=by == "result"),
        drawn(lambda one: float(one.cost), say.money, results=False),
    )
