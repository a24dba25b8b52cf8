"""One-time passwords from request to provider: every way of failing, judged by the sandbox's ledger."""

import asyncio
import json
import logging
import threading
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from tests.world import calling
from worker.domain.message import MessageState
from worker.errors import Misuse, NotFound, Refused
from worker.sealing import Sealer
from worker.services import otp
from worker.services.deps import OtpPolicy
from worker.services.otp import OtpRequest, deliver, sweep
from worker.storage.calling import attempts
from worker.storage.otp import messages
from worker.storage.tables.campaigns import Message

PHONE = "0900000001"
TEXT = "Ma xac thuc LOA: 482913"
FUNCTIONS = {"esms": "SendMultipleMessage_V4_post_json", "fpt": "push-brandname-otp", "fibo": "SendMaskedSMS"}
ALL = tuple(FUNCTIONS)


def ask(loa, *route, phone=PHONE, text=TEXT, **requested) -> Message:
    return otp.enqueue(loa.deps, OtpRequest(phone, text, route=route, sender="LOA", **requested))


def run_tasks(loa) -> None:
    """A worker comes by."""
    enqueued, loa.task_queue.otps = loa.task_queue.otps, []
    for message_id in enqueued:
        otp.deliver(loa.deps, message_id)


def sent(loa, *route, **requested) -> Message:
    """What one request came to after one visit of a worker."""
    message = ask(loa, *route, **requested)
    run_tasks(loa)
    return now(loa, message)


def now(loa, message) -> Message:
    return otp.show(loa.deps, message.id)


def calls(loa, message) -> list[tuple[str, str | None]]:
    with loa.deps.sessions() as session:
        return [(one.provider, one.outcome) for one in attempts.of(session, message.id)]


def fault(loa, provider, **rule) -> None:
    loa.sandbox.fault(function=FUNCTIONS[provider], **rule)


def code(loa, provider, written) -> None:
    fault(loa, provider, do="code", code=written, times=-1)


def drop(loa, provider, **rule) -> None:
    """The provider takes it and its answer is lost."""
    fault(loa, provider, **{"when": "after", "do": "drop", "times": -1, **rule})


def arrived(loa) -> list[tuple[str, str]]:
    return [(order["provider"], order["text"]) for order in loa.sandbox.orders()]


# The straight way


@pytest.mark.parametrize("provider", ALL)
def test_a_password_reaches_its_provider_as_it_was_written(loa, provider):
    message = sent(loa, provider, text="Mã của bạn: 482913 & <1>")
    assert (message.state, message.provider, message.attempts) == (MessageState.ACCEPTED, provider, 1)
    assert message.sent_at == message.settled_at == loa.clock.now()
    (order,) = loa.sandbox.orders()
    assert (order["provider"], order["text"], order["brandname"]) == (provider, "Mã của bạn: 482913 & <1>", "LOA")
    assert loa.sandbox.phones() == {84900000001: 1}
    assert message.provider_ref == (str(message.id) if provider == "fibo" else order["sms_id"])


def test_the_row_and_the_attempt_are_committed_before_the_call(loa):
    real, found = loa.deps.run, []

    def looks_first(call):
        with loa.deps.sessions() as session:
            found.extend(session.execute(text("SELECT state FROM message")).scalars())
            found.extend(session.execute(text("SELECT request_id FROM attempt WHERE outcome IS NULL")).scalars())
        return real(call)

    loa.change(run=looks_first)
    message = sent(loa, "esms")
    assert found == ["sending", f"{message.id}-0"]
    assert loa.sandbox.orders()[0]["request_id"] == f"{message.id}-0"
    assert len(f"{message.id}-0") <= 50


def test_the_first_account_with_keys_is_the_route_of_who_names_none(loa):
    assert sent(loa).route == ["esms"]
    loa.change(missing_settings={"esms": ["LOA_ESMS_API_KEY"]})
    assert sent(loa).provider == "fpt"
    loa.change(otp=OtpPolicy(route=("fibo", "fpt")))
    message = sent(loa)
    assert (message.route, message.provider) == (["fibo", "fpt"], "fibo")


