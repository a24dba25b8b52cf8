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


def test_words_of_one_sender():
    words = Words.parse("TC,LOA:THOI", "DK")
    assert words.judge("thoi", sender="LOA") is Meaning.OPT_OUT
    assert words.judge("thoi", sender="SHOP") is Meaning.OTHER
    assert words.judge("tc", sender="SHOP") is Meaning.OPT_OUT


@pytest.mark.parametrize(("out", "into"), [("TC,!!", "DK"), ("TC", "TC"), (":TC", "DK"), ("LOA:", "DK")])
def test_what_is_no_word_is_refused(out, into):
    with pytest.raises(Misuse):
        Words.parse(out, into)
