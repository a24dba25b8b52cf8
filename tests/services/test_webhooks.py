"""Events reach their receivers: each at least once, in order, signed, and nobody waits for one that hangs."""

import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.receiver import receiver
from worker.config.producers import Producers
from worker.domain.message import MessageState
from worker.domain.webhook import EVENTS, PAUSES, TRIED_FOR, parse_events, pause_after
from worker.errors import Misuse, NotFound, Refused
from worker.receivers.address import is_public
from worker.services import otp, webhooks
from worker.services.deps import Receivers
from worker.services.operations import api_keys, control
from worker.services.otp import OtpRequest
from worker.services.reporting import report
from worker.services.webhooks import deliver as deliver_module
from worker.storage.otp import messages
from worker.storage.webhooks import deliveries as rows

PHONE, TEXT = "0900000001", "Ma xac thuc LOA: 482913"


@pytest.fixture
def hook():
    with receiver() as made:
        yield made


@pytest.fixture
def loa(loa):
    """Loa that may post to loopback, with connections of its own."""
    posters = []

    def poster():
        if not posters:
            posters.append(Producers(webhook_allow_private=True, webhook_timeout_s=4).poster())
        return posters[0]

    loa.change(receivers=Receivers(allow_private=True, timeout_s=4, poster=poster))
    yield loa
    for one in posters:
        loa.loa.run(one.aclose())


def ask(loa, *route, **requested):
    return otp.enqueue(loa.deps, OtpRequest(PHONE, TEXT, route=route or ("esms",), sender="LOA", **requested))


def run_tasks(loa):
    enqueued, loa.task_queue.otps = loa.task_queue.otps, []
    for message_id in enqueued:
        otp.deliver(loa.deps, message_id)


def deliver(loa):
    return webhooks.deliver_due(loa.deps)


def reported(loa, state):
    """The provider reports about the one message that was accepted."""

    with loa.deps.sessions.begin() as session:
        (message_id,) = session.scalars(text("SELECT id FROM message"))
        assert messages.move(session, message_id, MessageState(state), now=loa.deps.clock.now())


def test_what_becomes_of_a_password_is_posted_signed_and_without_its_number_or_text(loa, hook):
    made = webhooks.add(loa.deps, hook.url)
    message = ask(loa)
    assert deliver(loa) == 0
    run_tasks(loa)
    deliver(loa)
    (post,) = hook.posts
    assert post.signed_by(made.secret)
    assert post.headers["content-type"] == "application/json"
    found = otp.show(loa.deps, message.id)
    assert post.event == {
        "type": "otp.accepted",
        "timestamp": "2026-03-02T09:00:00+07:00",
        "data": {
            "id": str(message.id), "state": "accepted", "provider": "esms", "provider_ref": found.provider_ref,
            "attempts": 1, "code": found.code or None, "words": found.provider_message or None, "route": ["esms"],
            "queued_at": "2026-03-02T09:00:00+07:00", "expires_at": "2026-03-02T09:02:00+07:00",
            "sent_at": "2026-03-02T09:00:00+07:00",
        },
    }  # fmt: skip
    assert b"900000001" not in post.body
    assert b"482913" not in post.body
    assert deliver(loa) == 0


def test_every_end_of_a_password_is_an_event(loa, hook):
    webhooks.add(loa.deps, hook.url)
    function = "SendMultipleMessage_V4_post_json"
    ask(loa)
    loa.sandbox.fault(function=function, do="code", code="118")
    run_tasks(loa)
    ask(loa)
    loa.sandbox.fault(function=function, when="after", do="drop", times=-1)
    run_tasks(loa)
    loa.sandbox.heal()
    ask(loa)
    loa.clock.tick(minutes=5)
    otp.sweep(loa.deps)
    for state in ("failed", "delivered"):
        loa.clock.tick(seconds=1)
        ask(loa)
        run_tasks(loa)
        with loa.deps.sessions.begin() as session:
            (last,) = session.scalars(text("SELECT id FROM message ORDER BY queued_at DESC LIMIT 1"))
            messages.move(session, last, MessageState(state), now=loa.deps.clock.now())
    deliver(loa)
    assert sorted(hook.types) == sorted(
        ["otp.rejected", "otp.unknown", "otp.expired", "otp.accepted", "otp.failed", "otp.accepted", "otp.delivered"]
    )