def test_the_account_s_own_sender_stands_in(loa):
    with pytest.raises(Refused, match="LOA_FPT_OTP_SENDER"):
        otp.enqueue(loa.deps, OtpRequest(PHONE, TEXT, route=("fpt",)))
    loa.limits("fpt", otp_sender="FTI")
    otp.enqueue(loa.deps, OtpRequest(PHONE, TEXT, route=("fpt",)))
    run_tasks(loa)
    assert loa.sandbox.orders()[0]["brandname"] == "FTI"


# Refusals and unknown calls


@pytest.mark.parametrize(("refusal", "outcome"), [("201", "rejected"), ("103", "halt"), ("160", "retry")])
def test_a_refusal_sends_it_on_to_the_next_provider_at_once(loa, refusal, outcome):
    code(loa, "esms", refusal)
    message = sent(loa, "esms", "fpt")
    assert (message.state, message.provider, message.attempts) == (MessageState.ACCEPTED, "fpt", 2)
    assert calls(loa, message) == [("esms", outcome), ("fpt", "accepted")]
    assert arrived(loa) == [("fpt", TEXT)]


def test_refused_by_all_it_is_rejected_with_the_last_words(loa):
    code(loa, "esms", "201")
    code(loa, "fibo", "14")
    message = sent(loa, "esms", "fibo")
    assert (message.state, message.provider, message.code) == (MessageState.REJECTED, "fibo", "14")
    assert "không đủ" in message.provider_message
    assert (message.sent_at, message.sealed) == (None, None)
    assert loa.sandbox.orders() == []


def test_refused_for_now_it_is_tried_again_after_a_pause_while_there_is_time(loa):
    fault(loa, "esms", do="code", code="160", times=2)
    message = sent(loa, "esms")
    assert (message.state, message.attempts) == (MessageState.QUEUED, 1)
    sweep(loa.deps)
    assert loa.task_queue.otps == [], "the pause is not over"
    for pause_s in (1.0, 2.0):
        loa.clock.tick(seconds=pause_s)
        sweep(loa.deps)
        run_tasks(loa)
    message = now(loa, message)
    assert (message.state, message.attempts, message.refusals) == (MessageState.ACCEPTED, 3, 2)
    assert loa.sandbox.orders()[0]["request_id"] == f"{message.id}-2"


def test_a_gateway_that_turned_it_away_leaves_the_request_id_as_it_was(loa):
    fault(loa, "esms", do="status", status=503)
    message = sent(loa, "esms")
    loa.clock.tick(seconds=1)
    sweep(loa.deps)
    run_tasks(loa)
    assert now(loa, message).state is MessageState.ACCEPTED
    assert loa.sandbox.orders()[0]["request_id"] == f"{message.id}-0"


def test_a_route_that_is_refused_for_now_goes_round(loa):
    fault(loa, "esms", do="code", code="160", times=1)
    code(loa, "fpt", "1002")
    message = sent(loa, "esms", "fpt")
    assert message.state is MessageState.QUEUED
    loa.clock.tick(seconds=6)
    sweep(loa.deps)
    run_tasks(loa)
    assert calls(loa, message) == [("esms", "retry"), ("fpt", "halt"), ("esms", "accepted")]


def test_a_lost_answer_is_asked_again_under_the_same_request_id_and_124_tells_that_it_was_taken(loa):
    drop(loa, "esms", times=1)
    message = sent(loa, "esms", "fpt")
    assert (message.state, message.provider, message.provider_ref) == (MessageState.ACCEPTED, "esms", "")
    assert (message.code, message.attempts) == ("124", 2)
    assert calls(loa, message) == [("esms", "unknown"), ("esms", "unknown")]
    assert arrived(loa) == [("esms", TEXT)], "once, though it was asked for twice"


