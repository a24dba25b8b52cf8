"""Texts that break what carries them; every adapter must bring each of them over as it was written."""

import pytest

AWKWARD = [
    pytest.param("& + % # < > \" ' / \\ ? = ; @ ~ ^ { } [ ] | € $", id="signs that some format takes for its own"),
    pytest.param("%26 %2B &amp; \\u0041 ]]> <!-- <![CDATA[ {name} \\n %zz", id="signs that look escaped already"),
    pytest.param("first\nsecond\r\nthird\rfourth\tfifth", id="every kind of line end"),
    pytest.param("  blanks  before, between and after  ", id="blanks"),
    pytest.param("Giảm 50% tới 20 giờ – “đẹp” 🇻🇳 👩‍💻 \U0001f4e3", id="Vietnamese, quotation marks, emoji"),
    pytest.param("a\u0301 \u00a0 \u200b \ufeff \ufffd", id="combining marks and invisible characters"),
]
