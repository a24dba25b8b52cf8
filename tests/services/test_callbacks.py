"""What a callback changes, and what it cannot: early, late, repeated, out of order, forged."""

import threading
import time
from collections import Counter
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlmodel import col
from structlog.testing import capture_logs

from tests.services.test_otp import now as message_now
from tests.services.test_otp import sent
from tests.world import waiting
from worker.clock import Clock
from worker.domain.message import MessageState
from worker.domain.states import BatchState
from worker.services.calling import call
from worker.services.reporting import callback_verdicts, callbacks
from worker.services.sending import singles
from worker.storage.otp import messages
from worker.storage.sending import batches
from worker.storage.tables.callbacks import InboxRow
from worker.storage.tables.campaigns import Batch, Recipient

STRANGER = 84911111111


def rows(loa) -> list[InboxRow]:
    with loa.deps.sessions() as session:
        return list(session.scalars(select(InboxRow).order_by(col(InboxRow.received_at))))


def verdicts(loa) -> list[str]:
    return [row.verdict for row in rows(loa)]


def esms(loa, ref, *, status=5, delivered=0, failed=0, receivers=1, phone=None, read=True) -> str | None:
    """eSMS calls back; the verdict, or None while there is none."""
    fields = {"SMSID": ref, "SendStatus": status, "SendSuccess": delivered, "SendFailed": failed}
    query = {**fields, "TotalReceiver": receivers, **({"phonenumber": f"0{phone - 84 * 10**9}"} if phone else {})}
    return told(loa, "esms", urlencode(query).encode(), b"", read=read)


def fpt_report(loa, name, status=1, provider_message="", *, read=True) -> str | None:
    """FPT posts a delivery report; the verdict, or None while there is none."""
    body = f'{{"smsid": "{name}", "status": {status}, "telco": "vina", "error": "{provider_message}", "mt_count": 1}}'
    return told(loa, "fpt", b"", body.encode(), read=read)


def told(loa, provider, query, body, *, read=True) -> str | None:
    callbacks.store(loa.deps, (provider, query, body))
    if read:
        callbacks.read_due(loa.deps)
    # The clock of the tests stands still, so the times of two rows may be equal: the newest is the one without a twin.
    return next((row.verdict for row in rows(loa) if (row.query, row.body) == (query, body) and row.verdict), None)


def of(loa, made) -> list[Batch]:
    return list(loa.show(made).batches)


def numbers_of(loa, made) -> list[Recipient]:
    with loa.deps.sessions() as session:
        mine = select(Recipient).where(col(Recipient.campaign_id) == made.campaign.id)
        return list(session.scalars(mine.order_by(col(Recipient.phone))))


def states(loa, made) -> dict[int, str | None]:
    return {one.phone: one.state for one in numbers_of(loa, made)}


@pytest.fixture
def pushed(fpt, numbers):
    """An FPT campaign of 60 ads in two pushes, done."""
    made = fpt.create(numbers(60), provider="fpt")
    fpt.go()
    fpt.run_tasks()
    assert fpt.status(made) == "done"
    return made


def ad(fpt, made, phone) -> str:
    """The id under which FPT reports one number of a push."""
    (one,) = [one for one in numbers_of(fpt, made) if one.phone == phone]
    return f"{of(fpt, made)[one.batch_seq - 1].provider_ref}{phone}"


# Lists: the callback is a hint to ask.


def test_a_callback_of_a_list_brings_the_question_forward_and_is_not_believed(loa, numbers):
    made = loa.create(numbers(40))
    loa.go()
    (batch,) = of(loa, made)
    assert batch.next_poll_at > loa.clock.now()
    assert esms(loa, batch.provider_ref, delivered=3, failed=37, receivers=40) == callback_verdicts.ASKED
    assert loa.counts(made) == {"accepted": 40}
    assert len(loa.poll()) == 1
    assert loa.counts(made) == {"delivered": 40}
    assert loa.status(made) == "done"


def test_however_many_callbacks_come_the_provider_is_asked_now_and_then(loa, numbers):
    loa.sandbox.set(done_after_s=3600.0)
    made = loa.create(numbers(40))
    loa.go()
    ref, asked = of(loa, made)[0].provider_ref, []
    for second in range(60):
        esms(loa, ref, status=7, receivers=40)
        asked += [second] * len(loa.poll())
        loa.clock.tick(seconds=1)
    assert asked == [0, 10, 20, 30, 40, 50]