def test_a_request_that_never_came_is_taken_at_the_repeat(loa):
    drop(loa, "esms", times=1, when="before")
    message = sent(loa, "esms", "fpt")
    assert (message.state, message.provider, message.attempts) == (MessageState.ACCEPTED, "esms", 2)
    assert message.provider_ref
    assert loa.sandbox.orders()[0]["request_id"] == f"{message.id}-0"


def test_a_doubt_that_stays_one_sends_it_on(loa):
    drop(loa, "esms", when="before")
    message = sent(loa, "esms", "fpt")
    assert calls(loa, message) == [("esms", "unknown"), ("esms", "unknown"), ("fpt", "accepted")]
    assert (message.state, message.provider) == (MessageState.ACCEPTED, "fpt")


def test_who_wants_no_code_twice_keeps_the_doubt(loa):
    loa.change(otp=OtpPolicy(fallback_after_unknown=False))
    drop(loa, "esms", when="before")
    message = sent(loa, "esms", "fpt")
    assert (message.state, message.attempts, message.sealed) == (MessageState.UNKNOWN, 2, None)
    assert message.sent_at is not None


@pytest.mark.parametrize("provider", ["fpt", "fibo"])
def test_a_provider_without_a_key_is_not_asked_twice_and_the_last_doubt_stays(loa, provider):
    drop(loa, provider)
    message = sent(loa, provider)
    assert (message.state, message.attempts) == (MessageState.UNKNOWN, 1)
    assert len(loa.sandbox.orders()) == 1


def test_a_refusal_does_not_settle_an_earlier_doubt(loa):
    drop(loa, "fpt")
    code(loa, "fibo", "14")
    message = sent(loa, "fpt", "fibo")
    assert (message.state, message.code) == (MessageState.UNKNOWN, "14")
    assert message.sent_at == loa.clock.now()


def test_repeated_content_after_a_call_of_ours_is_evidence(loa):
    """A gateway turned it away, and the provider had taken it all the same."""
    fault(loa, "fibo", do="status", status=429, when="after")
    message = sent(loa, "fibo")
    assert message.state is MessageState.QUEUED
    loa.clock.tick(seconds=1)
    sweep(loa.deps)
    run_tasks(loa)
    assert (now(loa, message).state, now(loa, message).code) == (MessageState.ACCEPTED, "6")
    assert len(loa.sandbox.orders()) == 1


def test_a_gateway_that_says_unavailable_is_a_doubt_where_there_is_no_key(loa):
    fault(loa, "fibo", do="status", status=503, when="after")
    assert sent(loa, "fibo").state is MessageState.UNKNOWN
    assert len(loa.sandbox.orders()) == 1


def test_repeated_content_without_a_call_of_ours_is_none(loa):
    sent(loa, "fibo")
    assert sent(loa, "fibo").state is MessageState.UNKNOWN


def test_what_one_provider_saw_before_is_no_evidence_of_a_call_to_another(loa):
    sent(loa, "fibo")
    drop(loa, "fpt", when="before")
    message = sent(loa, "fpt", "fibo")
    assert (message.state, message.code) == (MessageState.UNKNOWN, "6")


def test_seen_before_after_a_refusal_by_its_own_code_is_none_either(loa):
    fault(loa, "esms", do="code", code="160", nth=1)
    fault(loa, "esms", do="code", code="124", nth=2)
    message = sent(loa, "esms")
    loa.clock.tick(seconds=1)
    sweep(loa.deps)
    run_tasks(loa)
    assert calls(loa, message) == [("esms", "retry"), ("esms", "unknown"), ("esms", "accepted")]
    assert loa.sandbox.orders()[0]["request_id"] == f"{message.id}-1"


def test_no_connection_is_a_refusal_for_now(loa):
    account = replace(loa.deps.accounts["esms"].messages.account, base_url="http://127.0.0.1:1/x")
    loa.call(account)
    message = sent(loa, "esms", "fibo")
    loa.deps.run(loa.deps.accounts["esms"].messages.aclose())
    assert calls(loa, message) == [("esms", "retry"), ("fibo", "accepted")]


