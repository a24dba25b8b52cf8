"""Dates and times by chance: a moment that can be told again, or the refusal that a person reads."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.chance import came_of
from worker.console.pages import campaigns
from worker.domain import consent, intake
from worker.domain.clock_times import next_time, parse_hour, yesterday
from worker.domain.window import VIETNAM, Hours, Windows, day_of, local, parse_at, parse_until, read_moment
from worker.errors import LoaError, Misuse, Refused
from worker.providers.esms import sent_data, zalo_info
from worker.providers.http import LONGEST_RETRY_AFTER_S, Reply, retry_after_s
from worker.services.operations import api_keys, suppression
from worker.services.otp import request

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
MOMENTS = st.datetimes(timezones=st.timezones() | st.just(UTC) | st.just(VIETNAM))
YEARS = st.sampled_from(["0000", "0001", "0099", "1969", "1970", "2026", "2028", "9999", "10000"])
FIELD = st.integers(0, 99).map(str) | st.integers(0, 99).map("{:02}".format)
#: Month, day, hour, minute and second: mostly such as there are, and often the last.
FIELDS = [
    st.sampled_from([f"{last}", f"{last}", f"{first:02}"]) | st.integers(first, last).map("{:02}".format) | FIELD
    for first, last in ((1, 12), (1, 31), (0, 23), (0, 59), (0, 59))
]
OFFSET = st.sampled_from(["", "Z", "+07:00", "+0700", "-12:00", "+14:00", "+23:59", "-24:00", " +07"])


@st.composite
def written(draw):
    """What somebody may write for a moment, with a right and a wrong form, and characters put in."""
    year, month, day, hour, minute, second = draw(YEARS), *map(draw, FIELDS)
    form = draw(
        st.sampled_from(
            [
                "{y}-{m}-{d}T{H}:{M}{z}", "{y}-{m}-{d} {H}:{M}:{S}{z}", "{y}-{m}-{d}", "{y}{m}{d}", "{y}-W{m}-{d}", "{y}-{m}",
                "{d}/{m}/{y} {H}:{M}", "{H}h{M} {d}/{m}/{y}", "{d}.{m}.{y}", "{d}/{m}/{y} {H}:{M}:{S}", "{m}h", "{H}:{M}",
                "{y}", "{H}:{M}-{d}:{S}", "/Date({y}{m}{d}{H}{M}{S}+0700)/", "{y}{m}{d}{H}{M}",
                "Mon, {d} Mar {y} {H}:{M}:{S} GMT", "Mon, {d} Mar {y} {H}:{M}:{S} {z}",
            ]
        )
    )  # fmt: skip
    text = form.format(y=year, m=month, d=day, H=hour, M=minute, S=second, z=draw(OFFSET))
    at = draw(st.integers(0, len(text)))
    return (
        text[:at]
        + draw(st.sampled_from(["", "", "", " ", "\0", "٣", "-", "：", "\u200b"]) | st.text(max_size=2))
        + text[at:]
    )


WRITTEN = written() | MOMENTS.map(datetime.isoformat) | st.text(max_size=30)


@given(WRITTEN)
def test_a_moment_that_is_read_is_told_and_read_again_alike(text):
    with suppress(Misuse):
        at, day_alone = read_moment(text)
        assert at.tzinfo is UTC
        assert isinstance(day_alone, bool)
        assert read_moment(local(at)) == (at.replace(microsecond=0), False)


@given(WRITTEN)
def test_when_to_begin_and_to_end_is_near_or_refused(text):
    for read, over in ((parse_at, timedelta(0)), (parse_until, timedelta(days=1))):
        found = came_of(partial(read, text, NOW), LoaError)
        if isinstance(found, datetime):
            assert NOW - timedelta(days=1) <= found <= NOW + timedelta(days=366) + over
        else:
            assert isinstance(found, Misuse) or (
                isinstance(found, Refused) and found.rule in {"at_in_the_past", "at_too_far"}
            )


@given(WRITTEN, st.text(max_size=5), st.text(max_size=5))
def test_a_consent_is_a_consent_or_a_fault(text, source, evidence):
    found = consent.read(text, source, evidence, NOW)
    if isinstance(found, consent.Consent):
        assert found.at <= NOW + consent.AHEAD
        local(found.at)


@given(WRITTEN)
@example("9999-12-31T23:59:59-12:00")
@example("0001-01-01T00:00:00+14:00")
def test_moments_of_programs_are_moments_or_misuse(text):
    with suppress(Misuse):
        assert local(request._moment(text).astimezone(UTC))
    with suppress(Misuse):
        end = api_keys._end(text, NOW)
        assert end is None or end > NOW
        assert end is None or local(end)
    with suppress(Misuse):
        assert suppression._day(text, NOW) <= day_of(NOW)


@given(WRITTEN)
@example("9999-12")
@example("0001-01")
@example("0001-01-01T00:00:00+14:00")
def test_what_stands_in_an_address_of_a_page_is_a_moment_or_nothing(text):
    month = campaigns._month(text)
    assert month is None or month[0] < month[1] <= month[0] + timedelta(days=31)
    before = campaigns._moment(text)
    assert before is None or before.tzinfo is UTC


@given(WRITTEN | st.integers())
def test_moments_of_providers_are_moments_or_none(value):
    found = sent_data._time(value)
    assert found is None or local(found)
    wait = retry_after_s(httpx.Headers({"Retry-After": ascii(value), "Date": "Mon, 02 Mar 2026 02:00:00 GMT"}))
    assert wait is None or 0 <= wait <= LONGEST_RETRY_AFTER_S


@given(st.integers(0, 10**14) | WRITTEN)
def test_when_zalo_delivered_is_a_moment_or_none(value):
    said = {"CodeResult": "100", "Data": {"status": "1", "message": "", "delivery_time": str(value)}}
    found = zalo_info.delivery(Reply(200, json.dumps(said).encode()))
    assert found.value is not None


@given(st.text(max_size=8) | WRITTEN)
def test_an_hour_of_the_night_comes_within_a_day(text):
    with suppress(ValueError):
        hour = parse_hour(text)
        if hour is not None:
            assert NOW < next_time(hour, NOW) <= NOW + timedelta(days=1)


@given(MOMENTS)
def test_yesterday_began_one_to_two_days_ago(now):
    with suppress(OverflowError):
        assert timedelta(days=1) <= now - yesterday(now) < timedelta(days=2)


SPANS = st.lists(st.integers(0, 24 * 60), min_size=2, max_size=6, unique=True).map(sorted)


def windows_of(minutes: list[int]) -> Windows:
    pairs = zip(minutes[::2], minutes[1::2], strict=False)
    return Windows(tuple(Hours(timedelta(minutes=a), timedelta(minutes=b)) for a, b in pairs))


@given(SPANS, st.integers(0, 3_000_000_000), st.sampled_from([UTC, VIETNAM]))
def test_the_next_opening_is_the_first_open_minute(minutes, seconds, zone):
    windows, now = windows_of(minutes), datetime.fromtimestamp(seconds, zone)
    opening = windows.next_opening(now)
    assert windows.contains(opening)
    assert now <= opening <= now + timedelta(days=1)
    at = now
    while at < opening:
        assert not windows.contains(at)
        at += timedelta(minutes=7)
    closes = windows.closes(opening)
    assert closes is None or (closes > opening and windows.contains(closes - timedelta(microseconds=1)))
    assert closes is None or not windows.contains(closes) or closes.astimezone(VIETNAM).hour == 0


@given(SPANS)
def test_windows_are_told_as_they_are_read(minutes):
    windows = windows_of(minutes)
    assert Windows.read(str(windows)) == windows


@given(WRITTEN | st.text(st.sampled_from("0123456789:-, "), max_size=24))
def test_hours_and_days_of_settings_are_read_or_a_value_error(text):
    for read in (Windows.read, Windows.parse, intake.parse_hours, intake.parse_days):
        found = came_of(partial(read, text), ValueError)
        if isinstance(found, frozenset):
            assert all(isinstance(day, date) for day in found)
        else:
            assert found is None or isinstance(found, Windows) or str(found)


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "9999-12-31", "0001-01-01"])
def test_the_ends_of_time_are_refused_and_no_fault(text):
    with pytest.raises(LoaError):
        parse_at(text, NOW)