def test_a_late_callback_of_a_list_that_was_closed_without_results_is_asked_about_and_counts(loa, numbers):
    loa.sandbox.set(first_report_after_s=3600.0, done_after_s=3600.0)
    made = loa.create(numbers(40))
    loa.go()
    loa.clock.tick(days=7)
    loa.poll()
    (batch,) = of(loa, made)
    assert (batch.state, loa.status(made)) == (BatchState.REPORTED, "done")
    loa.sandbox.client.post("/_sandbox/advance", json={"seconds": 3600}).raise_for_status()
    assert esms(loa, batch.provider_ref, delivered=40, receivers=40) is None
    assert len(loa.task_queue.polls) == 1
    loa.poll()
    assert loa.counts(made) == {"delivered": 40}
    loa.clock.tick(seconds=2)
    callbacks.read_due(loa.deps)
    assert verdicts(loa) == [callback_verdicts.KNOWN]


def test_a_late_callback_that_the_provider_does_not_bear_out_changes_nothing(loa, numbers):
    loa.sandbox.set(fail_share=1.0)
    made = loa.create(numbers(40))
    loa.go()
    loa.clock.tick(seconds=11)
    loa.poll()
    assert loa.counts(made) == {"failed": 40}
    assert esms(loa, of(loa, made)[0].provider_ref, delivered=40, receivers=40) is None
    loa.poll()
    assert loa.counts(made) == {"failed": 40}
    loa.clock.tick(days=1)
    callbacks.read_due(loa.deps)
    assert verdicts(loa) == [callback_verdicts.UNCONFIRMED]


@pytest.mark.parametrize(("delivered", "receivers"), [(999_999, 40), (999_999, 999_999), (41, 41)])
def test_counts_that_cannot_be_ask_nobody(loa, numbers, delivered, receivers):
    loa.sandbox.set(fail_share=1.0)
    made = loa.create(numbers(40))
    loa.go()
    loa.clock.tick(seconds=11)
    loa.poll()
    ref = of(loa, made)[0].provider_ref
    assert esms(loa, ref, delivered=delivered, receivers=receivers) == callback_verdicts.KNOWN
    assert loa.task_queue.polls == []


# Numbers that were called one by one.


def test_a_callback_of_a_single_number_brings_the_question_forward_once_all_are_called(loa, numbers):
    loa.clock.moment = Clock().now()  # the sandbox's record has its own time
    made = loa.create(numbers(30), kind="care", text="Don hang cua ban da gui")
    loa.go()
    one = numbers_of(loa, made)[0]
    assert esms(loa, one.ref, failed=1, phone=one.phone) == callback_verdicts.ASKED
    assert loa.poll() != []
    assert loa.counts(made) == {"delivered": 30}


def test_after_the_last_question_a_single_number_may_still_be_corrected(loa, numbers):
    loa.clock.moment = Clock().now()
    loa.sandbox.set(fail_share=1.0)
    made = loa.create(numbers(30), kind="care", text="Don hang cua ban da gui")
    loa.go()
    loa.clock.tick(seconds=60)
    loa.poll()
    assert (loa.counts(made), loa.status(made)) == ({"failed": 30}, "done")
    one, other = numbers_of(loa, made)[:2]
    assert esms(loa, one.ref, delivered=1, phone=STRANGER) == callback_verdicts.FOREIGN
    assert esms(loa, one.ref, delivered=1, phone=other.phone) == callback_verdicts.FOREIGN
    assert loa.counts(made) == {"failed": 30}
    assert esms(loa, one.ref, delivered=1, phone=one.phone) == "delivered"
    assert loa.counts(made) == {"failed": 29, "delivered": 1}
    assert esms(loa, one.ref, failed=1, phone=one.phone) == callback_verdicts.KNOWN
    assert loa.counts(made) == {"failed": 29, "delivered": 1}
    assert numbers_of(loa, made)[0].reason is None


def test_a_single_text_by_fpt_is_settled_by_its_report_alone(loa, numbers):
    made = loa.create(numbers(30), provider="fpt", kind="care", text="Don hang cua ban da gui")
    loa.go()
    first, second, third = numbers_of(loa, made)[:3]
    assert fpt_report(loa, first.ref) == "delivered"
    assert fpt_report(loa, second.ref, 0, "Subscriber absent") == "failed"
    assert fpt_report(loa, third.ref, 2) == callback_verdicts.NO_RESULT
    assert fpt_report(loa, third.ref, 3) == callback_verdicts.NO_RESULT
    assert loa.counts(made) == {"delivered": 1, "failed": 1, "accepted": 28}
    assert numbers_of(loa, made)[1].reason == "Subscriber absent"


