"""Every spelling of a number, and every reason why a value is none."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.domain.phone import SENTENCES, Fault, carrier, local, masked, plain_digits, read, several

PHONE = 84901234567


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("0901234567", id="as people write it"),
        pytest.param("84901234567", id="with the country code"),
        pytest.param("+84901234567", id="with a plus"),
        pytest.param("0084901234567", id="with the international prefix"),
        pytest.param("901234567", id="without its leading zero"),
        pytest.param("840901234567", id="84 before 0"),
        pytest.param("+84(0)901234567", id="the zero in brackets behind +84"),
        pytest.param("00840901234567", id="0084 before 0"),
        pytest.param("(+84) 090-123.45 67", id="brackets, dash, dot and space at once"),
        pytest.param("090 123 4567", id="spaces"),
        pytest.param("  0901234567\t", id="blanks around it"),
        pytest.param("090.123.4567", id="dots"),
        pytest.param("090-123-4567", id="dashes"),
        pytest.param("090/123/4567", id="slashes"),
        pytest.param("84,901,234,567", id="marks of thousands"),
        pytest.param("0901\u2010234\u2013567", id="a hyphen and an en dash of Unicode"),
        pytest.param("0901\u2212234\u2011567", id="a minus sign and a hyphen that does not break"),
        pytest.param("090\u00a0123\u202f4567", id="spaces that do not break"),
        pytest.param("\ufeff0901\u200b234\u200e567", id="invisible characters"),
        pytest.param("０９０１２３４５６７", id="full-width digits"),
        pytest.param("＋８４（０）９０１２３４５６７", id="full-width plus and brackets"),
        pytest.param("٠٩٠١٢٣٤٥٦٧", id="Arabic-Indic digits"),
        pytest.param("'0901234567", id="the apostrophe of a spreadsheet"),
        pytest.param("’0901234567", id="a typographic apostrophe"),
        pytest.param('="0901234567"', id="a formula that keeps the zero"),
        pytest.param("tel:+84-901-234-567", id="a link"),
        pytest.param("TEL: 0901234567", id="a word before it"),
        pytest.param("0901234567;", id="a mark left behind it"),
        pytest.param("84901234567.0", id="a quantity with 84 as text"),
        pytest.param("901234567.0", id="a quantity without its zero as text"),
        pytest.param("901234567,00", id="a quantity with a decimal comma"),
        pytest.param("0901234567.0", id="a quantity before which a program put the zero"),
        pytest.param(84901234567.0, id="a float with 84"),
        pytest.param(901234567.0, id="a float without its zero"),
        pytest.param(84901234567, id="an int with 84"),
        pytest.param(901234567, id="an int without its zero"),
        pytest.param(840901234567, id="an int with 84 before 0"),
    ],
)
def test_one_subscriber_has_one_number_however_it_is_written(value):
    assert read(value) == (PHONE, False)


RENUMBERED = (
    {f"016{n}": f"03{n}" for n in range(2, 10)}
    | {"0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078"}
    | {"0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082"}
    | {"0186": "056", "0188": "058", "0199": "059"}
)


@pytest.mark.parametrize(("old", "new"), RENUMBERED.items())
def test_an_old_number_is_given_the_prefix_of_2018(old, new):
    assert read(f"{old}3456789") == (int(f"84{new[1:]}3456789"), True)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("+84 162 345 6789", id="with +84"),
        pytest.param("841623456789", id="with 84"),
        pytest.param("84 0162 345 6789", id="84 before 0"),
        pytest.param("1623456789", id="without its zero"),
        pytest.param("1623456789.0", id="as a quantity"),
        pytest.param(1623456789, id="an int"),
        pytest.param(841623456789.0, id="a float with 84"),
    ],
)
def test_an_old_number_is_known_in_every_spelling(value):
    assert read(value) == (84323456789, True)


@pytest.mark.parametrize("first", "35789")
def test_an_unassigned_prefix_is_no_reason_to_refuse(first):
    for second in range(10):
        assert read(f"0{first}{second}0000000") == (int(f"84{first}{second}0000000"), False)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        pytest.param(None, Fault.BLANK, id="nothing"),
        pytest.param("", Fault.BLANK, id="no text"),
        pytest.param(" \u00a0\u200b\t", Fault.BLANK, id="only what cannot be seen"),
        pytest.param("-", Fault.BLANK, id="a dash for nothing"),
        pytest.param("N/A", Fault.RUBBISH, id="words"),
        pytest.param("0901234567 chị Lan", Fault.RUBBISH, id="a name behind the number"),
        pytest.param("09O1234567", Fault.RUBBISH, id="a letter O for a zero"),
        pytest.param("0901OOO567", Fault.RUBBISH, id="letters O that a keypad would dial as 6"),
        pytest.param("0901234 Nam", Fault.RUBBISH, id="a name that a keypad would dial as the missing end"),
        pytest.param("++84901234567", Fault.RUBBISH, id="two plus signs"),
        pytest.param("+0901234567", Fault.RUBBISH, id="a plus before the zero"),
        pytest.param("0901²34567", Fault.RUBBISH, id="a superscript is no digit"),
        pytest.param("lan@example.com", Fault.RUBBISH, id="an address"),
        pytest.param("3/12/2026 10:00", Fault.RUBBISH, id="a date with a time"),
        pytest.param("\ud800", Fault.RUBBISH, id="half a character"),
        pytest.param("x" * 100_000, Fault.RUBBISH, id="a very long text"),
        pytest.param(True, Fault.RUBBISH, id="a truth"),
        pytest.param(math.nan, Fault.RUBBISH, id="not a number"),
        pytest.param(901234567.5, Fault.RUBBISH, id="half a number"),
        pytest.param(-901234567, Fault.RUBBISH, id="a difference that a formula made"),
        pytest.param("0901234567 0912345678", Fault.SEVERAL, id="two numbers with a space"),
        pytest.param("0901234567/0912345678", Fault.SEVERAL, id="two numbers with a slash"),
        pytest.param("0901234567, 0912345678", Fault.SEVERAL, id="two numbers with a comma"),
        pytest.param("0901234567\n0912345678", Fault.SEVERAL, id="two numbers in two lines of a cell"),
        pytest.param("090 123 4567 - +84 91 234 5678", Fault.SEVERAL, id="two numbers with spaces inside"),
        pytest.param("01623456789;0901234567", Fault.SEVERAL, id="an old number and a new one"),
        pytest.param("0901234567 hoặc 0912345678", Fault.SEVERAL, id="one number or the other"),
        pytest.param("0901234567 / 024 3825 1234", Fault.SEVERAL, id="a number and a fixed line"),
        pytest.param("8.49E+10", Fault.SCIENTIFIC, id="scientific notation"),
        pytest.param("8,49E+10", Fault.SCIENTIFIC, id="scientific notation with a comma"),
        pytest.param("9e8", Fault.SCIENTIFIC, id="scientific notation without a sign"),
        pytest.param("024 3825 1234", Fault.FIXED_LINE, id="a fixed line of Hanoi"),
        pytest.param("02033825123", Fault.FIXED_LINE, id="a fixed line of a province"),
        pytest.param("+84 28 3825 1234", Fault.FIXED_LINE, id="a fixed line with +84"),
        pytest.param("2438251234", Fault.FIXED_LINE, id="a fixed line without its zero"),
        pytest.param("04 3825 1234", Fault.FIXED_LINE, id="a fixed line under its old area code"),
        pytest.param("(08) 3822 2333", Fault.FIXED_LINE, id="Ho Chi Minh City as it was, not a mobile number from 083"),
        pytest.param("+84 8 3822 2333", Fault.FIXED_LINE, id="the same with +84"),
        pytest.param("84 (8) 38222333", Fault.FIXED_LINE, id="the same with 84 and brackets"),
        pytest.param("113", Fault.SHORT_CODE, id="an emergency number"),
        pytest.param("8066", Fault.SHORT_CODE, id="a content provider"),
        pytest.param("888888", Fault.SHORT_CODE, id="six digits"),
        pytest.param("5656", Fault.SHORT_CODE, id="the number for opting out"),
        pytest.param("1900 1234", Fault.SHORT_CODE, id="a hotline"),
        pytest.param(18001166, Fault.SHORT_CODE, id="a free hotline as a number"),
        pytest.param("+1 415 555 2671", Fault.FOREIGN, id="the United States with a plus"),
        pytest.param("0044 7911 123456", Fault.FOREIGN, id="the United Kingdom with 00"),
        pytest.param("8613812345678", Fault.FOREIGN, id="China without a plus"),
        pytest.param("+901234567", Fault.FOREIGN, id="Turkey, not a lost zero"),
        pytest.param("0140 123 456", Fault.M2M, id="the SIM of a device"),
        pytest.param("+84 160 123 456", Fault.M2M, id="the SIM of a device with +84"),
        pytest.param(121_012_345, Fault.M2M, id="the SIM of a device as a number"),
        pytest.param("0199 2000", Fault.UAN, id="an organisation"),
        pytest.param("799 2000", Fault.UAN, id="an organisation without its zero"),
        pytest.param("069 553 456", Fault.UAN, id="a ministry"),
        pytest.param("+84 69 553 456", Fault.UAN, id="a ministry with +84"),
        pytest.param("0113456789", Fault.OLD_PREFIX, id="ten digits from 01"),
        pytest.param("0123456789", Fault.PLACEHOLDER, id="digits that rise"),
        pytest.param("1234567890", Fault.PLACEHOLDER, id="digits that rise to the zero, which look like an old number"),
        pytest.param("0987654321", Fault.PLACEHOLDER, id="digits that fall"),
        pytest.param("+84 999 999 999", Fault.PLACEHOLDER, id="nine equal digits"),
        pytest.param("0876543210", Fault.PLACEHOLDER, id="digits that fall to the zero"),
        pytest.param("0000000000", Fault.PLACEHOLDER, id="zeros"),
        pytest.param("1111111111", Fault.PLACEHOLDER, id="ten equal digits, which look like an old number"),
        pytest.param(9999999999, Fault.PLACEHOLDER, id="a digit more than a number has, all equal"),
        pytest.param("9876543210", Fault.PLACEHOLDER, id="ten digits that fall"),
        pytest.param("012345678", Fault.PLACEHOLDER, id="digits that rise, one too few"),
        pytest.param(987654321, Fault.PLACEHOLDER, id="digits that fall, as a spreadsheet's number"),
        pytest.param("01893456789", Fault.OLD_PREFIX, id="an old prefix that was never renumbered"),
        pytest.param("090123456", Fault.TOO_SHORT, id="a digit missing"),
        pytest.param("+8490123456", Fault.TOO_SHORT, id="a digit missing behind +84"),
        pytest.param("8490123456.0", Fault.TOO_SHORT, id="a quantity with a digit missing"),
        pytest.param("90123456.0", Fault.TOO_SHORT, id="the fraction of a quantity is no digit of the number"),
        pytest.param("090123456.0", Fault.TOO_SHORT, id="nor where a zero was put before it"),
        pytest.param("0162345678.0", Fault.OLD_PREFIX, id="nor of a number with an old prefix"),
        pytest.param(0, Fault.TOO_SHORT, id="zero"),
        pytest.param("09012345678", Fault.TOO_LONG, id="a digit too many"),
        pytest.param("849012345678", Fault.TOO_LONG, id="a digit too many behind 84"),
        pytest.param("09012345670912345678", Fault.TOO_LONG, id="two numbers with nothing between"),
        pytest.param(10**6000, Fault.TOO_LONG, id="a number too long to be written"),
        pytest.param(math.inf, Fault.TOO_LONG, id="infinity"),
    ],
)
def test_a_value_that_is_no_mobile_number_says_why(value, fault):
    assert read(value) is fault


def test_every_fault_has_a_sentence():
    assert set(SENTENCES) == set(Fault)
    assert all(fault.sentence.endswith(".") for fault in Fault)


@given(
    st.one_of(st.text(), st.text("0123456789+-. ()84eE,/tel:'"), st.integers(), st.floats(), st.booleans(), st.none())
)
@example("9 " * 50_000)
@example("+" + "9" * 300)
def test_read_never_raises_and_what_it_reads_reads_the_same_again(value):
    found = read(value)
    if not isinstance(found, Fault):
        phone, _ = found
        assert len(str(phone)) == 11
        for spelling in (phone, float(phone), str(phone), f"+{phone}", local(phone), f"{phone}.0"):
            assert read(spelling) == (phone, False)


@given(st.sampled_from("35789"), st.integers(0, 10**8 - 1), st.lists(st.sampled_from(" .-()\u00a0\u200b–"), max_size=4))
def test_what_only_separates_never_changes_the_number(first, rest, marks):
    national = f"{first}{rest:08}"
    written = "0" + "".join(digit + "".join(marks) for digit in national)
    assert read(written) == (int("84" + national), False)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        *[(f"{prefix}0000000", "Viettel") for prefix in ("032", "039", "086", "096", "097", "098")],
        *[(f"{prefix}0000000", "MobiFone") for prefix in ("070", "076", "079", "089", "090", "093", "051")],
        *[(f"{prefix}0000000", "VinaPhone") for prefix in ("081", "085", "088", "091", "094")],
        *[(f"{prefix}0000000", "Vietnamobile") for prefix in ("052", "056", "058", "092")],
        *[(f"{prefix}000000", "Gmobile") for prefix in ("0590", "0993", "0997")],
        ("0559000000", "Wintel"),
        ("0870000000", "Itel"),
        ("0998000000", "Indochina Telecom"),
        ("0950000000", "unknown"),
        ("0990000000", "unknown"),
        ("0570000000", "unknown"),
    ],
)
def test_the_carrier_is_guessed_by_the_prefix(number, name):
    phone, _ = read(number)
    assert carrier(phone) == name


def test_a_number_is_written_locally_and_masked():
    assert local(PHONE) == "0901234567"
    assert masked(PHONE) == "8490***4567"


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("0901234567 0912345678", ["0901234567", "0912345678"]),
        ("0901234567/ 024 3825 1234", ["0901234567", "024 3825 1234"]),
        ("0901 234 567 - +84 912 345 678,0987 654 320", ["0901 234 567", "+84 912 345 678", "0987 654 320"]),
        ("0901234567", []),
        ("0901234567 hoặc 0912345678", []),
        ("Lan 0901234567 0912345678", []),
        ("0901234567 12 0912345678", []),
        (901234567, []),
        (None, []),
    ],
)
def test_a_cell_of_nothing_but_numbers_can_be_parted(written, numbers):
    assert several(written) == numbers


@pytest.mark.parametrize(
    "written", ["(083) 822 2333", "+84 83 822 2333", "0838 222 333", "08 3822 2333", "+84838222333"]
)
def test_a_mobile_number_from_083_is_one(written):
    assert read(written) == (84838222333, False)


def test_a_number_of_facebooks_exports_is_read():
    assert read("p:+84901234567") == (84901234567, False)


_WRITTEN = st.from_regex(r"(\+84|0084|84)?0?[35789][0-9]{8}", fullmatch=True)


@given(
    st.lists(
        st.one_of(
            _WRITTEN,
            _WRITTEN,
            st.sampled_from(["", " ", "\n", "0999999999"]),
            st.text(max_size=13),
            st.integers(),
            st.none(),
        ),
        min_size=1,
        max_size=4,
    )
)
@example(["0901234567\n0912345678", "0912345678"])
@example(["0901234567\n"])
@example(["0901234567", ""])
@example(["", "0901234567"])
@example(["", ""])
@example(["0901234567", "\n0912345678"])
@example(["0901234567", "0999999999"])
def test_values_that_are_plain_together_are_read_so_one_by_one(values):
    found = plain_digits(values)
    if found:
        assert [read(value) for value in values] == [(int("84" + digits), False) for digits in found]


@given(st.lists(_WRITTEN, min_size=1, max_size=50))
def test_plain_numbers_are_not_looked_at_one_by_one(values):
    if all(not isinstance(read(value), Fault) for value in values):
        assert len(plain_digits(values)) == len(values)
