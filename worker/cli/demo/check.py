"""The demo's check, number by number, that three sources agree: the list, the report and the sandbox's ledger."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from worker.cli.demo.sample_list import Meant

SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Phone:
    """What the sandbox knows of one number."""

    accepted: int
    delivered: int


def ledger(sandbox_url: str) -> dict[int, Phone]:
    """Every number that the sandbox was given."""
    answer = httpx.get(f"{sandbox_url}/_sandbox/ledger/phones", timeout=30, trust_env=False)
    answer.raise_for_status()
    phones = {}
    for line in answer.text.splitlines():
        phone, accepted, delivered = map(int, line.split(","))
        phones[phone] = Phone(accepted, delivered)
    return phones


def reported(path: Path) -> dict[int, str]:
    """Every number of the report as it was downloaded, with its state."""
    with path.open(encoding="utf-8", newline="") as file:
        return {84_000_000_000 + int(row["phone"]): row["state"] for row in csv.DictReader(file)}


def disagreements(meant: Meant, report: dict[int, str], phones: dict[int, Phone]) -> list[str]:
    """Sentences on what does not agree; none when everything does."""
    checks = (
        ("stand in the list and not in the report", meant.numbers - report.keys()),
        ("stand in the report and not in the list", report.keys() - meant.numbers),
        ("got nothing, though they are in the report", report.keys() - phones.keys()),
        ("got a text without being in the report", phones.keys() - report.keys()),
        ("were messaged more than once, or not at all", {n for n, one in phones.items() if one.accepted != 1}),
        (
            "have another fate than the report says",
            {n for n in report.keys() & phones.keys() if _differ(report[n], phones[n])},
        ),
    )
    return [_sentence(what, numbers) for what, numbers in checks if numbers]


def _differ(state: str, phone: Phone) -> bool:
    return (state == "delivered") != (phone.delivered == 1)


def _sentence(what: str, numbers: set[int] | frozenset[int]) -> str:
    some = ", ".join(f"0{number - 84_000_000_000}" for number in sorted(numbers)[:SHOWN])
    return f"{len(numbers):,} numbers {what}: {some}{' …' if len(numbers) > SHOWN else ''}"