def test_a_halt_pauses_no_campaign(loa, numbers):
    made = loa.create(numbers(20))
    code(loa, "esms", "103")
    sent(loa, "esms")
    assert loa.status(made) == "scheduled"


# Time


def test_after_its_time_nothing_is_called(loa):
    message = ask(loa, "esms", ttl_s=60)
    loa.clock.tick(seconds=60)
    run_tasks(loa)
    message = now(loa, message)
    assert (message.state, message.attempts, message.sealed) == (MessageState.EXPIRED, 0, None)
    assert loa.sandbox.orders() == []


def test_the_claim_itself_knows_the_time(loa):
    message = ask(loa, "esms", ttl_s=60)
    over, before = message.expires_at, message.expires_at - timedelta(milliseconds=1)
    with loa.deps.sessions() as session:
        assert not messages.claim(session, [message.id], "esms", over, over, over, over)
        # Nor does a wave begin whose last call would be too late for it.
        assert not messages.claim(session, [message.id], "esms", before, over, over, over)
        assert not messages.claim(session, [message.id], "fpt", before, before, over, over)
        assert messages.claim(session, [message.id], "esms", before, before, over, over)
        assert not messages.claim(session, [message.id], "esms", before, before, over, over)
        session.rollback()


def test_a_machine_that_slept_after_its_claim_does_not_call(loa):
    class Sleepy(type(loa.clock)):
        def now(self):
            self.tick(seconds=3)
            return self.moment

    message = ask(loa, "esms", ttl_s=10)
    loa.change(clock=Sleepy(loa.clock.moment))
    run_tasks(loa)
    assert now(loa, message).state in {MessageState.QUEUED, MessageState.EXPIRED}
    assert loa.sandbox.orders() == []


def test_its_time_ends_between_two_providers(loa):
    code(loa, "esms", "201")
    real = loa.deps.run

    def slow(call):
        answer = real(call)
        loa.clock.tick(seconds=120)
        return answer

    loa.change(run=slow)
    message = sent(loa, "esms", "fpt")
    assert (message.state, message.attempts, message.code) == (MessageState.EXPIRED, 1, "201")
    assert loa.sandbox.orders() == []


def test_a_sweep_ends_what_no_worker_came_for(loa):
    message = ask(loa, "esms")
    loa.task_queue.otps.clear()
    loa.clock.tick(seconds=121)
    sweep(loa.deps)
    assert (now(loa, message).state, loa.task_queue.otps) == (MessageState.EXPIRED, [])


def test_a_bell_that_was_lost_is_rung_again_and_twice_is_once(loa):
    message = ask(loa, "esms")
    loa.task_queue.otps.clear()
    loa.clock.tick(seconds=4)
    sweep(loa.deps)
    assert loa.task_queue.otps == [], "it may still be on the queue"
    loa.clock.tick(seconds=2)
    sweep(loa.deps)
    sweep(loa.deps)
    assert loa.task_queue.otps == [message.id]
    loa.task_queue.otps *= 3
    run_tasks(loa)
    assert len(loa.sandbox.orders()) == 1


def test_a_provider_without_a_slot_is_passed_by(loa):
    loa.deps.throttle.hold(loa.deps.account("esms").rate_limit, 60, otp=True)
    message = sent(loa, "esms", "fpt")
    assert (message.state, message.attempts, message.remaining_route) == (MessageState.QUEUED, 0, ["fpt", "esms"])
    loa.clock.tick(seconds=1)
    sweep(loa.deps)
    run_tasks(loa)
    assert now(loa, message).provider == "fpt"


def test_a_lane_full_of_ads_is_not_its_lane(loa):
    loa.deps.throttle.hold(loa.deps.account("esms").rate_limit, 60)
    assert sent(loa, "esms").state is MessageState.ACCEPTED


