"""The same text to the same people is refused within a day, unless it is asked for again."""

import pytest

from worker.errors import Refused
from worker.services.operations import control
from worker.services.planning import plan
from worker.services.planning.request import CampaignRequest


def refused(loa, path, **requested):
    with pytest.raises(Refused) as fault:
        loa.create(path, again=False, **requested)
    assert fault.value.rule == "campaign_repeated"
    return fault.value


def test_the_same_command_twice_is_refused_naming_the_earlier_campaign(loa, numbers):
    first = loa.create(numbers(25))
    fault = refused(loa, numbers(25))
    assert fault.details["earlier"] == str(first.campaign.id)
    assert str(first.campaign.id) in str(fault)
    assert "--again" in str(fault)


def test_the_same_people_in_another_order_and_spelling_are_the_same_list(loa, tmp_path):
    plain, other = tmp_path / "a.csv", tmp_path / "b.csv"
    plain.write_text("phone\n" + "".join(f"09{n:08d}\n" for n in range(25)))
    other.write_text("phone\n" + "".join(f"+849{n:08d}\n" for n in reversed(range(25))))
    loa.create(plain)
    refused(loa, other)


def test_again_another_key_another_text_and_another_sender_are_meant(loa, numbers):
    loa.create(numbers(25))
    for meant in ({"again": True}, {"key": "second"}, {"text": "[QC] Giam gia 30%"}, {"sender": "LOADEMO"}):
        assert loa.create(numbers(25), **{"again": False, **meant}).batches == 1


def test_other_values_for_the_same_people_are_another_list(loa, tmp_path):
    path = tmp_path / "bills.csv"
    for amount in ("100.000", "250.000"):
        path.write_text("phone,amount\n" + "".join(f"09{n:08d},{amount}\n" for n in range(25)))
        loa.create(path, text="[QC] Con no {amount}", again=False)
    refused(loa, path, text="[QC] Con no {amount}")


def test_after_a_day_the_same_campaign_may_go_again(loa, numbers, clock):
    loa.create(numbers(25))
    clock.tick(hours=23, minutes=59)
    refused(loa, numbers(25))
    clock.tick(minutes=2)
    loa.create(numbers(25), again=False)


def test_a_dry_run_after_the_creation_is_told_and_not_refused(loa, numbers):
    made = loa.create(numbers(25))
    request = CampaignRequest("esms", "LOA", "ads", made.campaign.text, numbers(25))
    looked = plan.create(loa.deps, request, dry_run=True)
    assert any(str(made.campaign.id) in note and "--again" in note for note in looked.notes)
    refused(loa, numbers(25))


def test_a_campaign_that_was_cancelled_before_it_began_is_no_repetition(loa, numbers):
    first = loa.create(numbers(25), at="2026-03-03T09:00")
    control.cancel(loa.deps, first.campaign.id)
    loa.create(numbers(25), again=False)
