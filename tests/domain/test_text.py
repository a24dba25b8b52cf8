"""The rules of cleaning and counting, row by row."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.text import GSM_BASIC, GSM_EXTENSION, Measure, clean, measure, scrub
from worker.errors import Refused

FIREWOMAN = "👩\u200d🚒"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    ("given_text", "sent"),
    [
        pytest.param("Xin chào", "Xin chào", id="a plain text stays as it is"),
        pytest.param("e\u0302\u0301", "ế", id="accents join their letter"),
        pytest.param("a\u200b\u0301", "á", id="an accent joins its letter across an invisible character"),
        pytest.param("a\u00a0b\u2009c\u3000d\te", "a b c d e", id="every blank is a space"),
        pytest.param("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne", id="every line end is a line feed"),
        pytest.param("\ufeffa\u00adb\u2060c\u200bd\u200ee\u202ef", "abcdef", id="invisible characters go"),
        pytest.param("a\u200db\u200cc", "abc", id="a joiner between letters goes"),
        pytest.param("2\ufe0f", "2", id="a selector behind a digit goes"),
        pytest.param("a\ufe0fb\U000e0041", "ab", id="selectors and tags behind letters go"),
        pytest.param("a\u3164\u115fb", "ab", id="blank letters go"),
        pytest.param(FIREWOMAN, FIREWOMAN, id="a joiner between emoji stays"),
        pytest.param("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥", id="a selector and a joiner of one emoji stay"),
        pytest.param("🏳\ufe0f\u200d⚧\ufe0f", "🏳\ufe0f\u200d⚧\ufe0f", id="a selector behind a joined emoji stays"),
        pytest.param("👩🏽\u200d🚒", "👩🏽\u200d🚒", id="a joiner behind a skin tone stays"),
        pytest.param("1\ufe0f\u20e3", "1\ufe0f\u20e3", id="a keycap stays"),
        pytest.param(ENGLAND, ENGLAND, id="the tags of a flag stay"),
        pytest.param("👩" + ENGLAND[1:], "👩", id="tags behind another emoji hide a text, and go"),
        pytest.param("🙂\u200d", "🙂", id="a joiner that joins nothing goes"),
        pytest.param(" \n a \u00a0", "a", id="blanks at the ends go"),
        pytest.param("\u200b \ufeff", "", id="a text of blanks is empty"),
        pytest.param("a\nb", "a\nb", id="a line feed stays"),
    ],
)
def test_cleaning_sends_what_the_author_sees(given_text, sent):
    assert clean(given_text).text == sent


@pytest.mark.parametrize(
    ("given_text", "notes"),
    [
        pytest.param("Xin chào các bạn của Loa", (), id="nothing changed, nothing said"),
        pytest.param(
            "ab\u200bc\ufeff",
            ("2 invisible characters were removed, the first (U+200B ZERO WIDTH SPACE) at position 3.",),
            id="removed",
        ),
        pytest.param(
            "a\u00a0b", ("1 unusual space was made a plain one, the first (U+00A0 NO-BREAK SPACE) at position 2.",)
        ),
        pytest.param("a\r\nb", ("1 line end was written as a line feed, the first (U+000D) at position 2.",)),
        pytest.param("ab ", ("Blanks at the start or the end were dropped.",), id="stripped"),
        pytest.param(
            "bai e\u0301",
            ("Accents were joined with their letters (NFC), the first at position 5.",),
            id="é is GSM-7, so there is no warning",
        ),
    ],
)
def test_every_change_is_noted_with_its_position(given_text, notes):
    assert clean(given_text).notes == notes


def test_a_curly_quote_in_a_plain_text_is_warned_of():
    (note,) = clean("Giam gia cho chi Lan\u2019s").notes
    assert note == (
        "A part holds 70 characters instead of 160, only because of "
        "\u2019 (U+2019 RIGHT SINGLE QUOTATION MARK) at position 21."
    )


def test_more_than_three_such_characters_are_counted():
    (note,) = clean("“a” va “b” " + "x" * 100).notes
    assert note.count("position") == 3
    assert note.endswith("at position 8 and 1 more.")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Cửa hàng giảm giá tới hết ngày mai", id="Vietnamese is Unicode on purpose"),
        pytest.param("Chao {họ tên}, giam gia", id="the name of a variable is not sent"),
        pytest.param("[QC] ^{}~ | \\ 5€", id="extension characters are GSM-7"),
    ],
)
def test_there_is_no_warning_when(text):
    assert clean(text).notes == ()


@pytest.mark.parametrize(
    ("text", "rule", "position", "character"),
    [
        pytest.param("ab\x00", "text_control_character", 3, "U+0000", id="NUL"),
        pytest.param("\x1b[1mQC", "text_control_character", 1, "U+001B", id="an escape"),
        pytest.param("a\x0bb", "text_control_character", 2, "U+000B", id="a vertical tab"),
        pytest.param("a\x9fb", "text_control_character", 2, "U+009F", id="a C1 control"),
        pytest.param("e\u0301\x07", "text_control_character", 2, "U+0007", id="an accented letter counts as one"),
        pytest.param("abc\udcff", "text_broken_character", 4, "U+DCFF", id="a byte that was not UTF-8"),
    ],
)
def test_what_no_phone_shows_is_refused_with_its_position(text, rule, position, character):
    with pytest.raises(Refused) as refused:
        clean(text)
    assert refused.value.rule == rule
    assert refused.value.details == {"position": position, "character": character}
    assert f"position {position}" in str(refused.value)


SOUP = st.text(
    st.one_of(
        st.sampled_from(
            "a1#Đ\u0301\u0338 \u00a0\t\r\n\u2028\u200b\u200d\ufe0f\ufe0e\u20e3\ufeff↔❤👩🏽🏴\U000e0067\U000e007f{}"
        ),
        st.characters(exclude_categories=["Cs", "Cc"]),
    )
)


@given(SOUP)
def test_cleaning_twice_changes_nothing_more(text):
    once = clean(text).text
    assert scrub(once).text == once
    assert scrub(once).notes == ()


@given(SOUP)
def test_a_cleaned_text_is_composed_and_stripped(text):
    once = clean(text).text
    assert unicodedata.is_normalized("NFC", once)
    assert once == once.strip()
    assert not set(once) & set("\r\t\u00a0\u200b\ufeff")


def test_the_alphabet_has_its_127_characters_and_9_extensions():
    assert len(set(GSM_BASIC)) == len(GSM_BASIC) == 127
    assert len(set(GSM_EXTENSION) - set(GSM_BASIC)) == len(GSM_EXTENSION) == 10  # the form feed is one of them
    assert {measure(letter).units for letter in GSM_BASIC} == {1}
    assert {measure(letter).units for letter in GSM_EXTENSION} == {2}


def gsm(units, parts, characters=None):
    return Measure("GSM-7", units, parts, units if characters is None else characters)


def ucs2(units, parts):
    return Measure("UCS-2", units, parts, units)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", gsm(0, 0), id="an empty text has no part"),
        pytest.param("a" * 160, gsm(160, 1), id="160 fill one part"),
        pytest.param("a" * 161, gsm(161, 2), id="161 take two"),
        pytest.param("a" * 306, gsm(306, 2), id="306 fill two"),
        pytest.param("a" * 307, gsm(307, 3), id="307 take three"),
        pytest.param("a" * 459, gsm(459, 3), id="459 fill three"),
        pytest.param("[QC]", gsm(6, 1, 4), id="the brackets of a label cost two septets each"),
        pytest.param("€" * 80, gsm(160, 1, 80), id="80 extension characters fill one part"),
        pytest.param("€" * 81, gsm(162, 2, 81), id="81 take two"),
        pytest.param(
            "a" * 152 + "€" + "a" * 152, gsm(306, 3, 305), id="an escape pair is not split, so 306 take three"
        ),
        pytest.param("a" * 151 + "€" + "a" * 153, gsm(306, 2, 305), id="an escape pair that ends a part costs nothing"),
        pytest.param("€" * 153, gsm(306, 3, 153), id="76 extension characters a part"),
        pytest.param("à è é ì ò ù Ç Ñ ñ ü", gsm(19, 1), id="some accents are in the alphabet"),
        pytest.param("ç", ucs2(1, 1), id="a small c with cedilla is not"),
        pytest.param("`", ucs2(1, 1), id="nor is a backtick"),
        pytest.param("ế" * 70, ucs2(70, 1), id="70 fill one part of Unicode"),
        pytest.param("ế" * 71, ucs2(71, 2), id="71 take two"),
        pytest.param("ế" * 134, ucs2(134, 2), id="134 fill two"),
        pytest.param("ế" * 135, ucs2(135, 3), id="135 take three"),
        pytest.param("e\u0302\u0301" * 70, ucs2(70, 1), id="decomposed accents count once"),
        pytest.param("e\u0301" * 160, gsm(160, 1), id="a decomposed é is GSM-7"),
        pytest.param("🙂" * 35, ucs2(70, 1), id="an emoji counts two"),
        pytest.param("🙂" * 67, ucs2(134, 3), id="a surrogate pair is not split, 33 a part"),
        pytest.param("a" + "🙂" * 66 + "a", ucs2(134, 2), id="a pair that ends a part costs nothing"),
        pytest.param("ế" + "a" * 69, ucs2(70, 1), id="one accent makes all of it Unicode"),
    ],
)
def test_a_text_is_measured(text, expected):
    assert measure(text) == expected


def parts_by_packing(text):
    """The same by another way: characters are put one by one into parts."""
    text = unicodedata.normalize("NFC", text)
    if set(text) <= set(GSM_BASIC + GSM_EXTENSION):
        costs, single, multiple = [2 if letter in GSM_EXTENSION else 1 for letter in text], 160, 153
    else:
        costs, single, multiple = [2 if ord(letter) > 0xFFFF else 1 for letter in text], 70, 67
    if sum(costs) <= single:
        return sum(costs), 1 if costs else 0
    parts, room = 1, multiple
    for cost in costs:
        if cost > room:
            parts, room = parts + 1, multiple
        room -= cost
    return sum(costs), parts


@given(st.one_of(st.text("a€", min_size=150, max_size=500), st.text("aế🙂", min_size=60, max_size=220), st.text()))
def test_parts_are_those_of_packing_characters_one_by_one(text):
    measured = measure(text)
    assert (measured.units, measured.parts) == parts_by_packing(text)
    assert measured.characters == len(unicodedata.normalize("NFC", text).encode("utf-16-le", "surrogatepass")) // 2
