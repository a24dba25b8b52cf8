"""Whom a Zalo campaign certainly did not reach gets a text: the one or the other, never both, never after an unknown call."""

import contextlib
import threading
import time
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from tests.services.leaving import all_left
from tests.world import waiting
from worker.clock import Clock
from worker.domain.policy import Channel
from worker.domain.states import CampaignStatus
from worker.domain.zalo import Fallback
from worker.errors import Misuse, Refused, Unavailable
from worker.services.approval import copies
from worker.services.operations import control
from worker.services.planning import batching, gate
from worker.services.sending import fallback
from worker.services.unknown import lookup
from worker.storage.operations import after_restore
from worker.storage.sending import fallbacks, singles
from worker.storage.tables.campaigns import Campaign

pytestmark = pytest.mark.usefixtures("lists_come_late")

SEND = "SendZaloMessage_V4_post_json"
TEXT = "Chao {customer_name}, don hang {code} da giao"
COUNT = 30


@pytest.fixture
def loa(loa):
    """Loa on the sandbox's own time, since its record is asked for by time; ads may leave at any hour."""
    loa.clock.moment = Clock().now()
    loa.at_any_hour()
    loa.change(lookup_delay=timedelta(seconds=5))
    return loa


def listed(loa, count=COUNT):
    path = loa.folder / f"orders-{count}.csv"
    rows = "".join(f"09{n:08d},Ban {n},DH{n}\n" for n in range(count))
    path.write_text("phone,customer_name,code\n" + rows)
    return path


def zalo(loa, count=COUNT, **requested):
    return loa.zalo(
        listed(loa, count), "customer_name,order_code=code", **{"fallback": Fallback(TEXT, "LOA"), **requested}
    )


def over(loa, made):
    """Everything leaves and is reported."""
    all_left(loa, made.campaign.id)
    loa.clock.tick(seconds=60)
    loa.poll()
    assert loa.status(made) in {"done", "failed"}
    loa.clock.tick(seconds=10)


def after(loa, made):
    """The campaign of texts that follows, sent; None: none does."""
    loa.follow()
    loa.go()
    with loa.deps.sessions() as session:
        followed_by = session.get_one(Campaign, made.campaign.id).fallback_id
        texts = None if followed_by is None else session.get_one(Campaign, followed_by)
    if texts is not None and texts.status is not CampaignStatus.AWAITING_APPROVAL:
        all_left(loa, texts.id)
    return texts


def by_channel(loa, channel):
    """The numbers that were taken over a channel, and those whose phone has it."""
    rows = loa.sandbox.phones_of(channel)
    return {phone for phone, (taken, _) in rows.items() if taken}, {phone for phone, (_, had) in rows.items() if had}


def each_has_one(loa, numbers=COUNT):
    """Nobody has two messages, whatever the channel."""
    (_, by_zalo), (_, by_text) = by_channel(loa, "zalo"), by_channel(loa, "sms")
    assert not by_zalo & by_text
    assert len(by_zalo | by_text) == numbers
    for channel in ("zalo", "sms"):
        assert all(taken <= 1 for taken, _ in loa.sandbox.phones_of(channel).values())


def test_whom_zalo_did_not_reach_gets_the_text_and_nobody_else(loa):
    loa.sandbox.set(zalo_fail_share=0.3)
    made = zalo(loa)
    over(loa, made)
    failed = loa.counts(made)["failed"]
    assert 0 < failed < COUNT
    texts = after(loa, made)
    assert (texts.channel, texts.sender, texts.kind, texts.valid) == (Channel.SMS, "LOA", "care", failed)
    assert texts.copied_from == made.campaign.id
    taken, had = by_channel(loa, "zalo")
    assert by_channel(loa, "sms")[0] == taken - had
    said = {order["text"] for order in loa.sandbox.orders() if order["channel"] == "sms"}
    assert all(one.startswith("Chao Ban ") and one.endswith(" da giao") for one in said)
    each_has_one(loa)


def test_the_keys_of_the_texts_are_their_own(loa):
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa)
    over(loa, made)
    after(loa, made)
    orders = loa.sandbox.orders()
    assert len(orders) == 2 * COUNT
    assert len({order["request_id"] for order in orders}) == 2 * COUNT


