"""The sandbox's own provider from list to phone: what a provider that was added by the page gets without further work."""

import pytest
from dateutil.parser import isoparse

from worker.domain.message import MessageState
from worker.services import otp
from worker.services.otp import OtpRequest


@pytest.mark.parametrize("kind", ["ads", "care"])
def test_a_campaign_reaches_every_number_once_and_is_done(loa, numbers, kind):
    made = loa.create(numbers(30), provider="sandbox", kind=kind, text="[QC] Giảm 20% & <b>")
    loa.go()
    assert (loa.status(made), loa.counts(made)) == ("done", {"accepted": 30})
    assert loa.sandbox.phones() == {84900000000 + n: 1 for n in range(30)}
    assert {order["provider"] for order in loa.sandbox.orders()} == {"sandbox"}


def test_ads_keep_their_hours(loa, numbers):
    loa.clock.moment = isoparse("2026-03-02T12:00:00+07:00")
    made = loa.create(numbers(5), provider="sandbox")
    loa.go()
    assert (loa.counts(made), loa.sandbox.orders()) == ({"planned": 5}, [])


def test_a_used_up_balance_pauses_the_campaign_and_fails_nobody(loa, numbers):
    loa.sandbox.set(sandbox_balance=10 * 345)
    made = loa.create(numbers(30), provider="sandbox", kind="care", text="Don hang da gui")
    loa.go()
    assert loa.counts(made) == {"accepted": 10, "planned": 20}
    assert loa.status(made) == "paused"
    assert "the balance is used up" in loa.show(made).campaign.status_reason


def test_lost_answers_are_never_sent_again(loa, numbers):
    loa.sandbox.fault(function="messages", do="drop", when="after", nth=3, times=2)
    made = loa.create(numbers(30), provider="sandbox", kind="care", text="Don hang da gui")
    loa.go()
    assert loa.counts(made) == {"accepted": 28, "unknown": 2}
    assert set(loa.sandbox.phones().values()) == {1}


def test_a_one_time_password_in_doubt_is_repeated_under_its_own_key_and_arrives_once(loa):
    loa.sandbox.fault(function="messages", do="drop", when="after")
    message = otp.enqueue(loa.deps, OtpRequest("0900000001", "Ma xac thuc: 482913", route=("sandbox",), sender="LOA"))
    otp.deliver(loa.deps, message.id)
    found = otp.show(loa.deps, message.id)
    (order,) = loa.sandbox.orders()
    assert (found.state, found.provider, found.attempts) == (MessageState.ACCEPTED, "sandbox", 2)
    assert found.provider_ref == order["sms_id"]