# Crashes


class Killed(BaseException):
    """The process ends here."""


def crash(loa, *, after_call):
    real = loa.deps.run

    def run(call):
        if after_call:
            real(call)
        else:
            call.close()
        raise Killed

    loa.change(run=run)
    with pytest.raises(Killed):
        run_tasks(loa)
    loa.change(run=real)


@pytest.mark.parametrize("missing", [{"esms": ("LOA_ESMS_API_KEY",)}, {}], ids=["no keys", "no provider"])
def test_where_the_account_was_removed_since_the_call_stays_unknown_and_the_sweep_goes_on(loa, missing):
    message = ask(loa, "esms", "fpt")
    crash(loa, after_call=True)
    accounts = {name: one for name, one in loa.deps.accounts.items() if name != "esms"}
    loa.change(accounts=accounts, missing_settings=missing)
    loa.clock.tick(minutes=1)
    other = ask(loa, "fpt", phone="0900000002")
    loa.task_queue.otps.clear()
    loa.clock.tick(seconds=10)
    sweep(loa.deps)
    ended = now(loa, message)
    assert (ended.state, ended.sealed) == (MessageState.UNKNOWN, None)
    assert ended.provider_message.startswith("the worker stopped before an answer was recorded. There is no")
    assert loa.task_queue.otps == [other.id]


@pytest.mark.parametrize("after_call", [False, True])
def test_a_worker_that_died_in_the_call_leaves_it_to_the_sweep(loa, after_call):
    message = ask(loa, "esms", "fpt")
    crash(loa, after_call=after_call)
    sweep(loa.deps)
    assert (now(loa, message).state, loa.task_queue.otps) == (MessageState.SENDING, [])
    loa.clock.tick(seconds=loa.deps.accounts["esms"].timeout_s + 6)
    sweep(loa.deps)
    assert loa.task_queue.otps == [message.id]
    run_tasks(loa)
    message = now(loa, message)
    # Under the same RequestId, so that eSMS has it once whatever it saw the first time.
    assert (message.state, message.provider, message.attempts) == (MessageState.ACCEPTED, "esms", 2)
    assert (message.code == "124", len(loa.sandbox.orders())) == (after_call, 1)


def test_a_crash_at_the_end_of_its_time_is_a_doubt_and_no_call(loa):
    message = ask(loa, "fpt")
    crash(loa, after_call=True)
    loa.clock.tick(seconds=121)
    sweep(loa.deps)
    assert (now(loa, message).state, now(loa, message).sealed) == (MessageState.UNKNOWN, None)
    message = ask(loa, "esms")
    crash(loa, after_call=True)
    loa.clock.tick(seconds=121)
    sweep(loa.deps)
    sweep(loa.deps)
    run_tasks(loa)
    assert (now(loa, message).state, now(loa, message).attempts) == (MessageState.UNKNOWN, 1)


def test_an_answer_that_comes_after_its_lease_still_counts(loa):
    real = loa.deps.run

    def slow(call):
        answer = real(call)
        loa.clock.tick(seconds=30)
        sweep(loa.deps)
        return answer

    message = ask(loa, "esms")
    loa.change(run=slow)
    run_tasks(loa)
    message = now(loa, message)
    assert (message.state, message.attempts, bool(message.provider_ref)) == (MessageState.ACCEPTED, 1, True)


def test_a_late_refusal_moves_nothing_that_another_has_in_hand(loa):
    code(loa, "esms", "201")
    message = ask(loa, "esms", "fpt")
    real, others = loa.deps.run, []

    def slow(call):
        answer = real(call)
        if others:
            # On a busy machine the answer is waited for more than once.
            return answer
        loa.clock.tick(seconds=30)
        sweep(loa.deps)
        at = loa.clock.now()
        with loa.deps.sessions.begin() as session:
            others.extend(messages.claim(session, [message.id], "esms", at, at, at, at))
        assert others
        return answer

    loa.change(run=slow)
    run_tasks(loa)
    found = now(loa, message)
    assert (found.state, found.attempts, found.remaining_route) == (MessageState.SENDING, 2, ["esms", "fpt"])
    assert calls(loa, message) == [("esms", "rejected"), ("esms", None)]


