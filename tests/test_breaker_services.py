"""What an open circuit and a lost Redis do to ads and to one-time passwords."""

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from structlog.testing import capture_logs

from worker.domain.message import MessageState
from worker.domain.states import BatchState
from worker.services import otp
from worker.services.otp import OtpRequest
from worker.services.sending import dispatch
from worker.storage.otp import messages
from worker.throttle import Breaker, Gate, Throttle
from worker.throttle.breaker import COOL_DOWN_S, FAILURES

CODE = "Ma xac thuc cua ban la 482913"


def states(loa, made):
    return [batch.state for batch in loa.show(made).batches]


def delivered(loa, *route):
    """A password is asked for, and a worker comes by; the message as it is then."""
    message = otp.enqueue(loa.deps, OtpRequest("0901234567", CODE, route=route, sender="LOA"))
    otp.deliver(loa.deps, message.id)
    with loa.deps.sessions() as session:
        return messages.get(session, message.id)


def break_circuit(loa, provider="esms"):
    loa.deps.breaker.failed(provider, loa.deps.accounts[provider].timeout_s, FAILURES)


def gate(loa, provider="esms"):
    return loa.deps.breaker.look(provider, loa.deps.accounts[provider].timeout_s).gate


def cool_down(loa, provider="esms"):
    """Until the next probe: no call of before is still out."""
    loa.clock.tick(seconds=max(COOL_DOWN_S, loa.deps.accounts[provider].timeout_s + 2))


@pytest.fixture
def watched(loa):
    """Limits and circuits that look at the test's clock."""
    loa.change(throttle=Throttle(loa.loa.limits, loa.clock), breaker=Breaker(loa.loa.limits, loa.clock))
    return loa


def test_lost_answers_open_it_ads_wait_and_a_probe_lets_them_go_on(watched, numbers):
    loa = watched
    loa.limits(max_recipients=20)
    made = loa.create(numbers(200))
    loa.sandbox.fault(do="drop", when="after", times=-1)
    loa.go(1)
    found = states(loa, made)
    assert found.count(BatchState.UNKNOWN) == FAILURES
    assert found.count(BatchState.PLANNED) == 10 - FAILURES
    assert gate(loa) is Gate.OPEN
    assert (loa.release(), len(loa.sandbox.orders())) == (0, FAILURES), "nothing is enqueued while it is open"

    loa.sandbox.heal()
    cool_down(loa)
    assert loa.release() == 1, "one probe"
    loa.run_tasks()
    assert gate(loa) is Gate.CLOSED
    loa.go()
    found = states(loa, made)
    assert found.count(BatchState.UNKNOWN) == FAILURES, "what is doubtful is never sent again"
    assert found.count(BatchState.ACCEPTED) == 10 - FAILURES
    assert set(loa.sandbox.phones().values()) == {1}


def test_refusals_by_the_providers_own_code_never_open_it(watched, numbers):
    loa = watched
    loa.limits(max_recipients=20)
    made = loa.create(numbers(200))
    loa.sandbox.fault(do="code", code="119", times=-1)
    loa.go(1)
    assert set(states(loa, made)) == {BatchState.REJECTED}
    assert gate(loa) is Gate.CLOSED


def test_where_each_number_is_a_call_the_probe_is_one_call(watched, numbers):
    loa = watched
    made = loa.create(numbers(60), kind="care")
    break_circuit(loa)
    cool_down(loa)
    loa.sandbox.fault(function="*", do="drop", when="after", times=-1)
    loa.go(1)
    assert loa.counts(made) == {"planned": 59, "unknown": 1}
    assert gate(loa) is Gate.OPEN


def test_a_password_goes_round_an_open_circuit(watched):
    break_circuit(watched)
    message = delivered(watched, "esms", "fpt")
    assert (message.state, message.provider, message.attempts) == (MessageState.ACCEPTED, "fpt", 1)


def test_a_password_with_no_other_way_is_tried_all_the_same(watched):
    break_circuit(watched)
    assert delivered(watched, "esms").provider == "esms"
    break_circuit(watched, "esms")
    break_circuit(watched, "fpt")
    assert delivered(watched, "esms", "fpt").state is MessageState.ACCEPTED


def test_a_password_may_be_the_probe(watched):
    break_circuit(watched)
    cool_down(watched)
    assert delivered(watched, "esms", "fpt").provider == "esms"
    assert gate(watched) is Gate.CLOSED


@pytest.mark.parametrize("said", [{"do": "status", "status": 429}, {"do": "code", "code": "160"}])
def test_too_many_requests_slow_ads_down_and_open_nothing(watched, numbers, said):
    loa = watched
    loa.limits(max_recipients=20)
    loa.create(numbers(400))
    loa.sandbox.fault(times=-1, **said)
    loa.go(1)
    assert gate(loa) is Gate.CLOSED
    rate_limit = loa.loa.limits.hgetall("loa:lane:esms")
    assert int(rate_limit[b"factor"]) == 500


@pytest.mark.parametrize("status", [502, 503])
def test_a_gateway_without_a_provider_behind_it_opens_the_circuit(watched, numbers, status):
    loa = watched
    loa.limits(max_recipients=20)
    loa.create(numbers(200))
    loa.sandbox.fault(do="status", status=status, times=-1)
    loa.go(1)
    assert gate(loa) is Gate.OPEN
    assert len(loa.sandbox.orders()) == 0


# Redis away


def test_without_redis_a_batch_waits_for_the_sweep_and_the_log_has_one_line(loa, numbers):
    loa.limits(max_recipients=20)
    made = loa.create(numbers(60))
    loa.release()
    with Redis.from_url("redis://127.0.0.1:1/0", retry=Retry(NoBackoff(), 0)) as nowhere, capture_logs() as lines:
        away = Throttle(nowhere, loa.clock)
        loa.change(throttle=away, breaker=Breaker(nowhere, loa.clock))
        assert [dispatch.send_batch(loa.deps, one) for one in loa.task_queue.sends] == [None, None, None]
        assert loa.release() == 0
        assert delivered(loa, "esms").state is MessageState.ACCEPTED, "a password goes on"
    about = [line for line in lines if line["event"].startswith("limits")]
    assert len(about) == 2, "one for the limits, one for the circuits"
    assert states(loa, made) == [BatchState.PLANNED] * 3
    loa.task_queue.sends.clear()
    loa.change(throttle=loa.loa.deps.throttle, breaker=loa.loa.deps.breaker)
    loa.go()
    assert loa.counts(made) == {"accepted": 60}