def test_nobody_gets_the_text_by_the_record_of_another_account(loa):
    """What the account that was called has of them, it does not show."""
    loa.sandbox.fault(function=SEND, do="code", code="110", times=2)
    made = zalo(loa)
    over(loa, made)
    loa.sandbox.set(api_key="other-key")
    loa.call(replace(loa.deps.accounts["esms"].messages.account, api_key="other-key"))
    assert after(loa, made) is None
    assert by_channel(loa, "sms") == (set(), set())
    loa.deps.run(loa.deps.accounts["esms"].messages.aclose())


def test_what_zalo_refused_by_a_code_gets_the_text(loa):
    loa.sandbox.fault(function=SEND, do="code", code="110", times=2)
    made = zalo(loa)
    over(loa, made)
    assert loa.counts(made) == {"delivered": COUNT - 2, "rejected": 2}
    assert after(loa, made).valid == 2
    each_has_one(loa)


def test_when_zalo_takes_nobody_the_campaign_fails_and_all_get_the_text(loa):
    loa.sandbox.fault(function=SEND, do="code", code="110", times=-1)
    made = zalo(loa)
    over(loa, made)
    assert loa.status(made) == "failed"
    assert after(loa, made).valid == COUNT
    each_has_one(loa)


def test_nothing_follows_where_all_were_reached(loa):
    made = zalo(loa)
    over(loa, made)
    assert after(loa, made) is None
    with loa.deps.sessions() as session:
        assert session.get_one(Campaign, made.campaign.id).fell_back_at is not None
    assert by_channel(loa, "sms") == (set(), set())


def test_while_a_call_is_unknown_nothing_follows(loa):
    loa.sandbox.set(zalo_fail_share=1.0, sent_data_after_s=1e9)
    loa.sandbox.fault(function=SEND, nth=2, times=1, when="after", do="drop")
    made = zalo(loa)
    all_left(loa, made.campaign.id)
    assert loa.status(made) == "reconciling"
    loa.clock.tick(hours=1)
    assert after(loa, made) is None
    loa.sandbox.set(sent_data_after_s=0)
    lookup.look_up(loa.deps)
    loa.clock.tick(seconds=60)
    loa.poll()
    loa.clock.tick(seconds=10)
    assert after(loa, made).valid == COUNT
    each_has_one(loa)


def test_while_a_report_is_awaited_nothing_follows(loa):
    loa.sandbox.set(zalo_fail_share=0.5, first_report_after_s=1e9, done_after_s=1e9)
    made = zalo(loa)
    loa.go()
    loa.clock.tick(minutes=5)
    loa.poll()
    assert loa.status(made) == "sending"
    assert after(loa, made) is None


def test_a_number_of_which_nobody_tells_gets_no_text(loa):
    """It stays accepted when the reports end: Zalo may still reach it."""
    loa.sandbox.set(zalo_fail_share=1.0, first_report_after_s=1e9, done_after_s=1e9)
    made = zalo(loa)
    all_left(loa, made.campaign.id)
    loa.clock.moment += loa.deps.polling.deadline + timedelta(hours=1)
    loa.poll()
    assert loa.status(made) == "done"
    assert loa.counts(made) == {"accepted": COUNT}
    loa.clock.tick(minutes=1)
    assert after(loa, made) is None


def put(loa, statement, **values):
    with loa.deps.sessions.begin() as session:
        session.execute(text(statement), values)


def test_our_rows_alone_are_no_proof_that_it_failed(loa):
    """What a forged callback wrote after the reports ended is not borne out by the record, and nor is another's message."""
    made = zalo(loa)
    over(loa, made)
    put(loa, "UPDATE recipient SET state = 'failed' WHERE phone = 84900000001")
    put(loa, "UPDATE recipient SET state = 'failed', ref = 'another' WHERE phone = 84900000002")
    put(loa, "UPDATE recipient SET state = 'rejected', ref = NULL WHERE phone = 84900000003")
    put(loa, "UPDATE batch SET failed = 2, rejected = 1, delivered = delivered - 3")
    assert after(loa, made) is None
    assert by_channel(loa, "sms") == (set(), set())


def test_a_failed_message_under_another_id_is_no_proof(loa):
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa)
    over(loa, made)
    put(loa, "UPDATE recipient SET ref = 'another' WHERE phone = 84900000002")
    assert after(loa, made).valid == COUNT - 1
    assert 84900000002 not in by_channel(loa, "sms")[0]


