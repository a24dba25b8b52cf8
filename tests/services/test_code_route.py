"""Codes that eSMS makes and checks itself, the route `esms_code`: sent once, checked under our rules, and never the default."""

import multiprocessing
import os
import signal
import threading

import pytest
from sqlalchemy import text

from tests.services.test_otp import arrived, calls, crash, now, run_tasks
from worker import config, wiring
from worker.config.accounts import EsmsSettings
from worker.domain.message import MessageState
from worker.domain.otp_code import CodePlan
from worker.errors import ConfigError, Misuse, NotFound, Refused
from worker.services import otp
from worker.services.operations import api_keys
from worker.services.otp import OtpRequest, sweep
from worker.services.otp.check_elsewhere import Question

ROUTE = "esms_code"
SENDS, CHECKS = "SendMessageAutoGenCode_V4_get", "CheckCodeGen_V4_get"
PHONE, TEMPLATE = "0900000001", "Ma xac thuc LOA: {code}. Het han sau 5 phut"
LOST = {
    "drop": {"do": "drop"},
    "503": {"do": "status", "status": 503},
    "HTML": {"do": "html"},
    "half": {"do": "truncate"},
}


def ask(loa, phone=PHONE, *, template=TEMPLATE, plan=None, route=(ROUTE,), **requested):
    made = {"generate": plan or CodePlan(), "sender": "LOA", **requested}
    return otp.enqueue(loa.deps, OtpRequest(phone, template, route=route, **made))


def sent(loa, *arguments, **requested):
    message = ask(loa, *arguments, **requested)
    run_tasks(loa)
    return now(loa, message)


def code(loa) -> str:
    """What stands in the text that was sent last."""
    return loa.sandbox.orders()[-1]["text"].removeprefix("Ma xac thuc LOA: ").split(".")[0]


def wrong(right: str) -> str:
    return right[:-1] + ("1" if right[-1] != "1" else "2")


def check(loa, message, written):
    came = otp.check(loa.deps, message.id, written)
    return str(came.status), came.tries_left


def not_checked(loa, message, written) -> int:
    """How many tries are left after a check that the provider did not answer."""
    with pytest.raises(Refused) as fault:
        check(loa, message, written)
    assert (fault.value.rule, fault.value.details["retry_after_s"] > 0) == ("not_checked", True)
    return fault.value.details["tries_left"]


def received(loa, function) -> int:
    return int(loa.sandbox.client.get("/_sandbox/calls").json()["functions"].get(function, 0))


def lose(loa, function, **rule):
    loa.sandbox.fault(**{"function": function, "when": "after", "do": "drop", "times": -1, **rule})


# Sent once


def test_esms_makes_the_code_and_it_opens_once(loa):
    message = sent(loa)
    assert (message.state, message.provider, message.attempts) == (MessageState.ACCEPTED, ROUTE, 1)
    (order,) = loa.sandbox.orders()
    assert (order["function"], order["brandname"], message.provider_ref) == (SENDS, "LOA", order["sms_id"])
    right = code(loa)
    assert right.isdigit()
    assert len(right) == 6
    assert check(loa, message, wrong(right)) == ("wrong", 4)
    assert check(loa, message, f" {right} ") == ("approved", 4)
    asked = received(loa, CHECKS)
    assert check(loa, message, right) == ("used", 0)
    assert received(loa, CHECKS) == asked


@pytest.mark.parametrize("length", [4, 8, 12])
def test_it_has_the_length_that_was_asked_for(loa, length):
    message = sent(loa, plan=CodePlan(length=length))
    right = code(loa)
    assert len(right) == length
    assert check(loa, message, right) == ("approved", 5)


