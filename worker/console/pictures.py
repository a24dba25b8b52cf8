"""Pictures drawn on the server as SVG: no script, no inline style, a title for who does not see them.

Colours come from classes of the style sheet, sizes from attributes. pysvgchart draws what has axes; it has no bars of several
states, which a live page needs, so those are ours.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import segno
from markupsafe import Markup, escape
from pysvgchart import LineChart

#: The states of a campaign's numbers in the order in which a bar shows them.
STATES: Final = ("delivered", "accepted", "unknown", "failed", "rejected", "suppressed", "cancelled", "planned")
WIDTH: Final = 1000
#: A chart's canvas and its margins, in the units of its own picture.
CHART: Final = {"width": 800, "height": 240, "left_margin": 64, "right_margin": 12, "y_margin": 30}
#: A state that is there is seen, however small its share.
LEAST: Final = 6


def bar(counts: Mapping[str, int], label: str, height: int = 14) -> Markup:
    """One bar, divided by state; `label` is what it says in words."""
    there = [(state, counts.get(state, 0)) for state in STATES if counts.get(state, 0) > 0]
    whole = sum(number for _, number in there)
    widths = [max(LEAST, WIDTH * number / whole) for _, number in there] if whole else []
    scale = WIDTH / sum(widths) if widths else 1.0
    at, pieces = 0.0, []
    for (state, _), width in zip(there, widths, strict=True):
        pieces.append(
            f'<rect class="s-{escape(state)}" x="{at:.1f}" y="0" width="{width * scale:.1f}" height="{height}"/>'
        )
        at += width * scale
    return _svg(WIDTH, height, label, "".join(pieces), "bar", stretch=True)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a picture: what stands before it, what it says in words, and its parts."""

    name: str
    says: str
    parts: Sequence[tuple[str, float]]
    #: Its sum, as it stands behind the bar.
    sum: str = ""


def rows(data: Sequence[Bar]) -> Markup:
    """A bar each, below each other, from the last to the first: their words are as large as all others on any screen."""
    most = max((sum(number for _, number in one.parts) for one in data), default=0) or 1
    lines = []
    for one in reversed(data):
        at, pieces = 0.0, []
        for state, number in one.parts:
            width = WIDTH * number / most
            pieces.append(f'<rect class="s-{escape(state)}" x="{at:.1f}" y="0" width="{width:.1f}" height="14"/>')
            at += width
        drawn = _svg(WIDTH, 14, one.says, "".join(pieces), "bar", stretch=True)
        lines.append(f"<li><span>{escape(one.name)}</span>{drawn}<strong>{escape(one.sum)}</strong></li>")
    return Markup(f'<ul class="bars numbers">{"".join(lines)}</ul>')  # noqa: S704 - escaped above


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a chart: the class of its colour, and a number for each place of the axis below."""

    colour: str
    values: Sequence[float]


def curves(
    places: Sequence[str], data: Sequence[Curve], written: Callable[[float], str], label: str, least: float
) -> Markup:
    """Lines over at least two places, with axes.

    `written` is how the axis at the side says a number; it reaches at least to `least`, for the library draws no line of zeros.
    """
    chart = LineChart(
        x_values=list(places),
        y_values=[list(one.values) for one in data],
        y_zero=True,
        y_max=least,
        x_max_ticks=len(places),
        y_max_ticks=6,
        y_label_format=written,
        **CHART,
    )
    chart.add_x_grid(major_grid_style={"class": "grid"})
    for series, one in zip(chart.series.values(), data, strict=True):
        series.styles = {"class": f"s-{one.colour}"}
    drawn = chart.render(include_default=False)
    return Markup(  # noqa: S704 - the label is escaped here, the library escapes what its axes say
        f'<div class="chart" role="img" aria-label="{escape(label)}">{drawn}</div>'
    )


def qr(content: str, label: str) -> Markup:
    """A square that a telephone's camera reads: black on white with the quiet zone of the standard."""
    drawn = segno.make(content, error="m", micro=False)
    squares = drawn.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None)
    return Markup(  # noqa: S704 - the label is escaped here, the drawing is made of numbers
        f'<div class="qr" role="img" aria-label="{escape(label)}">{squares}</div>'
    )


