"""Missing values, and placeholders of other tools, never reach a phone."""

import pytest

from worker.domain.placeholders import foreign, is_missing, unfilled
from worker.domain.template import Template
from worker.errors import Refused

MISSING = [
    "#N/A",
    "#n/a",
    "#REF!",
    "#VALUE!",
    "#NAME?",
    "#DIV/0!",
    "NULL",
    "null",
    "None",
    "nan",
    "NaN",
    "undefined",
    r"\N",
    "[object Object]",
    "(trống)",
    "(blank)",
    "N/A",
    "Invalid Date",
    "none",
    "NONE",
    "Chưa có",
    "chưa cập nhật",
    "Đang cập nhật",
    "không rõ",
    "KHONG XAC DINH",
    "trống",
    "(không có)",
    "<none>",
    "unknown",
    "No name",
    "n / a",
    "#N / A",
    "(N/A)",
    "null null",
    "None None",
    "Nguyễn null",
    "Lan #N/A",
    "#BUSY!",
    "#WERT!",
    "#GIÁTRỊ!",
    "Err:502",
    "#####",
    "00/01/1900",
    "0000-00-00",
    "0000-00-00 00:00:00",
    "{}",
    "[]",
    '""',
    "*",
    "/",
    "…",
    "- -",
    "*|FNAME|*",
    "[object Undefined]",
]


@pytest.mark.parametrize("value", MISSING)
def test_a_value_that_says_there_is_none_is_refused(value):
    assert is_missing(value)
    with pytest.raises(Refused) as fault:
        Template("Chao {ten}").fill({"ten": f" {value} "})
    assert fault.value.rule == "text_missing_value"
    assert fault.value.details["variable"] == "ten"


@pytest.mark.parametrize("value", ["-", "--", "–", "—", "?", "???", ".", "...", "_", "Nil"])
def test_a_stroke_stands_for_nothing(value):
    assert is_missing(value)


@pytest.mark.parametrize(
    "value",
    [
        "Nan",
        "Nôn",
        "Null Nguyen",
        "#1",
        "An",
        "nguyễn",
        "0",
        "N",
        "-5",
        "?!a",
        "A-",
        "Không",
        "Trong",
        "Rong",
        "NA",
        "Nan Nan",
        "01/01/1990",
        "{a}",
        "+",
        "O+",
        "❤",
        "5%",
        "(Lan)",
        "Err",
        "#SALE",
        "None Such",
    ],
)
def test_a_name_is_a_name(value):
    assert not is_missing(value)


WRITTEN = [
    "{{ten}}",
    "{{ ten }}",
    "((ten))",
    "[ten]",
    "[[ten]]",
    "<ten>",
    "<<ten>>",
    "«ten»",
    "%ten%",
    "%%ten%%",
    "${ten}",
    "*|TEN|*",
    "#ten#",
    "{{{ten}}}",
    "<Ten>",
    "[TEN]",
    "{{Tên}}",
    "$ten",
    "$ten$",
    "$(ten)",
    "%ten",
    "@ten@",
    "__ten__",
    "|ten|",
    "!ten!",
    "｛ten｝",
    "<%= ten %>",
    "<ten/>",
    "{{contact.ten}}",
    "{{ten|default:'ban'}}",
    "{{#if ten}}",
    "[ten|ban]",
]


@pytest.mark.parametrize("written", WRITTEN)
def test_a_placeholder_of_another_tool_is_refused_with_the_right_spelling(written):
    text = f"(QC) Chao {written} than men"
    found = foreign(text, ["phone", "ten"])
    assert found is not None
    if written == "{{{ten}}}":
        return  # braces without partners are refused by themselves
    with pytest.raises(Refused) as fault:
        Template(text).check_columns(["phone", "ten"])
    assert fault.value.rule == "text_foreign_placeholder"
    assert "{ten}" in str(fault.value)


@pytest.mark.parametrize(
    "text",
    [
        "[QC] Giam 20% hom nay, 30% ngay mai",
        "(QC) LOA (ten)",
        "Chao {ten}",
        "Gia <500k, >2 ly",
        "[Khuyen mai] Chao ban",
        "a #1 b #2",
        "Don #{ten} gia $20, 100%ten",
        "Gio: 8:30: ten: x",
        "http://a.vn/ten?x=1",
    ],
)
def test_other_texts_are_let_through(text):
    Template(text).check_columns(["QC", "ten", "phone"])


@pytest.mark.parametrize(
    ("variable", "heading"), [("Họ tên", "Họ\ntên"), ("Họ tên", "Họ\u00a0tên"), ("Họ  tên", " Họ tên ")]
)
def test_white_space_in_names_is_one_space_on_both_sides(variable, heading):
    template = Template(f"Chao {{{variable}}}")
    assert template.check_columns(["phone", heading]) == {"Họ tên": heading}


def test_a_sign_before_a_name_of_several_words():
    assert foreign("Chao $Họ tên, ma %HO_TEN.", ["phone", "Họ tên"]) == (6, "$Họ tên", "Họ tên")
    assert foreign("ma %HO_TEN.", ["phone", "Họ tên"]) == (4, "%HO_TEN", "Họ tên")


@pytest.mark.parametrize(
    "written",
    [
        "{{name}}",
        "{{contact.FIRSTNAME}}",
        "[name]",
        "<Ten khach hang>",
        "%NAME%",
        "*|FNAME|*",
        "____",
        "[Tên khách hàng]",
        "${name}",
    ],
)
def test_a_placeholder_without_a_column_is_told(written):
    assert unfilled(f"(QC) Chao {written}, LOA") == [written]


@pytest.mark.parametrize(
    "text", ["[QC] Giam 20% [Khuyen mai]", "Chao {ten} <3", "gia <500k", "50% - 70%", "a_b __ c", "#1 #2"]
)
def test_what_looks_like_none_is_not_told(text):
    assert unfilled(text) == []