def test_a_message_that_the_record_does_not_have_gets_no_text(loa):
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa)
    over(loa, made)
    loa.sandbox.set(sent_data_after_s=1e9)
    assert after(loa, made) is None


def test_while_the_record_cannot_be_read_nobody_decides(loa):
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa)
    over(loa, made)
    loa.sandbox.fault(function="GetSmsSentData_V2", do="status", status=500, times=2)
    assert after(loa, made) is None
    assert after(loa, made).valid == COUNT


def test_the_record_gets_its_time(loa):
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa)
    all_left(loa, made.campaign.id)
    loa.clock.tick(seconds=60)
    loa.poll()
    assert after(loa, made) is None
    loa.clock.tick(seconds=6)
    assert after(loa, made) is not None


@pytest.mark.parametrize("dies", ["decided", "taken in"])
def test_whoever_dies_between_two_steps_makes_no_second_campaign(loa, monkeypatch, dies):
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa)
    over(loa, made)

    class Died(BaseException):
        pass

    def die(*_given):
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(*((fallback, "_follow", die) if dies == "decided" else (fallbacks, "followed", die)))
        with pytest.raises(Died):
            fallback.fall_back(loa.deps)
    for _ in range(3):
        texts = after(loa, made)
    assert texts.valid == COUNT
    with loa.deps.sessions() as session:
        assert session.scalars(text("SELECT count(*) FROM campaign")).one() == 2
    each_has_one(loa)


def terminate(connection, name):
    connection.execute(
        text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": name}
    )


@pytest.mark.parametrize(
    ("breaks", "heals"),
    [
        ("ALTER DATABASE {name} CONNECTION LIMIT 0", "ALTER DATABASE {name} CONNECTION LIMIT -1"),
        (
            "ALTER DATABASE {name} SET default_transaction_read_only = on",
            "ALTER DATABASE {name} RESET default_transaction_read_only",
        ),
    ],
    ids=["no connection", "read only"],
)
def test_a_database_that_goes_away_while_the_texts_are_made_loses_nobody(loa, postgres, monkeypatch, breaks, heals):
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa)
    over(loa, made)
    name = loa.loa.engine.url.database
    admin = create_engine(postgres.superuser_url, isolation_level="AUTOCOMMIT")
    create = fallback.drafts.create

    def into_the_outage(*given, **named):
        with admin.connect() as connection:
            connection.execute(text(breaks.format(name=name)))
            terminate(connection, name)
        return create(*given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(fallback, "drafts", SimpleNamespace(create=into_the_outage))
        with pytest.raises(DBAPIError):
            fallback.fall_back(loa.deps)
    # While it lasts, a sweep decides nothing and refuses nothing.
    with contextlib.suppress(DBAPIError):
        fallback.fall_back(loa.deps)
    with admin.connect() as connection:
        connection.execute(text(heals.format(name=name)))
        terminate(connection, name)
    admin.dispose()
    # A connection that was cut tells its user once.
    with contextlib.suppress(DBAPIError), loa.deps.sessions() as session:
        session.execute(text("SELECT 1"))
    for _ in range(3):
        texts = after(loa, made)
    assert texts.valid == COUNT
    with loa.deps.sessions() as session:
        assert session.scalars(text("SELECT count(*) FROM campaign")).one() == 2
    each_has_one(loa)


def test_a_part_that_is_away_is_waited_for_and_is_no_refusal(loa, monkeypatch):
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa)
    over(loa, made)

    def away(*_given, **_named):
        raise Unavailable("The time limits of our transactions do not hold on this connection.")

    with monkeypatch.context() as patched:
        patched.setattr(fallback, "drafts", SimpleNamespace(create=away))
        assert fallback.fall_back(loa.deps) == 0
    with loa.deps.sessions() as session:
        found = session.get_one(Campaign, made.campaign.id)
        assert (found.fallback_text, found.fallback_id, found.status_reason) == (TEXT, None, "")
    assert after(loa, made).valid == COUNT
    each_has_one(loa)


def reads(loa):
    """How many pages of the record were asked for."""
    return loa.sandbox.client.get("/_sandbox/calls").json()["functions"].get("GetSmsSentData_V2", 0)


