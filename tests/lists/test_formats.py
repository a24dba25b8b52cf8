"""Numbers in formats by chance, against what LibreOffice shows of them: always the same, or said not to be known."""

import json
import re

import pytest

from tests.lists import rendering
from worker.lists import formats
from worker.lists.workbook.numbers import Formats

KEPT = json.loads(rendering.RECORDED.read_text(encoding="utf-8"))


def in_two_digits(text: str) -> str:
    """As Vietnam writes dates, and without a midnight."""
    padded = re.sub(r"\b(\d)\b", r"0\1", text)
    return re.sub(r"(:\d\d):00$", r"\1", padded).removesuffix(" 00:00")


def blanks_apart(text: str) -> str:
    """Blanks that only align figures below one another are no part of a text."""
    return text.replace(" ", "")


def test_what_is_shown_is_what_libreoffice_shows():
    rendered, wrong = 0, []
    for value, code, shown in KEPT:
        if formats.date_parts(code):
            continue
        ours = formats.shown(value, code)
        rendered += ours is not None
        if ours is not None and blanks_apart(ours) != blanks_apart(shown):
            wrong.append((value, code, ours, shown))
    assert wrong == []
    assert rendered > 300


def test_dates_show_the_parts_that_libreoffice_shows():
    wrong, dates = [], 0
    for value, code, shown in KEPT:
        if formats.date_parts(code) and value > 60:
            dates += 1
            ours = Formats().shown(value, code)
            # Hours that elapsed since 1899 are a date that lost its format.
            if in_two_digits(str(ours)) != in_two_digits(shown) and code != "[h]:mm":
                wrong.append((value, code, ours, shown))
    assert wrong == []
    assert dates > 15


@pytest.mark.skipif(not rendering.found(), reason="LibreOffice is not here; its answers are kept")
def test_what_is_kept_is_what_libreoffice_says_today():
    asked = [(value, code) for value, code, _ in KEPT]
    assert rendering.rendered(asked) == [shown for _, _, shown in KEPT]


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (46083, "dd/mm/yyyy", "02/03/2026"),
        (46083.75, "dd/mm/yyyy", "02/03/2026"),
        (46083.75, "dd/mm/yyyy hh:mm", "02/03/2026 18:00"),
        (46083, "mm/yyyy", "03/2026"),
        (46083, "d-mmm", "02/03"),
        (46083, "yyyy", "2026"),
        (46083, "dddd", "02/03/2026"),
        (46083.75, "h:mm AM/PM", "18:00"),
        (0.5 + 15 / 86400, "h:mm:ss", "12:00:15"),
        (1.5, "[h]:mm", "36:00"),
        (59, "dd/mm/yyyy", "28/02/1900"),
        (61, "dd/mm/yyyy", "01/03/1900"),
        (3000000000, "dd/mm/yyyy", 3000000000),
        (4000000, "dd/mm/yyyy", 4000000),
        (123, "0 VND", 123),
    ],
)
def test_a_date_shows_what_its_format_names(value, code, shown):
    assert Formats().shown(value, code) == shown


def test_days_are_counted_from_1904_where_the_workbook_says_so():
    assert Formats(from_1904=True).shown(44621, "dd/mm/yyyy") == "02/03/2026"


def test_a_format_that_is_not_known_is_said_with_an_example():
    found = Formats()
    assert found.notes() == []
    assert found.shown(0.5, "# ?/?") == 0.5
    assert found.shown(7, "0.00E+00") == 7
    assert found.shown(8, "0.00E+00") == 8
    assert found.notes() == [
        "Numbers in the format # ?/? are written as they are stored, such as 0.5: it is not known here.",
        "Numbers in the format 0.00E+00 are written as they are stored, such as 7: it is not known here.",
    ]


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (5, 'General" ngày"', "5 ngày"),
        (123, '"KH-"General', "KH-123"),
        (0.1, 'General"%"', "0.1%"),
        (0, "dd/mm/yyyy", "00/01/1900"),
        (0, "[h]:mm", "00:00"),
        (0.5, "dd/mm/yyyy hh:mm", "12:00"),
        (100 / 3, "General", 33.33333333),
        (1 / 3, "General", 0.333333333),
        (0.1 + 0.2, "General", 0.3),
        (1234567.891, "General", 1234567.891),
        (84912345678, "General", 84912345678),
        (12345678.125, "General", 12345678.13),
    ],
)
def test_a_number_shows_what_a_cell_has_room_for_and_what_stands_around_it(value, code, shown):
    assert Formats().shown(value, code) == shown


@pytest.mark.parametrize(
    ("text", "code", "shown"),
    [
        ("abc", '"KH "@', "KH abc"),
        ("0901234567", '"+84"@', "+840901234567"),
        ("abc", '0;-0;0;"Mã: "@" *"', "Mã: abc *"),
        ("abc", ";;;", ""),
        ("abc", "0;-0;0;", ""),
        ("abc", "_-@_-", "abc"),
        ("abc", '_(* #,##0_);_(* (#,##0);_(* "-"_);_(@_)', "abc"),
        ("abc", "[Red]@", "abc"),
        ("abc", "0;0", "abc"),
        ("abc", "General", "abc"),
    ],
)
def test_a_text_shows_what_its_format_puts_around_it(text, code, shown):
    assert formats.of_text(text, code) == shown
    shows = Formats.text_in(code)
    assert (shows(text) if shows else text) == shown
