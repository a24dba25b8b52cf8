"""A care text is compared with a template in a time that no template can stretch."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.care_template import CareTemplate


@pytest.mark.parametrize(
    ("template", "text", "fits"),
    [
        ("Cam on quy khach", "Cam on quy khach", True),
        ("Cam on quy khach", "Cam on quy khach!", False),
        ("Chao {P1,20}, ma {P2,6}.", "Chao Lan, ma 123456.", True),
        ("Chao {P1,20}, ma {P2,6}.", "Chao Lan, ma 1234567.", False),
        ("Chao {P1,20}, ma {P2,6}.", "Chao Lan, ma, ma .", True),
        ("{P1,3}{P2,3}", "123456", True),
        ("{P1,3}{P2,3}", "1234567", False),
        ("{P1,3}", "", True),
        ("{P1,2}aa", "aaaa", True),
        ("{P1,2}aa", "aaaaa", False),
        ("{P1,30}.", "a\nb.", True),
        ("a.c{P1,1}", "abc", False),
    ],
)
def test_a_place_takes_as_many_characters_as_it_says(template: str, text: str, fits: bool):
    assert CareTemplate("Viettel", template).fits(text) is fits


@given(st.lists(st.one_of(st.integers(0, 3), st.text("ab", max_size=2)), max_size=6), st.text("ab", max_size=12))
def test_it_is_what_a_pattern_would_say(pieces: list[int | str], text: str):
    import re  # noqa: PLC0415 - what it is compared with

    template = "".join(f"{{P1,{piece}}}" if isinstance(piece, int) else piece for piece in pieces)
    pattern = "".join(f".{{0,{piece}}}" if isinstance(piece, int) else piece for piece in pieces)
    assert CareTemplate("Viettel", template).fits(text) is bool(re.fullmatch(pattern, text))


def test_many_places_and_a_long_text_that_nearly_fits_take_no_time():
    # A pattern of `re` tries some 10^30 ways here.
    template, text = CareTemplate("Viettel", "{P1,100}a" * 20 + "b"), "a" * 1000
    began = time.perf_counter()
    assert not template.fits(text)
    assert template.fits("a" * 1000 + "b")
    assert time.perf_counter() - began < 1