def test_a_report_that_comes_while_others_of_its_batch_are_called_is_counted_once(loa, numbers):
    made = loa.create(numbers(10), provider="fpt", kind="care", text="Don hang cua ban da gui")
    loa.release()
    (batch_id,), account = loa.task_queue.sends, loa.deps.account("fpt")
    with loa.deps.sessions() as session:
        run = singles.BatchRun(loa.deps, account, batch_id, batches.summary(session, batch_id))
    wave = call.begin(run, time.sleep)
    run.record(wave.claimed, {nth: loa.deps.run(wave.call(nth)) for nth in range(10)})
    assert fpt_report(loa, numbers_of(loa, made)[0].ref) == "delivered"
    assert [(one.accepted, one.delivered) for one in of(loa, made)] == [(0, 0)]
    run.end()
    assert loa.counts(made) == {"delivered": 1, "accepted": 9}


def test_what_several_callbacks_of_one_portion_say_of_a_number_counts_once_and_forward_only(loa, numbers):
    made = loa.create(numbers(30), provider="fpt", kind="care", text="Don hang cua ban da gui")
    other = loa.create(numbers(5, first=100), provider="fpt", kind="care", text="Don hang thu hai da gui")
    loa.go()
    first, second, third = numbers_of(loa, made)[:3]
    (far, *_) = numbers_of(loa, other)
    for name, status in (
        (first.ref, 0),
        (first.ref, 1),
        (second.ref, 1),
        (second.ref, 0),
        (far.ref, 1),
        (third.ref, 0),
    ):
        fpt_report(loa, name, status, read=False)
        loa.clock.tick(seconds=1)
    assert callbacks.read_due(loa.deps) == 6
    assert sorted(verdicts(loa)) == sorted(
        ["failed", "delivered", "delivered", callback_verdicts.KNOWN, "delivered", "failed"]
    )
    assert loa.counts(made) == {"delivered": 2, "failed": 1, "accepted": 27}
    assert loa.counts(other) == {"delivered": 1, "accepted": 4}
    assert [(one.delivered, one.failed, one.accepted) for one in (*of(loa, made), *of(loa, other))] == [
        (2, 1, 27),
        (1, 0, 4),
    ]


# FPT's pushes: nothing else tells what became of a number.


def test_each_number_of_a_push_is_settled_by_its_own_report(fpt, pushed):
    phones = sorted(states(fpt, pushed))
    for phone in phones[:50]:
        fpt_report(fpt, ad(fpt, pushed, phone), read=False)
    for phone in phones[50:]:
        fpt_report(fpt, ad(fpt, pushed, phone), 0, read=False)
    while callbacks.read_due(fpt.deps):
        pass
    assert fpt.counts(pushed) == {"delivered": 50, "failed": 10}
    assert fpt.status(pushed) == "done"


@pytest.mark.parametrize("order", [(1, 0, 1, 2), (0, 1), (1, -11, 0), (2, 0, 0, 1)])
def test_in_whatever_order_and_number_reports_come_delivered_stays(fpt, pushed, order):
    phone = min(states(fpt, pushed))
    for status in order:
        fpt_report(fpt, ad(fpt, pushed, phone), status)
    assert states(fpt, pushed)[phone] == "delivered"
    assert fpt.counts(pushed) == {"delivered": 1, "accepted": 59}


def test_a_number_that_is_not_in_the_push_is_forged(fpt, pushed):
    first, second = of(fpt, pushed)
    inside = {one.phone for one in numbers_of(fpt, pushed) if one.batch_seq == second.seq}
    assert fpt_report(fpt, f"{first.provider_ref}{STRANGER}") == callback_verdicts.FOREIGN
    assert fpt_report(fpt, f"{first.provider_ref}{min(inside)}") == callback_verdicts.FOREIGN
    assert fpt_report(fpt, first.provider_ref) == callback_verdicts.NO_RESULT
    assert fpt.counts(pushed) == {"accepted": 60}