def test_a_change_that_is_rolled_back_tells_nobody(loa, hook):
    webhooks.add(loa.deps, hook.url)
    ask(loa)

    with loa.deps.sessions() as session:
        (message_id,) = session.scalars(text("SELECT id FROM message"))
        assert messages.move(session, message_id, MessageState.ACCEPTED, now=loa.deps.clock.now())
        session.rollback()
    assert deliver(loa) == 0


def test_only_the_events_and_the_keys_that_were_asked_for(loa, hook):
    shop, bank = (api_keys.create(loa.deps, ["otp"], name).row.id for name in ("shop", "bank"))
    webhooks.add(loa.deps, hook.url + "/shop", ["otp.*"], shop)
    webhooks.add(loa.deps, hook.url + "/bank", ["otp.accepted"], bank)
    webhooks.add(loa.deps, hook.url + "/all", ["otp.accepted,campaign.done"])
    webhooks.add(loa.deps, hook.url + "/never", ["otp.rejected"])
    ask(loa, api_key_id=shop)
    run_tasks(loa)
    deliver(loa)
    assert sorted(one.path for one in hook.posts) == ["/hook/all", "/hook/shop"]
    assert len({one.id for one in hook.posts}) == 1


def test_a_request_may_name_its_own_address(loa, hook):
    shop = api_keys.create(loa.deps, ["otp"], "shop").row.id
    ask(loa, callback_url=hook.url + "?order=7", api_key_id=shop)
    ask(loa, callback_url=hook.url + "/by-hand")
    ask(loa)
    run_tasks(loa)
    deliver(loa)
    assert sorted(one.path for one in hook.posts) == ["/hook/by-hand", "/hook?order=7"]
    secrets = {key: webhooks.callback_secret(loa.deps, key).secret for key in (shop, None)}
    assert secrets[shop] != secrets[None]
    for one in hook.posts:
        assert one.signed_by(secrets[shop if "order" in one.path else None])


@pytest.mark.parametrize("bad", ["drop", 500, 302, 429, 404])
def test_what_is_not_taken_is_posted_again_later_under_the_same_id(loa, hook, bad):
    made = webhooks.add(loa.deps, hook.url)
    answer = (302, {"Location": hook.url + "/elsewhere"}) if bad == 302 else bad
    hook.answers = [answer, answer, 200]
    ask(loa)
    run_tasks(loa)
    assert deliver(loa) == 1
    assert deliver(loa) == 0
    for pause in PAUSES[:2]:
        loa.clock.tick(seconds=pause.total_seconds() * 1.11)
        deliver(loa)
    assert [one.path for one in hook.posts] == ["/hook"] * 3
    assert len({(one.id, one.body) for one in hook.posts}) == 1
    assert all(one.signed_by(made.secret) for one in hook.posts)
    assert len({one.headers["webhook-timestamp"] for one in hook.posts}) == 3
    (row,) = webhooks.deliveries(loa.deps)
    assert (row.state, row.tries, row.status) == ("delivered", 3, 200)


def test_a_receiver_that_asks_for_a_longer_pause_gets_it(loa, hook):
    webhooks.add(loa.deps, hook.url)
    hook.answers = [(503, {"Retry-After": "120"}), 200]
    ask(loa)
    run_tasks(loa)
    deliver(loa)
    loa.clock.tick(seconds=100)
    assert deliver(loa) == 0
    loa.clock.tick(seconds=21)
    assert deliver(loa) == 1


