"""What a list and a text become."""

from datetime import timedelta

import pytest
from dateutil.parser import isoparse
from sqlalchemy import text

from worker.errors import Misuse, Refused
from worker.services.planning import plan
from worker.services.planning.reading import Hooks
from worker.services.planning.request import CampaignRequest


def rows(loa, sql):
    with loa.deps.sessions() as session:
        return session.execute(text(sql)).all()


def test_a_messy_list_is_counted_to_the_last_row(loa, tmp_path):
    good = [f"09{n:08d}" for n in range(30)]
    messy = tmp_path / "messy.csv"
    messy.write_text(
        "\n".join(
            [
                "ten;phone",
                *(f"A;{n}" for n in good),
                "B;+84 900 000 000",
                "C;0243 123 4567",
                ";",
                "D;01212345678",
                "E;abc",
            ]
        )
        + "\n"
    )
    made = loa.create(messy)
    campaign = made.campaign
    assert (campaign.rows, campaign.valid, campaign.duplicates, campaign.invalid) == (35, 31, 1, 3)
    assert campaign.rows == campaign.valid + campaign.duplicates + campaign.invalid + campaign.suppressed
    assert campaign.converted == 1
    assert dict(rows(loa, "SELECT row, reason FROM refused_row ORDER BY row")) == {
        32: "duplicate",
        33: "fixed_line",
        34: "blank",
        36: "rubbish",
    }
    assert rows(loa, "SELECT phone FROM recipient WHERE converted") == [(84792345678,)]


def test_odd_rows_among_hundreds_of_plain_ones_are_each_looked_at(loa, tmp_path):
    lines = [f"09{n:08d},A" for n in range(1000)]
    lines[150], lines[250], lines[350] = "0901000000,A,0911000000", "0999999999,A", '"0902000000\n0912000000",A'
    lines[450], lines[550], lines[650] = " 0903-000.000,A", "09000000ab,A", "0900000003,B"
    path = tmp_path / "plain.csv"
    path.write_text("phone,ten\n" + "\n".join(lines) + "\n")
    made = loa.create(path)
    assert (made.campaign.rows, made.campaign.valid, made.campaign.duplicates, made.campaign.invalid) == (
        1000,
        995,
        1,
        4,
    )
    assert dict(rows(loa, "SELECT row, reason FROM refused_row")) == {
        152: "row_too_wide",
        252: "placeholder",
        352: "several",
        552: "rubbish",
        652: "duplicate",
    }
    assert rows(loa, "SELECT row, phone FROM recipient WHERE row IN (2, 101, 102, 452) ORDER BY row") == [
        (2, 84900000000),
        (101, 84900000099),
        (102, 84900000100),
        (452, 84903000000),
    ]


def test_3001_numbers_leave_in_balanced_orders(loa, numbers):
    loa.limits(max_recipients=1000)
    made = loa.create(numbers(3001))
    assert made.batches == 4
    sizes = [batch.size for batch in loa.show(made).batches]
    assert sizes == [751, 750, 750, 750]
    counted = rows(loa, "SELECT batch_seq, count(*) FROM recipient GROUP BY 1 ORDER BY 1")
    assert [count for _, count in counted] == sizes


def test_19_numbers_are_refused_with_the_counts_and_nothing_is_stored(loa, numbers):
    with pytest.raises(Refused) as refused:
        loa.create(numbers(19))
    assert refused.value.rule == "too_few_numbers"
    assert refused.value.details["valid"] == 19
    # It may be the wrong column: which one was read is said here too.
    assert refused.value.details["list"]["phone_column"] == "phone"
    assert rows(loa, "SELECT 1 FROM campaign UNION ALL SELECT 1 FROM recipient") == []


def test_20_rows_of_19_numbers_are_refused(loa, tmp_path):
    path = tmp_path / "twice.txt"
    path.write_text("".join(f"09{n:08d}\n" for n in [*range(19), 0]))
    with pytest.raises(Refused, match="1 were repeats"):
        loa.create(path)


