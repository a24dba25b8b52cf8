"""What subscribers mean by what they write."""

import pytest

from worker.domain.opt_out import Meaning, Words
from worker.errors import Misuse

WORDS = Words.parse()


@pytest.mark.parametrize(
    ("content", "keyword", "meaning"),
    [
        ("TC", "", "opt_out"), ("tc", "TC", "opt_out"), ("Từ chối", "", "opt_out"), ("TỪ  CHỐI!", "", "opt_out"),
        ("tu choi LOA", "", "opt_out"), ("TC LOA", "TC", "opt_out"), ("LOA TC", "LOA", "opt_out"), ("", "TC", "opt_out"),
        ("Hủy", "", "opt_out"), ("HUY QC", "", "opt_out"), ("stop.", "", "opt_out"), ("Không nhận tin nữa", "", "opt_out"),
        ("khong nhan", "", "opt_out"), ("Dừng", "", "opt_out"),
        ("Đồng ý", "", "opt_in"), ("DK", "", "opt_in"), ("dk loa", "", "opt_in"), ("DK LOA", "DK", "opt_in"),
        ("DK TC", "", "other"), ("toi khong dong y", "", "other"), ("Nhận", "", "opt_in"),
        ("TCB", "", "other"), ("", "", "other"), ("gia bao nhieu", "", "other"),
        ("huy don hang so 123 giup toi voi a", "", "other"), ("nhan hang roi", "", "other"),
    ],
)  # fmt: skip
def test_words_as_vietnamese_senders_use_them(content, keyword, meaning):
    assert WORDS.judge(content, keyword, "LOA") == Meaning(meaning)


@pytest.mark.parametrize(
    ("content", "meaning"),
    [
        ("LOA TC", "opt_out"), ("TC", "opt_out"), ("loa Từ chối nhé", "opt_out"), ("LOA THOI", "opt_out"), ("thoi", "opt_out"),
        ("LOA CO", "opt_in"), ("LOA", "other"), ("LOA gia bao nhieu", "other"), ("TC LOA", "opt_out"),
    ],
)  # fmt: skip
def test_on_a_short_code_that_many_share_our_keyword_comes_first(content, meaning):
    words = Words.parse("TC,TU CHOI,LOA:THOI", "DK,LOA:CO")
    assert words.judge(content, "LOA", "8755") == Meaning(meaning)


def test_no_keyword_makes_a_consent_of_a_refusal():
    assert WORDS.judge("KHONG DONG Y", "KHONG", "8755") is Meaning.OTHER
    assert WORDS.judge("DK TC", "DK", "8755") is Meaning.OPT_OUT


def test_words_of_one_sender():
    words = Words.parse("TC,LOA:THOI", "DK")
    assert words.judge("thoi", sender="LOA") is Meaning.OPT_OUT
    assert words.judge("thoi", sender="SHOP") is Meaning.OTHER
    assert words.judge("tc", sender="SHOP") is Meaning.OPT_OUT


@pytest.mark.parametrize(("out", "into"), [("TC,!!", "DK"), ("TC", "TC"), (":TC", "DK"), ("LOA:", "DK")])
def test_what_is_no_word_is_refused(out, into):
    with pytest.raises(Misuse):
        Words.parse(out, into)