def at_once(loa, workers, visit) -> None:
    """So many workers, each with connections of its own, begin their visit at the same moment."""
    start = threading.Barrier(workers)

    def work():
        with asyncio.Runner() as runner:
            account = calling(loa.deps.accounts["esms"], loa.deps.accounts["esms"].messages.account)
            start.wait()
            visit(replace(loa.deps, run=runner.run, accounts={"esms": account}))
            runner.run(account.messages.aclose())

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_four_workers_with_one_task_make_one_call(loa):
    message, states = ask(loa, "esms"), []
    at_once(loa, 4, lambda mine: states.append(str(deliver(mine, message.id))))
    assert sorted(states) == ["None", "None", "None", "accepted"]
    assert (now(loa, message).attempts, len(loa.sandbox.orders())) == (1, 1)


# Keys


def test_fifty_requests_with_one_key_are_one_message_and_one_send(loa):
    start, found, faults = threading.Barrier(50), [], []

    def work():
        start.wait()
        try:
            found.append(ask(loa, "esms", key="order-1").id)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the test wants to see it
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (faults, len(found), len(set(found))) == ([], 50, 1)
    assert loa.task_queue.otps == found[:1]
    run_tasks(loa)
    assert loa.sandbox.phones() == {84900000001: 1}


@pytest.mark.parametrize("change", [{"phone": "0900000002"}, {"text": "Ma: 482914"}, {"ttl_s": 60}])
def test_a_key_for_another_request_is_refused(loa, change):
    first = ask(loa, "esms", key="order-1")
    assert ask(loa, "esms", key="order-1", phone="+84 900 000 001").id == first.id, (
        "the same number in another spelling"
    )
    with pytest.raises(Refused, match=str(first.id)) as fault:
        ask(loa, "esms", **{"key": "order-1", **change})
    assert fault.value.rule == "key_conflict"


def test_a_repeated_key_gives_back_what_came_of_the_first(loa):
    first = sent(loa, "esms", key="order-1")
    loa.change(missing_settings={"esms": ["LOA_ESMS_API_KEY"]})  # what is refused today was taken then
    again = ask(loa, "esms", key="order-1")
    assert (again.id, again.state) == (first.id, MessageState.ACCEPTED)
    assert loa.task_queue.otps == []


# What is refused before anything is stored


@pytest.mark.parametrize(
    ("requested", "kind", "says"),
    [
        ({"phone": "02838000000"}, Refused, "fixed line"),
        ({"phone": ""}, Refused, "blank"),
        ({"text": " \n"}, Refused, "empty"),
        ({"text": "x" * 1001}, Refused, "1000"),
        ({"text": "a\x07b"}, Refused, "control character"),
        ({"ttl_s": 0}, Misuse, "1 to 3600"),
        ({"ttl_s": float("nan")}, Misuse, "1 to 3600"),
        ({"ttl_s": 3601}, Misuse, "1 to 3600"),
        ({"route": ("sms24",)}, Misuse, "no provider 'sms24'; this version knows: esms, esms_code, esms_voice, "),
        ({"route": ("esms", "esms")}, Misuse, "twice"),
        ({"key": "x" * 201}, Misuse, "200"),
        ({"key": "a\nb"}, Misuse, "printable"),
    ],
)
def test_a_request_that_cannot_be_is_refused_in_one_sentence(loa, requested, kind, says):
    with pytest.raises(kind, match=says):
        otp.enqueue(loa.deps, OtpRequest(**{"phone": PHONE, "text": TEXT, "sender": "LOA", **requested}))
    with loa.deps.sessions() as session:
        assert session.execute(text("SELECT count(*) FROM message")).scalar() == 0