def test_after_24_hours_it_is_kept_as_failed_and_can_be_replayed(loa, hook):
    made = webhooks.add(loa.deps, hook.url)
    hook.answers = [500]
    ask(loa)
    run_tasks(loa)
    for _ in range(100):
        deliver(loa)
        loa.clock.tick(minutes=20)
    (row,) = webhooks.deliveries(loa.deps, failed=True)
    assert (row.state, row.status) == ("failed", 500)
    assert row.ended_at - row.at >= TRIED_FOR
    assert row.ended_at - row.at < TRIED_FOR + timedelta(minutes=20)
    # Growing pauses: many tries at first, few later.
    assert 10 < len(hook.posts) < 20
    assert deliver(loa) == 0
    hook.answers = [200]
    webhooks.replay(loa.deps, row.id)
    assert deliver(loa) == 1
    assert hook.posts[-1].id == hook.posts[0].id
    assert hook.posts[-1].signed_by(made.secret)
    assert webhooks.deliveries(loa.deps, failed=True) == []
    with pytest.raises(NotFound):
        webhooks.replay(loa.deps, 10**9)


def test_events_of_one_message_arrive_in_their_order_whatever_fails(loa, hook):
    webhooks.add(loa.deps, hook.url)
    hook.answers = [500, 200]
    ask(loa)
    run_tasks(loa)
    deliver(loa)
    reported(loa, "failed")
    reported(loa, "delivered")
    # Another message's event does not wait for this one's.
    ask(loa, callback_url="")
    run_tasks(loa)
    deliver(loa)
    assert [one.event["data"]["state"] for one in hook.posts] == ["accepted", "accepted"]
    loa.clock.tick(seconds=6)
    for _ in range(3):
        deliver(loa)
    first = hook.posts[0].event["data"]["id"]
    assert [one.event["type"] for one in hook.posts if one.event["data"]["id"] == first] == [
        *("otp.accepted", "otp.accepted", "otp.failed", "otp.delivered")
    ]


def test_410_ends_a_receiver(loa, hook):
    made = webhooks.add(loa.deps, hook.url)
    hook.answers = [410]
    ask(loa)
    run_tasks(loa)
    ask(loa)
    deliver(loa)
    (ended,) = webhooks.listed(loa.deps, everyone=True)
    assert (ended.row.id, ended.row.ended_at, ended.failed) == (made.row.id, loa.clock.now(), 1)
    assert "410" in ended.row.end_reason
    (row,) = webhooks.deliveries(loa.deps, failed=True)
    assert "410" in row.detail
    run_tasks(loa)
    assert deliver(loa) == 0
    with pytest.raises(Refused, match="ended"):
        webhooks.replay(loa.deps, row.id)
    with pytest.raises(Refused, match="410"):
        webhooks.rotate(loa.deps, made.row.id)


def test_one_that_ended_by_its_answer_is_listed_until_it_is_removed_or_added_again(loa, hook):
    hook.answers = [410, 410]
    first = webhooks.add(loa.deps, hook.url)
    webhooks.trial(loa.deps, first.row.id)
    loa.clock.tick(seconds=1)
    second = webhooks.add(loa.deps, hook.url)
    assert [one.row.id for one in webhooks.listed(loa.deps)] == [second.row.id]
    webhooks.trial(loa.deps, second.row.id)
    assert [one.row.ended_at is None for one in webhooks.listed(loa.deps)] == [False]
    webhooks.remove(loa.deps, second.row.id)
    assert webhooks.listed(loa.deps) == []
    with pytest.raises(NotFound):
        webhooks.remove(loa.deps, second.row.id)


def test_one_that_hangs_delays_nobody_else(loa, hook):
    with receiver() as slow:
        slow.answers = ["hang"]
        webhooks.add(loa.deps, slow.url)
        webhooks.add(loa.deps, hook.url)
        ids = [ask(loa, callback_url="").id for _ in range(5)]
        with loa.deps.sessions.begin() as session:
            session.execute(text("UPDATE message SET queued_at = queued_at - interval '1 day'"))
        run_tasks(loa)
        began = time.monotonic()
        deliver(loa)
        assert {one.event["data"]["id"] for one in hook.posts} == set(map(str, ids))
        # All of the slow one's at once, so one time-out in all.
        assert time.monotonic() - began < 15
        # It may come to read them after they were given up.
        slow.until(lambda: len(slow.posts) == 5)
        failed = [row for row in webhooks.deliveries(loa.deps) if row.state == "pending"]
        assert {row.detail for row in failed} == {"no answer within 4 s"}


