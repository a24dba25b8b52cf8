"""The dated rules: what comes with Loa can be read, a mistake is named, and each day has the rule of that day."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.domain.test_window import at
from worker.domain import policy
from worker.domain.ads import AdRules, check_label
from worker.domain.calendar import library_is_old, public_holidays, questionable
from worker.domain.policy import OURS, Basis, Channel
from worker.domain.window import Windows
from worker.errors import Refused

WRITTEN = Path(policy.__file__).with_name("policy.toml").read_text()
NEW_YEAR = date(2027, 1, 1)
#: The one edit of a change on a date: the rule of texts ends, and another begins.
CHANGED = WRITTEN.replace(
    'channel = "sms"\nfrom = 2020-10-01', 'channel = "sms"\nfrom = 2020-10-01\nuntil = 2027-01-01', 1
).replace(
    '[[rule]]\nchannel = "call"',
    '[[rule]]\nchannel = "sms"\nfrom = 2027-01-01\ndecree = "99/2026/ND-CP"\narticles = "9"\nbasis = "law"\n'
    'hours = "08:30-19:00"\nmost = 2\nwithin_h = 24\nlabels = ["[ADV]"]\n\n[[rule]]\nchannel = "call"',
    1,
)


def test_what_comes_with_loa_names_each_channel_and_where_it_stands():
    texts, calls = OURS.on(Channel.SMS, date(2026, 12, 31)), OURS.on(Channel.CALL, date(2026, 12, 31))
    assert (texts.hours_written, texts.limit.most, texts.limit.within) == ("07:00-22:00", 3, timedelta(hours=24))
    assert (calls.hours_written, calls.limit.most, calls.labels) == ("08:00-17:00", 1, ())
    assert all("91/2020" in rule.decree and rule.articles for rule in OURS.rules)
    assert {rule.channel for rule in OURS.rules if rule.basis is Basis.CAUTION} == {Channel.ZALO, Channel.VIBER}
    asks = texts.consent_request
    assert asks is not None
    assert (asks.label, asks.most_ever, asks.refused_after) == ("[DKQC]", 1, timedelta(hours=24))


def test_a_change_on_a_date_is_one_edit():
    changed = policy.read(CHANGED)
    assert changed.on(Channel.SMS, NEW_YEAR - timedelta(days=1)).limit.most == 3
    assert changed.on(Channel.SMS, NEW_YEAR).limit.most == 2
    assert changed.on(Channel.SMS, date(2031, 5, 5)).decree == "99/2026/ND-CP"
    assert changed.on(Channel.SMS, date(2019, 1, 1)).limit.most == 3, "before all rules, the first"
    assert changed.on(Channel.CALL, NEW_YEAR) == OURS.on(Channel.CALL, NEW_YEAR)


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        pytest.param("Thu 2026-12-31 19:59:59", None, id="the old hours, to their end"),
        pytest.param("Thu 2026-12-31 20:00:00", "Fri 2027-01-01 08:30:00", id="the night before opens by the new rule"),
        pytest.param(
            "Fri 2027-01-01 08:00:00", "Fri 2027-01-01 08:30:00", id="open by the setting, closed by the rule"
        ),
        pytest.param("Fri 2027-01-01 18:59:59", None, id="the last second"),
        pytest.param("Fri 2027-01-01 19:00:00", "Sat 2027-01-02 08:30:00", id="closed an hour earlier than was set"),
    ],
)
def test_the_hours_that_are_set_are_cut_to_those_of_the_day(now, opening):
    windows = Windows.parse("08:00-11:30,13:30-20:00", policy=policy.read(CHANGED))
    assert windows.contains(at(now)) is (opening is None)
    assert windows.next_opening(at(now)) == at(opening or now)


def test_hours_that_a_rule_leaves_nothing_of_become_the_rules_own():
    windows = Windows.parse("07:00-08:00", policy=policy.read(CHANGED))
    assert windows.written(at("Thu 2026-12-31 12:00:00")) == "07:00-08:00"
    assert windows.written(at("Fri 2027-01-01 12:00:00")) == "08:30-19:00"
    assert windows.closes(at("Fri 2027-01-01 12:00:00")) == at("Fri 2027-01-01 19:00:00")


def test_hours_that_no_rule_permits_are_refused_with_the_decree():
    with pytest.raises(ValueError, match="06:30-20:00 leaves 08:30-19:00, the hours in which Decree 99/2026"):
        Windows.parse("06:30-20:00", policy=policy.read(CHANGED))


def test_a_text_begins_with_a_label_of_its_day():
    labels = policy.read(CHANGED).on(Channel.SMS, NEW_YEAR).labels
    with pytest.raises(Refused) as refused:
        check_label("[QC] Sale", AdRules(422, labels))
    assert refused.value.rule == "ad_label_missing"
    check_label("[ADV] Sale", AdRules(422, labels))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("most = 1\n", 'most = "one"\n', r"rule 2 \(call\): most must be a number, 0 or more"),
        ('hours = "08:00-17:00"', 'hours = "8am-5pm"', r'rule 2 \(call\): hours: "8am-5pm" is not a window'),
        ('hours = "08:00-17:00"', 'hours = "08:00-12:00,11:00-17:00"', "its hours overlap"),
        ('channel = "call"', 'channel = "fax"', "rule 2: channel is 'fax'; take from sms, call, zalo, viber"),
        ('labels = ["[QC]", "(QC)", "[AD]"]', 'labels = "[QC]"', "labels must be a list of texts"),
        ("within_h = 24", "within_hours = 24", "there is no 'within_hours' here"),
        ("from = 2027-01-01\nwhat", 'from = "2027-01-01"\nwhat', "from must be a day without quotes"),
        ("decided_until = 2027-01-01", "", "decided_until must be a day"),
        ("[[rule]]\n", "[[rule]\n", "it is not TOML"),
        ('basis = "law"', 'basis = "hope"', "basis is 'hope'"),
    ],
)
def test_a_mistake_is_named_by_its_place(old, new, said):
    assert old in WRITTEN
    with pytest.raises(ValueError, match=said):
        policy.read(WRITTEN.replace(old, new))


def test_a_day_with_no_rule_or_with_two_is_a_mistake():
    for until in ("until = 2026-12-31", "until = 2027-01-02", ""):
        with pytest.raises(ValueError, match="the next is from 2027-01-01: make them one day"):
            policy.read(CHANGED.replace("until = 2027-01-01", until, 1))
    with pytest.raises(ValueError, match="call: there is no rule"):
        policy.read(WRITTEN.replace('channel = "call"', 'channel = "viber"', 1))
    with pytest.raises(ValueError, match="sms: the rule from 2020-10-01 ends on 2027-01-01, and none follows"):
        policy.read(WRITTEN.replace("from = 2020-10-01", "from = 2020-10-01\nuntil = 2027-01-01", 1))


def test_the_calendar_says_which_days_are_decided_and_which_are_only_computed():
    assert public_holidays(2027)[date(2027, 2, 8)]
    around_tet = questionable(date(2027, 2, 1), date(2027, 2, 14))
    assert date(2027, 2, 8) in {one.day for one in around_tet if one.closed}
    assert questionable(date(2026, 2, 1), date(2026, 2, 28)) == [], "that year is decided"
    assert questionable(date(2027, 1, 1), date(2027, 1, 1)) == [], "and that day stands in the law"
    (culture,) = questionable(date(2026, 11, 20), date(2026, 11, 30))
    assert culture.day == date(2026, 11, 24)
    assert "80-NQ/TW" in str(culture)
    (second,) = questionable(date(2026, 1, 1), date(2026, 1, 3))
    assert not second.closed


def test_a_library_of_last_year_is_old():
    assert not library_is_old(2026)
    assert library_is_old(2999)