def test_a_route_without_an_account_names_the_variables(loa):
    accounts = {"esms": loa.deps.accounts["esms"]}
    loa.change(accounts=accounts, missing_settings={"esms": ["LOA_ESMS_API_KEY"], "fpt": ["LOA_FPT_CLIENT_ID"]})
    for route, variable in ((("fpt",), "LOA_FPT_CLIENT_ID"), (("esms",), "LOA_ESMS_API_KEY"), ((), "LOA_ESMS_API_KEY")):
        with pytest.raises(Refused, match=variable) as fault:
            ask(loa, *route)
        assert fault.value.rule == "no_account"


def test_nobody_knows_an_id_that_was_never_given(loa):
    with pytest.raises(NotFound):
        otp.show(loa.deps, uuid4())
    with pytest.raises(Misuse, match="not the id"):
        otp.identify("12")
    assert deliver(loa.deps, uuid4()) is None


# Secrets


def everything(loa) -> str:
    """All rows of all tables, as text."""
    with loa.deps.sessions() as session:
        tables = session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        return "\n".join(
            str(row) for table in tables for row in session.execute(text(f'SELECT t::text FROM "{table}" t')).scalars()
        )


def settle_in(loa, state: MessageState) -> Message:
    match state:
        case MessageState.ACCEPTED:
            return sent(loa, "esms")
        case MessageState.REJECTED:
            code(loa, "esms", "146")
            return sent(loa, "esms")
        case MessageState.UNKNOWN:
            drop(loa, "fpt")
            return sent(loa, "fpt")
        case _:
            message = ask(loa, "esms")
            loa.clock.tick(seconds=121)
            run_tasks(loa)
            return now(loa, message)


@pytest.mark.parametrize("state", ["accepted", "rejected", "unknown", "expired"])
def test_a_settled_message_has_no_text_left(loa, state):
    message = settle_in(loa, MessageState(state))
    assert (str(message.state), message.sealed) == (state, None)


def test_the_database_itself_refuses_a_settled_message_with_a_text(loa):
    message = ask(loa, "esms")
    for values in ({"state": MessageState.ACCEPTED}, {"sealed": None}):
        with pytest.raises(IntegrityError, match="ck_message_wiped"), loa.deps.sessions.begin() as session:
            session.execute(update(Message).where(col(Message.id) == message.id).values(**values))


def test_neither_code_nor_text_lies_anywhere_in_the_clear(loa, caplog):
    """Not in a table, a log line, Redis or a repr; not even when every provider repeats what it was sent."""
    caplog.set_level(logging.DEBUG)
    said = {"CodeResult": "146", "ErrorMessage": f"no template for {TEXT}, not 482913"}
    fault(loa, "esms", do="status", status=200, body=json.dumps(said))
    fault(loa, "fibo", do="status", status=500, body=f"<html>?phone=84900000001&smsMessage={TEXT} 482913")
    fault(loa, "fpt", do="status", status=400, body=json.dumps({"error": 1014, "error_description": TEXT}))
    message = ask(loa, "esms", "fibo", "fpt", key="order-1")
    waiting = everything(loa)
    run_tasks(loa)
    found = now(loa, message)
    assert len(calls(loa, message)) == 3
    redis = "".join(str(loa.loa.redis.dump(key)) for key in loa.loa.redis.scan_iter())
    seen = "\n".join(
        [waiting, everything(loa), caplog.text, redis, repr(found), str(found), repr(OtpRequest(PHONE, TEXT))]
    )
    for secret in (TEXT, "482913", TEXT.encode().hex(), b"482913".hex()):
        assert secret not in seen
    others = [caplog.text, redis, repr(found), str(found), repr(OtpRequest(PHONE, TEXT)), found.provider_message]
    assert [one for one in others if "900000001" in one] == []


