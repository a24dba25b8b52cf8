"""What stands in the cells of a list, and what people get."""

import pytest
from sqlalchemy import text as sql

from worker.errors import Refused
from worker.services.reporting.refusals import explain


def refusals(loa):
    with loa.deps.sessions() as session:
        return dict(session.execute(sql("SELECT row, reason FROM refused_row ORDER BY row")).all())


def a_list(tmp_path, *lines):
    path = tmp_path / "list.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_errors_of_a_spreadsheet_greet_nobody(loa, tmp_path):
    path = a_list(tmp_path, "phone,ten", "0900000001,An", "0900000002,#N/A", "0900000003,NULL", "0900000004,None")
    made = loa.create(path, kind="care", text="Chao {ten}")
    assert (made.campaign.valid, made.campaign.invalid) == (1, 3)
    reasons = refusals(loa)
    assert set(reasons.values()) == {"text_missing_value: ten"}
    assert "{ten}" in explain(reasons[3])


def test_an_unquoted_comma_messages_no_stranger(loa, tmp_path):
    people = [f"Lan {n},x,09012000{n:02d}" for n in range(25)]
    made = loa.create(a_list(tmp_path, "name,note,phone", *people, "A, B,0901200099,0901200098"))
    assert (made.campaign.valid, made.campaign.invalid) == (25, 1)
    assert refusals(loa) == {27: "row_too_wide"}


def test_a_placeholder_of_another_tool_is_refused_before_anything_is_stored(loa, tmp_path):
    with pytest.raises(Refused) as fault:
        loa.create(a_list(tmp_path, "phone,ten", "0900000001,An"), kind="care", text="Chao {{ten}}")
    assert fault.value.rule == "text_foreign_placeholder"


def test_values_that_make_a_text_unicode_are_noted_with_their_cost(loa, tmp_path):
    text = "Chao {ten}, " + "a" * 110
    path = a_list(
        tmp_path, "phone,ten", *(f"09000000{n:02d},An" for n in range(23)), "0900000030,O’Neil", "0900000031,D–E"
    )
    made = loa.create(path, kind="care", text=text)
    assert made.campaign.parts_total == 27
    note = next(note for note in made.notes if "typographic" in note)
    assert "2 rows" in note
    assert "2 parts more, about 690 VND" in note
    plainly = loa.create(path, kind="care", text=text, plain=True)
    assert plainly.campaign.parts_total == 25
    assert not any("typographic" in note for note in plainly.notes)


def test_plain_names_each_change_of_the_text(loa, numbers):
    made = loa.create(numbers(3), kind="care", text="Chao “ban” – hom nay", plain=True)
    assert made.campaign.text == 'Chao "ban" - hom nay'
    assert "1 × – is written -." in made.notes


def test_what_leaving_accents_out_would_save_is_noted(loa, numbers):
    text = "Chào bạn, đơn hàng của bạn đã được giao đến cửa hàng gần nhất, xin mời bạn đến nhận trong 3 ngày"
    made = loa.create(numbers(10), kind="care", text=text)
    assert any("1 parts less: 10 in all, about 3,450 VND" in note for note in made.notes)


def test_numbers_that_no_carrier_has_are_counted(loa, tmp_path):
    path = a_list(tmp_path, "phone", *(f"0710000{n:03d}" for n in range(25)), "0901200098")
    made = loa.create(path, kind="care", text="Chao ban")
    assert made.campaign.valid == 26
    assert any(note.startswith("25 numbers begin with digits that no carrier") for note in made.notes)


@pytest.mark.parametrize(
    "reason",
    ["duplicate", "suppressed", "row_too_wide", "ad_too_long", "text_too_long", "text_control_character: ten", "blank",
     "text_broken_character: ten", "text_missing_value: ten", "text_blank_value: ten", "placeholder", "a_rule_to_come"],
)  # fmt: skip
def test_every_reason_is_a_sentence(reason):
    sentence = explain(reason)
    assert sentence.endswith(".")
    assert " " in sentence
    assert "_" not in sentence


def test_an_old_encoding_far_below_the_first_rows_reaches_nobody(loa, tmp_path):
    people = [f"09{n:08d},Nguyễn Văn Đầm" for n in range(1500)]
    rubbish = ["NguyÔn V¨n §Çm", "TrÇn ThÞ H\u00ad¬ng", "Lª Hoµng Phóc", "Ph¹m Thu Thñy"]
    path = a_list(tmp_path, "phone,ten", *people, *(f"09{n:08d},{name}" for n, name in enumerate(rubbish, 2000)))
    with pytest.raises(Refused, match="row 1502") as fault:
        loa.create(path, kind="care", text="Chao {ten}")
    assert fault.value.rule == "file_encoding"
    # Who does not use the column is not asked about it.
    assert loa.create(path, kind="care", text="Chao ban").campaign.valid == 1504
    one = a_list(tmp_path, "phone,ten", *people, f"0900002000,{rubbish[0]}")
    assert any("Row 1502" in note for note in loa.create(one, kind="care", text="Chao ban {ten}").notes)


def test_a_0_among_words_is_said(loa, tmp_path):
    rows = [f"09000000{n:02d},{'0' if n in (3, 5) else 'Lan'},{n % 2}" for n in range(20)]
    made = loa.create(a_list(tmp_path, "phone,ten,diem", *rows), kind="care", text="Chao {ten}, ban co {diem} diem")
    (said,) = [note for note in made.notes if "rows have 0" in note]
    assert said.startswith("2 rows have 0 for {ten}, and most others have words, the first of them row 5")


def test_a_placeholder_that_names_no_column_is_said_and_typography_without_a_cost_is_not(loa, tmp_path):
    path = a_list(tmp_path, "phone,ten", "0900000001,O’Neil")
    made = loa.create(path, kind="care", text="Chao {ten}, [link] {{name}}")
    assert [note.split('"')[1] for note in made.notes if "placeholder" in note] == ["[link]", "{{name}}"]
    assert not any("typographic" in note for note in made.notes)


def test_a_control_character_names_its_variable(loa, tmp_path):
    path = a_list(tmp_path, "phone,ten", "0900000001,A\u0007B", "0900000002,Lan", "0900000003,Mai Thu Ha")
    loa.create(path, kind="care", text="Chao {ten}")
    assert refusals(loa) == {2: "text_control_character: ten"}
    assert explain("text_control_character: ten").startswith("The value for {ten} has a control character")
