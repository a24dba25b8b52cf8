"""A campaign that FPT keeps is cancelled: what FPT stopped, what it did not, and what that says of lost pushes."""

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.world import World, ads_counted
from worker.cli.campaign import documents
from worker.domain.attempts import Terms
from worker.domain.states import CampaignStatus, ProviderCampaignState
from worker.errors import Refused
from worker.providers.fpt import Fpt, LocalTokens
from worker.services.operations import control
from worker.services.sending import release
from worker.services.sending.pushes import cancel_at_provider
from worker.services.sending.pushes.cancel_at_provider import Share
from worker.services.sending.pushes.push import PushCall
from worker.services.unknown import resolve
from worker.storage import campaigns
from worker.storage.sending import batches, provider_campaigns
from worker.storage.tables.campaigns import ProviderCampaign

LEASE = timedelta(seconds=31)
NOBODY = Share(0, ())


def states(loa: World, made) -> list[str]:
    return [str(batch.state) for batch in loa.show(made).batches]


def placed(loa: World, made) -> list[ProviderCampaign]:
    with loa.deps.sessions() as session:
        return list(provider_campaigns.of_campaign(session, made.campaign.id))


def pushed(loa: World, made, count: int) -> None:
    """Push so many batches."""
    loa.release()
    for _ in range(count):
        loa.run_tasks()
    assert len(loa.sandbox.orders()) == count