def test_too_few_numbers_says_why_most_rows_were_refused(loa, tmp_path):
    path = tmp_path / "several.txt"
    path.write_text("".join(f"09{n:08d} 09{n + 50:08d}\n" for n in range(19)) + "0900000099\n\nx\n")
    with pytest.raises(Refused) as refused:
        loa.create(path)
    assert str(refused.value).endswith(
        "The commonest reason, in 19 rows, the first of them row 1: "
        "There are several numbers in one cell; give each its own row."
    )


def test_the_refused_rows_are_handed_out_even_when_the_campaign_is_refused(loa, tmp_path):
    path = tmp_path / "bad.txt"
    path.write_text("0900000001\nabc\n1800\n")
    seen = []
    requested = CampaignRequest(provider="esms", sender="LOA", kind="ads", text="[QC] A", list_path=path)
    with pytest.raises(Refused):
        plan.create(loa.deps, requested, hooks=Hooks(refused=lambda *row: seen.append(row)))
    assert [(row, value) for row, value, _ in seen] == [(2, "abc"), (3, "1800")]


def test_a_batch_is_never_under_the_minimum_when_the_maximum_leaves_no_room(loa, numbers):
    loa.limits(min_recipients=20, max_recipients=30)
    with pytest.raises(Refused) as refused:
        loa.create(numbers(31))
    assert refused.value.rule == "cannot_split"


def test_variables_are_filled_and_each_text_gets_orders_of_its_own(loa, tmp_path):
    path = tmp_path / "cities.csv"
    lines = [f"09{n:08d},{'Huế' if n < 25 else 'Hà Nội'}" for n in range(60)]
    path.write_text("phone,city\n" + "\n".join(lines) + "\n", encoding="utf-8")
    made = loa.create(path, text="[QC] Chào {city}")
    batches = {batch.text: batch.size for batch in loa.show(made).batches}
    assert batches == {"[QC] Chào Hà Nội": 35, "[QC] Chào Huế": 25}
    assert made.campaign.parts == 1


def test_a_variable_that_gives_each_number_its_own_text_is_refused_with_the_reason(loa, tmp_path):
    path = tmp_path / "names.csv"
    path.write_text("phone,name\n" + "".join(f"09{n:08d},N{n}\n" for n in range(40)))
    with pytest.raises(Refused) as refused:
        loa.create(path, text="[QC] Chao {name}")
    assert refused.value.rule == "too_few_numbers_per_text"
    assert "{name}" in str(refused.value)


def test_a_row_without_a_value_for_a_variable_is_refused_and_named(loa, tmp_path):
    path = tmp_path / "cities.csv"
    path.write_text("phone,city\n" + "".join(f"09{n:08d},Hue\n" for n in range(20)) + "0911111111,\n")
    made = loa.create(path, text="[QC] Chao {city}")
    assert made.campaign.invalid == 1
    assert rows(loa, "SELECT row, reason FROM refused_row") == [(22, "text_blank_value: city")]


def test_a_row_whose_filled_text_is_too_long_is_refused(loa, tmp_path):
    path = tmp_path / "cities.csv"
    path.write_text("phone,city\n" + "".join(f"09{n:08d},Hue\n" for n in range(20)) + f"0911111111,{'x' * 430}\n")
    made = loa.create(path, text="[QC] Chao {city}")
    assert rows(loa, "SELECT row, reason FROM refused_row") == [(22, "ad_too_long")]
    assert made.campaign.valid == 20


@pytest.mark.parametrize(
    ("now", "scheduled"),
    [
        pytest.param("2026-03-02T08:00:00+07:00", "2026-03-02T08:00:00+07:00", id="Mon at the opening second: now"),
        pytest.param("2026-03-02T12:10:00+07:00", "2026-03-02T13:30:00+07:00", id="Mon at lunch: the afternoon"),
        pytest.param("2026-03-02T21:30:00+07:00", "2026-03-03T08:00:00+07:00", id="Mon at night: Tuesday morning"),
    ],
)
def test_a_campaign_is_scheduled_for_the_next_opening(loa, numbers, clock, now, scheduled):
    clock.moment = isoparse(now)
    made = loa.create(numbers(20))
    assert made.campaign.scheduled_for == isoparse(scheduled)
    assert bool(made.notes) == (now != scheduled)


