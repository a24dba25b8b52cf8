"""Typographic characters as plain ones, and what accents cost."""

import pytest

from worker.domain.plain import SUBSTITUTES, changes, only_typographic, parts_saved, plain, without_accents
from worker.domain.text import GSM_BASIC, measure


def test_all_that_is_written_instead_is_in_the_gsm_alphabet():
    assert set("".join(SUBSTITUTES.values())) <= set(GSM_BASIC)


def test_quotes_dashes_and_dots_become_plain_and_each_is_named():
    assert plain("O’Neil “giảm” – 20…") == 'O\'Neil "giảm" - 20...'
    assert changes("O’Neil – D’Arc") == ["2 × ’ is written '", "1 × – is written -"]


@pytest.mark.parametrize(
    ("text", "more"), [("O’Neil " + "a" * 120, 1), ("O’Neil", 0), ("Đặng O’Neil", None), ("An", None)]
)
def test_what_typographic_characters_cost(text, more):
    assert only_typographic(text) == more


def test_what_accents_cost():
    text = "Chào bạn, đơn hàng của bạn đã được giao đến cửa hàng gần nhất, xin mời bạn đến nhận trong 3 ngày"
    assert without_accents("Đặng Thị Ngọc Ưu") == "Dang Thi Ngoc Uu"
    assert parts_saved(text) == measure(text).parts - 1 == 1
    assert parts_saved("Chao ban") == 0