@pytest.mark.parametrize("hanging", [0, 6])
def test_many_that_hang_leave_room_for_one_that_answers(loa, hook, monkeypatch, hanging):
    """More than could take all posts of the process; and another webhook at the very host of the one that answers."""
    monkeypatch.setattr(deliver_module, "MOST_OF_HOST", 4)
    monkeypatch.setattr(deliver_module, "MOST", 16)
    patient = Producers(webhook_allow_private=True, webhook_timeout_s=30).poster()
    loa.change(receivers=replace(loa.deps.receivers, timeout_s=30, poster=lambda: patient))
    hook.hangs_at = "/hook/hang"
    with ExitStack() as stack:
        slow = [stack.enter_context(receiver()) for _ in range(hanging)]
        for one in slow:
            one.answers = ["hang"]
        for url in (hook.url + "/hang", *(one.url for one in slow), hook.url):
            webhooks.add(loa.deps, url, ["otp.accepted"])
        for _ in range(5):
            ask(loa)
        run_tasks(loa)
        with loa.deps.sessions.begin() as session:
            later = text("UPDATE webhook_delivery SET not_before = not_before + interval '1 s' WHERE url = :url")
            session.execute(later, {"url": hook.url})
        loa.clock.tick(seconds=1)
        settle, settled = deliver_module._Run.settle, []

        def watch(run, ended):
            settled.extend(one.url for one, _ in ended)
            settle(run, ended)
            if settled.count(hook.url) == 5:
                for one in (hook, *slow):
                    one.released.set()

        monkeypatch.setattr(deliver_module._Run, "settle", watch)
        deliver(loa)
    loa.loa.run(patient.aclose())
    assert settled[:5] == [hook.url] * 5


def test_a_worker_that_dies_is_followed_by_a_repeat_and_two_workers_share(loa, hook):
    webhooks.add(loa.deps, hook.url)
    ask(loa)
    run_tasks(loa)

    now = loa.deps.clock.now()
    with loa.deps.sessions.begin() as session:
        (taken,) = rows.claim(session, busy={}, most=5, limit=5, now=now, lease_until=now + timedelta(seconds=32))
    assert deliver(loa) == 0  # somebody has it
    loa.clock.tick(seconds=33)
    assert deliver(loa) == 1
    assert hook.posts[0].id == str(taken.event_id)


def test_a_new_secret_signs_beside_the_one_before_for_a_while(loa, hook):
    made = webhooks.add(loa.deps, hook.url)
    fresh = webhooks.rotate(loa.deps, made.row.id, overlap=timedelta(hours=2))
    ask(loa)
    run_tasks(loa)
    deliver(loa)
    assert hook.posts[0].signed_by(made.secret)
    assert hook.posts[0].signed_by(fresh.secret)
    loa.clock.tick(hours=2, seconds=1)
    ask(loa)
    run_tasks(loa)
    deliver(loa)
    assert hook.posts[1].signed_by(fresh.secret)
    assert not hook.posts[1].signed_by(made.secret)


def test_a_secret_that_changes_while_events_are_posted_signs_the_next_one(loa, hook, monkeypatch):
    made = webhooks.add(loa.deps, hook.url, ["otp.accepted"])
    settle, fresh = deliver_module._Run.settle, []

    def due_at(moment):
        with loa.deps.sessions.begin() as session:
            session.execute(text("UPDATE webhook_delivery SET not_before = :m WHERE state = 'pending'"), {"m": moment})

    def rotate_between(run, ended):
        settle(run, ended)
        if not fresh:
            fresh.append(webhooks.rotate(loa.deps, made.row.id).secret)
            due_at(loa.deps.clock.now())

    ask(loa)
    run_tasks(loa)
    due_at(loa.deps.clock.now() + timedelta(hours=1))
    ask(loa)
    run_tasks(loa)
    monkeypatch.setattr(deliver_module._Run, "settle", rotate_between)
    assert deliver(loa) == 2
    assert hook.posts[1].signed_by(fresh[0])
    assert hook.posts[1].signed_by(made.secret)


