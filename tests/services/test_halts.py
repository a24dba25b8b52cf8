"""A HALT pauses what it speaks of, and nothing else: one caller's mistake stops no other campaign."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from tests.services.test_otp import FUNCTIONS
from worker.domain.calls import Answer
from worker.domain.outcome import HALT_SCOPES, HaltScope, Outcome
from worker.domain.states import CampaignStatus
from worker.services import otp
from worker.services.operations import control
from worker.services.sending import halts
from worker.storage import campaigns
from worker.storage.tables.campaigns import Campaign

CARE = "SendMultipleMessage_V4_post_json"


@pytest.fixture
def loa(loa):
    """Without the list of senders, which would refuse a misspelt one before it could be sent."""
    loa.change(sender_list_age=timedelta(0))
    return loa


def halt(loa, made, scope, call_began=None, reason="why"):
    with loa.deps.sessions.begin() as session:
        return campaigns.halt(session, made.campaign.id, scope, call_began or loa.clock.now(), reason)


def test_a_misspelt_sender_of_a_care_text_does_not_stop_3000_ads_of_another(loa, numbers):
    loa.limits(max_recipients=500)
    ads = loa.create(numbers(3000))
    wrong = loa.create(numbers(1, first=5000), kind="care", sender="LOAA", text="Don hang da gui")
    loa.go()
    view = loa.show(wrong)
    assert view.campaign.status is CampaignStatus.PAUSED
    assert "eSMS 104: Brandname không tồn tại" in view.campaign.status_reason
    assert "(scope: sender)" in view.campaign.status_reason
    assert "`loa provider senders esms`" in view.campaign.status_reason, "the way out"
    assert loa.counts(wrong) == {"planned": 1}, "nobody fails"
    assert loa.status(ads) == "sending"
    assert loa.counts(ads) == {"accepted": 3000}
    assert set(loa.sandbox.phones().values()) == {1}


def test_a_sender_that_is_registered_meanwhile_goes_on_after_a_resume(loa, numbers):
    wrong = loa.create(numbers(30), sender="LOAA")
    loa.go()
    loa.sandbox.set(brandnames={"LOA": [1, 2], "LOAA": [1]})
    loa.clock.tick(seconds=1)
    control.resume(loa.deps, wrong.campaign.id)
    loa.go()
    assert loa.counts(wrong) == {"accepted": 30}


#: One of each, all of eSMS but the last, and what each shares with the first.
OTHERS = {
    "same text": {"text": "[QC] A"},
    "another text": {"text": "[QC] B"},
    "another sender": {"sender": "LOADEMO"},
    "another kind": {"kind": "care", "text": "[QC] A"},
    "another account": {"provider": "fibo"},
}


@pytest.mark.parametrize(
    ("scope", "paused"),
    [
        (HaltScope.TEMPLATE, {"same text"}),
        (HaltScope.SENDER, {"same text", "another text"}),
        (HaltScope.KIND, {"same text", "another text", "another sender"}),
        (HaltScope.ACCOUNT, {"same text", "another text", "another sender", "another kind"}),
    ],
)
def test_each_scope_pauses_what_it_holds_and_no_more(loa, numbers, scope, paused):
    first = loa.create(numbers(20), text="[QC] A")
    made = {
        name: loa.create(numbers(20, first=100 * n), **{"text": "[QC] A", **wish})
        for n, (name, wish) in enumerate(OTHERS.items(), 1)
    }
    assert halt(loa, first, scope) == 1 + len(paused)
    assert {name for name, one in made.items() if loa.status(one) == "paused"} == paused


def test_a_campaign_created_during_the_call_is_not_paused_by_it(loa, numbers, clock):
    first = loa.create(numbers(20))
    began = clock.now()
    clock.tick(seconds=1)
    since = loa.create(numbers(20, first=100))
    assert halt(loa, first, HaltScope.ACCOUNT, began) == 1
    assert loa.status(since) == "scheduled"
    assert halt(loa, first, HaltScope.ACCOUNT, clock.now()) == 1, "its own call tells"
    assert loa.status(since) == "paused"


def test_a_halt_waits_for_a_resume_under_way_and_then_leaves_it_alone(loa, numbers, clock):
    made = loa.create(numbers(20))
    began = clock.now()
    control.pause(loa.deps, made.campaign.id)
    paused = []
    with loa.deps.sessions.begin() as session:
        session.execute(
            update(Campaign)
            .where(col(Campaign.id) == made.campaign.id)
            .values(status=CampaignStatus.SENDING, resumed_at=began + timedelta(seconds=1))
        )
        waiting = threading.Thread(target=lambda: paused.append(halt(loa, made, HaltScope.ACCOUNT, began)))
        waiting.start()
    waiting.join()
    assert paused == [0]
    assert loa.status(made) == "sending"


def test_what_is_wrong_with_a_kind_of_message_stops_that_kind_alone(loa, numbers):
    care = loa.create(numbers(3), kind="care", text="Don hang da gui")
    other = loa.create(numbers(3, first=50), kind="care", sender="Baotrixemay", text="Don hang da gui")
    ads = loa.create(numbers(20, first=100))
    loa.sandbox.fault(function=CARE, nth=1, times=-1, do="code", code="118")
    loa.go()
    assert (loa.status(care), loa.status(other), loa.status(ads)) == ("paused", "paused", "sending")
    assert "(scope: kind)" in loa.show(care).campaign.status_reason
    assert loa.counts(ads) == {"accepted": 20}


def test_money_stops_the_whole_account_and_no_other(loa, numbers):
    loa.sandbox.set(balance=0)
    ads, care = loa.create(numbers(20)), loa.create(numbers(1, first=50), kind="care", text="Don hang da gui")
    fibo = loa.create(numbers(1, first=60), provider="fibo", kind="care", text="Don hang da gui")
    loa.go()
    assert [loa.status(one) for one in (ads, care, fibo)] == ["paused", "paused", "done"]
    assert "(scope: account)" in loa.show(care).campaign.status_reason


@pytest.mark.parametrize(
    "provider", [pytest.param("fibo", id="fibo: code 5"), pytest.param("sandbox", id="sandbox: unknown-sender")]
)
def test_an_unknown_sender_at_a_provider_of_single_texts(loa, numbers, provider):
    wrong = loa.create(numbers(2), provider=provider, sender="LOAA")
    right = loa.create(numbers(5, first=100), provider=provider)
    loa.go()
    assert (loa.status(wrong), loa.status(right)) == ("paused", "done")
    assert "(scope: sender)" in loa.show(wrong).campaign.status_reason


def test_a_locked_brandname_at_fpt_stops_the_campaigns_of_that_one(fpt, numbers):
    fpt.sandbox.set(fpt_generation=2)
    wrong = fpt.create(numbers(20), provider="fpt", sender="LOAA")
    right = fpt.create(numbers(20, first=100), provider="fpt")
    fpt.go()
    assert (fpt.status(wrong), fpt.status(right)) == ("paused", "done")
    assert "FPT 2504" in fpt.show(wrong).campaign.status_reason


def test_a_misspelt_sender_at_fpt_pauses_only_its_own_campaigns(fpt, numbers):
    fpt.sandbox.set(fpt_generation=2)
    wrong = fpt.create(numbers(1), provider="fpt", kind="care", sender="LOAA", text="Don hang da gui")
    others = [
        fpt.create(numbers(1, first=100), provider="fpt", kind="care", text="Don hang da gui"),
        fpt.create(numbers(20, first=200), provider="fpt"),
    ]
    fpt.go()
    assert fpt.status(wrong) == "paused"
    assert "(scope: sender)" in fpt.show(wrong).campaign.status_reason
    assert [fpt.counts(one) for one in others] == [{"accepted": 1}, {"accepted": 20}]


def test_the_older_fpt_refuses_a_misspelt_sender_as_a_fault_of_the_order_and_nothing_pauses(fpt, numbers):
    wrong = fpt.create(numbers(20), provider="fpt", sender="LOAA")
    right = fpt.create(numbers(20, first=100), provider="fpt")
    fpt.go()
    assert (fpt.status(wrong), fpt.status(right)) == ("failed", "done")


SENT_ALONE = {"provider": "fpt", "kind": "care", "sender": "LOA", "text": "Don hang da gui"}
#: What each shares with the first, whose call is refused.
BESIDE = {
    "same sender": {},
    "another sender": {"sender": "LOADEMO"},
    "another kind": {"kind": "ads", "text": "[QC] A"},
    "another account": {"provider": "esms"},
}
UP_TO = {"sender": 1, "kind": 2, "account": 3}


@pytest.mark.parametrize(
    ("provider", "written", "scope"),
    [
        ("fpt", "54", "sender"),
        ("fpt", "2504", "sender"),
        ("fpt", "1010", "kind"),
        ("fpt", "1002", "account"),
        ("fpt", "2502", "account"),
        ("fibo", "5", "sender"),
        ("fibo", "103", "sender"),
        ("fibo", "14", "account"),
        ("fibo", "102", "account"),
    ],
)
def test_what_fpt_and_fibo_say_to_one_text_pauses_what_the_code_speaks_of(fpt, numbers, provider, written, scope):
    first = fpt.create(numbers(1), **SENT_ALONE | {"provider": provider})
    fpt.release()
    made = {
        name: fpt.create(numbers(40, first=100 * n), **SENT_ALONE | {"provider": provider} | wish)
        for n, (name, wish) in enumerate(BESIDE.items(), 1)
    }
    fpt.sandbox.fault(function=FUNCTIONS[provider], nth=1, times=1, do="code", code=written)
    fpt.run_tasks()
    assert fpt.status(first) == "paused"
    assert f"(scope: {scope})" in fpt.show(first).campaign.status_reason
    assert {name for name, one in made.items() if fpt.status(one) == "paused"} == set(list(BESIDE)[: UP_TO[scope]])


def test_a_password_that_is_refused_for_its_sender_or_for_money_stops_no_campaign(loa, numbers):
    made = loa.create(numbers(20))
    for code in ("104", "103", "132"):
        loa.sandbox.fault(function=CARE, nth=1, times=1, do="code", code=code)
        wish = otp.OtpRequest("0900000001", "Ma LOA: 1234", route=("esms",), sender="LOAA")
        otp.deliver(loa.deps, otp.enqueue(loa.deps, wish).id)
        loa.sandbox.heal()
    loa.go()
    assert loa.counts(made) == {"accepted": 20}


def test_a_paused_sender_stops_no_password_of_it(loa, numbers):
    wrong = loa.create(numbers(20), sender="LOAA")
    loa.go()
    assert loa.status(wrong) == "paused"
    loa.sandbox.set(brandnames={"LOAA": [2]})
    message = otp.enqueue(loa.deps, otp.OtpRequest("0900000001", "Ma LOA: 1234", route=("esms",), sender="LOAA"))
    assert otp.deliver(loa.deps, message.id) == "accepted"


def test_of_several_halts_in_one_wave_the_widest_counts():
    said = [Answer(Outcome.ACCEPTED), *(Answer(Outcome.HALT, code=str(one), scope=one) for one in HALT_SCOPES)]
    assert halts.widest(said) is said[-1]
    assert halts.widest(said[:3]) is said[2]
    assert halts.widest(said[:1]) is None
