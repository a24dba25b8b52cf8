"""Texts, templates and values by chance: what a phone gets is plain, measured and filled, or a person reads why not."""

import unicodedata
from contextlib import suppress
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from tests.chance import came_of
from worker.domain.ads import AdRules, check_label, check_length, check_no_consent_request
from worker.domain.opt_out import Meaning, Words
from worker.domain.otp_code import CodePlan
from worker.domain.placeholders import foreign, is_missing, unfilled
from worker.domain.plain import changes, only_typographic, parts_saved, plain, without_accents
from worker.domain.policy import OURS
from worker.domain.spoken import spoken_code
from worker.domain.template import Template
from worker.domain.text import clean, measure, utf16_units
from worker.domain.zalo import read_values
from worker.errors import LoaError, Refused

#: What people paste, by the piece: words, variables, labels, other tools' placeholders, odd characters.
PIECES = st.sampled_from(
    [
        "Chao ", "{ten}", "{ Mã đơn }", "{{", "}}", "{", "}", "[QC] ", "[AD]", "(QC)", "[DKQC]", "{{ten}}", "*|TEN|*", "%ten%",
        "$ten", "<<ten>>", "ế", "e\u0302\u0301", "\u0301", "đ", "’", "…", "\u00a0", "\u200b", "\ufeff", "\r\n", "\t",
        "👨\u200d👩\u200d👧", "☎\ufe0f", "€", "^", "\x1b", "\0",
        "\ud800", "\u202e", "１２３", "https://example.com/a?b=c", " TC gui 8041", "482913", "_____",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join) | st.text(max_size=200)
NAMES = st.sampled_from(["ten", "Mã đơn", "phone", "TEN", " ten ", ""]) | st.text(max_size=8)


def plain_enough(text: str) -> None:
    """What may be sent: no character that no phone shows, composed, without blanks around it."""
    assert text == unicodedata.normalize("NFC", text).strip()
    assert not any(unicodedata.category(one) in {"Cc", "Cs"} and one != "\n" for one in text), ascii(text)


@given(TEXTS)
def test_a_text_is_cleaned_or_refused_with_the_place(text):
    said = came_of(partial(clean, text), Refused)
    if isinstance(said, Refused):
        assert 1 <= said.details["position"] <= len(unicodedata.normalize("NFC", text))
        return
    plain_enough(said.text)
    found = measure(said.text)
    assert found.units >= found.characters >= len(said.text)
    assert found.parts == 0 if not said.text else 1 <= found.parts <= found.units


@given(TEXTS, st.lists(NAMES, max_size=4), st.lists(TEXTS, min_size=4, max_size=4))
def test_a_template_is_filled_with_plain_text_or_refused_by_the_name_of_the_variable(text, columns, values):
    with suppress(Refused):
        template = Template(clean(text).text)
        named = template.check_columns(columns)
        by_column = dict(zip(columns, values, strict=False))
        row = {name: by_column[column] for name, column in named.items()}
        said = came_of(partial(template.fill, row), Refused)
        if isinstance(said, Refused):
            assert said.details["variable"] in template.names
            return
        if template.names:
            assert not any(unicodedata.category(one) in {"Cc", "Cs"} and one != "\n" for one in said)
            assert "\n" not in said or "\n" in template.text
        assert measure(said).parts <= max(1, utf16_units(said))


@given(TEXTS, st.lists(NAMES, max_size=4))
def test_other_tools_placeholders_are_found_where_they_stand(text, columns):
    if found := foreign(text, columns):
        place, written, column = found
        assert text[place - 1 :].startswith(written)
        assert column in columns
    assert all(one in text for one in unfilled(text))
    is_missing(text)


@given(TEXTS)
def test_an_ad_is_one_or_refused(text):
    with suppress(Refused):
        cleaned = clean(text).text
        check_no_consent_request(cleaned, OURS)
        check_label(cleaned, AdRules(422))
        check_length(cleaned, AdRules(422), "eSMS")
        assert cleaned.startswith(AdRules(422).labels)
        assert utf16_units(cleaned) <= 422


@given(TEXTS)
def test_the_plain_form_of_a_text_is_no_longer_and_stays_as_it_is(text):
    with suppress(Refused):
        cleaned = clean(text).text
        said = plain(cleaned)
        assert plain(said) == said
        assert parts_saved(cleaned) >= 0
        changes(cleaned)
        only_typographic(cleaned)
        without_accents(cleaned)


@given(TEXTS, TEXTS, NAMES)
def test_what_a_subscriber_writes_has_a_meaning(content, keyword, sender):
    assert Words.parse().judge(content, keyword, sender) in set(Meaning)


@given(TEXTS, TEXTS)
def test_words_of_settings_are_read_or_misuse(opt_out, opt_in):
    with suppress(LoaError):
        Words.parse(opt_out, opt_in).judge("TC")


@given(TEXTS)
def test_a_code_that_is_read_out_is_digits(text):
    code = spoken_code(text)
    assert code is None or (code.isascii() and code.isdigit())


@given(TEXTS, st.integers(-5, 200), TEXTS, st.floats(), TEXTS)
def test_a_plan_for_a_code_makes_a_text_with_it_or_is_refused(template, length, alphabet, valid_s, domain):
    with suppress(LoaError):
        plan = CodePlan(length=length, alphabet=alphabet, valid_s=valid_s, domain=domain)
        code = plan.alphabet[:1] * plan.length
        assert code in plan.fill(template, code)


@given(TEXTS | st.lists(TEXTS, max_size=3))
def test_values_of_a_zalo_template_are_read_or_refused(written):
    with suppress(LoaError):
        assert all(value.name for value in read_values(written))