def test_under_another_key_it_is_rejected_with_one_sentence(loa, caplog):
    message = ask(loa, "esms")
    loa.change(sealer=lambda: Sealer("another-key-of-these-tests"))
    run_tasks(loa)
    found = now(loa, message)
    assert (found.state, found.attempts, found.sealed) == (MessageState.REJECTED, 0, None)
    assert "another LOA_SECRET_KEY" in found.provider_message
    assert "Traceback" not in caplog.text
    assert loa.sandbox.orders() == []


# Sealed requests


def test_a_sealed_request_is_a_message_and_delivered_twice_still_one(loa):
    requested = {"phone": PHONE, "text": TEXT, "ttl": 60, "route": ["fpt", "esms"], "sender": "LOA"}
    token = loa.deps.sealer().seal_request(requested)
    first, second = (otp.enqueue_sealed(loa.deps, token) for _ in range(2))
    assert first.id == second.id
    run_tasks(loa)
    found = now(loa, first)
    assert (found.state, found.provider, found.route) == (MessageState.ACCEPTED, "fpt", ["fpt", "esms"])
    assert len(loa.sandbox.orders()) == 1


def test_a_message_bears_the_id_of_its_task(loa):
    task, tokens = str(uuid4()), [sealed(loa, text) for text in ("Ma: 482913", "Ma: 482914")]
    first = otp.enqueue_sealed(loa.deps, tokens[0], task)
    assert str(first.id) == task
    # Delivered twice, it is one; under an id that is taken, or is none, it is a message all the same.
    assert otp.enqueue_sealed(loa.deps, tokens[0], task).id == first.id
    assert otp.enqueue_sealed(loa.deps, tokens[1], task).id != first.id
    assert otp.enqueue_sealed(loa.deps, sealed(loa, "Ma: 482915"), "login-4711").id != first.id
    run_tasks(loa)
    assert len(loa.sandbox.orders()) == 3


def sealed(loa, words):
    return loa.deps.sealer().seal_request({"phone": PHONE, "text": words, "sender": "LOA", "route": ["esms"]})


def test_a_sealed_request_that_lay_too_long_is_not_sent(loa):
    asked_at = (loa.clock.now() - timedelta(seconds=200)).isoformat()
    requested = {"phone": PHONE, "text": TEXT, "sender": "LOA", "asked_at": asked_at}
    message = otp.enqueue_sealed(loa.deps, loa.deps.sealer().seal_request(requested))
    run_tasks(loa)
    assert now(loa, message).state is MessageState.EXPIRED


@pytest.mark.parametrize(
    ("requested", "says"),
    [
        ({"text": TEXT}, "no phone"),
        ({"phone": PHONE}, "no text"),
        ({"phone": 84900000001, "text": TEXT}, "phone of a request"),
        ({"phone": PHONE, "text": TEXT, "route": "esms"}, "route of a request"),
        ({"phone": PHONE, "text": TEXT, "route": [1]}, "list of names"),
        ({"phone": PHONE, "text": TEXT, "body": "x"}, "no 'body'"),
        ({"phone": PHONE, "text": TEXT, "asked_at": "2026-03-02T09:00:00"}, "offset"),
        ({"phone": PHONE, "text": TEXT, "asked_at": "soon"}, "ISO 8601"),
        ({"phone": PHONE, "text": TEXT, "asked_at": "0001-01-01T00:00:00+14:00"}, "ISO 8601"),
        ({"phone": PHONE, "template": "{code}", "generate": {"valid": 10**400}}, "valid for 30"),
        ({"phone": PHONE, "text": TEXT, "ttl": 10**400}, "time to live"),
        ({"phone": PHONE, "text": TEXT, "ttl": True}, "ttl of a request"),
    ],
)
def test_a_sealed_request_with_a_slip_is_refused_by_the_name_of_its_field(loa, requested, says):
    with pytest.raises(Misuse, match=says) as fault:
        otp.enqueue_sealed(loa.deps, loa.deps.sealer().seal_request(requested))
    assert PHONE not in str(fault.value)
    assert TEXT not in str(fault.value)