def test_the_record_is_read_once_for_all_batches_that_were_called_together(loa, monkeypatch):
    monkeypatch.setattr(batching, "SINGLES_IN_A_BATCH", 500)
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa, 1200)
    assert made.batches == 3
    over(loa, made)
    before = reads(loa)
    assert after(loa, made).valid == 1200
    # As often as for the reports of all.
    assert reads(loa) - before == before > 0


def test_batches_that_were_called_hours_apart_are_read_apart(loa, monkeypatch):
    monkeypatch.setattr(batching, "SINGLES_IN_A_BATCH", 500)
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa, 1000)
    over(loa, made)
    with loa.deps.sessions.begin() as session:
        session.execute(text("UPDATE batch SET answered_at = answered_at + interval '5 hours' WHERE seq = 2"))
    before = reads(loa)
    assert after(loa, made).valid == 1000
    assert reads(loa) - before == 2 * before > 0


def test_two_who_decide_at_once_decide_once(loa):
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa)
    over(loa, made)
    with loa.deps.sessions.begin() as session:
        (found,) = fallbacks.next_failures(session, made.campaign.id, 0, timedelta())
        assert fallbacks.decide(session, made.campaign.id, found, [84900000000], after=0) == 1
    with loa.deps.sessions.begin() as session:
        assert fallbacks.decide(session, made.campaign.id, found, [84900000001], after=0) is None
    assert after(loa, made).valid == 1


def test_who_decides_takes_the_batch_before_its_numbers_as_all_others_do(loa):
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa)
    over(loa, made)
    with loa.deps.sessions() as session:
        (found,) = fallbacks.next_failures(session, made.campaign.id, 0, timedelta())

    def decide():
        with loa.deps.sessions.begin() as session:
            fallbacks.decide(session, made.campaign.id, found, [84900000000], after=0)

    thread = threading.Thread(target=decide)
    with loa.deps.sessions.begin() as session:
        singles.lock(session, found.batch_id)
        thread.start()
        while not waiting(loa):
            assert thread.is_alive(), "it did not wait for the batch"
            time.sleep(0.01)
    thread.join()


def test_a_long_campaign_is_decided_over_several_sweeps(loa, monkeypatch):
    loa.sandbox.set(zalo_fail_share=0.5)
    loa.limits(max_recipients=10)
    made = zalo(loa)
    over(loa, made)
    with loa.deps.sessions.begin() as session:
        session.execute(text("UPDATE batch SET answered_at = answered_at + seq * interval '1 hour'"))
    monkeypatch.setattr(fallback, "SWEEP_S", 0.0)
    assert after(loa, made) is None
    ticks = iter(range(1000))
    monkeypatch.setattr(fallback, "time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
    monkeypatch.setattr(fallback, "SWEEP_S", 2.0)
    sweeps = 0
    while (texts := after(loa, made)) is None:
        sweeps += 1
    assert sweeps > 1
    assert texts.valid == loa.counts(made)["failed"]
    each_has_one(loa)


@pytest.mark.parametrize("status", sorted(set(CampaignStatus) - {CampaignStatus.DONE, CampaignStatus.FAILED}))
def test_only_what_is_over_is_decided(loa, status):
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa)
    over(loa, made)
    put(loa, "UPDATE campaign SET status = :status", status=str(status))
    assert after(loa, made) is None
    with loa.deps.sessions.begin() as session:
        (found,) = fallbacks.next_failures(session, made.campaign.id, 0, timedelta())
        assert fallbacks.decide(session, made.campaign.id, found, [84900000000], after=0) is None


def test_a_number_that_is_delivered_after_all_before_the_texts_are_planned_gets_none(loa):
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa)
    over(loa, made)
    fallback.fall_back(loa.deps)
    put(
        loa,
        "UPDATE recipient SET state = 'delivered' WHERE phone = 84900000000 AND campaign_id = :id",
        id=made.campaign.id,
    )
    assert after(loa, made).valid == COUNT - 1


def test_a_cancelled_campaign_is_followed_by_nothing(loa):
    """All of it has left, and it may be cancelled all the same: the text can still be stopped."""
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa)
    loa.go()
    control.cancel(loa.deps, made.campaign.id)
    loa.clock.tick(minutes=5)
    loa.poll()
    assert loa.status(made) == "cancelled"
    assert after(loa, made) is None