def icon(name: str) -> Markup:
    """A small picture beside a word; says nothing to who reads by ear."""
    return Markup(  # noqa: S704 - constants
        f'<svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">{ICONS[name]}</svg>'
    )


def _svg(width: int, height: int, label: str, inside: str, name: str, *, stretch: bool = False) -> Markup:
    fit = ' preserveAspectRatio="none"' if stretch else ""
    return Markup(  # noqa: S704 - the label is escaped here, the rest where it was made
        f'<svg class="{name}" role="img" aria-label="{escape(label)}" viewBox="0 0 {width} {height}"{fit}>{inside}</svg>'
    )


ICONS: Final[Mapping[str, str]] = {
    "home": '<path d="M3 11.5 12 4l9 7.5"/><path d="M5.5 10v9.5h13V10"/><path d="M10 19.5v-5h4v5"/>',
    "campaigns": '<path d="M4 10v4h3l7 4V6l-7 4z"/><path d="M17 9a4 4 0 0 1 0 6"/><path d="M19.5 6.5a8 8 0 0 1 0 11"/>',
    "approve": '<path d="M12 3 5 6v5c0 4.5 3 8 7 10 4-2 7-5.500 7-10V6z"/><path d="m9 11.500 2.200 2.200L15.500 9.500"/>',
    "people": '<circle cx="9" cy="8" r="3.200"/><path d="M3 19c0-3.300 2.700-5.500 6-5.500s6 2.200 6 5.500"/>'
    '<path d="M15.500 5.200a3.200 3.200 0 0 1 0 5.600"/><path d="M17.500 13.900c2.100.7 3.500 2.600 3.500 5.100"/>',
    "text": '<path d="M4 5h16v11H9l-5 4z"/><path d="M8 9h8M8 12.500h5"/>',
    "stop": '<circle cx="12" cy="12" r="8.500"/><path d="m6 6 12 12"/>',
    "chart": '<path d="M4 20h16"/><path d="M7 17v-5M12 17V6M17 17v-8"/>',
    "scales": '<path d="M12 4v16M7 20h10M5 7h14"/><path d="m5 7-2.500 6h5zM19 7l-2.500 6h5z"/>',
    "key": '<circle cx="8" cy="15" r="4"/><path d="m11 12 8-8M16 7l2.500 2.500"/>',
    "gear": '<circle cx="12" cy="12" r="3"/><path d="M12 3.500v3M12 17.500v3M3.500 12h3M17.500 12h3"/>'
    '<path d="m6 6 2.100 2.100M15.900 15.900 18 18M6 18l2.100-2.100M15.900 8.100 18 6"/>',
    "user": '<circle cx="12" cy="8" r="3.500"/><path d="M5 20c0-3.800 3.100-6 7-6s7 2.200 7 6"/>',
    "log": '<path d="M6 3.500h9l3.500 3.500v13.500H6z"/><path d="M9 10h6M9 13.500h6M9 17h4"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "clock": '<circle cx="12" cy="12" r="8.500"/><path d="M12 7.500V12l3 2"/>',
    "warn": '<path d="M12 4 2.500 20h19z"/><path d="M12 10v4.500M12 17.300v.2"/>',
    "down": '<path d="M12 4v11M7.500 11 12 15.500 16.500 11"/><path d="M5 20h14"/>',
    "search": '<circle cx="11" cy="11" r="6.500"/><path d="m16 16 4.500 4.500"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "out": '<path d="M14 4.500H5v15h9"/><path d="M10 12h10.500M17 8.500l3.500 3.500-3.500 3.500"/>',
    "check": '<path d="m5 12.500 4.500 4.500L19 7.500"/>',
    "phone": '<rect x="7" y="3" width="10" height="18" rx="2"/><path d="M11 18h2"/>',
    "copy": '<rect x="8" y="8" width="12" height="12" rx="2"/><path d="M16 8V4H4v12h4"/>',
    "bell": '<path d="M6 16V11a6 6 0 0 1 12 0v5l2 2H4z"/><path d="M10 20.500h4"/>',
}