@pytest.mark.parametrize("fault", LOST.values(), ids=list(LOST))
def test_after_a_lost_answer_there_is_no_second_code_and_the_first_opens(loa, fault):
    lose(loa, SENDS, **fault)
    message = sent(loa)
    for _ in range(3):
        loa.clock.tick(seconds=20)
        sweep(loa.deps)
        run_tasks(loa)
    message = now(loa, message)
    assert (message.state, message.attempts, message.sealed) == (MessageState.UNKNOWN, 1, None)
    assert calls(loa, message) == [(ROUTE, "unknown")]
    assert len(loa.sandbox.orders()) == received(loa, SENDS) == 1
    assert check(loa, message, code(loa)) == ("approved", 5)


def test_refused_for_now_it_is_sent_later_and_once(loa):
    loa.sandbox.fault(function=SENDS, do="status", status=429, times=1)
    message = sent(loa)
    assert message.state is MessageState.QUEUED
    loa.clock.tick(seconds=5)
    sweep(loa.deps)
    run_tasks(loa)
    assert (now(loa, message).state, len(loa.sandbox.orders())) == (MessageState.ACCEPTED, 1)


def test_refused_it_ends_and_no_code_of_it_is_asked_about(loa):
    loa.sandbox.fault(function=SENDS, do="code", code="104", times=-1)
    message = sent(loa)
    assert message.state is MessageState.REJECTED
    assert check(loa, message, "482913") == ("wrong", 4)
    assert received(loa, CHECKS) == 0


@pytest.mark.parametrize("after_call", [False, True])
def test_a_worker_that_died_in_the_call_makes_no_second_one(loa, after_call):
    message = ask(loa)
    crash(loa, after_call=after_call)
    loa.clock.tick(seconds=20)
    sweep(loa.deps)
    run_tasks(loa)
    message = now(loa, message)
    assert (message.state, message.attempts) == (MessageState.UNKNOWN, 1)
    assert len(loa.sandbox.orders()) == int(after_call)


def _deliver(settings, database_url, redis_url, message_id) -> None:
    otp.deliver(wiring.build(settings, database_url, redis_url).deps, message_id)


def _check(settings, database_url, redis_url, message_id, written) -> None:
    otp.check(wiring.build(settings, database_url, redis_url).deps, message_id, written)


def killed(loa, function, work, *arguments) -> None:
    """SIGKILL of a real process once the emulator has done what it asked, and holds its answer back."""
    loa.sandbox.fault(function=function, do="hang", when="after", seconds=60, times=1)
    patient = loa.loa.settings.esms.model_copy(update={"timeout_s": 60})
    settings = loa.loa.settings.model_copy(update={"esms": patient})
    before = received(loa, function)
    process = multiprocessing.get_context("spawn").Process(
        target=work, args=(settings, loa.loa.database_url, loa.loa.redis_url, *arguments)
    )
    process.start()
    while received(loa, function) == before:
        assert process.is_alive()
    os.kill(process.pid, signal.SIGKILL)
    process.join(30)
    loa.sandbox.heal()


def test_a_worker_killed_while_it_sends_makes_no_second_code(loa):
    loa.clock.moment = loa.loa.clock.__class__().now()
    message = ask(loa)
    killed(loa, SENDS, _deliver, message.id)
    assert now(loa, message).state is MessageState.SENDING
    loa.clock.tick(seconds=100)
    sweep(loa.deps)
    run_tasks(loa)
    assert (now(loa, message).state, now(loa, message).attempts) == (MessageState.UNKNOWN, 1)
    assert received(loa, SENDS) == len(loa.sandbox.orders()) == 1


# Checked under our rules


def test_five_tries_and_the_right_one_is_not_asked_about_any_more(loa):
    message = sent(loa)
    right = code(loa)
    assert [check(loa, message, wrong(right)) for _ in range(5)] == [("wrong", left) for left in (4, 3, 2, 1, 0)]
    assert check(loa, message, right) == ("too_many", 0)
    assert received(loa, CHECKS) == 5


def test_what_is_no_code_is_a_try_and_leaves_loa_not(loa):
    message = sent(loa)
    for left, written in zip((4, 3, 2), ("48291a", "1" * 13, "４８２９１３"), strict=True):
        assert check(loa, message, written) == ("wrong", left)
    assert received(loa, CHECKS) == 0


