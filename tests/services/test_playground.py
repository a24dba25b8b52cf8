"""Requests by test keys: every number plays its part, and no provider hears of it."""

from dataclasses import replace

import pytest

from worker.domain.otp_code import CodePlan
from worker.errors import Misuse
from worker.services import otp
from worker.services.otp import OtpRequest


def ask(loa, phone="0990000001", **more):
    return otp.enqueue(loa.deps, OtpRequest(phone, "Ma: 482913", test=True, **more))


def run(loa):
    waiting, loa.task_queue.otps = loa.task_queue.otps, []
    for message_id in waiting:
        otp.deliver(loa.deps, message_id)
    otp.sweep(loa.deps)


def test_every_number_plays_its_part(loa):
    made = {n: ask(loa, f"099000000{n}", ttl_s=5, route=("esms", "fpt")) for n in range(1, 8)}

    def states():
        return [str(otp.show(loa.deps, one.id).state) for one in made.values()]

    run(loa)
    assert states() == ["accepted", "accepted", "queued", "unknown", "accepted", "rejected", "accepted"]
    loa.clock.tick(seconds=1)
    run(loa)
    assert states() == ["delivered", "failed", "queued", "unknown", "accepted", "rejected", "delivered"]
    loa.clock.tick(seconds=10)
    run(loa)
    assert states() == ["delivered", "failed", "expired", "unknown", "delivered", "rejected", "delivered"]
    assert loa.sandbox.orders() == []
    assert {otp.show(loa.deps, one.id).provider for one in made.values()} == {"test"}


def test_no_account_and_no_limit(loa):
    loa.change(accounts={}, missing_settings={"esms": ["LOA_ESMS_API_KEY"]})
    for _ in range(8):
        ask(loa)
    run(loa)


def test_the_code_of_a_test_is_known(loa):
    message = otp.enqueue(loa.deps, OtpRequest("0990000001", "Ma {code}", test=True, generate=CodePlan()))
    assert otp.check(loa.deps, message.id, "012345").status == "approved"


def test_a_real_request_cannot_take_that_route(loa):
    with pytest.raises(Misuse, match="--test"):
        otp.enqueue(loa.deps, replace(OtpRequest("0900000001", "Ma: 1", route=("test",), sender="LOA")))
