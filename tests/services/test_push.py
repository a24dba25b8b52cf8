"""Pushes into a campaign of FPT's: one at a time, none twice, and every lost answer settled by the quota or left to a person."""

import asyncio
import threading
import time
from dataclasses import replace
from datetime import UTC, timedelta
from itertools import pairwise

import pytest
from dateutil.parser import isoparse
from sqlalchemy import event, select, update
from sqlalchemy.exc import OperationalError
from sqlmodel import col

from tests.world import World
from worker.domain.attempts import Terms
from worker.domain.outcome import Outcome
from worker.domain.states import BatchState, ProviderCampaignState
from worker.domain.window import VIETNAM
from worker.providers.fpt import Fpt, LocalTokens
from worker.services import campaign_status
from worker.services.operations import control
from worker.services.sending import dispatch, release
from worker.services.sending.pushes import retry_last
from worker.services.sending.until import end_overdue
from worker.storage import campaigns
from worker.storage.sending import batches, provider_campaigns
from worker.storage.sending.provider_campaigns import Place
from worker.storage.tables.campaigns import Attempt, Batch, ProviderCampaign

#: After this nobody believes a claim any more.
LEASE = timedelta(seconds=31)


def placed(loa: World, made) -> list[ProviderCampaign]:
    with loa.deps.sessions() as session:
        return list(provider_campaigns.of_campaign(session, made.campaign.id))


def states(loa: World, made) -> list[str]:
    return [str(batch.state) for batch in loa.show(made).batches]


def push_all(loa: World, rounds: int = 10) -> None:
    """As `go`, with the lease of a lost push let pass, and unknown last pushes settled."""
    for _ in range(rounds):
        loa.go()
        loa.run_tasks()
        loa.clock.moment += LEASE
    retry_last.retry_last_pushes(loa.deps)


def once(loa: World, count: int) -> bool:
    phones = loa.sandbox.phones()
    return len(phones) == count and set(phones.values()) == {1}


def lost(loa: World, nth: int, *, taken: bool = True, times: int = 1) -> None:
    loa.sandbox.fault(
        function="push-brandname-ads", nth=nth, times=times, when="after" if taken else "before", do="drop"
    )


def test_every_text_gets_a_campaign_with_exactly_its_quota_and_its_pushes_in_order(fpt, tmp_path):
    path = tmp_path / "three.csv"
    rows = [f"09{n:08d},{'ABC'[n % 3]}" for n in range(270)]
    path.write_text("phone,city\n" + "\n".join(rows) + "\n")
    made = fpt.create(path, provider="fpt", text="[QC] Giam gia 20% tai {city}")
    fpt.go(40)
    assert fpt.counts(made) == {"accepted": 270}
    assert fpt.status(made) == "done"
    assert once(fpt, 270)
    kept = fpt.sandbox.campaigns()
    assert [(one["quota"], one["taken"], one["remaining"]) for one in kept] == [(90, 90, 0)] * 3
    assert all(one["name"].endswith(str(made.campaign.id)) for one in kept)
    for one in kept:
        sizes = [batch["phones"] for batch in one["batches"]]
        seqs = [
            batch.size
            for batch in fpt.show(made).batches
            if placed(fpt, made)[batch.provider_campaign - 1].ref == one["code"]
        ]
        assert sizes == seqs
        assert all(earlier != later for earlier, later in pairwise(sizes))
    assert all(batch.provider_ref and batch.next_poll_at is None for batch in fpt.show(made).batches)


def test_an_accepted_push_rings_the_next_at_once(fpt, numbers):
    fpt.create(numbers(120), provider="fpt")
    assert fpt.release() == 1
    for pushed in (1, 2, 3, 4):
        assert fpt.run_tasks() == [Outcome.ACCEPTED]
        assert len(fpt.sandbox.orders()) == pushed
    assert fpt.task_queue.sends == []