def test_before_it_was_sent_there_is_nothing_to_ask(loa):
    message = ask(loa)
    assert check(loa, message, "482913") == ("wrong", 4)
    assert received(loa, CHECKS) == 0


def test_it_is_over_by_our_clock(loa):
    message = sent(loa, plan=CodePlan(valid_s=60))
    right = code(loa)
    loa.clock.tick(seconds=60)
    assert check(loa, message, right) == ("expired", 0)
    assert received(loa, CHECKS) == 0


@pytest.mark.parametrize(("valid_s", "ended_s"), [(30, 120), (300, 300), (301, 360), (600, 600)])
def test_it_is_over_at_the_provider_as_soon_as_its_minutes_allow(loa, valid_s, ended_s):
    message = sent(loa, plan=CodePlan(valid_s=valid_s))
    right = code(loa)
    loa.sandbox.client.post("/_sandbox/advance", json={"seconds": ended_s}).raise_for_status()
    with loa.deps.sessions.begin() as session:
        session.execute(text("UPDATE otp_code SET expires_at = expires_at + interval '1 hour'"))
    assert check(loa, message, right) == ("wrong", 4)
    assert received(loa, CHECKS) == 1


@pytest.mark.parametrize("fault", LOST.values(), ids=list(LOST))
def test_a_lost_answer_of_a_check_is_no_verdict_and_a_try(loa, fault):
    message = sent(loa)
    right = code(loa)
    lose(loa, CHECKS, **fault)
    assert [not_checked(loa, message, right) for _ in range(2)] == [4, 3]
    loa.sandbox.heal()
    # The provider took the first one for used: it is wrong now, and approved by nobody.
    assert check(loa, message, right) == ("wrong", 2)


@pytest.mark.parametrize(
    "fault", [{"do": "code", "code": "101"}, {"do": "code", "code": "987"}, {"do": "status", "status": 429}]
)
def test_what_is_no_verdict_is_none(loa, fault):
    message = sent(loa)
    right = code(loa)
    loa.sandbox.fault(**{"function": CHECKS, "times": 1, **fault})
    assert not_checked(loa, message, right) == 4
    loa.clock.tick(seconds=5)
    assert check(loa, message, right) == ("approved", 4)


def asked(loa, came_s=0.0, **fault):
    """What is said of a check whose call begins so late."""
    message = sent(loa)
    if fault:
        loa.sandbox.fault(**{"function": CHECKS, "times": 1, **fault})
    question = Question(loa.deps, loa.deps.otp_account(ROUTE), message, code(loa))
    claimed = question.claim([0.0])
    loa.clock.tick(seconds=came_s)
    in_time = question.in_time(claimed)
    answer = loa.deps.run(question.account.messages.check_code(question.requests(claimed)[0])) if in_time else None
    question.record(claimed, {0: answer or question.not_begun})
    return question.why


def test_what_kept_a_check_from_its_verdict_is_said(loa):
    assert asked(loa, came_s=3.0) == "it was not asked in time. This was a try."


def test_a_refused_question_is_no_lost_answer(loa):
    assert asked(loa, do="code", code="101") == "it refused to tell. This was a try."


def test_a_lost_answer_is_called_so(loa):
    assert asked(loa, when="after", do="drop") == "its answer was lost. This was a try."


def test_a_process_killed_in_a_check_has_used_a_try(loa):
    message = sent(loa)
    loa.clock.moment = loa.loa.clock.__class__().now()
    with loa.deps.sessions.begin() as session:
        session.execute(text("UPDATE otp_code SET expires_at = now() + interval '5 minutes'"))
    right = code(loa)
    killed(loa, CHECKS, _check, message.id, wrong(right))
    assert check(loa, message, right) == ("approved", 4)


