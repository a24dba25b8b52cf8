"""The run as one SVG: a small picture for each thing that must stay flat, with the restarts and shifts as lines."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

WIDTH: Final = 900
HEIGHT: Final = 130
LEFT: Final = 70
RIGHT: Final = 170
TOP: Final = 40
#: Told apart by who does not see colours too (Okabe and Ito).
COLOURS: Final = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#666666",
    "#000000",
    "#882255",
    "#44aa99",
    "#999933",
    "#aa4499",
)
MARKS: Final = {"warm": "#bbbbbb", "kill": "#d55e00", "shift": "#0072b2"}

Points = Sequence[tuple[float, float]]
Series = Mapping[str, Points]


def draw(looks: Sequence[Mapping[str, Any]], events: Sequence[Mapping[str, Any]], about: str) -> str:
    """The whole picture."""

    def table(of: str, name: str, place: int, unit: float = 1) -> Points:
        return [(one["at_s"] / 60, one[of].get(name, (0, 0, 0))[place] / unit) for one in looks]

    def each(of: str) -> Series:
        names = sorted({name for one in looks for name in one[of]} - {"emulator", "expired_passwords"})
        return {name: [(one["at_s"] / 60, one[of][name]) for one in looks if name in one[of]] for name in names}

    largest = sorted(looks[-1]["tables"], key=lambda name: -looks[-1]["tables"][name][2])[:5]
    pictures: list[tuple[str, Series]] = [
        ("memory of each process with its children, MiB (PSS)", each("pss")),
        ("one-time password: request to answer, ms", _spread(looks, "otp_answer_ms")),
        ("one-time password: taken in to the provider's call, ms", _spread(looks, "otp_to_provider_ms")),
        ("waiting rows", each("waiting")),
        ("waiting tasks", each("queues")),
        ("dead rows of the five largest tables", {name: table("tables", name, 1) for name in largest}),
        ("size of the five largest tables, MiB", {name: table("tables", name, 2, 2**20) for name in largest}),
        ("memory that Redis uses, MiB", {"used": [(one["at_s"] / 60, one["redis_used"]) for one in looks]}),
    ]
    last = max(one["at_s"] for one in looks) / 60
    height = TOP + len(pictures) * (HEIGHT + 46) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="11">',
        f"<title>{escape(about)}</title><rect width='{WIDTH}' height='{height}' fill='#ffffff'/>",
        f'<text x="{LEFT}" y="14">{escape(about)}</text>',
        f'<text x="{LEFT}" y="30">Across: minutes. Lines: grey a warm restart, orange a SIGKILL, blue a clock shift.</text>',
    ]
    for place, (title, found) in enumerate(pictures):
        parts.append(_one(TOP + place * (HEIGHT + 46), title, found, last, events))
    return "\n".join([*parts, "</svg>\n"])


def _spread(looks: Sequence[Mapping[str, Any]], what: str) -> Series:
    there = [one for one in looks if len(one[what]) == 4]
    return {
        name: [(one["at_s"] / 60, one[what][place]) for one in there]
        for place, name in ((1, "p50"), (2, "p99"), (3, "longest"))
    }


def _one(top: float, title: str, found: Series, last: float, events: Sequence[Mapping[str, Any]]) -> str:
    most = max((value for points in found.values() for _, value in points), default=0) or 1
    width, base = WIDTH - LEFT - RIGHT, top + 20 + HEIGHT

    def at(minute: float) -> float:
        return LEFT + width * minute / max(last, 1e-9)

    parts = [f'<text x="{LEFT}" y="{top + 14:.0f}" font-weight="bold">{escape(title)}</text>']
    for share in (0, 0.5, 1):
        y = base - HEIGHT * share
        parts.append(f'<line x1="{LEFT}" x2="{LEFT + width}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{most * share:,.4g}</text>')
    for event in events:
        x, colour = at(event["at_s"] / 60), MARKS[event["event"]]
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{base - HEIGHT:.1f}" y2="{base:.1f}" stroke="{colour}" stroke-dasharray="2 2"/>'
        )
    parts += [
        f'<text x="{at(minute):.1f}" y="{base + 12:.1f}" text-anchor="middle">{minute}</text>'
        for minute in _ticks(last)
    ]
    for place, (name, points) in enumerate(found.items()):
        colour = COLOURS[place % len(COLOURS)]
        drawn = " ".join(f"{at(minute):.1f},{base - HEIGHT * value / most:.1f}" for minute, value in points)
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="1.4"/>')
        parts.append(
            f'<text x="{WIDTH - RIGHT + 12}" y="{top + 24 + 11.5 * place:.1f}" fill="{colour}">{escape(name)}</text>'
        )
    return "".join(parts)


def _ticks(last: float) -> list[int]:
    step = next(step for step in (1, 2, 5, 10, 20, 60) if last / step <= 13)
    return list(range(0, int(last) + 1, step))
