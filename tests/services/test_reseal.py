"""LOA_SECRET_KEY is changed while passwords wait: none is lost, none is sent twice, and the former key can go."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlmodel import col

from worker.errors import Refused
from worker.sealing import Sealer, seal
from worker.services import otp
from worker.services.operations.reseal import Resealed, reseal
from worker.services.otp import OtpRequest
from worker.storage.tables.campaigns import Message
from worker.storage.tables.messages import OtpCode

FORMER, PRESENT = "the former key of these tests", "the present key of these tests"


def under(loa, *keys):
    """Services with these keys: the one that seals first."""
    sealer = Sealer(*keys)
    return replace(loa.deps, sealer=lambda: sealer)


def ask(deps, number, **more):
    return otp.enqueue(
        deps, OtpRequest(f"09000000{number:02d}", f"Ma LOA: {number}", sender="LOA", route=["esms"], **more)
    )


def test_waiting_passwords_are_sealed_anew_and_the_former_key_can_go(loa):
    for number in range(3):
        ask(under(loa, FORMER), number)
    both = under(loa, PRESENT, FORMER)
    ask(both, 3)
    assert reseal(both) == Resealed(resealed=3, current=1)
    assert reseal(both) == Resealed(current=4)
    present = under(loa, PRESENT)
    for message_id in loa.task_queue.otps:
        otp.deliver(present, message_id)
    assert {otp.show(present, message_id).state for message_id in loa.task_queue.otps} == {"accepted"}
    assert {order["text"] for order in loa.sandbox.orders()} == {f"Ma LOA: {number}" for number in range(4)}


def test_what_neither_key_opens_is_counted_and_left(loa):
    ask(under(loa, "a third key of these tests"), 1)
    assert reseal(under(loa, PRESENT, FORMER)) == Resealed(unreadable=1)


def test_a_message_in_other_hands_is_left_for_another_time(loa):
    message = ask(under(loa, FORMER), 1)
    both, held, go = under(loa, PRESENT, FORMER), threading.Event(), threading.Event()

    def hold():
        with loa.deps.sessions.begin() as session:
            session.execute(select(Message).where(col(Message.id) == message.id).with_for_update())
            held.set()
            go.wait(60)

    other = threading.Thread(target=hold)
    other.start()
    held.wait(60)
    try:
        assert reseal(both) == Resealed(left=1)
    finally:
        go.set()
        other.join()
    assert reseal(both) == Resealed(resealed=1)


def test_a_row_that_something_refers_to_is_in_nobodys_hands(loa):
    """PostgreSQL locks the row that a foreign key names while the row that names it is being written."""
    message = ask(under(loa, FORMER), 1)
    with loa.deps.sessions() as writing:
        writing.add(OtpCode(message_id=message.id, hash=b"a hash", expires_at=loa.deps.clock.now()))
        writing.flush()
        assert reseal(under(loa, PRESENT, FORMER)) == Resealed(resealed=1)


def test_a_repeated_request_is_known_by_the_fingerprint_of_the_former_key(loa):
    first = ask(under(loa, FORMER), 1, key="k-1")
    both = under(loa, PRESENT, FORMER)
    assert ask(both, 1, key="k-1").id == first.id
    with pytest.raises(Refused, match="asked for something else"):
        ask(both, 2, key="k-1")
    with pytest.raises(Refused, match="asked for something else"):
        ask(under(loa, PRESENT), 1, key="k-1")


def test_a_token_that_a_producer_sealed_before_is_taken(loa):
    token = seal(FORMER, phone="0900000001", text="Ma LOA: 1", sender="LOA", route=["esms"])
    assert otp.enqueue_sealed(under(loa, PRESENT, FORMER), token).id
    with pytest.raises(Refused, match="not sealed under"):
        otp.enqueue_sealed(under(loa, PRESENT), token)