def test_past_its_last_moment_nothing_follows(loa):
    loa.sandbox.set(zalo_fail_share=1.0)
    until = (loa.clock.now() + timedelta(hours=2)).isoformat()
    made = zalo(loa, until=until)
    over(loa, made)
    loa.clock.tick(hours=3)
    assert after(loa, made) is None
    with loa.deps.sessions() as session:
        assert session.get_one(Campaign, made.campaign.id).fell_back_at is None, "nobody decided"


def test_after_a_restore_nothing_follows(loa):
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa)
    over(loa, made)
    with loa.deps.sessions.begin() as session:
        after_restore.mark_unknown(session, loa.clock.now(), loa.clock.now(), "")
    assert after(loa, made) is None


def test_after_a_restore_nothing_follows_either_that_was_decided_and_not_taken_in(loa):
    """Its campaign may have been taken in since the backup, and sent."""
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa)
    over(loa, made)
    assert after(loa, made) is not None
    with loa.deps.sessions.begin() as session:
        session.execute(text("UPDATE campaign SET fallback_id = NULL, key = NULL"))
        after_restore.mark_unknown(session, loa.clock.now(), loa.clock.now(), "")
    assert after(loa, made) is None


def test_ads_that_follow_have_the_rules_of_texts(loa):
    loa.sandbox.set(zalo_fail_share=1.0)
    for _ in range(3):
        loa.create(listed(loa, COUNT - 5), text="[QC] Giam gia")
        loa.go()
    loa.limits(min_recipients=2)
    made = zalo(loa, kind="ads", fallback=Fallback("[QC] Giam gia 20%", "LOA"))
    over(loa, made)
    texts = after(loa, made)
    with loa.deps.sessions() as session:
        assert (
            session.scalars(
                text("SELECT count(*) FROM recipient WHERE campaign_id = :id AND state = 'suppressed'"),
                {"id": texts.id},
            ).one()
            == COUNT - 5
        ), "those have had their three texts"


def test_under_four_eyes_the_texts_of_an_ad_wait_for_another_person(loa):
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa, kind="ads", fallback=Fallback("[QC] Giam gia 20%", "LOA"))
    over(loa, made)
    loa.change(people=replace(loa.deps.people, four_eyes=True))
    assert after(loa, made).status is CampaignStatus.AWAITING_APPROVAL
    assert by_channel(loa, "sms") == (set(), set())


# What is planned


def test_the_text_is_looked_at_when_the_campaign_is_planned(loa):
    with pytest.raises(Refused) as fault:
        zalo(loa, fallback=Fallback("Chao {name}", "LOA"))
    assert fault.value.rule == "text_unknown_variable"
    with pytest.raises(Refused) as fault:
        zalo(loa, kind="ads", fallback=Fallback("Giam gia", "LOA"))
    assert fault.value.rule == "ad_label_missing"
    with pytest.raises(Refused) as fault:
        zalo(loa, fallback=Fallback(TEXT, "LOAA"))
    assert fault.value.rule == "sender_unknown"
    with pytest.raises(Misuse, match="follows a campaign over Zalo"):
        loa.create(listed(loa), fallback=Fallback(TEXT, "LOA"))
    with pytest.raises(Misuse, match="give both"):
        Fallback(TEXT, "")


def test_the_text_is_part_of_what_is_approved(loa):
    first, other = zalo(loa), zalo(loa, fallback=Fallback(TEXT, "LOADEMO"))
    with loa.deps.sessions() as session:
        facts = [gate.facts_of(session, session.get_one(Campaign, made.campaign.id)) for made in (first, other)]
    assert (facts[0]["fallback_text"], facts[0]["fallback_sender"]) == (TEXT, "LOA")
    assert gate.hash_of(facts[0]) != gate.hash_of(facts[1])
    assert f"Else a text by LOA: {TEXT}" in facts[0]["text"]


def test_a_copy_to_those_who_failed_would_be_a_second_text(loa):
    loa.sandbox.set(zalo_fail_share=1.0)
    made = zalo(loa)
    over(loa, made)
    with pytest.raises(Refused) as fault:
        copies.copy(loa.deps, made.campaign.id, failed_only=True)
    assert fault.value.rule == "falls_back"
    assert copies.copy(loa.deps, made.campaign.id).campaign.fallback_text == TEXT
