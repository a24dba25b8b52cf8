"""Whom do the benchmarks write to? Made-up lists."""

import random
from pathlib import Path

#: Where the numbers of the lists for single sends begin.
FIRST = 900_000_000


def messy(path: Path, numbers: int) -> Path:
    """Numbers in no order, with a name beside each and one repeat in two hundred."""
    source = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        file.write("phone,name\n")
        for n in range(numbers):
            digits = source.randrange(100_000_000) if n % 200 else 12_345_678
            file.write(f"09{digits:08d},Khách hàng {n % 5000}\n")
    return path


def plain(path: Path, numbers: int) -> Path:
    """So many different numbers."""
    with path.open("w", encoding="utf-8") as file:
        file.write("phone\n")
        file.writelines(f"{phone}\n" for phone in phones(numbers))
    return path


def phones(numbers: int) -> list[str]:
    """The numbers of `plain`, as they are written in Vietnam."""
    return [f"0{FIRST + n}" for n in range(numbers)]
