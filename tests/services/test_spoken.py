"""One-time passwords by telephone along a route: read out once, and after a doubt nobody is called or texted again."""

import multiprocessing
import os
import signal
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.services.test_otp import TEXT, arrived, ask, calls, code, crash, drop, now, run_tasks, sent
from tests.slots import reserve
from tests.world import World
from worker import wiring
from worker.config.accounts import EsmsSettings
from worker.domain.message import MessageState
from worker.domain.otp_code import CodePlan
from worker.errors import Misuse, Refused
from worker.services import otp
from worker.services.deps import OtpPolicy
from worker.services.otp import OtpRequest, sweep
from worker.services.planning import plan
from worker.services.planning.request import CampaignRequest
from worker.services.reporting import callbacks

VOICE = "esms_voice"


@pytest.fixture(autouse=True)
def telephone(loa: World):
    """The emulator reads codes at the address of the account's messages too."""
    at = loa.deps.otp_only[VOICE].messages._esms  # type: ignore[attr-defined]
    object.__setattr__(at.account, "voice_base_url", loa.sandbox.esms_url)
    yield
    loa.loa.run(at.aclose())


def doubt(loa, **rule):
    loa.sandbox.fault(**{"function": "VoiceOTP", "when": "after", "do": "drop", "times": -1, **rule})


def test_after_a_refusal_the_code_is_read_out(loa):
    code(loa, "esms", "104")
    message = sent(loa, "esms", VOICE)
    assert (message.state, message.provider, message.attempts) == (MessageState.ACCEPTED, VOICE, 2)
    assert arrived(loa) == [("esms", "482913")]
    assert message.sealed is None


def test_after_a_doubtful_text_it_is_read_out_where_that_is_wanted(loa):
    drop(loa, "esms")
    message = sent(loa, "esms", VOICE)
    assert (message.state, message.provider) == (MessageState.ACCEPTED, VOICE)
    loa.change(otp=OtpPolicy(fallback_after_unknown=False))
    message = sent(loa, "esms", VOICE, phone="0900000002")
    assert message.state is MessageState.UNKNOWN
    assert VOICE not in dict(calls(loa, message))


@pytest.mark.parametrize("fault", [{}, {"do": "status", "status": 503}, {"do": "html"}], ids=["drop", "503", "HTML"])
def test_a_telephone_that_may_have_rung_ends_it(loa, fault):
    doubt(loa, **fault)
    message = sent(loa, VOICE, "fpt", "esms")
    assert calls(loa, message) == [(VOICE, "unknown")]
    for _ in range(3):
        loa.clock.tick(seconds=20)
        sweep(loa.deps)
        run_tasks(loa)
    message = now(loa, message)
    assert (message.state, message.attempts, message.sealed) == (MessageState.UNKNOWN, 1, None)
    assert arrived(loa) == [("esms", "482913")]


def test_refused_for_now_it_rings_later_and_once(loa):
    loa.sandbox.fault(function="VoiceOTP", do="status", status=429, times=1)
    message = sent(loa, VOICE)
    assert message.state is MessageState.QUEUED
    loa.clock.tick(seconds=5)
    sweep(loa.deps)
    run_tasks(loa)
    assert (now(loa, message).state, len(loa.sandbox.orders())) == (MessageState.ACCEPTED, 1)


@pytest.mark.parametrize("after_call", [False, True])
def test_a_worker_that_died_in_the_call_makes_no_second_one(loa, after_call):
    message = ask(loa, VOICE, "fpt")
    crash(loa, after_call=after_call)
    loa.clock.tick(seconds=20)
    sweep(loa.deps)
    run_tasks(loa)
    message = now(loa, message)
    assert (message.state, message.attempts) == (MessageState.UNKNOWN, 1)
    assert len(loa.sandbox.orders()) == int(after_call)


def _deliver(settings, database_url, redis_url, message_id) -> None:
    process = wiring.build(settings, database_url, redis_url)
    otp.deliver(process.deps, message_id)