def test_what_was_never_placed_is_cancelled_without_a_call(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    receipt = control.cancel(fpt.deps, made.campaign.id)
    assert (str(receipt.status), receipt.stopped, receipt.beyond_reach) == ("cancelled", 60, 0)
    assert (
        receipt.provider_cancellation.stopped,
        receipt.provider_cancellation.kept,
        receipt.provider_cancellation.provider_message,
    ) == (NOBODY, NOBODY, ())
    assert fpt.sandbox.campaigns() == []


def test_in_the_middle_fpt_stops_what_it_has_and_the_rest_never_leaves(fpt, numbers):
    made = fpt.create(numbers(120), provider="fpt")
    pushed(fpt, made, 2)
    sizes = [batch.size for batch in fpt.show(made).batches]
    receipt = control.cancel(fpt.deps, made.campaign.id)
    assert receipt.provider_cancellation.stopped == Share(sum(sizes[:2]), (1, 2))
    assert receipt.provider_cancellation.kept == NOBODY
    assert (receipt.stopped, receipt.beyond_reach, receipt.unknown) == (sum(sizes[2:]), 0, 0)
    assert states(fpt, made) == ["cancelled"] * 4
    assert fpt.counts(made) == {"cancelled": 120}
    assert set(fpt.sandbox.phones().values()) == {0}
    assert placed(fpt, made)[0].state is ProviderCampaignState.CANCELLED
    assert fpt.run_tasks() == [None]


def test_what_fpt_would_not_stop_stays_accepted_and_is_named(fpt, numbers):
    fpt.sandbox.set(fpt_cancel_fails=1)
    made = fpt.create(numbers(120), provider="fpt")
    pushed(fpt, made, 3)
    first, second, third, _ = fpt.show(made).batches
    receipt = control.cancel(fpt.deps, made.campaign.id)
    assert receipt.provider_cancellation.kept == Share(first.size, (1,))
    assert receipt.provider_cancellation.stopped == Share(second.size + third.size, (2, 3))
    assert states(fpt, made) == ["accepted", "cancelled", "cancelled", "cancelled"]
    assert "did not stop it" in fpt.show(made).batches[0].provider_message
    assert f"{first.size} numbers are with the provider" in fpt.show(made).campaign.status_reason
    assert sum(fpt.sandbox.phones().values()) == first.size
    shown = documents.receipt(made.campaign.id, receipt)
    assert shown["stopped_by_provider"] == {"numbers": second.size + third.size, "batches": [2, 3]}
    assert shown["kept_by_provider"] == {"numbers": first.size, "batches": [1]}
    assert "2 pushes stopped, 1 not stopped" in shown["words"][0]


def test_a_campaign_that_is_done_can_be_cancelled_until_its_text_is_due(fpt, numbers):
    made, late = fpt.create(numbers(60), provider="fpt"), fpt.create(numbers(60, first=500), provider="fpt")
    fpt.go()
    fpt.run_tasks()
    assert (fpt.status(made), fpt.status(late)) == ("done", "done")
    receipt = control.cancel(fpt.deps, made.campaign.id)
    assert (str(receipt.status), receipt.provider_cancellation.stopped.numbers) == ("cancelled", 60)
    fpt.clock.moment = fpt.show(late).campaign.scheduled_for
    with pytest.raises(Refused, match="cannot be cancelled"):
        control.cancel(fpt.deps, late.campaign.id)
    assert fpt.status(late) == "done"


def test_a_lost_answer_to_the_cancelling_is_not_told_as_a_refusal(fpt, numbers):
    fpt.sandbox.fault(function="cancel-ads", nth=1, times=1, when="after", do="drop")
    made = fpt.create(numbers(120), provider="fpt")
    pushed(fpt, made, 2)
    receipt = control.cancel(fpt.deps, made.campaign.id)
    assert not receipt.provider_cancellation.told
    assert fpt.show(made).campaign.status_reason.endswith(
        "did not say whether it stopped them: cancel again to ask again"
    )
    assert control.cancel(fpt.deps, made.campaign.id).provider_cancellation.told
    assert fpt.show(made).campaign.status_reason == "cancelled by an operator"
    assert fpt.counts(made) == {"cancelled": 120}


def test_a_campaign_that_went_as_a_list_is_not_cancelled_once_done(loa, numbers):
    made = loa.create(numbers(20))
    loa.go()
    loa.clock.tick(seconds=11)
    loa.poll()
    assert loa.status(made) == "done"
    with pytest.raises(Refused):
        control.cancel(loa.deps, made.campaign.id)


def test_every_placement_of_a_campaign_is_withdrawn(fpt, tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("phone,city\n" + "\n".join(f"09{n:08d},{'AB'[n % 2]}" for n in range(60)) + "\n")
    made = fpt.create(path, provider="fpt", text="[QC] Giam gia 20% tai {city}")
    fpt.go()
    fpt.run_tasks()
    receipt = control.cancel(fpt.deps, made.campaign.id)
    assert receipt.provider_cancellation.stopped == Share(60, (1, 2))
    assert [one["cancelled"] for one in fpt.sandbox.campaigns()] == [True, True]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"when": "before", "do": "drop"}, id="the question was lost"),
        pytest.param({"when": "after", "do": "drop"}, id="its answer was lost"),
        pytest.param({"when": "before", "do": "code", "code": "1006"}, id="FPT could not"),
        pytest.param({"when": "before", "do": "code", "code": "1014"}, id="FPT would not"),
    ],
)
def test_a_cancel_that_fpt_did_not_answer_says_so_and_may_be_repeated(fpt, numbers, fault):
    made = fpt.create(numbers(60), provider="fpt")
    pushed(fpt, made, 2)
    fpt.sandbox.fault(function="cancel-ads", nth=1, times=1, **fault)
    first = control.cancel(fpt.deps, made.campaign.id)
    assert (str(first.status), first.provider_cancellation.stopped, first.provider_cancellation.kept.numbers) == (
        "cancelled",
        NOBODY,
        60,
    )
    assert "cancel again" in first.provider_cancellation.provider_message[0]
    assert placed(fpt, made)[0].cancel_words
    again = control.cancel(fpt.deps, made.campaign.id)
    assert again.provider_cancellation.stopped == Share(60, (1, 2))
    assert states(fpt, made) == ["cancelled", "cancelled"]
    third = control.cancel(fpt.deps, made.campaign.id)
    assert third.provider_cancellation.stopped == Share(60, (1, 2))
    (armed,) = fpt.sandbox.client.get("/_sandbox/faults").json()["faults"]
    assert armed["seen"] == 2, "FPT had answered: it was not to be asked a third time"