def test_private_addresses_are_refused_when_added_and_when_delivered(loa, hook):
    allowed = loa.deps.receivers
    strict = Producers(webhook_allow_private=False, webhook_timeout_s=2).poster()
    port = hook.url.split(":")[2].split("/")[0]
    webhooks.add(loa.deps, f"http://localhost:{port}/hook")
    webhooks.add(loa.deps, hook.url)
    ask(loa)
    run_tasks(loa)
    loa.change(receivers=replace(allowed, allow_private=False, poster=lambda: strict))
    try:
        for url in (hook.url, "http://10.0.0.1/x", "http://[::1]/", "http://169.254.169.254/latest", "http://localhost/x",
                    "http://2130706433/", "http://[::ffff:127.0.0.1]/", "http://[fe80::1%25eth0]/",
                    "http://[fec0::1]/"):  # fmt: skip
            with pytest.raises(Refused) as fault:
                webhooks.add(loa.deps, url)
            assert fault.value.rule == "webhook_private"
            assert "LOA_WEBHOOK_ALLOW_PRIVATE" in str(fault.value)
        with pytest.raises(Refused):
            ask(loa, callback_url="http://192.168.1.1/x")
        # A name that leads inside by now is refused at the connection.
        assert deliver(loa) == 2
    finally:
        loa.loa.run(strict.aclose())
    assert hook.posts == []
    assert all("not a public one" in row.detail for row in webhooks.deliveries(loa.deps))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False),
        ("192.168.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False),  # noqa: S104
        ("::1", False), ("fe80::1%eth0", False), ("fd00::1", False), ("::ffff:10.0.0.1", False), ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False), ("64:ff9b::808:808", True), ("255.255.255.255", False), ("no address", False),
        ("fec0::1", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url", ["ftp://x/y", "http://", "x", "http://a b/", "http://user:pw@x.example/", "http://x/\nb", "http://x:0/"]
)
def test_what_is_no_address_is_said_so(loa, url):
    with pytest.raises(Misuse):
        webhooks.add(loa.deps, url)


def test_events_by_name_and_pattern():
    assert parse_events([]) == list(EVENTS)
    assert parse_events(["otp.delivered, otp.failed"]) == ["otp.delivered", "otp.failed"]
    assert parse_events(["campaign.*"]) == [one for one in EVENTS if one.startswith("campaign.")]
    with pytest.raises(Misuse, match=r"otp\.sent"):
        parse_events(["otp.sent"])


def test_pauses_grow():
    pauses = [pause_after(tries, 0) for tries in range(1, 30)]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=5)


def test_the_same_address_twice_is_one_receiver(loa, hook):
    made = webhooks.add(loa.deps, hook.url)
    with pytest.raises(Refused) as fault:
        webhooks.add(loa.deps, hook.url)
    assert fault.value.details == {"id": str(made.row.id)}
    webhooks.remove(loa.deps, made.row.id)
    webhooks.add(loa.deps, hook.url)


def test_no_secret_lies_in_the_database(loa, hook):
    made = webhooks.add(loa.deps, hook.url)
    with loa.deps.sessions() as session:
        row = session.execute(text("SELECT w::text FROM webhook w")).scalar_one()
    assert made.secret not in row
    assert made.secret.encode().hex() not in row
    assert made.secret not in repr(made)


