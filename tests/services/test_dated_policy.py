"""A campaign across the day on which a rule changes: each batch follows the rule of the day on which it leaves."""

import pytest
from sqlmodel import select

from tests.domain.test_law_by_day import CHANGED
from worker.domain import policy
from worker.domain.window import Windows, local
from worker.errors import Refused
from worker.services.planning import times
from worker.storage.tables.campaigns import Batch, Campaign, ProviderCampaign, Recipient

DATED = policy.read(CHANGED)
WRONG_LABEL = "ad_label_missing: from 2027-01-01 on an ad must begin with [ADV] (Decree 99/2026/ND-CP, Art. 9)"
NEW_YEAR = {"days": 304}  # from Monday 2026-03-02 09:00 to 2026-12-31 09:00


@pytest.fixture
def dated(loa, clock):
    """Loa on the day before the rules of texts change, to 08:30-19:00, two ads and another label."""
    clock.tick(**NEW_YEAR)
    assert local(clock.now()) == "2026-12-31T09:00:00+07:00"
    loa.limits(policy=DATED, windows=Windows.parse("08:00-11:30,13:30-20:00", policy=DATED))
    return loa


def test_a_plan_across_the_change_says_so_and_each_batch_follows_its_day(dated, numbers, clock):
    dated.limits(max_recipients=30, requests_per_second=0.00057)  # a batch in about half an hour
    made = dated.create(numbers(720))
    note = next(one for one in made.notes if "another rule" in one)
    assert note.startswith(
        "From 2027-01-01 on another rule holds (Decree 99/2026/ND-CP, Art. 9): ads reach phones at 08:30-19:00"
    )
    dated.limits(requests_per_second=10)
    assert dated.release() == 24
    first, rest = dated.task_queue.sends[:1], dated.task_queue.sends[1:]
    dated.task_queue.sends = first
    dated.run_tasks()
    dated.task_queue.sends = rest
    clock.tick(hours=23)  # 08:00 of the new year: open by the setting, closed by the new rule
    assert dated.release() == 0
    dated.run_tasks()
    assert len(dated.sandbox.orders()) == 1
    clock.tick(minutes=30)
    dated.go()
    counts = dated.counts(made)
    assert (counts["accepted"], counts["rejected"]) == (30, 690), (
        "the label of the old rule does not leave under the new one"
    )
    with dated.deps.sessions() as session:
        words = {batch.provider_message for batch in session.exec(select(Batch)) if batch.state == "rejected"}
    assert words == {WRONG_LABEL}


def test_a_text_for_after_the_change_wears_the_label_of_that_day(dated, numbers):
    with pytest.raises(Refused) as refused:
        dated.create(numbers(30), at="2027-01-02T09:00")
    assert refused.value.rule == "ad_label_missing"
    made = dated.create(numbers(30), text="[ADV] Sale", at="2027-01-02T09:00")
    assert made.campaign.valid == 30
    with pytest.raises(Refused):
        dated.create(numbers(30), text="[ADV] Sale")


def test_how_many_ads_a_number_gets_is_the_rule_of_the_day(dated, numbers, clock):
    clock.tick(hours=47)  # 2027-01-02 08:00
    clock.tick(hours=1)
    made = [dated.create(numbers(30), text=f"[ADV] Sale {n}") for n in range(3)]
    dated.go()
    assert sorted(dated.counts(one).get("accepted", 0) for one in made) == [0, 30, 30]
    assert sorted(dated.counts(one).get("suppressed", 0) for one in made) == [0, 0, 30]


def test_a_setting_goes_before_the_rule(dated, numbers, clock):
    clock.tick(hours=48)
    dated.change(ads_a_day=1)
    made = [dated.create(numbers(30), text=f"[ADV] Sale {n}") for n in range(2)]
    dated.go()
    assert sorted(dated.counts(one).get("accepted", 0) for one in made) == [0, 30]


def test_single_texts_follow_the_rule_of_their_day_too(dated, numbers, clock):
    dated.limits("fibo", policy=DATED, windows=Windows.parse("08:00-20:00", policy=DATED))
    made = dated.create(numbers(30), provider="fibo")
    clock.tick(hours=24)
    dated.go()
    assert dated.counts(made) == {"suppressed": 30}
    with dated.deps.sessions() as session:
        reasons = {row.reason for row in session.exec(select(Recipient))}
    assert reasons == {WRONG_LABEL}


def test_a_push_follows_the_rule_of_the_day_of_its_text(dated, numbers, clock):
    dated.limits("fpt", policy=DATED, windows=Windows.parse("08:00-20:00", policy=DATED))
    made = dated.create(numbers(30), provider="fpt")
    clock.tick(hours=96)  # Monday 4 January: it missed its hour, and is placed anew for one under the new rule
    for _ in range(3):
        dated.go()
        clock.tick(minutes=2)
    assert dated.counts(made) == {"rejected": 30}
    assert dated.sandbox.campaigns() == []


def test_a_push_whose_hour_is_no_longer_one_for_ads_is_placed_for_another(dated, numbers):
    dated.limits("fpt", windows=Windows.parse("08:00-11:30,13:30-22:00", policy=DATED))
    dated.create(numbers(30), provider="fpt", at="2026-12-31T21:30")
    dated.limits("fpt", windows=Windows.parse("08:00-11:30,13:30-20:00", policy=DATED))
    dated.release()
    dated.run_tasks()
    with dated.deps.sessions() as session:
        (placed,) = session.exec(select(ProviderCampaign)).all()
    assert local(placed.due) == "2026-12-31T13:30:00+07:00"
    assert dated.sandbox.campaigns() == []


def test_a_campaign_is_not_moved_to_a_day_of_another_label(dated, numbers):
    made = dated.create(numbers(30), at="2026-12-31T15:00")
    with dated.deps.sessions.begin() as session, pytest.raises(Refused) as refused:
        times.move(session, dated.deps, session.get_one(Campaign, made.campaign.id), "2027-01-02T09:00", None)
    assert refused.value.rule == "ad_label_missing"
