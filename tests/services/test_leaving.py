"""Care texts keep their hours; what waits says until when and why; what has all left cannot be stopped; what was taken costs."""

from datetime import timedelta

import pytest

from worker.domain.window import Windows, local
from worker.errors import Refused
from worker.services.operations import control
from worker.services.reporting import report

DAYTIME = Windows.read("07:00-21:00")


def leaving(loa, made):
    found = loa.show(made).leaving
    return (local(found.at), found.why) if found else None


def test_a_care_campaign_waits_for_its_hours(loa, numbers, clock):
    """CASES B5: planned for the day, Loa was down until night, and it left at 22:41."""
    loa.limits(care_windows=DAYTIME)
    made = loa.create(numbers(30), kind="care", text="Chao ban", at="2026-03-02T16:48")
    assert leaving(loa, made) == ("2026-03-02T16:48:00+07:00", "")
    clock.tick(hours=13, minutes=40)  # 22:40
    assert leaving(loa, made) == (
        "2026-03-03T07:00:00+07:00",
        "Care texts may leave at 07:00-21:00 only, and it is 2026-03-02T22:40:00+07:00 now.",
    )
    loa.go()
    assert loa.sandbox.orders() == []
    assert leaving(loa, made)[0] == "2026-03-03T07:00:00+07:00", "the same once the sweep has put it off"
    clock.tick(hours=8, minutes=20)
    loa.go()
    assert len(loa.sandbox.orders()) == 30


def test_care_texts_in_hand_when_the_hours_end_wait_for_the_next_day(loa, numbers, clock):
    loa.limits(care_windows=DAYTIME)
    made = loa.create(numbers(3), kind="care", text="Chao ban", at="2026-03-02T20:59:59")
    clock.tick(hours=11, minutes=59, seconds=59)
    loa.release()
    clock.tick(seconds=1)
    loa.run_tasks()
    assert loa.sandbox.orders() == []
    assert leaving(loa, made)[0] == "2026-03-03T07:00:00+07:00"


def test_a_care_campaign_created_at_night_says_when_it_leaves(loa, numbers, clock):
    loa.limits(care_windows=DAYTIME)
    clock.tick(hours=14)
    made = loa.create(numbers(3), kind="care", text="Chao ban")
    assert local(made.campaign.scheduled_for) == "2026-03-03T07:00:00+07:00"
    assert any("07:00-21:00 only" in note for note in made.notes)


def test_a_campaign_whose_time_has_passed_is_never_said_to_leave_in_the_past(loa, numbers, clock):
    made = loa.create(numbers(25), at="2026-03-02T10:00")
    clock.tick(hours=3)  # 12:00, between the windows
    at, why = leaving(loa, made)
    assert at == "2026-03-02T13:30:00+07:00"
    assert "Ads may leave at 08:00-11:30,13:30-20:00 only" in why
    clock.tick(hours=2)
    assert leaving(loa, made) == ("2026-03-02T14:00:00+07:00", "")
    assert [row[1].at for row in report.newest(loa.deps, 1)] == [clock.now()]


def test_what_is_paused_or_over_says_so(loa, numbers, clock):
    made = loa.create(numbers(25), at="2026-03-02T10:00")
    control.pause(loa.deps, made.campaign.id)
    assert "loa campaign resume" in leaving(loa, made)[1]
    control.resume(loa.deps, made.campaign.id)
    clock.tick(hours=1)
    loa.go()
    assert leaving(loa, made) is None, "all of it has left"


def test_an_order_at_fpt_that_missed_its_time_names_the_next_one(fpt, numbers):
    made = fpt.create(numbers(40), provider="fpt")
    fpt.clock.moment = made.campaign.scheduled_for + timedelta(hours=1)
    at, why = leaving(fpt, made)
    assert at > local(fpt.clock.now())
    assert why.startswith("Its order can be placed at FPT from ")


def test_everything_accepted_counts_in_the_cost_so_far(loa, numbers):
    loa.limits(max_recipients=25)
    made = loa.create(numbers(50))
    loa.release()
    first, second = loa.task_queue.sends
    loa.task_queue.sends = [first]
    loa.run_tasks()
    view = loa.show(made)
    assert (view.cost, view.cost_told) == (25 * 345, 0), "the provider has told nothing yet"
    loa.task_queue.sends = [second]
    loa.run_tasks()
    loa.clock.tick(seconds=11)
    loa.poll()
    view = loa.show(made)
    assert view.cost == view.cost_told == 50 * 345


def test_single_texts_that_were_accepted_cost_as_estimated(loa, numbers):
    made = loa.create(numbers(3), provider="fibo", kind="care", text="Chao ban")
    loa.go()
    assert loa.show(made).cost == 3 * 345


def test_a_campaign_of_which_all_has_left_is_not_cancelled(loa, numbers):
    made = loa.create(numbers(25))
    loa.go()
    with pytest.raises(Refused) as fault:
        control.cancel(loa.deps, made.campaign.id)
    assert fault.value.rule == "all_has_left"
    assert "25 numbers" in str(fault.value)
    assert loa.status(made) == "sending", "nothing was changed"
    loa.clock.tick(seconds=11)
    loa.poll()
    assert loa.status(made) == "done"


def test_a_campaign_with_a_call_in_doubt_or_something_to_stop_is_cancelled(loa, numbers):
    loa.limits(max_recipients=25)
    made = loa.create(numbers(50))
    loa.release()
    loa.task_queue.sends = loa.task_queue.sends[:1]
    loa.run_tasks()
    assert control.cancel(loa.deps, made.campaign.id).stopped == 25
    assert control.cancel(loa.deps, made.campaign.id).stopped == 0, "it may be repeated"
    unknown = loa.create(numbers(25, 100))
    loa.sandbox.fault(when="after", do="drop")
    loa.go()
    assert control.cancel(loa.deps, unknown.campaign.id).unknown == 25


def test_an_ad_with_a_name_names_the_provider_that_can_send_it(loa, tmp_path):
    path = tmp_path / "names.csv"
    path.write_text("phone,ten\n" + "".join(f"09{n:08d},Lan {n}\n" for n in range(25)))
    with pytest.raises(Refused) as fault:
        loa.create(path, text="[QC] Chao {ten}")
    assert fault.value.rule == "too_few_numbers_per_text"
    assert "send it through Fibo (provider fibo)" in str(fault.value)
    assert loa.create(path, provider="fibo", text="[QC] Chao {ten}").campaign.valid == 25