def test_workers_rung_for_one_campaign_at_once_never_push_beside_each_other(fpt, numbers):
    made = fpt.create(numbers(300), provider="fpt")
    fpt.release()
    fpt.sandbox.set(latency_s=0.02)
    ids = [batch.id for batch in fpt.show(made).batches]
    running, most, guard = [0], [0], threading.Lock()
    start, ends = threading.Barrier(3, timeout=60), time.monotonic() + 120

    def more():
        """Whether another push may begin: not after one that found no connection in time, on a busy machine, and was put off."""
        planned = [batch for batch in fpt.show(made).batches if batch.state is BatchState.PLANNED]
        put_off = any(batch.not_before > fpt.clock.now() for batch in planned)
        return bool(planned) and not put_off and time.monotonic() < ends

    def work():
        with asyncio.Runner() as runner:

            def run(call):
                with guard:
                    running[0] += 1
                    most[0] = max(most[0], running[0])
                try:
                    return runner.run(call)
                finally:
                    with guard:
                        running[0] -= 1

            account = fpt.deps.accounts["fpt"]
            adapter = Fpt(account.messages.account, LocalTokens(), fpt.loa.clock.now)
            mine = replace(fpt.deps, run=run, accounts={"fpt": replace(account, messages=adapter, campaigns=adapter)})
            start.wait()
            while more():
                for batch_id in ids:
                    dispatch.send_batch(mine, batch_id)
            runner.run(adapter.aclose())

    for _ in range(10):
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if "planned" not in fpt.counts(made):
            break
        fpt.clock.tick(seconds=5)
    assert most == [1]
    assert len(fpt.sandbox.campaigns()) == 1
    assert once(fpt, 300)
    assert fpt.counts(made) == {"accepted": 300}