def test_what_fpt_has_is_stopped_though_whoever_cancelled_died_before_it_was_asked(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    pushed(fpt, made, 2)
    with fpt.deps.sessions.begin() as session:
        # The first commit of the cancel, after which it was killed.
        campaigns.advance(
            session,
            made.campaign.id,
            CampaignStatus.CANCELLED,
            status_reason="cancelled by an operator",
            finished_at=fpt.clock.now(),
        )
    fpt.clock.tick(seconds=59)
    assert control.ask_again(fpt.deps) == 0, "whoever cancelled may be about to ask"
    fpt.clock.tick(seconds=1)
    assert control.ask_again(fpt.deps) == 1
    assert states(fpt, made) == ["cancelled", "cancelled"]
    assert fpt.sandbox.campaigns()[0]["cancelled"]
    assert fpt.show(made).campaign.status_reason == "cancelled by an operator"
    fpt.clock.tick(hours=1)
    assert control.ask_again(fpt.deps) == 0


def test_fpt_is_asked_again_by_itself_until_it_says_what_it_did(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    pushed(fpt, made, 2)
    fpt.sandbox.fault(function="cancel-ads", nth=1, times=2, when="before", do="drop")
    control.cancel(fpt.deps, made.campaign.id)
    asked = []
    for _ in range(8):
        fpt.clock.tick(minutes=1)
        asked.append(control.ask_again(fpt.deps))
    # Twice as long after each call: two minutes after the first, four after the second.
    assert asked == [0, 1, 0, 0, 0, 1, 0, 0]
    assert states(fpt, made) == ["cancelled", "cancelled"]
    assert fpt.show(made).campaign.status_reason == "cancelled by an operator"


@pytest.mark.parametrize(
    ("code", "minutes"),
    [pytest.param("1014", 1, id="FPT would not"), pytest.param("1006", 100_000, id="its text is due")],
)
def test_fpt_is_not_asked_again_where_that_is_of_no_use(fpt, numbers, code, minutes):
    made = fpt.create(numbers(60), provider="fpt")
    pushed(fpt, made, 2)
    fpt.sandbox.fault(function="cancel-ads", nth=1, times=1, when="before", do="code", code=code)
    control.cancel(fpt.deps, made.campaign.id)
    fpt.clock.tick(minutes=minutes)
    assert control.ask_again(fpt.deps) == 0
    fpt.clock.tick(minutes=30)
    assert control.ask_again(fpt.deps) == 0
    assert states(fpt, made) == ["accepted", "accepted"]


def test_the_sweep_stops_nothing_of_a_campaign_that_nobody_cancelled(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    fpt.go()
    assert fpt.status(made) == "done"
    fpt.clock.tick(minutes=10)
    assert control.ask_again(fpt.deps) == 0
    assert [one["cancelled"] for one in fpt.sandbox.campaigns()] == [False]
    assert states(fpt, made) == ["accepted", "accepted"]


@pytest.mark.parametrize("stopped", [True, False])
def test_a_reference_that_we_never_saw_proves_that_a_lost_push_was_taken(fpt, numbers, stopped):
    fpt.sandbox.set(fpt_cancel_fails=0 if stopped else 5)
    made = fpt.create(numbers(60), provider="fpt")
    fpt.sandbox.fault(function="push-brandname-ads", nth=2, times=1, when="after", do="drop")
    fpt.go()
    fpt.run_tasks()
    assert states(fpt, made) == ["accepted", "unknown"]
    receipt = control.cancel(fpt.deps, made.campaign.id)
    told = receipt.provider_cancellation.stopped if stopped else receipt.provider_cancellation.kept
    assert (told, receipt.unknown) == (Share(60, (1, 2)), 0)
    assert states(fpt, made) == (["cancelled"] * 2 if stopped else ["accepted"] * 2)
    refs = [batch["id"] for batch in fpt.sandbox.campaigns()[0]["batches"]]
    assert [batch.provider_ref for batch in fpt.show(made).batches] == refs


def test_of_two_references_that_we_never_saw_it_is_not_guessed_which_was_stopped(fpt, numbers):
    fpt.sandbox.set(fpt_cancel_fails=1)
    made = fpt.create(numbers(120), provider="fpt")
    for nth in (1, 4):
        fpt.sandbox.fault(function="push-brandname-ads", nth=nth, times=1, when="after", do="drop")
    fpt.go()
    fpt.clock.moment += LEASE
    fpt.go()
    assert states(fpt, made) == ["accepted", "accepted", "accepted", "unknown"]
    control.cancel(fpt.deps, made.campaign.id)
    # The first was kept, and the last was stopped.
    assert states(fpt, made) == ["accepted", "cancelled", "cancelled", "unknown"]
    assert "does not say" in fpt.show(made).batches[0].provider_message


def test_a_lost_push_that_fpt_does_not_list_stays_in_doubt(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    fpt.sandbox.fault(function="push-brandname-ads", nth=2, times=1, when="before", do="drop")
    fpt.go()
    fpt.run_tasks()
    receipt = control.cancel(fpt.deps, made.campaign.id)
    lost = fpt.show(made).batches[1]
    assert (str(lost.state), receipt.unknown) == ("unknown", lost.size)
    assert "may or may not" in fpt.show(made).campaign.status_reason


def test_a_push_that_only_evidence_proved_is_stopped_with_the_others(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    fpt.sandbox.fault(function="push-brandname-ads", nth=1, times=1, when="after", do="drop")
    fpt.go()
    fpt.clock.moment += LEASE
    fpt.go()
    assert fpt.show(made).batches[0].provider_ref == ""
    receipt = control.cancel(fpt.deps, made.campaign.id)
    assert receipt.provider_cancellation.stopped == Share(60, (1, 2))


def test_cancelling_waits_for_the_push_in_flight_and_stops_it_too(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    pushed(fpt, made, 1)
    push, seen, receipts = fpt.deps.run, [], []

    def cancelling():
        account = fpt.deps.accounts["fpt"]
        adapter = Fpt(account.messages.account, LocalTokens(), fpt.loa.clock.now)
        with asyncio.Runner() as runner:

            def run(call):
                seen.append(states(fpt, made))
                return runner.run(call)

            mine = replace(fpt.deps, run=run, accounts={"fpt": replace(account, messages=adapter, campaigns=adapter)})
            receipts.append(control.cancel(mine, made.campaign.id))
            runner.run(adapter.aclose())

    thread = threading.Thread(target=cancelling)

    def while_cancelled(call):
        thread.start()
        while fpt.status(made) != "cancelled":
            pass
        return push(call)

    fpt.change(run=while_cancelled)
    fpt.run_tasks()
    thread.join()
    assert seen == [["accepted", "accepted"]]
    assert receipts[0].provider_cancellation.stopped == Share(60, (1, 2))
    assert states(fpt, made) == ["cancelled", "cancelled"]


def test_a_push_in_flight_that_never_ends_is_not_waited_for_longer_than_a_call_can_take(fpt, numbers, monkeypatch):
    monkeypatch.setattr(cancel_at_provider, "RECORD_WITHIN", timedelta(seconds=-2.9))
    made = fpt.create(numbers(60), provider="fpt")
    pushed(fpt, made, 1)
    now = fpt.clock.now()
    second = fpt.show(made).batches[1].id
    with fpt.deps.sessions.begin() as session:
        place, until = provider_campaigns.Place(made.campaign.id, 1), now + timedelta(seconds=30)
        assert provider_campaigns.begin_push(session, place, second, now, until)
        assert batches.claim(session, second, "order", Terms("esms", "", now, now, until, until))
    receipt = control.cancel(fpt.deps, made.campaign.id)
    assert receipt.provider_cancellation.stopped.batches == (1,)
    assert states(fpt, made) == ["cancelled", "sending"]


def test_without_an_account_it_says_that_nobody_was_asked(fpt, numbers):
    made = fpt.create(numbers(60), provider="fpt")
    pushed(fpt, made, 1)
    fpt.change(accounts={})
    receipt = control.cancel(fpt.deps, made.campaign.id)
    assert receipt.provider_cancellation.kept.batches == (1,)
    assert "not asked" in receipt.provider_cancellation.provider_message[0]


@pytest.mark.parametrize("cancelled_first", [False, True], ids=["not sent, then cancelled", "cancelled, then not sent"])
def test_a_push_that_a_person_gave_up_and_that_was_taken_counts_after_a_cancel_and_is_stopped(
    fpt, numbers, cancelled_first
):
    """A host that was frozen in its call wakes up after the person's word."""
    made = fpt.create(numbers(60), provider="fpt")
    pushed(fpt, made, 1)
    assert ads_counted(fpt) == 60
    push = fpt.deps.run

    def frozen(call):
        answer = push(call)
        fpt.change(run=push)
        fpt.clock.moment += LEASE
        release.expire_claims(fpt.deps)
        fpt.sandbox.fault(function="cancel-ads", nth=1, times=1, when="before", do="drop")
        acts = [
            lambda: control.cancel(fpt.deps, made.campaign.id),
            lambda: resolve.resolve(fpt.deps, made.campaign.id, 2, resolve.Verdict.NOT_SENT),
        ]
        for act in acts if cancelled_first else reversed(acts):
            act()
        assert states(fpt, made) == ["accepted", "cancelled"]
        assert ads_counted(fpt) == fpt.show(made).batches[0].size
        return answer

    fpt.change(run=frozen)
    fpt.run_tasks()
    assert states(fpt, made) == ["accepted", "accepted"]
    assert ads_counted(fpt) == 60
    fpt.clock.tick(minutes=4)
    assert control.ask_again(fpt.deps) == 1
    assert states(fpt, made) == ["cancelled", "cancelled"]
    assert ads_counted(fpt) == 0


def test_what_fpt_stopped_of_a_push_stays_stopped_when_its_answer_is_recorded_once_more(fpt, numbers):
    """The commit of the first record was not told to its worker, which records again for as long as it takes."""
    made = fpt.create(numbers(60), provider="fpt")
    pushed(fpt, made, 1)
    account, batch = fpt.deps.account("fpt"), fpt.show(made).batches[1]
    push = PushCall(fpt.deps, account, provider_campaigns.Place(made.campaign.id, 1), batch.id, batch.size)
    claimed = push.claim([0.0])
    reply = fpt.deps.run(account.campaigns.push(claimed.request.campaign_code, claimed.request.phones))
    push.record(claimed, {0: reply})
    control.cancel(fpt.deps, made.campaign.id)
    push.record(claimed, {0: reply})
    assert states(fpt, made) == ["cancelled", "cancelled"]
    assert ads_counted(fpt) == 0
