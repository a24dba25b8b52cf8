"""The pace of what ends, by a counter."""

import pytest

from worker.pace import Pace


def read(pace, *counter, first_s=0.0):
    """The pace after the counter was read once a second."""
    return [pace.at(first_s + second, ended) for second, ended in enumerate(counter)][-1]


def test_it_is_not_known_before_five_seconds():
    assert read(Pace(), 0, 10, 20, 30, 40) is None
    assert read(Pace(), 0, 10, 20, 30, 40, 50) == 10


def test_work_that_has_begun_again_has_a_pace_of_its_own():
    stood = [100] * 20
    assert read(Pace(), *stood) == 0
    assert read(Pace(), *stood, 500, 510, 520, 530, 540) is None
    assert read(Pace(), *stood, 500, 510, 520, 530, 540, 550) == 10


def test_calls_that_end_together_after_a_time_limit_have_one_pace():
    """A provider hangs: every 8 s all calls to it end, and those to the next one begin."""
    pace = Pace()
    bursts = [64 * (second // 8) for second in range(60)]
    told = [pace.at(second, ended) for second, ended in enumerate(bursts)]
    assert None not in told[5:]
    assert min(told[20:]) > 3
    assert max(told[20:]) < 26


def test_a_pause_of_some_seconds_is_no_standstill():
    worked = [*range(0, 200, 10)]
    assert read(Pace(), *worked, *[190] * 10) == pytest.approx(90 / 19, rel=0.2)


def test_what_was_read_long_ago_does_not_count():
    pace = Pace()
    read(pace, 0, 10, 20, 30, 40, 50)
    assert pace.at(100, 50) is None


def test_a_counter_that_begins_anew_is_followed():
    pace = Pace()
    read(pace, *range(1000, 2000, 100))
    assert read(pace, 0, 10, 20, 30, 40, 50, first_s=10) == 10


def test_who_read_before_another_and_comes_after_him_changes_nothing():
    pace = Pace()
    read(pace, *range(0, 100, 10))
    assert pace.at(9.5, 85) == pytest.approx(10, rel=0.1)
    assert pace.at(10, 100) == pytest.approx(10, rel=0.1)


def test_who_reads_often_keeps_no_more():
    pace = Pace()
    for turn in range(100_000):
        pace.at(turn / 1000, turn)
    assert len(pace._read) <= 42
    assert pace.at(100.0, 100_000) == pytest.approx(1000)
