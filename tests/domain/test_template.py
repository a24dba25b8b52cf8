"""Variables: where they stand, which column fills them, what a recipient reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.template import Template
from worker.errors import Refused


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("no variable", (), id="none"),
        pytest.param("", (), id="an empty text"),
        pytest.param("{ten} {ma} {ten}", ("ten", "ma"), id="each once, in order"),
        pytest.param("{ Họ tên } {ma_so-1}", ("Họ tên", "ma_so-1"), id="blanks around a name are ignored"),
        pytest.param("{te\u0302n}", ("tên",), id="names are composed"),
        pytest.param("{{ten}} {ma}", ("ma",), id="two braces are no variable"),
        pytest.param("{{{ten}}}", ("ten",), id="a variable within literal braces"),
    ],
)
def test_the_variables_of_a_text(text, names):
    assert Template(text).names == names


@pytest.mark.parametrize(
    ("text", "position"),
    [
        pytest.param("Chao {ten", 6, id="never closed"),
        pytest.param("Chao ten}", 9, id="never opened"),
        pytest.param("{a{b}", 1, id="a brace within a name"),
        pytest.param("Chao {}", 6, id="no name"),
        pytest.param("Chao {  }", 6, id="a blank name"),
        pytest.param("{{{}", 3, id="behind a literal brace"),
    ],
)
def test_a_bad_variable_is_refused_with_its_position(text, position):
    with pytest.raises(Refused) as refused:
        Template(text)
    assert refused.value.rule == "text_bad_variable"
    assert refused.value.details == {"position": position}
    assert f"position {position}" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        pytest.param("Chao {ten}!", {"ten": "Lan"}, "Chao Lan!", id="a value"),
        pytest.param("{a}{b}{a}", {"a": "1", "b": "2"}, "121", id="side by side and repeated"),
        pytest.param("{{{a}}}", {"a": "1"}, "{1}", id="literal braces"),
        pytest.param("{{}}", {}, "{}", id="literal braces without a variable"),
        pytest.param("{a}", {"a": "{b}", "b": "no"}, "{b}", id="braces in a value are the value's"),
        pytest.param("{a}", {"a": " Lan\u00a0Anh\u200b "}, "Lan Anh", id="values are cleaned"),
        pytest.param("{a}", {"a": "12 Ly \r\n Thai To\n\nHa Noi"}, "12 Ly Thai To Ha Noi", id="lines become spaces"),
        pytest.param("e{a}", {"a": "\u0301"}, "é", id="the whole is composed"),
        pytest.param("{ ten }", {"ten": "Lan"}, "Lan", id="values go by the trimmed name"),
    ],
)
def test_filling(text, values, said):
    assert Template(text).fill(values) == said


@pytest.mark.parametrize(
    ("values", "rule", "words"),
    [
        pytest.param({"ten": ""}, "text_blank_value", "The value of {ten} is blank.", id="an empty value"),
        pytest.param({"ten": " \u200b\n"}, "text_blank_value", "{ten}", id="a value of blanks"),
        pytest.param({}, "text_blank_value", "{ten}", id="a row that ends before the column"),
        pytest.param(
            {"ten": "a\x00"}, "text_control_character", "The value of {ten} has a control", id="a control character"
        ),
    ],
)
def test_a_value_that_cannot_be_sent_is_a_fault_of_the_row(values, rule, words):
    with pytest.raises(Refused) as refused:
        Template("Chao {ten}").fill(values)
    assert refused.value.rule == rule
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("name", "columns", "column"),
    [
        pytest.param("ten", ["phone", "ten"], "ten", id="the same spelling"),
        pytest.param("TEN", ["phone", " Ten "], " Ten ", id="another case, blanks around the header"),
        pytest.param("Ten", ["TEN", "Ten"], "Ten", id="the exact spelling wins over another case"),
        pytest.param("tên", ["te\u0302n"], "te\u0302n", id="a decomposed header"),
    ],
)
def test_a_variable_finds_its_column(name, columns, column):
    assert Template(f"Chao {{{name}}}").check_columns(columns) == {name: column}


def test_an_unknown_variable_is_refused_with_the_columns_there_are():
    with pytest.raises(Refused) as refused:
        Template("{ma} {giá} {giá}").check_columns(["phone", "ma"])
    assert refused.value.rule == "text_unknown_variable"
    assert refused.value.details == {"variable": "giá", "position": 6, "columns": ["phone", "ma"]}
    assert "{giá} at position 6; its columns are: phone, ma." in str(refused.value)


@pytest.mark.parametrize(
    ("name", "column", "says"),
    [
        ("ten_khach", "Tên khách", "Tên khách (is it meant? write it so, with its accents)"),
        ("name", "n\u0430me", "its letter \u0430 is Cyrillic Small Letter A"),
    ],
)
def test_a_column_that_may_be_meant_is_pointed_at(name, column, says):
    with pytest.raises(Refused) as refused:
        Template(f"Chao {{{name}}}").check_columns(["phone", column])
    assert says in str(refused.value)
    assert "phone (" not in str(refused.value)


@pytest.mark.parametrize("columns", [["ten", "ten"], ["Ten", "TEN"]], ids=["the same header twice", "two cases"])
def test_a_variable_that_fits_two_columns_is_refused(columns):
    with pytest.raises(Refused, match="fits 2 columns") as refused:
        Template("{ten}").check_columns(columns)
    assert refused.value.rule == "text_ambiguous_variable"


@given(st.text(st.sampled_from("ab {}"), max_size=12))
def test_doubled_braces_say_any_text(text):
    assert Template(text.replace("{", "{{").replace("}", "}}")).fill({}) == text
