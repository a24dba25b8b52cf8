"""Ads that are pushed into FPT's campaigns: the audience is fixed and counted at the creation, later opt-outs are dropped."""

import asyncio
import threading
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.services.test_policy import opt_out, phones_of
from tests.services.test_policy_singles import alone, counted, offer
from tests.services.test_push import LEASE, lost, placed, push_all, states
from worker.domain.outcome import Outcome
from worker.providers.fpt import Fpt, LocalTokens
from worker.services.operations import control
from worker.services.sending import dispatch
from worker.services.sending.pushes import retry_last
from worker.services.unknown import lookup
from worker.storage.sending import ad_counts, batches, merging


def phones(count, first=0):
    return list(range(84900000000 + first, 84900000000 + first + count))


def push_one(loa, made):
    """Create the provider campaign, and push its first batch."""
    loa.release()
    assert loa.run_tasks() == [Outcome.ACCEPTED]
    loa.task_queue.sends = []


def had(loa, numbers, at, times=3):
    """These numbers had so many ads at that time."""
    with loa.deps.sessions.begin() as session:
        for _ in range(times):
            assert ad_counts.reserve(session, numbers, at, 9, loa.clock.now()) == set(numbers)


def ads_of(loa, numbers):
    """How many ads are counted for each of these."""
    return [len(counted(loa).get(phone, [])) for phone in numbers]


def test_the_quota_is_exactly_who_is_left_when_the_campaign_is_created(fpt, numbers):
    made = fpt.create(numbers(120), provider="fpt")
    gone = phones(7, first=20)
    opt_out(fpt, *gone)
    fpt.go()
    assert fpt.counts(made) == {"accepted": 113, "suppressed": 7}
    (kept,) = fpt.sandbox.campaigns()
    assert (kept["quota"], kept["taken"], kept["remaining"]) == (113, 113, 0)
    assert set(fpt.sandbox.phones()) == set(phones(120)) - set(gone)
    (provider_campaign,) = placed(fpt, made)
    assert set(counted(fpt)) == set(fpt.sandbox.phones())
    assert {tuple(times) for times in counted(fpt).values()} == {(provider_campaign.due,)}


