"""A clock that was set back: a campaign that stands still for it says so, and so does whoever is asked."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.served import served
from tests.operations.test_metrics import read
from worker.cli.doctor import future as doctor
from worker.domain.window import local


@pytest.fixture
def standing(loa, numbers):
    """A campaign whose task was enqueued, and the clock two hours earlier since."""
    made = loa.create(numbers(40))
    assert loa.release() == 1
    loa.task_queue.sends.clear()
    loa.clock.tick(hours=-2)
    assert loa.release() == 0
    return made


def test_a_campaign_that_stands_still_says_since_when_it_goes_on(loa, standing):
    then, now = loa.clock.now() + timedelta(hours=2), loa.clock.now()
    leaving = loa.show(standing).leaving
    assert leaving.why == (
        f"The clock was set back: 1 of its batches carry times up to {local(then)}, and it is {local(now)} now. "
        f"It goes on by itself from {local(then + timedelta(seconds=15))} on; set the clock right, and it goes on at once."
    )
    assert leaving.at == then + timedelta(seconds=15)
    loa.clock.moment = leaving.at + timedelta(seconds=1)
    assert loa.release() == 1
    assert loa.show(standing).leaving.why == ""


def test_metrics_count_the_rows_and_say_how_far_ahead_they_are(loa, standing):
    with served(loa) as api:
        found = read(api)
        loa.clock.tick(hours=2)
        after = read(api)
    assert found["loa_future_rows", "batch"] == 1
    assert found["loa_future_rows_ahead_seconds",] == 7200
    assert after["loa_future_rows", "batch"] == 0
    assert after["loa_future_rows_ahead_seconds",] == 0


def test_the_doctor_says_it_in_one_line(loa, standing, database_url):
    shift = (loa.clock.now() - datetime.now(UTC)).total_seconds()
    settings = loa.loa.settings.model_copy(update={"clock_offset_s": shift})
    (check,) = doctor.rows(settings, database_url)
    assert not check.ok
    assert check.found.startswith("1 batch up to 2:00:00 ahead of this clock")
    assert "by itself it goes on from 2026-03-02T09:00:15+07:00 on" in check.way_out
    loa.clock.tick(hours=2)
    settings = loa.loa.settings.model_copy(update={"clock_offset_s": shift + 7200})
    assert list(doctor.rows(settings, database_url)) == []


def test_the_console_says_it(loa, standing):
    from worker.console import notes  # noqa: PLC0415

    code, values = notes.known(loa.show(standing).leaving.why)
    assert (code, values["count"]) == ("clock_goes_on", "1")


def test_a_few_seconds_are_no_news(loa, numbers):
    made = loa.create(numbers(40))
    loa.release()
    loa.clock.tick(seconds=-20)
    assert loa.show(made).leaving.why == ""