def test_what_fpt_delivered_although_it_was_cancelled_counts(fpt, pushed):
    with fpt.deps.sessions.begin() as session:
        for batch in session.scalars(select(Batch)):
            batch.state = BatchState.CANCELLED
    phone = min(states(fpt, pushed))
    assert fpt_report(fpt, ad(fpt, pushed, phone)) == "delivered"
    assert fpt.counts(pushed) == {"delivered": 1, "cancelled": 59}


def test_more_reports_than_a_push_was_said_to_take_lower_what_it_left_out(fpt, pushed):
    with fpt.deps.sessions.begin() as session:
        batch = session.get_one(Batch, of(fpt, pushed)[0].id)
        batch.rejected = 2
        size = batch.size
    inside = [one.phone for one in numbers_of(fpt, pushed) if one.batch_seq == batch.seq]
    for nth, phone in enumerate(inside, start=1):
        fpt_report(fpt, ad(fpt, pushed, phone))
        assert of(fpt, pushed)[0].rejected == min(2, size - nth)
        assert sum(fpt.counts(pushed).values()) == 60


def test_a_number_that_got_no_message_cannot_be_delivered(fpt, pushed):
    phone = min(states(fpt, pushed))
    with fpt.deps.sessions.begin() as session:
        session.get_one(Recipient, (pushed.campaign.id, phone)).state = "suppressed"
        session.get_one(Batch, of(fpt, pushed)[0].id).suppressed = 1
    assert fpt_report(fpt, ad(fpt, pushed, phone)) == callback_verdicts.FOREIGN
    assert fpt.counts(pushed) == {"suppressed": 1, "accepted": 59}


# One-time passwords: nothing else tells what became of them.


@pytest.mark.parametrize(("delivered", "state"), [(1, "delivered"), (0, "failed")])
def test_a_password_by_esms_is_settled_by_its_reference_and_number(loa, delivered, state):
    message = sent(loa, "esms")
    assert esms(loa, message.provider_ref, status=7, phone=message.phone) == callback_verdicts.NO_RESULT
    assert (
        esms(loa, message.provider_ref, delivered=1 - delivered, failed=delivered, phone=STRANGER)
        == callback_verdicts.FOREIGN
    )
    assert message_now(loa, message).state == "accepted"
    assert esms(loa, message.provider_ref, delivered=delivered, failed=1 - delivered, phone=message.phone) == state
    settled = message_now(loa, message)
    assert (settled.state, settled.sealed, settled.provider_ref) == (state, None, message.provider_ref)


def test_a_password_by_fpt_is_settled_by_its_message_id(loa):
    message = sent(loa, "fpt")
    assert fpt_report(loa, message.provider_ref, 0, "Subscriber absent") == "failed"
    assert message_now(loa, message).provider_message == "Subscriber absent"
    assert fpt_report(loa, message.provider_ref, 1) == "delivered"
    assert fpt_report(loa, message.provider_ref, -11) == callback_verdicts.NO_RESULT
    assert fpt_report(loa, message.provider_ref, 0, "late") == callback_verdicts.KNOWN
    assert message_now(loa, message).state == "delivered"


def test_a_message_that_is_settled_is_moved_no_more(loa):
    """Two sweeps may report on one message of a test key at the same time, and neither has locked it."""
    message = sent(loa, "fpt")
    assert fpt_report(loa, message.provider_ref, 1) == "delivered"
    with loa.deps.sessions.begin() as session:
        assert not messages.move(session, message.id, MessageState.FAILED, now=loa.clock.now())
    assert message_now(loa, message).state == "delivered"


def test_a_provider_speaks_of_its_own_orders_only(loa):
    message = sent(loa, "esms")
    assert fpt_report(loa, message.provider_ref) is None
    assert message_now(loa, message).state == "accepted"


# What nobody can place.


def test_an_early_callback_waits_for_our_own_commit(loa):
    loa.clock.moment = Clock().now()
    message = sent(loa, "fpt")
    with loa.deps.sessions.begin() as session:
        session.get_one(type(message), message.id).provider_ref = ""
    assert fpt_report(loa, message.provider_ref) is None
    with loa.deps.sessions.begin() as session:
        session.get_one(type(message), message.id).provider_ref = message.provider_ref
    loa.clock.tick(seconds=1.9)
    assert callbacks.read_due(loa.deps) == 0
    loa.clock.tick(seconds=0.1)
    assert callbacks.read_due(loa.deps) == 1
    assert verdicts(loa) == ["delivered"]
    assert message_now(loa, message).state == "delivered"