def test_no_transaction_is_open_and_the_try_is_committed_while_the_provider_is_asked(loa):
    message, real, found = sent(loa), loa.deps.run, []

    def looks_first(call):
        with loa.deps.sessions.begin() as session:
            session.execute(text("SET LOCAL lock_timeout = '1s'"))
            found.append(session.execute(text("SELECT tries FROM otp_code FOR UPDATE")).scalar_one())
        return real(call)

    right = code(loa)
    loa.change(run=looks_first)
    assert check(loa, message, right) == ("approved", 5)
    assert found == [1]


def test_an_open_circuit_asks_nobody_and_is_no_try(loa):
    message = sent(loa)
    right = code(loa)
    account = loa.deps.otp_account(ROUTE)
    loa.deps.breaker.failed(account.name, account.timeout_s, 50)
    assert not_checked(loa, message, right) == 5
    assert received(loa, CHECKS) == 0
    loa.deps.breaker.answered(account.name)
    assert check(loa, message, right) == ("approved", 5)


def test_two_right_ones_at_once_open_once(loa):
    message = sent(loa)
    right, said, ready, lock = code(loa), [], threading.Barrier(4), threading.Lock()
    real = loa.deps.run

    def one_at_a_time(call):
        with lock:
            return real(call)

    loa.change(run=one_at_a_time)

    def enter() -> None:
        ready.wait()
        said.append(check(loa, message, right)[0])

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Whoever was answered before the first was written down hears what the provider said.
    assert said.count("approved") == 1
    assert set(said) <= {"approved", "used", "wrong"}


def test_only_whoever_asked_may_check(loa):
    shop, bank = (api_keys.create(loa.deps, ["otp"], name).row.id for name in ("shop", "bank"))
    message = sent(loa, api_key_id=shop)
    with pytest.raises(NotFound):
        otp.check(loa.deps, message.id, code(loa), api_key_id=bank, everyone=False)
    assert received(loa, CHECKS) == 0


# One code of a number at a time: the provider is asked about a number, and not about a message


def test_the_code_of_one_text_cannot_open_what_another_spoke_of(loa):
    message = sent(loa)
    with pytest.raises(Refused) as fault:
        ask(loa, template="Ma chuyen tien: {code}")
    assert fault.value.rule == "code_still_good"
    assert 300 < fault.value.details["retry_after_s"] <= 420
    ask(loa, phone="0900000002")
    # Used, it is over at the provider too.
    assert check(loa, message, code(loa))[0] == "approved"
    ask(loa)


@pytest.mark.parametrize("fault", [None, LOST["drop"]], ids=["accepted", "unknown"])
def test_the_next_one_waits_for_the_end_of_the_first(loa, fault):
    if fault:
        lose(loa, SENDS, **fault)
    sent(loa, plan=CodePlan(valid_s=120))
    with pytest.raises(Refused) as refused:
        ask(loa)
    wait_s = refused.value.details["retry_after_s"]
    loa.clock.tick(seconds=wait_s - 1)
    with pytest.raises(Refused):
        ask(loa)
    loa.clock.tick(seconds=1)
    ask(loa)


def test_one_that_waits_holds_the_number_and_one_that_was_refused_does_not(loa):
    ask(loa)
    with pytest.raises(Refused, match="may be good for"):
        ask(loa)
    loa.sandbox.fault(function=SENDS, do="code", code="104", times=1)
    run_tasks(loa)
    ask(loa)


def test_two_of_one_number_in_one_transaction_are_one(loa):
    requested = OtpRequest(PHONE, TEMPLATE, route=(ROUTE,), sender="LOA", generate=CodePlan())
    first, second = otp.take_in_together(loa.deps, [otp.checked(loa.deps, requested) for _ in range(2)])
    assert isinstance(first, otp.Taken)
    assert (type(second), second.rule) == (Refused, "code_still_good")


def test_a_code_of_loa_s_own_is_another_matter(loa):
    message = sent(loa)
    own = sent(loa, route=("esms",))
    assert own.provider == "esms"
    assert check(loa, own, code(loa)) == ("approved", 5)
    assert check(loa, message, "000000")[0] == "wrong"


