"""When a campaign ends at its rate and in its hours."""

from dateutil.parser import isoparse

from worker.domain.forecast import finish
from worker.domain.window import ALWAYS, Windows

DAY = Windows.parse("08:00-11:30,13:30-20:00")
MORNING = isoparse("2026-03-02T08:00:00+07:00")


def test_what_fits_into_the_open_window_ends_in_it():
    assert finish(MORNING, DAY, 600, 10.0) == isoparse("2026-03-02T08:01:00+07:00")


def test_what_does_not_fit_goes_on_in_the_next_window_and_the_next_day():
    # Ten hours a day are open: 36,000 calls at one a second fill the first day, ten more begin the next.
    assert finish(MORNING, DAY, 36_010, 1.0) == isoparse("2026-03-03T08:00:10+07:00")


def test_a_start_outside_the_windows_waits_for_the_opening():
    assert finish(isoparse("2026-03-02T12:00:00+07:00"), DAY, 10, 10.0) == isoparse("2026-03-02T13:30:01+07:00")


def test_without_windows_only_the_rate_counts():
    assert finish(MORNING, ALWAYS, 1_000_000, 10.0) == isoparse("2026-03-03T11:46:40+07:00")