def test_a_reference_that_nobody_knows_is_looked_for_later_and_later_and_given_up_after_a_day(loa):
    esms(loa, "00000000-0000-4000-8000-000000000000000", delivered=1)
    pauses = []
    while not (row := rows(loa)[0]).verdict:
        pauses.append((row.due_at - loa.clock.now()).total_seconds())
        loa.clock.moment = row.due_at
        callbacks.read_due(loa.deps)
    assert pauses[:5] == [2, 16, 128, 1024, 3600]
    assert max(pauses) == 3600
    assert row.verdict == callback_verdicts.UNKNOWN_REF
    assert timedelta(days=1) <= row.handled_at - row.received_at < timedelta(days=1, hours=1)
    assert callbacks.read_due(loa.deps) == 0


@pytest.mark.parametrize(
    ("provider", "query", "body"),
    [
        ("esms", b"", b""),
        ("esms", b"\xff\xfe%00&SMSID=", b"\x00\x01"),
        ("esms", b"a=b&" * 10_000, b""),
        ("fpt", b"smsid=1", b"[" * 60_000),
        ("fpt", b"", b"\x00" * 1_000),
        ("fibo", b"SMSID=abc", b""),
        ("nobody", b"SMSID=abc", b""),
    ],
)
def test_what_names_nothing_is_kept_as_it_came_and_read_once(loa, provider, query, body):
    assert told(loa, provider, query, body) == callback_verdicts.NO_NAME
    (row,) = rows(loa)
    assert (row.query, row.body, row.tries) == (query, body, 1)
    assert callbacks.read_due(loa.deps) == 0


def test_the_result_of_a_call_is_kept_in_its_row(loa):
    query = b"ReferenceId=066107ee-6ec4-4283-b595-aa74977c65c5&CallDuration=24&CallStatus=ANSWERED&Ivr=2&SendStatus=5"
    # It may be of a password whose call is not committed yet.
    assert told(loa, "esms", query, b"") is None
    loa.clock.tick(minutes=2)
    callbacks.read_due(loa.deps)
    assert verdicts(loa)[0] == "call 066107ee-6ec4-4283-b595-aa74977c65c5: ANSWERED, 24 s, key 2"


def test_a_reference_that_is_empty_means_nobody(loa, numbers):
    loa.create(numbers(40))  # its batches have no reference yet
    assert esms(loa, "", delivered=1) == callback_verdicts.NO_NAME


# The sweep.


def test_two_sweeps_at_once_read_each_row_once(fpt, pushed):
    chosen = sorted(states(fpt, pushed))[:25]
    for phone in chosen:
        for status in (0, 1, 0):
            fpt_report(fpt, ad(fpt, pushed, phone), status, read=False)
    threads = [threading.Thread(target=callbacks.read_due, args=(fpt.deps,)) for _ in range(4)]
    with capture_logs() as said:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        while callbacks.read_due(fpt.deps):
            pass
        # A sweep that looks for rows while another takes them locks them for that moment, though it gets none of them:
        # PostgreSQL locks a row before it looks at its condition again. The one that took them leaves them to their next turn.
        fpt.clock.tick(seconds=2)
        callbacks.read_due(fpt.deps)
    assert fpt.counts(pushed) == {"delivered": 25, "accepted": 35}
    assert all(row.handled_at for row in rows(fpt))
    read = Counter(entry["callback"] for entry in said if entry["event"] == "callback_read")
    assert read == {str(row.id): 1 for row in rows(fpt)}


def test_a_row_that_cannot_be_read_now_holds_up_no_other(fpt, pushed, monkeypatch):
    first, second = sorted(states(fpt, pushed))[:2]
    fpt_report(fpt, ad(fpt, pushed, first), read=False)
    fpt_report(fpt, ad(fpt, pushed, second), read=False)
    with fpt.deps.sessions.begin() as needs_operator:
        # Somebody works on the first row, for longer than the lock's patience would last.
        callback = next(row for row in rows(fpt) if str(first).encode() in row.body)
        needs_operator.get_one(InboxRow, callback.id, with_for_update=True)
        callbacks.read_due(fpt.deps)
    assert states(fpt, pushed)[second] == "delivered"
    assert states(fpt, pushed)[first] is None
    fpt.clock.tick(seconds=2)
    callbacks.read_due(fpt.deps)
    assert states(fpt, pushed)[first] == "delivered"


