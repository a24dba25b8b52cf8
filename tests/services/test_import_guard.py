"""A list of customers is not taken for one of refusals, and one import of several can be taken back."""

from datetime import timedelta

import pytest

from worker.errors import Misuse, Refused
from worker.services.operations import import_guard, suppression

OPT_OUTS = "phone,ly do tu choi\n"


def write(tmp_path, numbers, name="tu-choi.csv", heading="phone"):
    path = tmp_path / name
    path.write_text(heading + "\n" + "".join(f"09{n:08d}\n" for n in numbers))
    return path


def test_the_list_of_a_campaign_just_created_is_asked_about(loa, numbers, tmp_path):
    loa.create(numbers(50), name="Tet")
    customers = write(tmp_path, range(40))
    with pytest.raises(Refused) as fault:
        suppression.import_list(loa.deps, customers)
    assert fault.value.rule == "list_of_customers"
    assert "80% of the people of the campaign Tet" in str(fault.value)
    assert "--yes" in str(fault.value)
    assert suppression.count(loa.deps) == 0, "nothing was added"
    assert suppression.import_list(loa.deps, customers, sure=True).added == 40


def test_a_few_who_refused_are_no_list_of_customers(loa, numbers, tmp_path, clock):
    loa.create(numbers(100))
    assert suppression.import_list(loa.deps, write(tmp_path, range(20))).added == 20
    # The same list once more, and a few more: those who get no ads already do not count.
    again = suppression.import_list(loa.deps, write(tmp_path, range(35)))
    assert (again.added, again.already, again.read["notes"]) == (15, 20, [])


def test_an_audience_of_last_month_is_not_just_used(loa, numbers, tmp_path, clock):
    loa.create(numbers(50))
    clock.tick(days=8)
    assert suppression.import_list(loa.deps, write(tmp_path, range(50))).added == 50


def test_the_share_of_a_long_list_is_estimated(loa, numbers, tmp_path, monkeypatch):
    monkeypatch.setattr("worker.storage.operations.imports.LOOKED_UP", 500)
    loa.create(numbers(1000))
    with pytest.raises(Refused, match="of the people"):
        suppression.import_list(loa.deps, write(tmp_path, range(2000)))
    assert suppression.import_list(loa.deps, write(tmp_path, [*range(50), *range(5000, 7000)])).added == 2050


@pytest.mark.parametrize(
    "name", ["tu-choi.csv", "Danh sách đen.csv", "KHÔNG NHẬN QC.csv", "dnc_2026-11.csv", "opt-out.csv"]
)
def test_a_name_of_refusals_needs_no_note(loa, tmp_path, name):
    assert suppression.import_list(loa.deps, write(tmp_path, range(3), name)).read["notes"] == []


def test_a_list_that_speaks_of_no_refusal_is_noted(loa, tmp_path):
    (note,) = suppression.import_list(loa.deps, write(tmp_path, range(3), "khach-hang.csv")).read["notes"]
    assert "speak of refusals" in note
    heading = write(tmp_path, range(3, 6), "khach-2.csv", heading="SĐT từ chối")
    assert suppression.import_list(loa.deps, heading).read["notes"] == []
    assert not import_guard.speaks_of_refusal("Chuyển khoản checkout")


def test_one_of_two_imports_of_one_name_is_taken_back_by_its_time(loa, tmp_path, clock):
    suppression.import_list(loa.deps, write(tmp_path, range(3)))
    clock.tick(days=1)
    suppression.import_list(loa.deps, write(tmp_path, range(10)))
    with pytest.raises(Refused) as fault:
        suppression.undo(loa.deps, "tu-choi.csv")
    assert fault.value.rule == "import_ambiguous"
    assert [one["numbers"] for one in fault.value.details["imports"]] == [3, 7]
    with pytest.raises(Misuse, match="Nothing was imported"):
        suppression.undo(loa.deps, "tu-choi.csv", "1/3/2026")
    assert suppression.undo(loa.deps, "tu-choi.csv", "03/03/2026") == 7
    assert suppression.count(loa.deps) == 3
    assert suppression.undo(loa.deps, "tu-choi.csv") == 3
    with pytest.raises(Refused, match="came from"):
        suppression.undo(loa.deps, "tu-choi.csv")


def test_two_imports_of_one_day_need_the_second(loa, tmp_path, clock):
    suppression.import_list(loa.deps, write(tmp_path, range(3)))
    clock.moment += timedelta(minutes=5)
    suppression.import_list(loa.deps, write(tmp_path, range(10)))
    with pytest.raises(Refused, match="more than once"):
        suppression.undo(loa.deps, "tu-choi.csv", "02/03/2026")
    assert suppression.undo(loa.deps, "tu-choi.csv", "2026-03-02T09:05:00") == 7