def test_a_lost_answer_to_the_creation_leaves_an_orphan_and_uses_another_name(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    fpt.sandbox.fault(function="create-campaign", nth=1, times=1, when="after", do="drop")
    fpt.go()
    assert [str(one.state) for one in placed(fpt, made)] == ["unknown"]
    assert fpt.sandbox.orders() == []
    push_all(fpt, 3)
    assert [str(one.state) for one in placed(fpt, made)] == ["orphan", "open"]
    assert [(one["quota"], one["taken"]) for one in fpt.sandbox.campaigns()] == [(60, 0), (60, 60)]
    assert all(one["name"].endswith(str(made.campaign.id)) for one in fpt.sandbox.campaigns())
    assert once(fpt, 60)
    assert fpt.counts(made) == {"accepted": 60}


def test_a_creation_in_doubt_stays_in_doubt_when_its_repeat_is_refused_for_now(fpt, numbers):
    """Else a 1014 without a word of the name would reject all its numbers."""
    made = fpt.create(numbers(60), provider="fpt")
    fpt.sandbox.fault(function="create-campaign", nth=1, times=1, when="after", do="drop")
    fpt.go()
    fpt.clock.moment += LEASE
    fpt.sandbox.fault(function="create-campaign", nth=1, times=1, when="before", do="status", status=429)
    fpt.go()
    assert [str(one.state) for one in placed(fpt, made)] == ["unknown"]
    fpt.clock.tick(minutes=1)
    fpt.sandbox.fault(function="create-campaign", nth=1, times=1, when="before", do="code", code="1014")
    push_all(fpt, 3)
    assert [str(one.state) for one in placed(fpt, made)] == ["orphan", "open"]
    assert fpt.counts(made) == {"accepted": 60}
    assert once(fpt, 60)


def test_a_creation_that_was_not_taken_is_repeated_under_its_name(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    fpt.sandbox.fault(function="create-campaign", nth=1, times=1, when="before", do="drop")
    push_all(fpt, 2)
    assert [str(one.state) for one in placed(fpt, made)] == ["open"]
    assert len(fpt.sandbox.campaigns()) == 1
    assert once(fpt, 60)


def test_answers_to_creations_that_are_never_readable_pause_the_campaign(fpt, numbers):
    """Each more would be one more campaign that people at FPT approve for nobody."""
    made = fpt.create(numbers(60), provider="fpt")
    for nth in (1, 3, 5, 7):
        fpt.sandbox.fault(function="create-campaign", nth=nth, times=1, when="after", do="drop")
    push_all(fpt)
    assert [str(one.state) for one in placed(fpt, made)] == ["orphan", "orphan", "orphan", "planned"]
    assert len(fpt.sandbox.campaigns()) == 3
    assert fpt.status(made) == "paused"
    assert "3 creations of a campaign at FPT were lost" in fpt.show(made).campaign.status_reason
    fpt.sandbox.heal()
    control.resume(fpt.deps, made.campaign.id)
    push_all(fpt)
    assert once(fpt, 60)
    assert (fpt.status(made), fpt.show(made).campaign.status_reason) == ("done", "")


def test_a_campaign_says_that_it_waits_for_its_creation(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    fpt.sandbox.fault(function="create-campaign", nth=1, times=1, when="before", do="drop")
    fpt.release()
    fpt.run_tasks()
    said = fpt.show(made).campaign.status_reason
    assert said.startswith("FPT has not opened its campaign yet, and is asked again: FPT: the connection ended")
    control.pause(fpt.deps, made.campaign.id)
    assert fpt.show(made).campaign.status_reason == "paused by an operator"
    control.resume(fpt.deps, made.campaign.id)
    with fpt.deps.sessions.begin() as session:
        campaigns.explain(session, made.campaign.id, said)
    fpt.clock.moment += LEASE
    fpt.release()
    fpt.run_tasks()
    assert [str(one.state) for one in placed(fpt, made)] == ["open"]
    assert (fpt.status(made), fpt.show(made).campaign.status_reason) == ("sending", "")
    push_all(fpt, 3)
    assert once(fpt, 60)


def test_a_worker_that_died_while_creating_leaves_a_doubt_that_is_tried_again(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    fpt.release()
    with fpt.deps.sessions.begin() as session:
        until = fpt.clock.now() + timedelta(seconds=30)
        place = provider_campaigns.Place(made.campaign.id, 1)
        assert provider_campaigns.advance(session, place, ProviderCampaignState.CREATING, lease_until=until, attempts=1)
        assert not provider_campaigns.mark_expired_unknown(session, place, fpt.clock.now())
    assert fpt.run_tasks() == [None]
    push_all(fpt, 3)
    assert once(fpt, 60)


def test_a_creation_that_is_refused_rejects_its_numbers_with_the_words(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt", sender="NOBODY")
    fpt.go()
    assert fpt.counts(made) == {"rejected": 60}
    assert fpt.status(made) == "failed"
    assert "1014" in fpt.show(made).campaign.status_reason


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
@pytest.mark.parametrize("taken", [True, False])
def test_a_lost_answer_is_settled_by_the_quota_whichever_push_it_was(fpt, numbers, nth, taken):
    made = fpt.create(numbers(120), provider="fpt")
    assert len(fpt.show(made).batches) == 4
    lost(fpt, nth, taken=taken)
    push_all(fpt)
    assert states(fpt, made) == ["accepted"] * 4
    assert once(fpt, 120)
    assert fpt.status(made) == "done"
    assert fpt.sandbox.campaigns()[0]["remaining"] == 0


def test_a_push_that_was_not_counted_goes_again_after_all_others_where_the_quota_is_its_net(fpt, numbers):
    made = fpt.create(numbers(120), provider="fpt")
    lost(fpt, 1, taken=False)
    push_all(fpt)
    first, *others = [batch.size for batch in fpt.show(made).batches]
    assert [batch["phones"] for batch in fpt.sandbox.campaigns()[0]["batches"]] == [*others, first]


def test_an_answer_in_doubt_settles_others_only_by_what_it_may_itself_have_used(fpt, numbers):
    """Sizes 31, 29, 31, 29: the third answer may count the first push, or its own."""
    made = fpt.create(numbers(120), provider="fpt")
    lost(fpt, 1)
    fpt.go()
    fpt.clock.moment += LEASE
    sizes = [batch.size for batch in fpt.show(made).batches]
    assert sizes[0] == sizes[2]
    with fpt.deps.sessions.begin() as session:
        session.execute(update(Batch).where(col(Batch.seq) == 2).values(state=BatchState.REJECTED))
    body = f'{{"NumMessageSent":0,"BatchId":"qc.1.2","NumRemainQuota":{120 - sizes[0]}}}'
    fpt.sandbox.fault(function="push-brandname-ads", nth=1, times=1, when="before", do="body", body=body)
    fpt.release()
    fpt.run_tasks()
    assert states(fpt, made) == ["unknown", "rejected", "unknown", "planned"]


def test_an_answer_that_contradicts_itself_leaves_its_own_push_in_doubt(fpt, numbers):
    made = fpt.create(numbers(120), provider="fpt")
    body = '{"NumMessageSent":0,"BatchId":"qc.1.2","NumRemainQuota":120}'
    fpt.sandbox.fault(function="push-brandname-ads", nth=1, times=1, when="before", do="body", body=body)
    fpt.release()
    fpt.run_tasks()
    assert states(fpt, made)[0] == "unknown"
    push_all(fpt)
    assert states(fpt, made) == ["accepted"] * 4
    assert once(fpt, 120)


def test_nothing_follows_a_lost_push_before_its_lease_is_over(fpt, numbers):
    made = fpt.create(numbers(120), provider="fpt")
    lost(fpt, 1)
    fpt.go()
    fpt.clock.tick(seconds=20)
    fpt.go()
    assert states(fpt, made) == ["unknown", "planned", "planned", "planned"]
    assert len(fpt.sandbox.orders()) == 1


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("second", [True, False])
def test_two_lost_neighbours_are_told_apart_by_their_sizes(fpt, numbers, first, second):
    made = fpt.create(numbers(120), provider="fpt")
    lost(fpt, 2, taken=first)
    lost(fpt, 3, taken=second)
    push_all(fpt)
    assert once(fpt, 120)
    assert states(fpt, made) == ["accepted"] * 4


def test_two_lost_pushes_at_the_end_wait_for_a_person(fpt, numbers):
    made = fpt.create(numbers(120), provider="fpt")
    lost(fpt, 3, taken=True)
    lost(fpt, 4, taken=False)
    push_all(fpt)
    push_all(fpt)
    assert states(fpt, made) == ["accepted", "accepted", "unknown", "unknown"]
    assert fpt.status(made) == "reconciling"
    assert len(fpt.sandbox.orders()) == 3


def test_a_last_push_is_repeated_only_in_order_hours_and_in_time(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    lost(fpt, 2, taken=False)
    fpt.go()
    fpt.clock.moment = placed(fpt, made)[0].push_by
    assert retry_last.retry_last_pushes(fpt.deps) == 0
    assert states(fpt, made) == ["accepted", "unknown"]


@pytest.fixture
def repeat(fpt, numbers):
    """A repeat of an unknown last push, which waits for its slot."""
    fpt.create(numbers(60), provider="fpt")
    lost(fpt, 2, taken=False)
    fpt.go()
    fpt.clock.moment += LEASE
    with fpt.deps.sessions() as session:
        last = session.scalars(select(Batch).where(col(Batch.seq) == 2)).one()
    place = Place(last.campaign_id, last.provider_campaign)
    return retry_last.Repeat(fpt.deps, fpt.deps.account("fpt"), place, last)


def test_a_last_push_whose_answer_came_meanwhile_is_not_claimed(fpt, repeat):
    with fpt.deps.sessions.begin() as session:
        session.execute(update(Batch).where(col(Batch.seq) == 2).values(provider_ref="qc.1.2"))
    assert repeat.claim([0.0]) is None
    with fpt.deps.sessions.begin() as session:
        session.execute(update(Batch).where(col(Batch.seq) == 2).values(provider_ref=""))
    assert repeat.claim([0.0])


def test_a_last_push_is_not_claimed_when_its_intake_closed_meanwhile(fpt, repeat):
    with fpt.deps.sessions() as session:
        closes = session.scalars(select(ProviderCampaign.push_by)).one()
    before, fpt.clock.moment = fpt.clock.moment, closes
    assert repeat.claim([0.0]) is None
    fpt.clock.moment = before
    assert repeat.claim([0.0])


def test_a_last_push_is_not_repeated_when_the_room_left_is_not_exactly_its_own(fpt, numbers):
    """Numbers that FPT left out keep room in which a repeat could be taken twice."""
    fpt.sandbox.set(drop_share=0.2)
    made = fpt.create(numbers(60), provider="fpt")
    lost(fpt, 2)
    push_all(fpt)
    assert states(fpt, made)[1] == "unknown"
    assert len(fpt.sandbox.orders()) == 2


def test_a_repeat_that_contradicts_the_quota_is_for_a_person_and_not_repeated_again(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    lost(fpt, 2, taken=False)
    fpt.go()
    fpt.clock.moment += LEASE
    size = fpt.show(made).batches[1].size
    body = f'{{"BatchId":"qc.1.2","NumMessageSent":{size},"NumRemainQuota":{size}}}'
    fpt.sandbox.fault(function="push-brandname-ads", nth=1, times=-1, when="before", do="body", body=body)
    for _ in range(3):
        assert retry_last.retry_last_pushes(fpt.deps) == 0
        fpt.clock.moment += LEASE
    with fpt.deps.sessions() as session:
        assert session.scalars(select(col(Batch.attempts)).where(col(Batch.seq) == 2)).one() == 2
    assert "twice" in fpt.show(made).batches[1].provider_message


def test_a_repeat_that_is_lost_too_is_tried_again_later(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    lost(fpt, 2, times=2)
    fpt.go()
    for _ in range(3):
        fpt.clock.moment += LEASE
        retry_last.retry_last_pushes(fpt.deps)
    assert states(fpt, made) == ["accepted", "accepted"]
    assert once(fpt, 60)


def test_three_lost_answers_pause_the_campaign_instead_of_spending_the_list_on_a_broken_line(fpt, numbers):
    made = fpt.create(numbers(240), provider="fpt")
    lost(fpt, 1, times=-1)
    push_all(fpt)
    assert fpt.status(made) == "paused"
    assert states(fpt, made).count("unknown") == len(fpt.sandbox.orders()) == 3
    fpt.sandbox.heal()
    control.resume(fpt.deps, made.campaign.id)
    push_all(fpt)
    assert fpt.counts(made) == {"accepted": 240}
    assert once(fpt, 240)


def test_a_claim_whose_worker_died_is_settled_by_the_next_push(fpt, numbers):
    made = fpt.create(numbers(120), provider="fpt")
    fpt.release()
    fpt.run_tasks()
    now = fpt.clock.now()
    second = fpt.show(made).batches[1].id
    with fpt.deps.sessions.begin() as session:
        place, until = provider_campaigns.Place(made.campaign.id, 1), now + timedelta(seconds=30)
        assert campaigns.lock_if_sending(session, made.campaign.id, fpt.clock.now())
        assert provider_campaigns.begin_push(session, place, second, now, until)
        assert not provider_campaigns.begin_push(session, place, second, now, until)
        assert batches.claim(session, second, "order", Terms("esms", "", now, now, now, until))
    fpt.go()
    assert len(fpt.sandbox.orders()) == 1
    fpt.clock.moment += LEASE
    fpt.task_queue.sends = [fpt.show(made).batches[2].id]
    assert fpt.run_tasks() == [None]
    assert len(fpt.sandbox.orders()) == 1, "the doubt has to be known before its probe is sent"
    assert release.expire_claims(fpt.deps) == 1
    push_all(fpt)
    assert states(fpt, made) == ["accepted"] * 4
    assert once(fpt, 120)


def test_numbers_that_fpt_leaves_out_are_counted_as_rejected(fpt, numbers):
    fpt.sandbox.set(drop_share=0.2)
    made = fpt.create(numbers(120), provider="fpt")
    fpt.go()
    counts = fpt.counts(made)
    taken = fpt.sandbox.campaigns()[0]["taken"]
    assert counts == {"accepted": taken, "rejected": 120 - taken}
    assert 0 < taken < 120
    assert any("does not say" in batch.provider_message for batch in fpt.show(made).batches)


@pytest.mark.parametrize("uses_quota", [True, False])
def test_a_lost_push_is_settled_even_where_other_pushes_were_taken_in_part(fpt, numbers, uses_quota):
    fpt.sandbox.set(drop_share=0.2, fpt_dropped_use_quota=uses_quota)
    made = fpt.create(numbers(120), provider="fpt")
    lost(fpt, 2, taken=False)
    fpt.go()
    fpt.clock.moment += LEASE
    fpt.go()
    assert states(fpt, made) == ["accepted"] * 4
    phones = fpt.sandbox.phones()
    assert max(phones.values()) == 1


def test_a_count_that_contradicts_ours_is_never_hidden(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    body = '{"BatchId":"qc.1.2","NumMessageSent":31,"NumRemainQuota":7}'
    fpt.sandbox.fault(function="push-brandname-ads", nth=1, times=1, when="before", do="body", body=body)
    fpt.release()
    fpt.run_tasks()
    assert "counts 7 left" in fpt.show(made).campaign.status_reason
    assert "counts 7 left" in placed(fpt, made)[0].provider_message


def test_no_room_that_nothing_explains_pauses_this_campaign_alone(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    other = fpt.create(numbers(60, first=500), provider="fpt")
    fpt.sandbox.fault(function="push-brandname-ads", nth=1, times=1, when="before", do="code", code="1016")
    fpt.go()
    assert sorted([fpt.status(made), fpt.status(other)]) == ["done", "paused"]
    paused = made if fpt.status(made) == "paused" else other
    assert "1016" in fpt.show(paused).campaign.status_reason
    assert "Ask FPT what it counted there, then resume" in fpt.show(paused).campaign.status_reason
    control.resume(fpt.deps, paused.campaign.id)
    push_all(fpt)
    assert fpt.counts(paused) == {"accepted": 60}
    assert once(fpt, 120)


def test_no_room_for_a_push_that_was_lost_before_proves_that_it_was_counted(fpt, numbers):
    """FPT works on a lost push late: the evidence said no by then, and the quota is the net."""
    made = fpt.create(numbers(60), provider="fpt")
    lost(fpt, 1, taken=False)
    fpt.go()
    fpt.clock.moment += LEASE
    fpt.release()
    fpt.run_tasks()
    first, second = fpt.show(made).batches
    assert (first.state, second.state) == (BatchState.PLANNED, BatchState.ACCEPTED)
    phones = [f"849{n:08d}" for n in range(60)][: first.size]
    fpt.deps.run(fpt.deps.accounts["fpt"].campaigns.push(placed(fpt, made)[0].ref, [int(phone) for phone in phones]))
    push_all(fpt)
    assert states(fpt, made) == ["accepted", "accepted"]
    assert once(fpt, 60)


def test_a_push_without_room_that_is_recorded_once_more_pauses_nobody(fpt, tmp_path):
    """The record is committed and the answer to the commit is lost: the repeat finds the evidence used up."""
    path = tmp_path / "two.csv"
    path.write_text("phone,city\n" + "".join(f"09{n:08d},{'AB'[n // 60]}\n" for n in range(120)))
    made = fpt.create(path, provider="fpt", text="[QC] Giam gia 20% tai {city}")
    real, engine, lost_commits = fpt.deps, fpt.loa.engine, []

    def strike(connection):
        if not lost_commits:
            lost_commits.append(connection)
            connection.connection.driver_connection.commit()
            raise OperationalError("commit", {}, ConnectionError("away"))

    def called(call):
        reply = real.run(call)
        if getattr(reply, "no_room", False):
            event.listen(engine, "commit", strike)
        return reply

    lost(fpt, 1, taken=False)
    fpt.sandbox.fault(function="create-campaign", nth=2, times=2, when="before", do="status", status=429)
    fpt.change(run=called)
    for _ in range(2):
        fpt.release()
        fpt.run_tasks()
        fpt.clock.moment += LEASE
    first = fpt.show(made).batches[0]
    assert (first.state, first.attempts) == (BatchState.PLANNED, 1)
    phones = [84900000000 + n for n in range(first.size)]
    real.run(real.accounts["fpt"].campaigns.push(placed(fpt, made)[0].ref, phones))
    try:
        push_all(fpt)
    finally:
        event.remove(engine, "commit", strike)
    assert lost_commits
    assert fpt.status(made) == "done"
    assert once(fpt, 120)


@pytest.mark.parametrize("code", ["1002", "1003", "1010", "2504"])
@pytest.mark.parametrize("function", ["create-campaign", "push-brandname-ads"])
def test_a_fault_of_the_account_pauses_and_fails_nobody(fpt, numbers, function, code):
    made = fpt.create(numbers(60), provider="fpt")
    fpt.sandbox.fault(function=function, nth=1, times=1, when="before", do="code", code=code)
    fpt.go()
    assert fpt.status(made) == "paused"
    assert code in fpt.show(made).campaign.status_reason
    assert fpt.counts(made) == {"planned": 60}
    control.resume(fpt.deps, made.campaign.id)
    push_all(fpt)
    assert fpt.counts(made) == {"accepted": 60}
    assert once(fpt, 60)


@pytest.mark.parametrize("function", ["create-campaign", "push-brandname-ads"])
def test_not_now_is_tried_again_later(fpt, numbers, function):
    made = fpt.create(numbers(60), provider="fpt")
    fpt.sandbox.fault(function=function, nth=1, times=1, when="before", do="status", status=429)
    fpt.release()
    assert fpt.run_tasks() == [Outcome.RETRY]
    assert fpt.release() == 0
    fpt.clock.tick(seconds=2)
    fpt.go()
    assert fpt.counts(made) == {"accepted": 60}
    assert len(placed(fpt, made)) == 1


def test_a_pause_between_pushes_holds_and_resume_goes_on_with_the_next(fpt, numbers):
    made = fpt.create(numbers(120), provider="fpt")
    fpt.release()
    fpt.run_tasks()
    control.pause(fpt.deps, made.campaign.id)
    assert fpt.run_tasks() == [None]
    assert fpt.release() == 0
    assert fpt.counts(made)["planned"] == 120 - len(fpt.sandbox.phones())
    control.resume(fpt.deps, made.campaign.id)
    fpt.go()
    assert fpt.counts(made) == {"accepted": 120}
    assert once(fpt, 120)


def test_what_was_not_pushed_in_time_becomes_a_campaign_of_its_own_for_a_later_hour(fpt, numbers):
    made = fpt.create(numbers(120), provider="fpt")
    fpt.release()
    fpt.run_tasks()
    first_due = placed(fpt, made)[0].due
    pushed = len(fpt.sandbox.phones())
    fpt.clock.moment = placed(fpt, made)[0].push_by
    assert fpt.run_tasks() == [None]
    old, new = placed(fpt, made)
    assert (old.quota, new.quota) == (120, 120 - pushed)
    assert new.due > first_due
    assert new.name.endswith(str(made.campaign.id))
    view = fpt.show(made)
    assert view.campaign.scheduled_for == first_due
    assert f"{120 - pushed} numbers" in view.campaign.status_reason
    fpt.clock.moment = max(fpt.clock.moment, view.batches[-1].not_before)
    push_all(fpt, 3)
    assert fpt.counts(made) == {"accepted": 120}
    assert [one["taken"] for one in fpt.sandbox.campaigns()] == [pushed, 120 - pushed]
    assert once(fpt, 120)


def test_an_order_that_was_not_begun_in_time_gets_a_later_hour(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    fpt.release()
    (before,) = placed(fpt, made)
    fpt.clock.moment = before.push_by
    assert fpt.run_tasks() == [None]
    (after,) = placed(fpt, made)
    assert after.due > before.due
    assert fpt.show(made).campaign.scheduled_for == after.due
    fpt.clock.moment = max(fpt.clock.moment, fpt.show(made).batches[0].not_before)
    fpt.go()
    assert once(fpt, 60)
    assert isoparse(fpt.sandbox.campaigns()[0]["due"]) == after.due


def test_an_order_that_was_not_begun_in_time_gets_no_hour_after_the_last_moment(fpt, numbers):
    day = fpt.clock.now().astimezone(VIETNAM).date()
    made = fpt.create(numbers(60), provider="fpt", until=f"{day}T19:00")
    fpt.release()
    (before,) = placed(fpt, made)
    assert before.due.astimezone(VIETNAM).date() == day
    fpt.clock.moment = fpt.clock.moment.astimezone(VIETNAM).replace(hour=16, minute=0).astimezone(UTC)
    assert fpt.run_tasks() == [None]
    assert placed(fpt, made)[0].due == before.due
    assert fpt.status(made) == "paused"
    assert "Nothing may leave after" in fpt.show(made).campaign.status_reason
    fpt.clock.tick(hours=10)
    assert end_overdue(fpt.deps) == 1
    assert fpt.counts(made) == {"cancelled": 60}
    assert fpt.sandbox.campaigns() == []


def test_while_the_intake_is_closed_nothing_is_called_and_all_waits_for_its_opening(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt", at=(fpt.clock.now() + timedelta(days=2)).isoformat())
    fpt.release()
    with fpt.deps.sessions.begin() as session:
        session.execute(update(ProviderCampaign).values(push_by=fpt.clock.now() + timedelta(days=1, hours=23)))
    fpt.clock.moment = fpt.clock.moment.astimezone(VIETNAM).replace(hour=16, minute=30).astimezone(UTC)
    assert fpt.run_tasks() == [None]
    assert fpt.sandbox.campaigns() == []
    opening = fpt.deps.accounts["fpt"].intake.next_opening(fpt.clock.now())
    assert {batch.not_before for batch in fpt.show(made).batches} == {opening}
    fpt.clock.moment = opening
    fpt.go()
    assert once(fpt, 60)


def test_without_any_opening_the_campaign_waits_for_a_person(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    fpt.release()
    fpt.clock.moment = placed(fpt, made)[0].push_by
    closed = frozenset(fpt.clock.now().date() + timedelta(days=n) for n in range(-1, 70))
    fpt.limits("fpt", intake=replace(fpt.deps.accounts["fpt"].intake, closed_days=closed))
    assert fpt.run_tasks() == [None]
    assert fpt.status(made) == "paused"
    assert "order intake" in fpt.show(made).campaign.status_reason


def test_every_call_leaves_its_evidence(fpt, numbers):
    fpt.create(numbers(60), provider="fpt")
    lost(fpt, 2)
    push_all(fpt)
    with fpt.deps.sessions() as session:
        rows = session.scalars(select(Attempt).order_by(col(Attempt.began_at))).all()
    came = [(one.call, one.outcome, one.code) for one in rows]
    assert came == [
        ("create", "accepted", ""),
        ("push", "accepted", ""),
        ("push", "unknown", ""),
        ("push", "halt", "1016"),
    ]
    assert campaign_status.refresh_all(fpt.deps) == 0
