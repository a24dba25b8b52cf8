"""Hours: each edge of a window, in Vietnam time, with the weekday for a person to check."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from worker.domain.clock_times import parse_moment
from worker.domain.window import ALWAYS, VIETNAM, Hours, Windows, day_of, local, parse_at, parse_until
from worker.errors import Misuse, Refused

ADS = Windows.parse("08:00-11:30,13:30-20:00")
LATE = Windows.parse("08:00-11:30,13:30-20:00").opening_later(timedelta(seconds=10))
EARLY = Windows.parse("08:00-11:30,13:30-20:00", margin=timedelta(minutes=15))
TOKYO = timezone(timedelta(hours=9))


def at(text, zone=VIETNAM):
    """A moment from "Mon 2026-03-02 09:00:00"; the weekday must be right."""
    form = "%Y-%m-%d %H:%M:%S.%f" if "." in text else "%Y-%m-%d %H:%M:%S"
    moment = datetime.strptime(text[4:], form).replace(tzinfo=zone)
    assert f"{moment:%a}" == text[:3], f"{text} is a {moment:%A}"
    return moment


@pytest.mark.parametrize(
    ("windows", "now", "opening"),
    [
        pytest.param(
            ADS, "Mon 2026-03-02 07:59:59.999999", "Mon 2026-03-02 08:00:00", id="the last microsecond before opening"
        ),
        pytest.param(ADS, "Mon 2026-03-02 08:00:00", None, id="the opening second is open"),
        pytest.param(ADS, "Mon 2026-03-02 11:29:59.999999", None, id="the last microsecond is open"),
        pytest.param(ADS, "Mon 2026-03-02 11:30:00", "Mon 2026-03-02 13:30:00", id="the closing second is closed"),
        pytest.param(ADS, "Mon 2026-03-02 12:10:00", "Mon 2026-03-02 13:30:00", id="noon waits for the afternoon"),
        pytest.param(ADS, "Mon 2026-03-02 13:30:00", None, id="the afternoon opens"),
        pytest.param(ADS, "Mon 2026-03-02 19:59:59.999999", None, id="the last microsecond of the day is open"),
        pytest.param(ADS, "Mon 2026-03-02 20:00:00", "Tue 2026-03-03 08:00:00", id="the evening waits for tomorrow"),
        pytest.param(ADS, "Mon 2026-03-02 21:30:00", "Tue 2026-03-03 08:00:00", id="half past nine waits for tomorrow"),
        pytest.param(ADS, "Tue 2026-03-03 00:00:00", "Tue 2026-03-03 08:00:00", id="midnight waits for this morning"),
        pytest.param(ADS, "Sat 2026-02-28 20:00:00", "Sun 2026-03-01 08:00:00", id="the end of February"),
        pytest.param(ADS, "Thu 2026-12-31 23:59:59", "Fri 2027-01-01 08:00:00", id="New Year's Eve"),
        pytest.param(ADS, "Sun 2026-03-01 09:00:00", None, id="Sunday is a day like every other"),
        pytest.param(EARLY, "Mon 2026-03-02 11:14:59.999999", None, id="open until the margin"),
        pytest.param(EARLY, "Mon 2026-03-02 11:15:00", "Mon 2026-03-02 13:30:00", id="closed by the margin"),
        pytest.param(
            EARLY, "Mon 2026-03-02 19:45:00", "Tue 2026-03-03 08:00:00", id="the evening closed by the margin"
        ),
        pytest.param(EARLY, "Mon 2026-03-02 08:00:00", None, id="the margin leaves the opening alone"),
        pytest.param(
            LATE, "Mon 2026-03-02 08:00:09.999999", "Mon 2026-03-02 08:00:10", id="not open yet, by the margin"
        ),
        pytest.param(LATE, "Mon 2026-03-02 08:00:10", None, id="open after the margin"),
        pytest.param(LATE, "Mon 2026-03-02 11:30:00", "Mon 2026-03-02 13:30:10", id="the afternoon opens later too"),
        pytest.param(ALWAYS, "Mon 2026-03-02 00:00:00", None, id="care texts may leave at midnight"),
        pytest.param(ALWAYS, "Mon 2026-03-02 23:59:59.999999", None, id="and before it"),
    ],
)
def test_a_window_is_open_or_opens_next(windows, now, opening):
    now = at(now)
    assert windows.contains(now) is (opening is None)
    assert windows.next_opening(now) == (now if opening is None else at(opening))
    assert windows.next_opening(now).tzinfo is UTC
    assert windows.contains(windows.next_opening(now))


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        pytest.param(at("Mon 2026-03-02 00:59:59", UTC), False, id="07:59:59 in Vietnam, from UTC"),
        pytest.param(at("Mon 2026-03-02 01:00:00", UTC), True, id="08:00 in Vietnam, from UTC"),
        pytest.param(at("Mon 2026-03-02 13:00:00", UTC), False, id="20:00 in Vietnam, from UTC"),
        pytest.param(at("Mon 2026-03-02 09:59:59", TOKYO), False, id="07:59:59 in Vietnam, from Tokyo"),
        pytest.param(at("Mon 2026-03-02 10:00:00", TOKYO), True, id="08:00 in Vietnam, from Tokyo"),
    ],
)
def test_the_hours_are_those_of_vietnam_whatever_the_zone_of_the_question(now, is_open):
    assert ADS.contains(now) is is_open


def test_the_next_opening_is_the_same_day_in_vietnam_and_another_in_utc():
    assert ADS.next_opening(at("Mon 2026-03-02 18:00:00", UTC)) == at("Tue 2026-03-03 01:00:00", UTC)


@pytest.mark.parametrize(
    ("windows", "now", "close"),
    [
        pytest.param(ADS, "Mon 2026-03-02 08:00:00", "Mon 2026-03-02 11:30:00", id="the morning"),
        pytest.param(ADS, "Mon 2026-03-02 19:59:59", "Mon 2026-03-02 20:00:00", id="the afternoon"),
        pytest.param(EARLY, "Mon 2026-03-02 19:00:00", "Mon 2026-03-02 19:45:00", id="with the margin taken off"),
    ],
)
def test_an_open_window_says_when_it_closes(windows, now, close):
    assert windows.closes(at(now)) == at(close)
    assert not windows.contains(windows.closes(at(now)))


@pytest.mark.parametrize(
    ("windows", "since", "until", "stays"),
    [
        pytest.param(ADS, "Mon 2026-03-02 11:29:57", "Mon 2026-03-02 11:29:59", True, id="inside"),
        pytest.param(ADS, "Mon 2026-03-02 11:29:58", "Mon 2026-03-02 11:30:00", False, id="until it closes"),
        pytest.param(ADS, "Mon 2026-03-02 07:59:59", "Mon 2026-03-02 08:00:01", False, id="not open yet"),
        pytest.param(ADS, "Mon 2026-03-02 11:00:00", "Mon 2026-03-02 14:00:00", False, id="two windows"),
        pytest.param(ALWAYS, "Mon 2026-03-02 23:59:59", "Tue 2026-03-03 00:00:01", True, id="over midnight"),
        pytest.param(
            Windows.parse("08:00-11:30,11:30-20:00", margin=timedelta(seconds=1)),
            "Mon 2026-03-02 11:29:58",
            "Mon 2026-03-02 11:30:01",
            False,
            id="a margin between two that touch",
        ),
    ],
)
def test_a_window_stays_open_from_one_moment_to_another(windows, since, until, stays):
    assert windows.stays_open(at(since), at(until)) is stays


def test_a_window_of_the_whole_day_never_closes():
    assert ALWAYS.closes(at("Mon 2026-03-02 12:00:00")) is None


def test_no_window_closes_when_none_is_open():
    with pytest.raises(ValueError, match=r"no window is open at 2026-03-02T12:00:00\+07:00"):
        ADS.closes(at("Mon 2026-03-02 12:00:00"))


@pytest.mark.parametrize(
    "ask", [ADS.contains, ADS.next_opening, ADS.closes, local, day_of, lambda now: parse_at("2026-03-02", now)]
)
def test_a_moment_without_a_zone_is_refused(ask):
    with pytest.raises(ValueError, match="without a zone"):
        ask(datetime(2026, 3, 2, 9))  # noqa: DTZ001 - the fault under test


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param("08:00-11:30,13:30-20:00", "08:00-11:30,13:30-20:00", id="as written"),
        pytest.param(" 8:00 – 11:30 , 13:30 - 20:00 ", "08:00-11:30,13:30-20:00", id="as people write it"),
        pytest.param("13:30-20:00,08:00-11:30", "08:00-11:30,13:30-20:00", id="out of order"),
        pytest.param("07:00-22:00", "07:00-22:00", id="all that the law allows"),
        pytest.param("08:00-11:30,11:30-20:00", "08:00-11:30,11:30-20:00", id="one after the other"),
    ],
)
def test_windows_are_read(text, written):
    assert str(Windows.parse(text)) == written


@pytest.mark.parametrize(
    ("text", "margin_min", "words"),
    [
        pytest.param("", 0, "no window is named", id="nothing"),
        pytest.param(" , ", 0, "no window is named", id="only commas"),
        pytest.param("morning", 0, '"morning" is not a window: write for example 08:00-11:30', id="words"),
        pytest.param("08:00", 0, '"08:00" is not a window', id="no end"),
        pytest.param("08:60-09:00", 0, '"08:60-09:00" is not a window', id="minute 60"),
        pytest.param("11:30-08:00", 0, "11:30-08:00 closes before it opens", id="reversed"),
        pytest.param("08:00-08:00", 0, "08:00-08:00 closes before it opens", id="no length"),
        pytest.param("20:00-25:00", 0, "20:00-25:00 closes before it opens, or leaves the day", id="hour 25"),
        pytest.param("08:00-12:00,11:59-20:00", 0, "08:00-12:00 and 11:59-20:00 overlap", id="overlapping"),
        pytest.param(
            "06:59-11:30", 0, "06:59-11:30 leaves 07:00-22:00, the hours in which Decree 91/2020", id="too early"
        ),
        pytest.param("13:30-22:01", 0, "13:30-22:01 leaves 07:00-22:00", id="too late"),
        pytest.param(
            "08:00-09:00", 60, "leaves nothing of the window 08:00-09:00", id="a margin as long as the window"
        ),
        pytest.param("08:00-09:00", -1, "margin is negative", id="a negative margin"),
    ],
)
def test_windows_that_cannot_be_are_refused_in_clear_words(text, margin_min, words):
    with pytest.raises(ValueError) as fault:
        Windows.parse(text, margin=timedelta(minutes=margin_min))
    assert words in str(fault.value)


def test_windows_that_are_not_for_ads_may_lie_at_any_hour():
    night = Windows.read("22:00-24:00,00:00-06:00")
    assert str(night) == "00:00-06:00,22:00-24:00"
    assert night.contains(at("Mon 2026-03-02 23:59:59"))
    assert Windows.read("08:30-16:30", timedelta(minutes=30)).closes(NOW) == at("Mon 2026-03-02 16:00:00")


def test_windows_made_by_hand_keep_the_same_rules():
    morning, noon = Hours(timedelta(hours=8), timedelta(hours=11)), Hours(timedelta(hours=11), timedelta(hours=12))
    with pytest.raises(ValueError, match="out of order"):
        Windows((noon, morning))


NOW = at("Mon 2026-03-02 10:00:00")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("2026-03-02T14:00+07:00", "Mon 2026-03-02 14:00:00", id="with an offset"),
        pytest.param("2026-03-02T07:00:00Z", "Mon 2026-03-02 14:00:00", id="in UTC"),
        pytest.param("2026-03-02T16:00+09:00", "Mon 2026-03-02 14:00:00", id="in Tokyo"),
        pytest.param("2026-03-02T14:00", "Mon 2026-03-02 14:00:00", id="without an offset it is Vietnam"),
        pytest.param(" 2026-03-02 14:00 ", "Mon 2026-03-02 14:00:00", id="with a space for the T"),
        pytest.param("2026-03-03", "Tue 2026-03-03 00:00:00", id="a date alone is its midnight"),
        pytest.param("20260303", "Tue 2026-03-03 00:00:00", id="the basic form"),
        pytest.param("2026-03-02", "Mon 2026-03-02 00:00:00", id="today is not past until it is over"),
        pytest.param("2026-03-02T09:45:00", "Mon 2026-03-02 09:45:00", id="fifteen minutes ago are forgiven"),
        pytest.param("2027-03-03T10:00:00", "Wed 2027-03-03 10:00:00", id="366 days away"),
        pytest.param("28/11/2026 9:00", "Sat 2026-11-28 09:00:00", id="as people in Vietnam write it"),
        pytest.param("28/11/2026", "Sat 2026-11-28 00:00:00", id="a day alone, the day first"),
        pytest.param("9h00 28/11/2026", "Sat 2026-11-28 09:00:00", id="the hour first"),
        pytest.param("14h 3/4/2026", "Fri 2026-04-03 14:00:00", id="an hour without minutes, one digit each"),
        pytest.param("3/4/2026, 9H30", "Fri 2026-04-03 09:30:00", id="a comma between, a capital h"),
        pytest.param("04/03/2026 09:05", "Wed 2026-03-04 09:05:00", id="always the day first"),
        pytest.param("28-11-2026 9:00", "Sat 2026-11-28 09:00:00", id="dashes"),
        pytest.param("28.11.2026 9:00", "Sat 2026-11-28 09:00:00", id="dots"),
    ],
)
def test_a_time_is_read(text, moment):
    assert parse_at(text, NOW) == at(moment)
    assert parse_at(text, NOW).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        *[
            "2026-13-45",
            "2026-02-30",
            "2026-03-02T25:00",
            "2026-03-02T09:60",
            "tomorrow",
            "11/28/2026",
            "30/02/2026 9:00",
            "28/11/26 9:00",
            "28/11 9:00",
            "28/11-2026",
            "28/11/2026 9:",
            "28/11/2026 25:00",
            "9:00",
            "28/11/2026 9:00 +07:00",
            "２８/11/2026",
            "",
            "2026",
            "2026-04",
        ],
        *["2026-03-02T14:00 +07:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59Z", "２026-03-02"],
    ],
)
def test_what_is_no_date_is_misuse(text):
    with pytest.raises(Misuse) as misuse:
        parse_at(text, NOW)
    assert str(misuse.value) == (
        f'"{text}" is not a date: write for example 2026-03-02T09:00+07:00, or 02/03/2026 9:00 (the day first).'
    )


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        pytest.param(
            "2026-03-02T09:44:59",
            "at_in_the_past",
            "2026-03-02T09:44:59+07:00 is in the past",
            id="more than 15 minutes",
        ),
        pytest.param("2026-03-01", "at_in_the_past", "it is now 2026-03-02T10:00:00+07:00", id="yesterday"),
        pytest.param("2027-03-03T10:00:01", "at_too_far", "more than 366 days away", id="a second beyond 366 days"),
        pytest.param("9999-12-30T00:00Z", "at_too_far", "more than 366 days away", id="the end of time"),
    ],
)
def test_a_time_that_cannot_be_meant_is_refused(text, rule, words):
    with pytest.raises(Refused) as refused:
        parse_at(text, NOW)
    assert refused.value.rule == rule
    assert words in str(refused.value)


def test_a_day_alone_ends_a_campaign_at_its_end():
    assert parse_until("28/11/2026", NOW) == parse_until("2026-11-28", NOW) == at("Sun 2026-11-29 00:00:00")
    assert parse_until("02/03/2026", NOW) == at("Tue 2026-03-03 00:00:00"), "today is not over"
    assert parse_until("28/11/2026 9:00", NOW) == at("Sat 2026-11-28 09:00:00")
    with pytest.raises(Refused) as refused:
        parse_until("01/03/2026", NOW)
    assert refused.value.rule == "at_in_the_past"


def test_a_time_of_the_past_is_read_the_same_way():
    assert parse_moment("28/02/2026 9:00") == parse_moment("9h00 28/02/2026") == at("Sat 2026-02-28 09:00:00")
    assert parse_moment("2026-02-28") == at("Sat 2026-02-28 00:00:00")
    with pytest.raises(Misuse, match="the day first"):
        parse_moment("02/28/2026")


def test_today_is_the_day_in_vietnam():
    just_past_midnight = at("Mon 2026-03-02 00:30:00")  # still Sunday in UTC
    assert parse_at("2026-03-02", just_past_midnight.astimezone(UTC)) == at("Mon 2026-03-02 00:00:00")
    with pytest.raises(Refused):
        parse_at("2026-03-01", just_past_midnight.astimezone(UTC))
    later_in_the_day = at("Mon 2026-03-02 03:00:00", UTC)  # midnight in UTC is later than midnight in Vietnam
    assert parse_at("2026-03-02", later_in_the_day) == at("Mon 2026-03-02 00:00:00")


def test_a_moment_is_shown_in_vietnam_time_to_the_second():
    assert local(at("Mon 2026-03-02 20:15:30.999999", UTC)) == "2026-03-03T03:15:30+07:00"


def test_the_day_is_the_one_in_vietnam():
    assert day_of(at("Sun 2026-03-01 16:59:59", UTC)) == date(2026, 3, 1)
    assert day_of(at("Sun 2026-03-01 17:00:00", UTC)) == date(2026, 3, 2)
