"""Writes the demo's list, as a marketing team might send it: 10,000 rows in every spelling, with many faults.

Every number has four zeroes behind its prefix, so that nobody takes it for somebody's.
"""

import csv
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROWS: Final = 10_000
DUPLICATES: Final = 350

#: Two digits after the 0, and for some of them the three that stood there until 2018.
PREFIXES: Final = tuple(
    map(str, (*range(32, 40), 52, 56, 58, 59, 70, *range(76, 80), *range(81, 87), 88, 90, 91, 93, 94, 96))
)
OLD_PREFIXES: Final = {"32": "162", "33": "163", "70": "120", "77": "122", "83": "123", "56": "186", "59": "199"}

#: What people make of 0901234567, given its nine digits without the 0.
SPELLINGS: Final[tuple[Callable[[str], str], ...]] = (
    lambda n: f"0{n}",
    lambda n: f"84{n}",
    lambda n: f"+84{n}",
    lambda n: f"0084{n}",
    lambda n: n,  # a spreadsheet took the 0
    lambda n: f"{n}.0",  # and this one made a quantity of it
    lambda n: f"840{n}",
    lambda n: f"+84 {n[:2]} {n[2:5]} {n[5:]}",
    lambda n: f"0{n[:2]}.{n[2:5]}.{n[5:]}",
    lambda n: f"0{n[:2]}-{n[2:5]}-{n[5:]}",
    lambda n: f"(0{n[:2]}) {n[2:5]} {n[5:]}",
    lambda n: f"0{n[:2]}\u00a0{n[2:5]}\u00a0{n[5:]}",
    lambda n: "".join(chr(ord("０") + int(digit)) for digit in f"0{n}"),
    lambda n: f"  0{n} ",
)

#: What is refused: how many rows of it, and how the n-th is written. The foreign ones are ranges kept free for films.
REFUSED: Final[dict[str, tuple[int, Callable[[int], str]]]] = {
    "fixed lines": (120, lambda n: f"024 3{n:07}"),
    "short codes": (40, lambda n: ("8755", "1900 1000", "18001091", "9029")[n % 4]),
    "foreign": (80, lambda n: (f"+1 202 555 01{n:02}", f"+44 7700 900{n:03}", f"0061 491 570 1{n:02}")[n % 3]),
    "scientific": (40, lambda n: f"8.49{n % 10}E+10"),
    "rubbish": (60, lambda n: ("xem Zalo", "không có", "n/a", "#REF!", "hỏi chị Lan")[n % 5]),
    "blank": (60, lambda _n: ""),
}

NAMES: Final = ("Nguyễn Văn An", "Trần Thị Bình", "Lê Hoàng Cường", "Phạm Thu Dung", "Võ Minh Đức", "Đặng Ngọc Hà")


@dataclass(frozen=True, slots=True)
class Meant:
    """What the author of the list knows of it: the truth that Loa's counts are held against."""

    #: In 84 form.
    numbers: frozenset[int]
    duplicates: int
    invalid: int
    #: How many of `numbers` were written with 11 digits.
    old: int


def write(path: Path, seed: int = 2) -> Meant:
    """Write the list (CSV with semicolons, a byte order mark and three columns) and tell what is in it."""
    chance = random.Random(seed)  # noqa: S311 - the same list for everybody
    refused = [spell(n) for count, spell in REFUSED.values() for n in range(count)]
    distinct = ROWS - DUPLICATES - len(refused)
    nationals = [f"{PREFIXES[n % len(PREFIXES)]}0000{n // len(PREFIXES):03}" for n in range(distinct)]
    repeated = chance.sample(nationals, DUPLICATES)
    old = {national for national in nationals[::9] if national[:2] in OLD_PREFIXES} - set(repeated)
    cells = [_old(national) if national in old else chance.choice(SPELLINGS)(national) for national in nationals]
    cells += [chance.choice(SPELLINGS)(national) for national in repeated] + refused
    chance.shuffle(cells)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["stt", "họ tên", "phone"])
        writer.writerows((n, chance.choice(NAMES), cell) for n, cell in enumerate(cells, start=1))
    numbers = frozenset(84_000_000_000 + int(national) for national in nationals)
    return Meant(numbers, DUPLICATES, len(refused), len(old))


def _old(national: str) -> str:
    """The same number as it was written until 2018, with 11 digits."""
    return f"0{OLD_PREFIXES[national[:2]]} {national[2:5]} {national[5:]}"