def test_no_row_shows_a_number_in_its_repr(loa):
    esms(loa, "abc", phone=84900000001)
    (row,) = rows(loa)
    assert b"900000001" in row.query
    assert "900000001" not in repr(row)


# Many that lead nowhere.


def strangers(loa, count: int) -> None:
    """So many callbacks of references that nobody has, as they would have come in one by one."""
    with loa.deps.sessions.begin() as session:
        session.execute(
            text(
                "INSERT INTO callback (id, provider, received_at, due_at, query, body, tries, verdict)"
                " SELECT gen_random_uuid(), 'esms', :now, :now,"
                " convert_to('SMSID=stranger-' || n || '&SendStatus=5&SendSuccess=1&TotalReceiver=1', 'UTF8'), '', 0, ''"
                " FROM generate_series(1, :count) n"
            ),
            {"now": loa.clock.now(), "count": count},
        )


def looks(loa) -> int:
    with loa.deps.sessions() as session:
        return int(session.execute(text("SELECT sum(tries) FROM callback")).scalar_one())


def test_a_true_callback_behind_ten_thousand_unknown_ones_counts_in_the_next_sweep(loa, numbers):
    """A sweep comes each second; `make doors` has the seconds."""
    made = loa.create(numbers(40))
    loa.go()
    strangers(loa, 10_000)
    loa.clock.tick(seconds=0.5)
    esms(loa, of(loa, made)[0].provider_ref, delivered=40, receivers=40, read=False)
    callbacks.read_due(loa.deps)
    assert callback_verdicts.ASKED in verdicts(loa)
    assert looks(loa) >= 100, "and others with it"


def test_those_that_come_while_others_wait_again_are_looked_at_first(loa, numbers):
    made = loa.create(numbers(40))
    loa.go()
    strangers(loa, 3_000)
    while callbacks.read_due(loa.deps):
        pass
    loa.clock.tick(seconds=2)
    assert esms(loa, of(loa, made)[0].provider_ref, delivered=40, receivers=40) == callback_verdicts.ASKED


def test_unknown_ones_are_looked_at_seldom_and_for_a_day(loa):
    strangers(loa, 90)
    for _ in range(13 * 6):
        callbacks.read_due(loa.deps)
        loa.clock.tick(seconds=10)
    assert looks(loa) == 90 * 4, "at once, then 2, 16 and 128 s later; the next is after 17 minutes"
    for _ in range(30):
        loa.clock.tick(hours=1)
        callbacks.read_due(loa.deps)
    assert set(verdicts(loa)) == {callback_verdicts.UNKNOWN_REF}


def test_what_names_nothing_is_put_away_in_heaps(loa):
    for number in range(30):
        callbacks.store(loa.deps, ("esms", f"nothing={number}".encode(), b"\xff\x00{"))
    assert callbacks.read_due(loa.deps) == 30
    assert {row.verdict for row in rows(loa)} == {callback_verdicts.NO_NAME}


def test_messages_are_taken_in_the_order_in_which_their_answers_are_recorded(loa):
    """Else a report and an answer wait for each other, and a password for a second."""
    by_id = sorted((sent(loa, "fpt", phone=f"09000000{n:02d}") for n in range(2)), key=lambda one: one.id)
    for message in reversed(by_id):
        fpt_report(loa, message.provider_ref, read=False)
        loa.clock.tick(seconds=1)
    faults = []

    def answer():
        try:
            with loa.deps.sessions.begin() as session:
                messages.locked_all(session, [one.id for one in by_id])
        except OperationalError as fault:
            faults.append(fault)

    threads = [threading.Thread(target=callbacks.read_due, args=(loa.deps,)), threading.Thread(target=answer)]
    with loa.deps.sessions.begin() as session:
        messages.locked(session, by_id[-1].id)
        for number, thread in enumerate(threads, 1):
            thread.start()
            while waiting(loa) < number:
                assert thread.is_alive(), faults
                time.sleep(0.01)
    for thread in threads:
        thread.join()
    assert faults == []
    assert [message_now(loa, one).state for one in by_id] == ["delivered"] * 2
    with loa.deps.sessions() as session:
        found = session.execute(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
        assert found.scalar_one() == 0