def test_who_had_his_ads_around_the_hour_of_the_text_is_not_in_the_quota(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    (provider_campaign,) = placed(fpt, made)
    had(fpt, phones(10), provider_campaign.due)
    fpt.go()
    assert fpt.counts(made) == {"accepted": 50, "suppressed": 10}
    assert fpt.sandbox.campaigns()[0]["quota"] == 50
    assert ads_of(fpt, phones(60)) == [3] * 10 + [1] * 50


def test_pushes_are_cut_anew_so_that_none_is_too_small_and_no_neighbours_are_alike(fpt, numbers):
    made = fpt.create(numbers(150), provider="fpt")
    opt_out(fpt, *phones_of(fpt, 2)[:25], *phones_of(fpt, 3)[:1])
    push_all(fpt)
    assert fpt.counts(made) == {"accepted": 124, "suppressed": 26}
    (kept,) = fpt.sandbox.campaigns()
    sizes = [batch["phones"] for batch in kept["batches"]]
    assert sum(sizes) == kept["quota"] == 124
    assert min(sizes) >= 20
    assert max(sizes) <= 40
    assert all(one != following for one, following in pairwise(sizes))
    assert sum(batch.size for batch in fpt.show(made).batches) == 150


def test_too_few_for_a_campaign_are_rejected_before_anything_is_created(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    opt_out(fpt, *phones(45))
    fpt.go()
    assert fpt.counts(made) == {"rejected": 15, "suppressed": 45}
    assert fpt.status(made) == "failed"
    assert "below_minimum" in fpt.show(made).campaign.status_reason
    assert {batch.code for batch in fpt.show(made).batches} == {"below_minimum"}
    assert fpt.sandbox.campaigns() == []
    assert counted(fpt) == {}


def test_of_two_texts_the_one_with_enough_numbers_goes(fpt, tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("phone,city\n" + "".join(f"09{n:08d},{'AB'[n >= 30]}\n" for n in range(60)))
    made = fpt.create(path, provider="fpt", text="[QC] Giam gia 20% tai {city}")
    opt_out(fpt, *phones(15))
    fpt.go()
    assert fpt.counts(made) == {"accepted": 30, "rejected": 15, "suppressed": 15}
    assert fpt.status(made) == "done"
    assert "below_minimum" in fpt.show(made).campaign.status_reason
    assert set(counted(fpt)) == set(phones(30, first=30))


def test_an_opt_out_after_the_creation_is_dropped_and_given_back(fpt, numbers):
    made = fpt.create(numbers(120), provider="fpt")
    push_one(fpt, made)
    gone = phones_of(fpt, 2)[0]
    opt_out(fpt, gone)
    push_all(fpt)
    assert fpt.counts(made) == {"accepted": 119, "suppressed": 1}
    assert gone not in fpt.sandbox.phones()
    assert fpt.sandbox.campaigns()[0]["remaining"] == 1
    assert set(counted(fpt)) == set(fpt.sandbox.phones())
    assert fpt.status(made) == "done"


@pytest.mark.parametrize("taken", [True, False])
def test_after_a_late_opt_out_a_doubtful_last_push_waits_for_a_person(fpt, numbers, taken):
    made = fpt.create(numbers(60), provider="fpt")
    push_one(fpt, made)
    opt_out(fpt, phones_of(fpt, 2)[0])
    lost(fpt, 1, taken=taken)
    fpt.release()
    fpt.run_tasks()
    for _ in range(3):
        fpt.clock.moment += LEASE
        assert retry_last.retry_last_pushes(fpt.deps) == 0
    assert states(fpt, made) == ["accepted", "unknown"]
    assert fpt.status(made) == "reconciling"
    assert len(fpt.sandbox.orders()) == 1 + taken


def test_a_last_push_is_not_repeated_for_who_opted_out_since(fpt, numbers):
    """Without them it would be smaller than the room that the first may have used, and no net any more."""
    made = fpt.create(numbers(60), provider="fpt")
    lost(fpt, 2, taken=False)
    fpt.go()
    assert states(fpt, made) == ["accepted", "unknown"]
    opt_out(fpt, phones_of(fpt, 2)[0])
    for _ in range(3):
        fpt.clock.moment += LEASE
        assert retry_last.retry_last_pushes(fpt.deps) == 0
    assert len(fpt.sandbox.orders()) == 1
    fpt.clock.tick(hours=1)
    assert lookup.look_up(fpt.deps) == 0
    assert fpt.show(made).batches[1].needs_operator


def test_after_an_opt_out_before_the_creation_it_is_still_settled_by_the_quota(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    opt_out(fpt, phones_of(fpt, 2)[0])
    lost(fpt, 2)
    push_all(fpt)
    assert states(fpt, made) == ["accepted", "accepted"]
    assert set(fpt.sandbox.phones().values()) == {1}


def test_a_push_that_late_opt_outs_make_too_small_goes_with_another(fpt, numbers):
    fpt.limits("fpt", max_recipients=60)
    made = fpt.create(numbers(150), provider="fpt")
    push_one(fpt, made)
    second = phones_of(fpt, 2)
    opt_out(fpt, *second[: len(second) - 5])
    push_all(fpt)
    counts = fpt.counts(made)
    assert counts == {"accepted": 150 - len(second) + 5, "suppressed": len(second) - 5}
    assert states(fpt, made) == ["accepted", "cancelled", "accepted"]
    assert set(counted(fpt)) == set(fpt.sandbox.phones())


def test_a_push_never_goes_with_one_of_another_placement(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    with fpt.deps.sessions.begin() as session:
        first, second = batches.of_campaign(session, made.campaign.id)
        assert merging.partner(session, first) is second
        second.provider_campaign = 2
        session.flush()
        assert merging.partner(session, first) is None


def test_the_last_push_that_late_opt_outs_make_too_small_is_rejected(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    push_one(fpt, made)
    opt_out(fpt, *phones_of(fpt, 2)[:20])
    push_all(fpt)
    first, second = fpt.show(made).batches
    assert (str(second.state), second.code) == ("rejected", "below_minimum")
    assert fpt.counts(made) == {"accepted": first.size, "rejected": second.size - 20, "suppressed": 20}
    assert fpt.status(made) == "done"
    assert set(counted(fpt)) == set(fpt.sandbox.phones())


def test_a_creation_that_is_refused_for_now_counts_nobody_and_later_everybody_once(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    fpt.sandbox.fault(function="create-campaign", nth=1, times=1, when="before", do="status", status=429)
    fpt.release()
    assert fpt.run_tasks() == [Outcome.RETRY]
    assert counted(fpt) == {}
    fpt.clock.tick(seconds=2)
    fpt.go()
    assert fpt.counts(made) == {"accepted": 60}
    assert ads_of(fpt, phones(60)) == [1] * 60


@pytest.mark.parametrize("code", ["1014", "2504"])
def test_a_creation_that_is_refused_counts_nobody(fpt, numbers, code):
    fpt.create(numbers(60), provider="fpt")
    fpt.sandbox.fault(function="create-campaign", nth=1, times=1, when="before", do="code", code=code)
    fpt.go()
    assert counted(fpt) == {}


def test_a_lost_creation_keeps_its_count_and_its_successor_counts_once(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    fpt.sandbox.fault(function="create-campaign", nth=1, times=1, when="after", do="drop")
    fpt.go()
    assert [str(one.state) for one in placed(fpt, made)] == ["unknown"]
    assert ads_of(fpt, phones(60)) == [1] * 60
    push_all(fpt, 3)
    assert [str(one.state) for one in placed(fpt, made)] == ["orphan", "open"]
    assert ads_of(fpt, phones(60)) == [1] * 60


def test_a_push_that_is_rejected_gives_its_ads_back_and_no_others(fpt, numbers):
    fpt.create(numbers(120), provider="fpt")
    fpt.sandbox.fault(function="push-brandname-ads", nth=2, times=1, when="before", do="code", code="1001")
    fpt.go()
    assert len(fpt.sandbox.phones()) < 120
    assert set(counted(fpt)) == set(fpt.sandbox.phones())


@pytest.mark.parametrize("fault", [{"do": "status", "status": 429}, {"do": "code", "code": "2504"}])
def test_a_push_that_waits_keeps_its_place_and_is_counted_once(fpt, numbers, fault):
    made = fpt.create(numbers(60), provider="fpt")
    fpt.sandbox.fault(function="push-brandname-ads", nth=1, times=1, when="before", **fault)
    fpt.go()
    assert ads_of(fpt, phones(60)) == [1] * 60
    fpt.clock.tick(seconds=2)
    if fpt.status(made) == "paused":
        control.resume(fpt.deps, made.campaign.id)
    fpt.go()
    assert fpt.counts(made) == {"accepted": 60}
    assert ads_of(fpt, phones(60)) == [1] * 60


@pytest.mark.parametrize("taken", [True, False])
def test_a_lost_push_stays_counted_once_whatever_becomes_of_it(fpt, numbers, taken):
    made = fpt.create(numbers(120), provider="fpt")
    lost(fpt, 2, taken=taken)
    fpt.go()
    assert ads_of(fpt, phones(120)) == [1] * 120
    push_all(fpt)
    assert fpt.counts(made) == {"accepted": 120}
    assert ads_of(fpt, phones(120)) == [1] * 120


def test_what_is_placed_anew_for_a_later_hour_is_counted_at_that_hour(fpt, numbers):
    made = fpt.create(numbers(120), provider="fpt")
    push_one(fpt, made)
    pushed = set(fpt.sandbox.phones())
    fpt.clock.moment = placed(fpt, made)[0].push_by
    fpt.task_queue.sends = [fpt.show(made).batches[1].id]
    fpt.run_tasks()
    old, new = placed(fpt, made)
    assert set(counted(fpt)) == pushed
    fpt.clock.moment = max(fpt.clock.moment, fpt.show(made).batches[-1].not_before)
    push_all(fpt, 3)
    assert fpt.counts(made) == {"accepted": 120}
    for phone, times in counted(fpt).items():
        assert times == [old.due if phone in pushed else new.due]
    assert len(counted(fpt)) == 120


def test_a_cancelled_campaign_gives_back_what_did_not_go_and_what_fpt_stopped(fpt, numbers):
    fpt.sandbox.set(fpt_cancel_fails=1)
    made = fpt.create(numbers(120), provider="fpt")
    other = fpt.create(numbers(120), provider="fpt", text=offer(2))
    fpt.go()
    assert fpt.counts(other) == fpt.counts(made) == {"accepted": 120}
    assert placed(fpt, made)[0].due == placed(fpt, other)[0].due
    kept = phones_of(fpt, 1)
    control.cancel(fpt.deps, made.campaign.id)
    control.cancel(fpt.deps, made.campaign.id)
    left = fpt.counts(made)["accepted"]
    assert 0 < left < 120
    assert sorted(ads_of(fpt, phones(120))) == [1] * (120 - left) + [2] * left
    assert set(ads_of(fpt, kept)) == {2}


def test_a_campaign_that_is_cancelled_between_its_pushes_keeps_the_count_of_doubtful_ones(fpt, numbers):
    made = fpt.create(numbers(120), provider="fpt")
    lost(fpt, 2)
    fpt.go()
    second = phones_of(fpt, 2)
    fpt.sandbox.fault(function="cancel-ads", nth=1, times=1, when="before", do="status", status=429)
    receipt = control.cancel(fpt.deps, made.campaign.id)
    assert receipt.stopped == 120 - len(phones_of(fpt, 1)) - len(second)
    assert set(counted(fpt)) == {*phones_of(fpt, 1), *second}


def test_nobody_is_counted_before_the_creation(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    assert counted(fpt) == {}
    had(fpt, phones(60), placed(fpt, made)[0].due, times=1)
    control.cancel(fpt.deps, made.campaign.id)
    assert ads_of(fpt, phones(60)) == [1] * 60


def test_campaigns_of_all_providers_at_once_never_give_a_number_one_ad_too_many(fpt, numbers):
    had(fpt, phones(60), fpt.clock.now(), times=2)
    providers = ("fpt", "fibo", "esms", "fpt")
    made = [fpt.create(numbers(60), provider=one, text=offer(n)) for n, one in enumerate(providers)]
    fpt.release()
    task_queue, fpt.task_queue.sends = fpt.task_queue.sends, []
    start = threading.Barrier(len(task_queue))

    def work(batch_id):
        with asyncio.Runner() as runner:
            deps, adapters = alone(fpt, runner)
            account = fpt.deps.accounts["fpt"]
            pushes = Fpt(account.messages.account, LocalTokens(), fpt.loa.clock.now)
            pushed = replace(account, messages=pushes, campaigns=pushes)
            start.wait()
            dispatch.send_batch(replace(deps, accounts={**deps.accounts, "fpt": pushed}), batch_id)
            for adapter in (*adapters, pushes):
                runner.run(adapter.aclose())

    threads = [threading.Thread(target=work, args=(batch_id,)) for batch_id in task_queue]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    push_all(fpt)
    assert len(task_queue) == 4
    assert fpt.sandbox.phones() == dict.fromkeys(phones(60), 1)
    assert set(ads_of(fpt, phones(60))) == {3}
    assert sum(fpt.counts(one).get("accepted", 0) for one in made) == 60


def test_a_campaign_that_is_done_still_tells_that_the_provider_counts_otherwise(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    body = '{"BatchId":"qc.1.2","NumMessageSent":31,"NumRemainQuota":7}'
    fpt.sandbox.fault(function="push-brandname-ads", nth=1, times=1, when="before", do="body", body=body)
    silent = '{"BatchId":"qc.1.3","NumMessageSent":29}'
    fpt.sandbox.fault(function="push-brandname-ads", nth=2, times=1, when="before", do="body", body=silent)
    push_all(fpt)
    assert fpt.status(made) == "done"
    assert fpt.show(made).campaign.status_reason.count("counts 7 left") == 1