def test_a_worker_killed_while_it_rings_makes_no_second_call(loa):
    """SIGKILL of a real process, once the emulator has taken the call and holds its answer back."""
    loa.sandbox.fault(function="VoiceOTP", do="hang", when="after", seconds=60, times=1)
    settings = loa.loa.settings.model_copy(
        update={
            "esms": loa.loa.settings.esms.model_copy(update={"voice_base_url": loa.sandbox.esms_url, "timeout_s": 60})
        }
    )
    loa.clock.moment = loa.loa.clock.__class__().now()
    message = ask(loa, VOICE, "esms")
    arguments = (settings, loa.loa.database_url, loa.loa.redis_url, message.id)
    worker = multiprocessing.get_context("spawn").Process(target=_deliver, args=arguments)
    worker.start()
    while not loa.sandbox.orders():
        assert worker.is_alive()
    os.kill(worker.pid, signal.SIGKILL)
    worker.join(30)
    assert now(loa, message).state is MessageState.SENDING
    loa.clock.tick(seconds=100)
    sweep(loa.deps)
    run_tasks(loa)
    assert (now(loa, message).state, now(loa, message).attempts) == (MessageState.UNKNOWN, 1)
    assert [order["text"] for order in loa.sandbox.orders()] == ["482913"]


def test_it_needs_digits_and_no_sender(loa):
    with pytest.raises(Refused, match="reads out digits") as refused:
        otp.enqueue(loa.deps, OtpRequest("0900000001", "Ma xac thuc: BEKQ", route=(VOICE,)))
    assert refused.value.rule == "text_without_digits"
    with pytest.raises(Refused, match="reads out digits"):
        ask(loa, "esms", VOICE, text="Ma 482913. Hotline 19001234")
    message = otp.enqueue(loa.deps, OtpRequest("0900000001", TEXT, route=(VOICE,)))
    run_tasks(loa)
    assert now(loa, message).state is MessageState.ACCEPTED


def test_a_code_that_loa_makes_is_read_out(loa):
    message = sent(loa, VOICE, text="Ma: {code}", generate=CodePlan(domain="shop.example"))
    (order,) = loa.sandbox.orders()
    assert otp.check(loa.deps, message.id, order["text"]).status == "approved"


@pytest.mark.parametrize(
    ("said", "state"), [("ANSWERED", "delivered"), ("NO ANSWER", "failed"), ("NOANSWERED", "failed")]
)
def test_it_is_delivered_when_somebody_picks_up(loa, said, state):
    message = sent(loa, VOICE)
    query = f"ReferenceId={message.provider_ref}&CallDuration=9&CallStatus={said}&SendStatus=5".replace(" ", "%20")
    callbacks.store(loa.deps, ("esms", query.encode(), b""))
    callbacks.read_due(loa.deps)
    assert now(loa, message).state == state


def test_a_callback_before_our_own_commit_is_read_again(loa):
    message = sent(loa, VOICE)
    ref = message.provider_ref
    with loa.deps.sessions.begin() as session:
        session.merge(now(loa, message)).provider_ref = "not-yet"
    callbacks.store(loa.deps, ("esms", f"ReferenceId={ref}&CallStatus=ANSWERED".encode(), b""))
    callbacks.read_due(loa.deps)
    with loa.deps.sessions.begin() as session:
        session.merge(now(loa, message)).provider_ref = ref
    loa.clock.moment += timedelta(seconds=30)
    callbacks.read_due(loa.deps)
    assert now(loa, message).state == "delivered"


def test_it_carries_no_campaign(loa, numbers):
    with pytest.raises(Misuse, match="no provider 'esms_voice'"):
        plan.create(loa.deps, CampaignRequest("esms_voice", "LOA", "care", "Chao ban", numbers(3)))


def test_without_keys_it_is_no_route_and_the_variables_are_named(loa):
    settings = loa.loa.settings.model_copy(update={"esms": EsmsSettings(api_key="", secret_key="")})
    without = wiring.Loa(settings, loa.loa.database_url, loa.loa.redis_url)
    loa.change(**{name: getattr(without.deps, name) for name in ("otp_only", "otp_only_missing", "missing_settings")})
    with pytest.raises(Refused, match="set LOA_ESMS_API_KEY and LOA_ESMS_SECRET_KEY") as fault:
        ask(loa, "fpt", VOICE)
    assert fault.value.rule == "no_account"
    with pytest.raises(Misuse, match="this version knows: esms, esms_code, esms_voice, "):
        ask(loa, "fpt", "sms24")
    without.close()


def test_texts_calls_by_hand_and_codes_read_out_share_the_rate_of_the_account(loa):
    texts, telephone = loa.deps.account("esms"), loa.deps.otp_account(VOICE)
    throttle = loa.deps.throttle
    # One slot a second: what a command by hand took, the telephone waits for.
    assert reserve(throttle, replace(texts.rate_limit, per_second=1.0))[0] < 0.01
    assert reserve(throttle, replace(telephone.rate_limit, per_second=1.0))[0] > 0.5
