"""The demo is honest: its list is as messy as it says, its clock moves only if it must, its verdict finds every lie."""

import csv
import os
import re
import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from dateutil.parser import isoparse

from tests.cli.terminal import Terminal
from worker.cli.demo import check, sample_list
from worker.cli.demo.check import Phone
from worker.cli.demo.environment import _offset_s
from worker.domain import phone
from worker.domain.window import Windows

WINDOWS = Windows.parse("08:00-11:30,13:30-20:00")


def test_the_author_of_the_list_and_the_reader_of_numbers_agree_on_every_cell(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    meant = sample_list.write(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [row["phone"] for row in csv.DictReader(file, delimiter=";")]
    assert len(cells) == sample_list.ROWS
    found = [phone.read(cell) for cell in cells]
    numbers = Counter(one[0] for one in found if not isinstance(one, phone.Fault))
    faults = [one for one in found if isinstance(one, phone.Fault)]
    assert set(numbers) == meant.numbers
    assert sum(numbers.values()) - len(numbers) == meant.duplicates
    assert len(faults) == meant.invalid
    assert len({one for one in found if not isinstance(one, phone.Fault) and one[1]}) == meant.old
    assert set(faults) >= {"fixed_line", "short_code", "foreign", "scientific", "rubbish", "blank"}


def test_nobody_can_own_a_number_of_the_demo(tmp_path: Path) -> None:
    meant = sample_list.write(tmp_path / "list.csv")
    assert all(str(number)[4:8] == "0000" for number in meant.numbers)


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        pytest.param("Mon 2026-03-02T10:00+07:00", "10:00", id="in a window: the real time"),
        pytest.param("Mon 2026-03-02T11:25+07:00", "09:00", id="shortly before it closes"),
        pytest.param("Mon 2026-03-02T12:10+07:00", "09:00", id="at noon"),
        pytest.param("Mon 2026-03-02T23:59+07:00", "09:00", id="at night: back"),
        pytest.param("Mon 2026-03-02T03:00+07:00", "09:00", id="before dawn: ahead"),
    ],
)
def test_the_clock_is_moved_only_when_ads_may_not_leave(now: str, shown: str) -> None:
    moment = isoparse(now[4:])
    moved = moment + timedelta(seconds=_offset_s(moment, WINDOWS))
    assert moved.strftime("%a %H:%M") == f"{now[:3]} {shown}"


NUMBERS = frozenset({84_900_000_001, 84_900_000_002, 84_900_000_003})
REPORT = {84_900_000_001: "delivered", 84_900_000_002: "failed", 84_900_000_003: "accepted"}
PHONES = {84_900_000_001: Phone(1, 1), 84_900_000_002: Phone(1, 0), 84_900_000_003: Phone(1, 0)}


def judge(report: dict[int, str], phones: dict[int, Phone]) -> list[str]:
    return check.disagreements(sample_list.Meant(NUMBERS, 0, 0, 0), report, phones)


def test_a_true_report_is_believed() -> None:
    assert judge(REPORT, PHONES) == []


@pytest.mark.parametrize(
    ("report", "phones", "words"),
    [
        pytest.param(REPORT, PHONES | {84_900_000_002: Phone(2, 0)}, "more than once", id="one was messaged twice"),
        pytest.param(REPORT, PHONES | {84_900_000_009: Phone(1, 1)}, "without being in", id="a stranger was messaged"),
        pytest.param(REPORT, {n: one for n, one in PHONES.items() if n % 10 != 3}, "got nothing", id="one was lost"),
        pytest.param(REPORT, PHONES | {84_900_000_001: Phone(1, 0)}, "another fate", id="one said to have arrived did not"),
        pytest.param({n: s for n, s in REPORT.items() if n % 10 != 3}, PHONES, "not in the report", id="one is missing"),
    ],
)  # fmt: skip
def test_a_lie_is_found_and_names_the_number(report: dict[int, str], phones: dict[int, Phone], words: str) -> None:
    assert any(words in sentence for sentence in judge(report, phones))


def test_the_demo_ends_well_and_leaves_nothing_behind(tmp_path: Path) -> None:
    # LOA_DATABASE_URL points nowhere: the demo takes no setting of the machine.
    terminal = Terminal(tmp_path, {"LOA_DATABASE_URL": "postgresql://127.0.0.1:1/none", "TMPDIR": str(tmp_path)})
    said = terminal.loa("demo")
    assert said.code == 0, said
    assert "9,250 numbers, each once" in said.out
    assert "What next:" in said.out
    steps = [said.err.index(f"{step} of 5  ") for step in range(1, 6)]
    assert steps == sorted(steps), "workers run before the list is planned"
    assert re.search(r"\d+% sent, \d+% reported, end expected in about \d+ s", said.err)
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_in_the_demo_removes_everything(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, {"TMPDIR": str(tmp_path)})
    with terminal.start("demo") as demo:
        assert demo.stdout is not None
        while "Campaign" not in demo.stdout.readline():
            assert demo.poll() is None
        os.kill(demo.pid, signal.SIGINT)
        demo.communicate(timeout=180)
    assert demo.returncode == 130
    assert list(tmp_path.iterdir()) == []
