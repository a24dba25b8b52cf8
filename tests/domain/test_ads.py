"""What the text of an ad must be."""

import pytest

from worker.domain.ads import AdRules, check_label, check_length
from worker.errors import Refused

RULES = AdRules(max_characters=422)


def check_ad(text, rules, provider):
    """An ad without variables: its label, then its length."""
    check_label(text, rules)
    check_length(text, rules, provider)


@pytest.mark.parametrize("text", ["[QC] Giam gia", "(QC) Giảm giá", "[AD] Sale", "[QC]Sale", "[QC]" + "ế" * 418])
def test_an_ad_with_a_label_and_no_more_than_the_maximum_may_leave(text):
    check_ad(text, RULES, "eSMS")


@pytest.mark.parametrize(
    ("text", "characters", "position"),
    [
        pytest.param("[QC]" + "a" * 419, 423, 422, id="one over"),
        pytest.param("[QC]" + "a" * 426, 430, 422, id="eight over"),
        pytest.param("[QC]🙂" + "a" * 417, 423, 421, id="an emoji counts two, so the place is one character earlier"),
        pytest.param("[QC]" + "a" * 417 + "🙂", 423, 421, id="an emoji is not cut in two"),
    ],
)
def test_an_ad_that_is_too_long_is_refused_with_the_place_where_it_must_end(text, characters, position):
    with pytest.raises(Refused) as refused:
        check_ad(text, RULES, "eSMS")
    assert refused.value.rule == "ad_too_long"
    assert refused.value.details == {"characters": characters, "max_characters": 422, "position": position}
    assert str(refused.value) == (
        f"The text has {characters} characters, {characters - 422} over the 422 that eSMS takes: "
        f"it must end at position {position}."
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("Giam gia", 'position 1 reads "Giam gia".', id="no label"),
        pytest.param("Sale [AD] [QC]", 'reads "Sale [AD] [QC]"; "[AD]" stands at position 6, move', id="a label later"),
        pytest.param("[qc] Sale", 'reads "[qc] Sale"; write it as "[QC]".', id="only the case differs"),
        pytest.param("QC: Sale", 'reads "QC: Sale".', id="no brackets"),
        pytest.param("A" * 30, f'reads "{"A" * 20}".', id="a long text is shown by its beginning"),
    ],
)
def test_an_ad_without_a_label_at_its_start_is_refused(text, words):
    with pytest.raises(Refused) as refused:
        check_ad(text, RULES, "eSMS")
    assert refused.value.rule == "ad_label_missing"
    assert refused.value.details["position"] == 1
    assert words in str(refused.value)
    assert 'begin with "[QC]" or "(QC)" or "[AD]"' in str(refused.value)


def test_the_label_that_stands_later_is_told_to_programs_too():
    with pytest.raises(Refused) as refused:
        check_label("Sale (QC)", RULES)
    assert refused.value.details["found_at"] == 6


@pytest.mark.parametrize("text", ["", "[QC]", "(QC) "], ids=["nothing", "only a label", "a label and a blank"])
def test_an_ad_that_says_nothing_is_refused(text):
    with pytest.raises(Refused) as refused:
        check_ad(text, RULES, "eSMS")
    assert refused.value.rule == "text_empty"


def test_labels_and_the_maximum_are_data():
    rules = AdRules(max_characters=10, labels=("[DKQC]",))
    check_ad("[DKQC] abc", rules, "FPT")
    with pytest.raises(Refused, match="1 over the 10 that FPT takes"):
        check_length("[DKQC] abcd", rules, "FPT")
    with pytest.raises(Refused, match=r'begin with "\[DKQC\]", but'):
        check_label("[QC] abc", rules)
