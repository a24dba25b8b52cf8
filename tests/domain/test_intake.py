"""Order intake: each edge of the office hours, the holidays, and what follows for the text, with weekdays to check by eye."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.domain.test_window import at
from worker.domain.intake import Intake, parse_days, parse_hours, plan_order
from worker.domain.window import ALWAYS, Windows
from worker.errors import Refused

HOUR, MINUTE, INSTANT = timedelta(hours=1), timedelta(minutes=1), timedelta(microseconds=1)
ADS = Windows.parse("08:00-11:30,13:30-20:00")
EARLY = Windows.parse("08:00-11:30,13:30-20:00", margin=15 * MINUTE)


def intake(hours="08:30-16:30", closed="", lead=3 * HOUR):
    return Intake(parse_hours(hours), parse_days(closed), lead)


def closing_of(orders, now):
    """When the intake that is open at `now` closes."""
    return orders.opening_for(now, timedelta(0))[1]


OFFICE = intake()
ANY_TIME = intake(hours="always")
LUNCH = intake(hours="08:30-11:30,13:00-16:30")
TOUCHING = intake(hours="08:30-12:00,12:00-16:30")
ROUND_THE_CLOCK = intake(hours="00:00-24:00")
CLOSED_DAY = intake(closed="2026-03-03, 2026-03-04")
ANY_TIME_BUT = intake(hours="always", closed="2026-03-03")


@pytest.mark.parametrize(
    ("orders", "now", "opening"),
    [
        pytest.param(OFFICE, "Fri 2026-03-06 08:29:59", "Fri 2026-03-06 08:30:00", id="a second before opening"),
        pytest.param(OFFICE, "Fri 2026-03-06 08:30:00", None, id="the opening second is open"),
        pytest.param(OFFICE, "Fri 2026-03-06 12:00:00", None, id="noon is open"),
        pytest.param(OFFICE, "Fri 2026-03-06 16:29:59.999999", None, id="Friday's last microsecond"),
        pytest.param(OFFICE, "Fri 2026-03-06 16:30:00", "Mon 2026-03-09 08:30:00", id="Friday's closing second"),
        pytest.param(OFFICE, "Thu 2026-03-05 16:31:00", "Fri 2026-03-06 08:30:00", id="Thursday after closing"),
        pytest.param(OFFICE, "Sat 2026-03-07 10:00:00", "Mon 2026-03-09 08:30:00", id="Saturday"),
        pytest.param(OFFICE, "Sun 2026-03-08 23:59:59", "Mon 2026-03-09 08:30:00", id="Sunday"),
        pytest.param(OFFICE, "Mon 2026-03-09 00:30:00", "Mon 2026-03-09 08:30:00", id="Monday, in UTC still Sunday"),
        pytest.param(OFFICE, "Sat 2026-03-07 00:30:00", "Mon 2026-03-09 08:30:00", id="Saturday, in UTC still Friday"),
        pytest.param(OFFICE, "Mon 2027-02-08 10:00:00", "Thu 2027-02-11 08:30:00", id="the third day of Tet"),
        pytest.param(OFFICE, "Wed 2027-02-03 16:30:00", "Thu 2027-02-11 08:30:00", id="the eve of the rest around Tet"),
        pytest.param(OFFICE, "Mon 2026-04-27 10:00:00", "Tue 2026-04-28 08:30:00", id="a day in lieu of a Sunday"),
        pytest.param(OFFICE, "Thu 2026-12-31 17:00:00", "Mon 2027-01-04 08:30:00", id="New Year's Eve"),
        pytest.param(CLOSED_DAY, "Mon 2026-03-02 16:30:00", "Thu 2026-03-05 08:30:00", id="two closed days"),
        pytest.param(CLOSED_DAY, "Tue 2026-03-03 10:00:00", "Thu 2026-03-05 08:30:00", id="on a closed day"),
        pytest.param(LUNCH, "Fri 2026-03-06 11:30:00", "Fri 2026-03-06 13:00:00", id="a lunch break"),
        pytest.param(ROUND_THE_CLOCK, "Fri 2026-03-06 23:59:59", None, id="round the clock, Friday night"),
        pytest.param(ROUND_THE_CLOCK, "Sat 2026-03-07 00:00:00", "Mon 2026-03-09 00:00:00", id="but not on Saturday"),
        pytest.param(ANY_TIME, "Sat 2026-03-07 03:00:00", None, id="any time is open on Saturday"),
        pytest.param(ANY_TIME, "Sat 2027-02-06 03:00:00", None, id="any time is open at Tet"),
        pytest.param(ANY_TIME_BUT, "Tue 2026-03-03 00:00:00", "Wed 2026-03-04 00:00:00", id="but not on a closed day"),
    ],
)
def test_the_intake_is_open_or_opens_next(orders, now, opening):
    now = at(now)
    assert orders.is_open(now) is orders.is_open(now.astimezone(UTC)) is (opening is None)
    assert orders.next_opening(now) == orders.next_opening(now.astimezone(UTC))
    assert orders.next_opening(now) == (now if opening is None else at(opening))
    assert orders.next_opening(now).tzinfo is UTC
    assert orders.is_open(orders.next_opening(now))


@pytest.mark.parametrize(
    ("orders", "now", "closing"),
    [
        pytest.param(OFFICE, "Fri 2026-03-06 08:30:00", "Fri 2026-03-06 16:30:00", id="the office"),
        pytest.param(LUNCH, "Fri 2026-03-06 09:00:00", "Fri 2026-03-06 11:30:00", id="a lunch break"),
        pytest.param(TOUCHING, "Fri 2026-03-06 09:00:00", "Fri 2026-03-06 16:30:00", id="hours that touch are one"),
        pytest.param(
            ROUND_THE_CLOCK, "Wed 2026-03-04 09:00:00", "Sat 2026-03-07 00:00:00", id="days that touch are one"
        ),
        pytest.param(
            ANY_TIME_BUT, "Sun 2026-03-01 09:00:00", "Tue 2026-03-03 00:00:00", id="any time until a closed day"
        ),
        pytest.param(ANY_TIME_BUT, "Wed 2026-03-04 09:00:00", None, id="any time after it"),
        pytest.param(ANY_TIME, "Wed 2026-03-04 09:00:00", None, id="any time"),
        pytest.param(
            Intake(Windows.read("08:30-16:30", 15 * MINUTE), frozenset(), HOUR),
            *("Fri 2026-03-06 16:14:59", "Fri 2026-03-06 16:15:00"),
            id="with a margin taken off",
        ),
    ],
)
def test_an_open_intake_says_when_it_closes(orders, now, closing):
    assert closing_of(orders, at(now)) == (closing and at(closing))
    assert closing is None or not orders.is_open(closing_of(orders, at(now)))


@pytest.mark.parametrize("orders", [OFFICE, ANY_TIME])
def test_a_moment_without_a_zone_is_refused(orders):
    naive = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - the fault under test
    now = at("Mon 2026-03-02 09:00:00")
    for ask in (orders.is_open, orders.next_opening):
        with pytest.raises(ValueError, match="without a zone"):
            ask(naive)
    with pytest.raises(ValueError, match="without a zone"):
        plan_order(orders, ADS, naive, None, MINUTE)
    with pytest.raises(TypeError, match="naive"):
        plan_order(orders, ADS, now, naive, MINUTE)


@pytest.mark.parametrize("hours", ["08:30-16:30", "always"])
def test_closed_days_without_end_are_refused_and_not_searched_for_ever(hours):
    now = at("Mon 2026-03-02 09:00:00")
    every_day = ",".join(f"{date(2026, 3, 2) + timedelta(days=ahead)}" for ahead in range(60))
    shut = intake(hours, closed=every_day)
    assert not shut.is_open(now)
    with pytest.raises(Refused) as refused:
        shut.next_opening(now)
    assert refused.value.rule == "no_order_hours"
    assert "does not open in the 60 days from 2026-03-02T09:00:00+07:00: correct the closed days" in str(refused.value)


def test_the_days_that_close_a_week_have_names():
    assert OFFICE.holiday(date(2027, 2, 8)) == "Third Day of Lunar New Year"
    assert OFFICE.holiday(date(2026, 8, 31)) == "Day off (substituted from 08/22/2026)"
    assert OFFICE.holiday(date(2027, 2, 6)) is None, "Tet itself is a Saturday, closed in any case"
    assert CLOSED_DAY.holiday(date(2026, 3, 3)) == "a closed day"
    assert ANY_TIME.holiday(date(2027, 2, 8)) is None


@pytest.mark.parametrize("year", range(2026, 2036))
def test_tet_is_known_for_years_whose_decree_is_not_out(year):
    days = [date(year, 1, 1) + timedelta(days=ahead) for ahead in range(365)]
    tet = [day for day in days if "Lunar New Year" in (intake().holiday(day) or "")]
    assert len(tet) >= 4, "five days, of which those on a weekend move to working days"
    assert date(year, 1, 20) <= tet[0] < tet[-1] <= date(year, 2, 25)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        pytest.param("", set(), id="none"),
        pytest.param(" , ", set(), id="only commas"),
        pytest.param("2027-02-03", {date(2027, 2, 3)}, id="one"),
        pytest.param(" 2027-02-03 ,2027-02-11,", {date(2027, 2, 3), date(2027, 2, 11)}, id="as people write them"),
    ],
)
def test_closed_days_are_read(text, days):
    assert parse_days(text) == days


@pytest.mark.parametrize("word", ["2027-02-30", "03/02/2027", "Tet", "2027-02", "2027-02-03T00:00"])
def test_what_is_no_day_is_named(word):
    with pytest.raises(ValueError) as fault:
        parse_days(f"2027-02-11,{word}")
    assert str(fault.value) == f'"{word}" is not a day: write for example 2027-02-03'


def test_order_hours_are_read():
    assert str(parse_hours("08:30-16:30")) == "08:30-16:30"
    assert str(parse_hours("00:00-24:00")) == "00:00-24:00", "the law's hours bind ads on phones, not orders"
    assert parse_hours("") is parse_hours(" Always ") is None
    with pytest.raises(ValueError, match='"office" is not a window'):
        parse_hours("office")


def test_a_negative_approval_is_refused():
    with pytest.raises(ValueError, match="negative"):
        intake(lead=-INSTANT)


@pytest.mark.parametrize(
    ("orders", "now", "needs", "place_at", "due", "pushed_by"),
    [
        pytest.param(
            *(OFFICE, "Mon 2026-03-02 09:00:00", 10 * MINUTE),
            *("Mon 2026-03-02 09:00:00", "Mon 2026-03-02 13:30:00", "Mon 2026-03-02 10:30:00"),
            id="approved at 12:10, rings after lunch; pushes have until 10:30",
        ),
        pytest.param(
            *(OFFICE, "Mon 2026-03-02 08:30:00", timedelta(0)),
            *("Mon 2026-03-02 08:30:00", "Mon 2026-03-02 13:30:00", "Mon 2026-03-02 10:30:00"),
            id="approved at 11:30, when the morning is closed",
        ),
        pytest.param(
            *(OFFICE, "Mon 2026-03-02 13:00:00.000001", 10 * MINUTE),
            *("Mon 2026-03-02 13:00:00.000001", "Mon 2026-03-02 16:11:00", "Mon 2026-03-02 13:11:00"),
            id="a microsecond makes the next minute",
        ),
        pytest.param(
            *(OFFICE, "Mon 2026-03-02 16:20:00", 10 * MINUTE),
            *("Mon 2026-03-02 16:20:00", "Mon 2026-03-02 19:30:00", "Mon 2026-03-02 16:30:00"),
            id="exactly what is left of the day",
        ),
        pytest.param(
            *(OFFICE, "Fri 2026-03-06 16:29:00", MINUTE),
            *("Fri 2026-03-06 16:29:00", "Fri 2026-03-06 19:30:00", "Fri 2026-03-06 16:30:00"),
            id="Friday 16:29 with a minute to go",
        ),
        pytest.param(
            *(OFFICE, "Fri 2026-03-06 16:29:00.000001", MINUTE),
            *("Mon 2026-03-09 08:30:00", "Mon 2026-03-09 13:30:00", "Mon 2026-03-09 10:30:00"),
            id="a microsecond too little on Friday",
        ),
        pytest.param(
            *(OFFICE, "Fri 2026-03-06 16:30:00", timedelta(0)),
            *("Mon 2026-03-09 08:30:00", "Mon 2026-03-09 13:30:00", "Mon 2026-03-09 10:30:00"),
            id="Friday 16:30, nothing to push",
        ),
        pytest.param(
            *(OFFICE, "Mon 2027-02-08 10:00:00", MINUTE),
            *("Thu 2027-02-11 08:30:00", "Thu 2027-02-11 13:30:00", "Thu 2027-02-11 10:30:00"),
            id="Tet 2027",
        ),
        pytest.param(
            *(OFFICE, "Thu 2026-12-31 16:31:00", MINUTE),
            *("Mon 2027-01-04 08:30:00", "Mon 2027-01-04 13:30:00", "Mon 2027-01-04 10:30:00"),
            id="the year's end",
        ),
        pytest.param(
            *(intake(lead=5 * HOUR), "Thu 2026-12-31 16:00:00", MINUTE),
            *("Thu 2026-12-31 16:00:00", "Fri 2027-01-01 08:00:00", "Thu 2026-12-31 16:30:00"),
            id="phones ring on a holiday, the intake's closing bounds the pushes",
        ),
        pytest.param(
            *(intake(lead=timedelta(0)), "Mon 2026-03-02 09:00:00", timedelta(0)),
            *("Mon 2026-03-02 09:00:00", "Mon 2026-03-02 09:00:00", "Mon 2026-03-02 09:00:00"),
            id="no approval, no pushes: now",
        ),
        pytest.param(
            *(OFFICE, "Mon 2026-03-02 10:00:00", 9 * HOUR),
            *("Tue 2026-03-03 08:30:00", "Wed 2026-03-04 08:00:00", "Wed 2026-03-04 05:00:00"),
            id="longer than any day: from an opening, over the closing",
        ),
        pytest.param(
            *(OFFICE, "Tue 2026-03-03 08:30:00", 9 * HOUR),
            *("Tue 2026-03-03 08:30:00", "Wed 2026-03-04 08:00:00", "Wed 2026-03-04 05:00:00"),
            id="longer than any day, asked at the opening",
        ),
        pytest.param(
            *(ANY_TIME, "Sat 2026-03-07 03:00:00", 10 * MINUTE),
            *("Sat 2026-03-07 03:00:00", "Sat 2026-03-07 08:00:00", "Sat 2026-03-07 05:00:00"),
            id="any time, at night",
        ),
        pytest.param(
            *(ANY_TIME, "Sat 2026-03-07 23:30:00", 40 * HOUR),
            *("Sat 2026-03-07 23:30:00", "Mon 2026-03-09 18:30:00", "Mon 2026-03-09 15:30:00"),
            id="any time, over two midnights",
        ),
        pytest.param(
            *(LUNCH, "Mon 2026-03-02 11:00:00", HOUR),
            *("Mon 2026-03-02 13:00:00", "Mon 2026-03-02 17:00:00", "Mon 2026-03-02 14:00:00"),
            id="what does not fit before lunch waits for the afternoon",
        ),
        pytest.param(
            *(OFFICE, "Mon 2026-03-09 00:30:00", MINUTE),
            *("Mon 2026-03-09 08:30:00", "Mon 2026-03-09 13:30:00", "Mon 2026-03-09 10:30:00"),
            id="Monday in Vietnam, Sunday in UTC",
        ),
    ],
)
def test_an_order_goes_as_early_as_it_can(orders, now, needs, place_at, due, pushed_by):
    plan = plan_order(orders, ADS, at(now).astimezone(UTC), None, needs)
    assert (plan.place_at, plan.due, plan.pushed_by) == (at(place_at), at(due), at(pushed_by))
    assert {moment.tzinfo for moment in (plan.place_at, plan.due, plan.pushed_by)} == {UTC}


def test_the_closing_margin_of_the_delivery_hours_holds():
    plan = plan_order(OFFICE, EARLY, at("Mon 2026-03-02 16:20:00"), None, 25 * MINUTE)
    assert plan.due == at("Tue 2026-03-03 13:30:00"), "placed Tuesday 08:30, approved at 11:55"
    plan = plan_order(OFFICE, EARLY, at("Mon 2026-03-02 16:30:00") - 10 * MINUTE, None, 10 * MINUTE)
    assert plan.due == at("Mon 2026-03-02 19:30:00")
    with pytest.raises(Refused) as refused:
        plan_order(OFFICE, EARLY, at("Mon 2026-03-02 09:00:00"), at("Mon 2026-03-02 19:45:00"), MINUTE)
    assert "only in 08:00-11:30,13:30-20:00, closing 15 min early. The earliest" in str(refused.value)


@pytest.mark.parametrize(
    ("wanted", "due"),
    [
        pytest.param("Mon 2026-03-02 13:30:00", "Mon 2026-03-02 13:30:00", id="the earliest"),
        pytest.param("Mon 2026-03-02 19:59:00", "Mon 2026-03-02 19:59:00", id="the last minute of the day"),
        pytest.param("Mon 2026-03-02 19:58:00.000001", "Mon 2026-03-02 19:59:00", id="seconds round up"),
        pytest.param("Sun 2026-03-08 08:00:00", "Sun 2026-03-08 08:00:00", id="Sunday: phones ring every day"),
        pytest.param("Sat 2027-02-06 08:00:00", "Sat 2027-02-06 08:00:00", id="a holiday, far ahead"),
    ],
)
def test_a_time_that_can_be_is_kept_and_the_order_placed_at_once(wanted, due):
    now = at("Mon 2026-03-02 09:00:00")
    plan = plan_order(OFFICE, ADS, now, at(wanted), 10 * MINUTE)
    assert (plan.place_at, plan.due) == (now, at(due))
    assert plan.pushed_by == min(at("Mon 2026-03-02 16:30:00"), at(due) - 3 * HOUR)


@pytest.mark.parametrize(
    ("orders", "now", "wanted", "rule", "earliest", "words"),
    [
        pytest.param(
            *(OFFICE, "Mon 2026-03-02 08:30:00", "Tue 2026-03-03 12:00:00"),
            *("outside_delivery_hours", "2026-03-03T13:30:00+07:00"),
            "2026-03-03T12:00:00+07:00 cannot be: texts reach phones only in 08:00-11:30,13:30-20:00. The earliest time from "
            "then on is 2026-03-03T13:30:00+07:00: name that.",
            id="noon",
        ),
        pytest.param(
            *(OFFICE, "Mon 2026-03-02 08:30:00", "Mon 2026-03-02 20:00:00"),
            *("outside_delivery_hours", "2026-03-03T08:00:00+07:00", "texts reach phones only in"),
            id="20:00",
        ),
        pytest.param(
            *(OFFICE, "Mon 2026-03-02 08:30:00", "Mon 2026-03-02 19:59:01"),
            *("outside_delivery_hours", "2026-03-03T08:00:00+07:00", "2026-03-02T19:59:01+07:00 cannot be"),
            id="19:59:01 rounds up to 20:00",
        ),
        pytest.param(
            *(OFFICE, "Thu 2026-12-31 08:30:00", "Thu 2026-12-31 20:30:00"),
            *("outside_delivery_hours", "2027-01-01T08:00:00+07:00", "texts reach phones only in"),
            id="New Year's Eve",
        ),
        pytest.param(
            *(OFFICE, "Mon 2026-03-02 11:00:00", "Mon 2026-03-02 14:00:00"),
            *("too_early_for_approval", "2026-03-02T14:02:00+07:00"),
            "2026-03-02T14:00:00+07:00 cannot be: an order placed at 2026-03-02T11:00:00+07:00 (orders are taken Monday to "
            "Friday 08:30-16:30) needs 1 min 30 s for placing and 3 h for approval. The earliest time from then on is "
            "2026-03-02T14:02:00+07:00: name that.",
            id="too early by two minutes",
        ),
        pytest.param(
            *(OFFICE, "Mon 2026-03-02 11:00:00", "Mon 2026-03-02 12:00:00"),
            *("outside_delivery_hours", "2026-03-02T14:02:00+07:00"),
            "only in 08:00-11:30,13:30-20:00, and an order placed at 2026-03-02T11:00:00+07:00",
            id="noon, and too early",
        ),
        pytest.param(
            *(OFFICE, "Mon 2027-02-08 10:00:00", "Tue 2027-02-09 09:00:00"),
            *("too_early_for_approval", "2027-02-11T13:30:00+07:00"),
            "Monday to Friday 08:30-16:30; not on 2027-02-08, Third Day of Lunar New Year; not on 2027-02-09, Fourth Day of "
            "Lunar New Year; not on 2027-02-10, Fifth Day of Lunar New Year)",
            id="in the days of Tet",
        ),
        pytest.param(
            *(OFFICE, "Fri 2026-03-06 16:30:00", "Sat 2026-03-07 09:00:00"),
            *("too_early_for_approval", "2026-03-09T13:30:00+07:00", "an order placed at 2026-03-09T08:30:00+07:00"),
            id="Saturday, ordered after Friday's closing",
        ),
        pytest.param(
            *(CLOSED_DAY, "Mon 2026-03-02 16:30:00", "Wed 2026-03-04 09:00:00"),
            *("too_early_for_approval", "2026-03-05T13:30:00+07:00"),
            "not on 2026-03-03, a closed day; not on 2026-03-04, a closed day)",
            id="closed days",
        ),
        pytest.param(
            *(ANY_TIME, "Sat 2026-03-07 11:00:00", "Sat 2026-03-07 11:00:00"),
            *("too_early_for_approval", "2026-03-07T14:02:00+07:00", "(orders are taken at any time)"),
            id="any time needs its approval too",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_the_earliest_time_that_can(orders, now, wanted, rule, earliest, words):
    with pytest.raises(Refused) as refused:
        plan_order(orders, ADS, at(now), at(wanted), timedelta(seconds=90))
    assert refused.value.rule == rule
    assert refused.value.details["earliest"] == earliest
    assert refused.value.details["wanted"] in str(refused.value)
    assert f"The earliest time from then on is {earliest}: name that." in str(refused.value)
    assert words in str(refused.value)


NIGHTS = Windows.read("00:00-06:00,22:00-24:00")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 3, 1), timezones=st.just(UTC))  # noqa: DTZ001 - strategy's bounds
SPANS = st.one_of(
    st.timedeltas(timedelta(0), timedelta(hours=10)), st.integers(0, 600).map(lambda minutes: minutes * MINUTE)
)
INTAKES = st.builds(
    Intake,
    st.sampled_from(
        [None, *map(parse_hours, ["08:30-16:30", "08:30-11:30,13:00-16:30", "00:00-24:00", "23:00-24:00"])]
    ),
    st.frozensets(st.dates(date(2026, 1, 1), date(2028, 3, 1)), max_size=4),
    SPANS,
)
WISHES = st.none() | st.timedeltas(timedelta(days=-1), timedelta(days=20)) | st.integers(-99, 9999).map(MINUTE.__mul__)


@given(INTAKES, st.sampled_from([ADS, EARLY, NIGHTS, ALWAYS]), MOMENTS, WISHES, SPANS)
@example(OFFICE, ADS, at("Fri 2026-03-06 16:30:00") - 10 * MINUTE, None, 10 * MINUTE)
@example(OFFICE, ADS, at("Mon 2027-02-08 10:00:00"), timedelta(days=1), MINUTE)
def test_a_plan_keeps_every_rule_and_a_refusal_names_the_first_time_that_does(orders, windows, now, requested, needs):
    def fits(place_at):
        closes = closing_of(orders, place_at) if orders.is_open(place_at) else place_at
        return orders.is_open(place_at) and (closes is None or closes - place_at >= needs)

    wanted = None if requested is None else now + requested
    asked = now if wanted is None else wanted
    try:
        plan = plan_order(orders, windows, now, wanted, needs)
    except Refused as refused:
        assert wanted is not None
        earliest = datetime.fromisoformat(refused.details["earliest"])
        assert earliest >= asked
        plan = plan_order(orders, windows, now, earliest, needs)
        assert plan.due == earliest
    else:
        assert wanted is None or timedelta(0) <= plan.due - asked < MINUTE

    assert plan.place_at >= now
    assert orders.is_open(plan.place_at)
    assert windows.contains(plan.due)
    assert (plan.due.second, plan.due.microsecond) == (0, 0)
    assert plan.place_at + needs + orders.lead <= plan.due
    assert plan.place_at + needs <= plan.pushed_by <= plan.due - orders.lead
    if fits(plan.place_at):
        assert plan.pushed_by <= (closing_of(orders, plan.place_at) or plan.due)
        earlier = [now + (plan.place_at - now) * part / 50 for part in range(50)] + [plan.place_at - INSTANT]
        assert not any(fits(moment) for moment in earlier if now <= moment < plan.place_at)
    else:
        assert plan.place_at == orders.next_opening(plan.place_at - INSTANT), "what fits nowhere begins at an opening"
    asked_minute = asked.replace(second=0, microsecond=0)
    for minute in [
        *(plan.due - minutes * MINUTE for minutes in (1, 2, 60, 120, 150, 721, 1440)),
        *(asked_minute, asked_minute + MINUTE),
    ]:
        if asked <= minute < plan.due:
            assert not windows.contains(minute) or minute < plan.place_at + needs + orders.lead