def test_a_repeat_under_one_key_is_the_first(loa):
    first = ask(loa, key="login-1")
    assert ask(loa, key="login-1").id == first.id


# Never the default, and nothing that it cannot do


@pytest.mark.parametrize(
    ("requested", "words"),
    [
        ({"route": (ROUTE, "esms")}, "stands alone"),
        ({"route": ("fpt", ROUTE)}, "stands alone"),
        ({"generate": None}, "needs generate"),
        ({"generate": CodePlan(alphabet="ABC2", length=8)}, "digits"),
        ({"generate": CodePlan(domain="shop.example")}, "domain"),
        ({"generate": CodePlan(valid_s=601)}, "10 minutes"),
        ({"template": "Ma: {code} {code}"}, "once"),
        ({"template": "Ma: {code} {OTP}"}, "no other brace"),
        ({"template": "Ma: 482913"}, "once"),
        ({"template": "Mã: {code}"}, "without accents"),
        ({"template": "Ma: {code}\nLOA"}, "one line"),
    ],
)
def test_what_it_cannot_do_is_refused_before_anything_is_stored(loa, requested, words):
    made = {"template": TEMPLATE, "generate": CodePlan(), "route": (ROUTE,), "sender": "LOA", **requested}
    with pytest.raises(Refused, match=words) as fault:
        otp.enqueue(loa.deps, OtpRequest(PHONE, made.pop("template"), **made))
    assert fault.value.rule == "route_makes_codes"
    with loa.deps.sessions() as session:
        assert session.execute(text("SELECT count(*) FROM message")).scalar_one() == 0


def test_it_needs_a_sender_and_names_the_account_s_variable(loa):
    with pytest.raises(Refused, match="LOA_ESMS_OTP_SENDER"):
        ask(loa, sender="")


def test_it_is_no_default(loa, monkeypatch):
    assert ROUTE not in otp.enqueue(loa.deps, OtpRequest(PHONE, "Ma: 482913", sender="LOA")).route
    monkeypatch.setenv("LOA_OTP_ROUTE", f"esms,{ROUTE}")
    with pytest.raises(ConfigError, match="for requests that name it"):
        config.load()


def test_without_keys_the_variables_are_named(loa):
    settings = loa.loa.settings.model_copy(update={"esms": EsmsSettings(api_key="", secret_key="")})
    without = wiring.Loa(settings, loa.loa.database_url, loa.loa.redis_url)
    loa.change(otp_only={}, otp_only_missing=without.deps.otp_only_missing)
    with pytest.raises(Refused, match="set LOA_ESMS_API_KEY and LOA_ESMS_SECRET_KEY"):
        ask(loa)
    without.close()


def test_a_test_key_plays_it_as_any_other(loa):
    message = otp.enqueue(
        loa.deps, OtpRequest("0990000001", "Ma {code}", route=(ROUTE,), test=True, generate=CodePlan())
    )
    assert otp.check(loa.deps, message.id, "012345").status == "approved"
    assert loa.sandbox.orders() == []


def test_neither_the_code_nor_its_hash_is_anywhere(loa, caplog):
    message = sent(loa)
    right = code(loa)
    check(loa, message, wrong(right))
    lose(loa, CHECKS, do="html", body=f"<html>{right} 84900000001</html>")
    not_checked(loa, message, right)
    with loa.deps.sessions() as session:
        rows = [
            session.execute(text(f"SELECT t::text FROM {table} t")).scalars().all()
            for table in ("message", "otp_code", "attempt")
        ]
        assert session.execute(text("SELECT hash, length FROM otp_code")).one() == (None, 6)
    assert right not in str(rows) + caplog.text + repr(otp.show(loa.deps, message.id))


def test_an_unknown_name_is_still_one(loa):
    with pytest.raises(Misuse, match="esms_code"):
        ask(loa, route=("esms_codes",))
    assert arrived(loa) == []