def test_a_time_outside_the_windows_moves_and_says_so(loa, numbers):
    made = loa.create(numbers(20), at="2026-03-02T12:00")
    assert made.campaign.scheduled_for == isoparse("2026-03-02T13:30:00+07:00")
    assert "2026-03-02T13:30:00+07:00" in made.notes[0]


def test_the_same_key_for_the_same_wish_makes_one_campaign(loa, numbers):
    first = loa.create(numbers(20), key="march")
    again = loa.create(numbers(20), key="march")
    assert again.repeated
    assert again.campaign.id == first.campaign.id
    assert again.batches == first.batches == 1
    assert rows(loa, "SELECT count(*) FROM campaign") == [(1,)]


def test_a_repeated_request_gets_its_answer_though_its_hour_has_passed(loa, numbers, clock):
    first = loa.create(numbers(20), key="march", at="2026-03-02T09:10")
    clock.tick(hours=1)
    again = loa.create(numbers(20), key="march", at="2026-03-02T09:10")
    assert again.campaign.id == first.campaign.id


def test_the_same_key_for_another_wish_is_refused(loa, numbers):
    loa.create(numbers(20), key="march")
    with pytest.raises(Refused) as refused:
        loa.create(numbers(21), key="march")
    assert refused.value.rule == "key_conflict"


def test_a_dry_run_counts_and_stores_nothing(loa, numbers):
    requested = CampaignRequest(provider="esms", sender="LOA", kind="ads", text="[QC] A", list_path=numbers(25))
    made = plan.create(loa.deps, requested, dry_run=True)
    assert (made.campaign.valid, made.batches) == (25, 1)
    assert rows(loa, "SELECT 1 FROM campaign UNION ALL SELECT 1 FROM batch UNION ALL SELECT 1 FROM recipient") == []


def test_the_estimate_counts_every_part(loa, numbers):
    made = loa.create(numbers(20), text="[QC] " + "x" * 200)
    assert (made.campaign.parts, made.campaign.parts_total) == (2, 40)
    assert made.campaign.cost_estimate == 40 * 345


@pytest.mark.parametrize(
    ("requested", "fault"),
    [
        pytest.param({"provider": "viettel"}, Misuse, id="an unknown provider"),
        pytest.param({"kind": "spam"}, Misuse, id="an unknown kind"),
        pytest.param({"sender": " "}, Misuse, id="no sender"),
        pytest.param({"at": "tomorrow"}, Misuse, id="an unreadable date"),
        pytest.param({"at": ""}, Misuse, id="an empty date, as from a variable that was not set"),
        pytest.param({"text": "no label"}, Refused, id="no label"),
        pytest.param({"text": "[QC] " + "x" * 418}, Refused, id="one character too long"),
        pytest.param({"text": "[QC] {nobody}"}, Refused, id="a variable without a column"),
    ],
)
def test_a_wrong_wish_is_refused_with_one_sentence(loa, numbers, requested, fault):
    with pytest.raises(fault) as refused:
        loa.create(numbers(20), **requested)
    assert "\n" not in str(refused.value)


def test_422_characters_are_not_too_long(loa, numbers):
    assert loa.create(numbers(20), text="[QC] " + "x" * 417).campaign.parts == 3


def test_times_are_stored_aware_and_a_naive_one_is_refused(loa, numbers, clock):
    made = loa.create(numbers(20))
    stored = loa.show(made).campaign.created_at
    assert stored.utcoffset() == timedelta(0)
    loa.change(sender_list_age=timedelta(0))  # or its age would be counted first
    clock.moment = clock.moment.replace(tzinfo=None)
    with pytest.raises(ValueError, match="zone"):
        loa.create(numbers(21))


def test_a_list_that_is_still_being_written_is_refused(loa, numbers):
    path = numbers(20000)

    def append(_share):
        with path.open("a") as file:
            file.write("0911111111\n")

    requested = CampaignRequest(provider="esms", sender="LOA", kind="ads", text="[QC] A", list_path=path)
    with pytest.raises(Refused) as refused:
        plan.create(loa.deps, requested, hooks=Hooks(progress=append))
    assert refused.value.rule == "file_changed"
    assert rows(loa, "SELECT 1 FROM campaign") == []
