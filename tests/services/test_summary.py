"""What planning says about a list: what was read, and examples of what people will get."""

from dateutil.parser import isoparse


def test_a_plan_says_what_was_read_and_shows_three_texts(loa, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(
        "ten;phone\nAn;0900000001\n" + f"{'B' * 60};0900000002\n" + f"{'Đ' * 30};0900000003\nChi;0900000004\n",
        encoding="utf-8",
    )
    made = loa.create(path, kind="care", text="Chao {ten}, don hang cua ban da duoc giao den cua hang gan nhat")
    campaign = loa.show(made).campaign
    assert campaign.list_read == {
        "file": str(path),
        "sheet": None,
        "header_row": 1,
        "phone_column": "phone",
        "columns": ["ten", "phone"],
    }
    assert [one["row"] for one in campaign.samples] == [2, 3, 4]
    assert campaign.samples[0]["text"].startswith("Chao An, don hang")
    assert [one["parts"] for one in campaign.samples] == [1, 1, 2]


def test_the_expected_end_counts_the_rate_and_the_hours(loa, numbers):
    loa.limits(max_recipients=25, requests_per_second=1.0)
    made = loa.create(numbers(100), at="2026-03-02T11:29:59")
    assert made.campaign.finish_estimate == isoparse("2026-03-02T13:30:03+07:00")