def test_a_campaign_tells_its_statuses_with_its_counts(loa, hook, numbers):
    webhooks.add(loa.deps, hook.url, ["campaign.*"])
    made = loa.create(numbers(40))
    loa.go()
    deliver(loa)
    assert hook.types == ["campaign.started"]
    control.pause(loa.deps, made.campaign.id)
    control.resume(loa.deps, made.campaign.id)
    loa.clock.tick(minutes=1)
    loa.poll()
    for _ in range(3):
        deliver(loa)
    assert hook.types == ["campaign.started", "campaign.paused", "campaign.done"]
    data = hook.posts[-1].event["data"]
    view = report.show(loa.deps, made.campaign.id)
    assert data["counts"] == view.counts
    assert (data["id"], data["status"], data["valid"]) == (str(made.campaign.id), "done", 40)
    assert hook.posts[1].event["data"]["status_reason"] == control.PAUSED_BY_HAND


@pytest.mark.parametrize("state", ["planned", "sending", "accepted", "reported", "unknown", "rejected", "cancelled"])
def test_the_counts_of_an_event_are_those_of_the_report(loa, hook, numbers, state):
    webhooks.add(loa.deps, hook.url)
    made = loa.create(numbers(60))
    with loa.deps.sessions.begin() as session:
        session.execute(
            text("UPDATE batch SET state = :state, accepted = 1, rejected = 2, unknown = 3, delivered = 4, failed = 5,"
                 " suppressed = 6, cancelled = 7"),
            {"state": state},
        )  # fmt: skip
    control.pause(loa.deps, made.campaign.id)
    deliver(loa)
    assert hook.posts[0].event["data"]["counts"] == report.show(loa.deps, made.campaign.id).counts


def test_a_halt_tells_of_every_campaign_that_it_pauses_with_the_reason(loa, hook, numbers):
    webhooks.add(loa.deps, hook.url, ["campaign.paused"])
    loa.create(numbers(40))
    loa.create(numbers(40, 100))
    loa.sandbox.fault(do="code", code="101", times=-1)
    loa.go(1)
    deliver(loa)
    assert hook.types == ["campaign.paused"] * 2
    assert "101" in hook.posts[0].event["data"]["status_reason"]


def test_a_test_event_says_at_once_what_came_of_it(loa, hook):
    made = webhooks.add(loa.deps, hook.url, ["otp.failed"])
    came = webhooks.trial(loa.deps, made.row.id)
    assert (came.state, came.status) == ("delivered", 200)
    assert hook.posts[0].event["type"] == "webhook.test"
    assert hook.posts[0].signed_by(made.secret)
    hook.answers = [500]
    came = webhooks.trial(loa.deps, made.row.id)
    assert (came.state, came.status) == ("failed", 500)
    assert deliver(loa) == 0


def test_while_a_run_waits_for_one_that_hangs_the_others_get_their_events(loa, hook, monkeypatch):
    """At the end of its time a run still waits for posts that hang; until then it goes on with everybody else."""
    monkeypatch.setattr(deliver_module, "RUN_S", 0.3)
    monkeypatch.setattr(deliver_module, "MOST_OF_HOST", 2)
    with receiver() as slow:
        slow.answers = ["hang"]
        for url in (slow.url, hook.url):
            webhooks.add(loa.deps, url, ["otp.accepted"])
        for _ in range(4):
            ask(loa)
        run_tasks(loa)
        due, later = loa.deps.clock.now(), loa.deps.clock.now() + timedelta(hours=1)

        def put_off(until):
            with loa.deps.sessions.begin() as session:
                moved = text("UPDATE webhook_delivery SET not_before = :until WHERE url = :url AND state = 'pending'")
                session.execute(moved, {"until": until, "url": hook.url})

        put_off(later)
        claim, began, due_since = deliver_module._Run._claim, time.monotonic(), []

        def look(*given):
            # The run's time is over and a post hangs: now more happens.
            if slow.posts and not due_since and time.monotonic() - began > 0.3:
                due_since.append(time.monotonic())
                put_off(due)
            return claim(*given)

        monkeypatch.setattr(deliver_module._Run, "_claim", look)
        deliver(loa)
        assert due_since
        assert len(hook.posts) == 4
        assert len(slow.posts) == 2, "one that hangs gets no more of this run"
