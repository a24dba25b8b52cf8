"""Campaigns over Zalo: one message by template a call, by the same way as single texts, with the rules of its own channel."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from dateutil.parser import isoparse
from sqlalchemy import text

from tests.services.leaving import all_left
from tests.services.test_policy import opt_out
from tests.world import ZALO_ACCOUNT, ZALO_TEMPLATE
from worker.clock import Clock
from worker.domain.limit import Limit
from worker.domain.outcome import HaltScope
from worker.domain.policy import Channel
from worker.domain.states import CampaignStatus
from worker.domain.zalo import ZaloTemplate, read_values
from worker.errors import Misuse, Refused
from worker.providers.esms import EsmsAccount, ZaloMessage
from worker.services.approval import copies, trial
from worker.services.operations import control
from worker.services.planning import channels, drafts, enqueue, gate
from worker.services.planning.request import CampaignRequest
from worker.services.reconcile.run import reconcile
from worker.services.sending import ad_policy, release
from worker.services.unknown import lookup, resolve
from worker.services.unknown.resolve import Verdict
from worker.storage import campaigns
from worker.storage.calling import attempts
from worker.storage.sending import ad_counts, channel_counts
from worker.storage.tables.campaigns import Campaign

pytestmark = pytest.mark.usefixtures("lists_come_late")

SEND = "SendZaloMessage_V4_post_json"
VALUES = "customer_name,order_code=code"
THREE_A_DAY = Limit(3, ad_counts.WINDOW)


def listed(loa, count=3, first=0, rows=""):
    """A list with the columns that fill the template."""
    path = loa.folder / f"orders-{first}-{count}.csv"
    lines = (f"09{first + n:08d},Ban {n},DH{n}\n" for n in range(count))
    path.write_text("phone,customer_name,code\n" + "".join(lines) + rows)
    return path


def at_once(loa):
    """The hour of the sandbox, whose record has its own time; it may be any hour of the day."""
    loa.clock.moment = Clock().now()
    loa.at_any_hour()
    loa.change(lookup_delay=timedelta(seconds=5))


def counted(loa, table="channel_contact"):
    """The numbers whose ads are counted."""
    with loa.deps.sessions() as session:
        return set(session.scalars(text(f"SELECT phone FROM {table} WHERE times <> '{{}}'")))


def keys(loa):
    """The RequestIds of everything that was taken."""
    return [order["request_id"] for order in loa.sandbox.orders()]


# What is planned


def test_each_number_gets_the_template_with_its_own_values_once(loa):
    made = loa.zalo(listed(loa, 120), VALUES)
    assert made.batches == 1
    all_left(loa, made.campaign.id)
    orders = loa.sandbox.orders()
    assert {order["channel"] for order in orders} == {"zalo"}
    assert {tuple(order["details"]["Params"]) for order in orders} == {(f"Ban {n}", f"DH{n}") for n in range(120)}
    assert {(order["details"]["OAID"], order["details"]["TempID"]) for order in orders} == {
        (ZALO_ACCOUNT, ZALO_TEMPLATE)
    }
    assert len(loa.sandbox.phones()) == 120
    assert set(loa.sandbox.phones().values()) == {1}
    assert loa.counts(made) == {"accepted": 120}
    assert loa.sandbox.ledger()["channels"] == {"zalo": {"messages": 120, "delivered": 120, "failed": 0}}


def test_the_record_tells_what_became_of_each(loa):
    loa.sandbox.set(zalo_fail_share=0.3)
    at_once(loa)
    made = loa.zalo(listed(loa, 40), VALUES)
    all_left(loa, made.campaign.id)
    assert loa.status(made) == "sending"
    loa.clock.tick(seconds=60)
    loa.poll()
    counts = loa.counts(made)
    assert loa.status(made) == "done"
    assert counts["delivered"] + counts["failed"] == 40
    assert counts["failed"] > 0
    assert loa.show(made).cost == 40 * 300


@pytest.mark.parametrize("sms_type", ["24", "25"])
def test_the_record_is_read_under_both_types_of_zalo(loa, monkeypatch, sms_type):
    """No page says which type a send makes: whichever it is, its rows are found."""
    at_once(loa)
    made = loa.zalo(listed(loa), VALUES)
    esms = loa.deps.accounts["esms"].messages
    asked = type(esms).sent_data

    async def of_one_type(self, start, end, page=1, *, sms_type="1"):
        return await asked(self, start, end, page, sms_type="25" if sms_type == of_one_type.type else "1")

    of_one_type.type = sms_type
    monkeypatch.setattr(type(esms), "sent_data", of_one_type)
    loa.go()
    loa.clock.tick(seconds=60)
    loa.poll()
    assert loa.counts(made) == {"delivered": 3}


def test_a_message_is_one_part_at_the_price_of_zalo(loa):
    long = "phone,customer_name,code\n0900000001," + "Nguyễn " * 60 + ",DH1\n"
    path = loa.folder / "long.csv"
    path.write_text(long)
    loa.limits(price_per_template=Decimal(330))
    made = loa.zalo(path, VALUES).campaign
    assert (made.parts, made.parts_total, made.cost_estimate) == (1, 1, 330)
    assert made.notes == [], "nothing of accents and parts"


def test_a_dry_run_shows_the_values_filled_and_stores_nothing(loa):
    request = CampaignRequest(
        *("esms", "", "care", "", listed(loa)),
        channel=Channel.ZALO,
        template=ZaloTemplate(ZALO_ACCOUNT, ZALO_TEMPLATE, read_values(VALUES)),
    )
    made = loa.plan(request, dry_run=True)
    assert made.campaign.samples[0]["text"] == (
        f"Zalo template {ZALO_TEMPLATE} of official account {ZALO_ACCOUNT}\ncustomer_name: Ban 0\norder_code: DH0"
    )
    assert made.campaign.sender == ZALO_ACCOUNT
    with loa.deps.sessions() as session:
        assert session.scalars(text("SELECT count(*) FROM campaign")).one() == 0


def test_a_column_that_is_not_there_is_refused_and_a_row_without_a_value_too(loa):
    with pytest.raises(Refused) as fault:
        loa.zalo(listed(loa), "customer_name,order_code")
    assert fault.value.rule == "text_unknown_variable"
    made = loa.zalo(listed(loa, rows="0911111111,,DH9\n0911111112,#N/A,DH9\n"), VALUES)
    assert (made.campaign.valid, made.campaign.invalid) == (3, 2)
    with loa.deps.sessions() as session:
        reasons = session.scalars(text("SELECT reason FROM refused_row ORDER BY row")).all()
    assert reasons == ["text_blank_value: customer_name", "text_missing_value: customer_name"]


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (VALUES, None),
        ("order_code=code,customer_name", "in another order at eSMS (customer_name, order_code)"),
        ("customer_name", "other values at eSMS (customer_name, order_code) than the campaign (customer_name)"),
    ],
)
def test_the_values_are_compared_with_those_of_the_template(loa, values, note):
    notes = " ".join(loa.zalo(listed(loa), values).campaign.notes)
    assert (note in notes) if note else not notes


def test_a_provider_that_does_not_tell_its_templates_stops_nobody(loa):
    loa.sandbox.fault(function="GetZnsTemplateInfo", do="status", status=500)
    made = loa.zalo(listed(loa), VALUES)
    assert "did not tell the values of Zalo template 200300" in made.campaign.notes[0]
    assert made.campaign.status is CampaignStatus.SCHEDULED


@pytest.mark.parametrize(
    ("channel", "oa", "template", "params", "words"),
    [
        ("zalo", "", "1", "", "official account"),
        ("zalo", "1", "", "", "template"),
        ("zalo", "1", "1", "a{b", "names no value"),
        ("zalo", "1", "1", "a,b,a=c", "named twice"),
        ("sms", "1", "", "", "are of Zalo"),
        ("sms", "", "", "name", "are of Zalo"),
        ("viber", "", "", "", "no channel 'viber'"),
    ],
)
def test_what_does_not_belong_together_is_said(channel, oa, template, params, words):
    with pytest.raises(Misuse, match=words):
        channels.read(channel, oa, template, params)


def test_a_zalo_campaign_has_neither_text_nor_sender_and_needs_a_template(loa):
    for wrong in ({"text": "Chao"}, {"sender": "LOA"}):
        with pytest.raises(Misuse, match="neither text nor sender"):
            loa.zalo(listed(loa), VALUES, **wrong)
    with pytest.raises(Misuse, match="has a template"):
        loa.create(listed(loa), channel=Channel.ZALO)
    with pytest.raises(Refused) as fault:
        loa.zalo(listed(loa), VALUES, provider="fibo")
    assert fault.value.rule == "no_channel"


def test_the_template_is_part_of_what_is_approved_and_of_what_is_a_repetition(loa):
    first = loa.zalo(listed(loa), VALUES)
    other = loa.zalo(listed(loa), "customer_name=code,order_code=customer_name")
    with loa.deps.sessions() as session:
        rows = [session.get_one(Campaign, made.campaign.id) for made in (first, other)]
        facts = [gate.facts_of(session, row) for row in rows]
    assert facts[0]["template_values"] == [
        {"name": "customer_name", "column": "customer_name"},
        {"name": "order_code", "column": "code"},
    ]
    assert (facts[0]["channel"], facts[0]["oa_id"], facts[0]["template_id"]) == ("zalo", ZALO_ACCOUNT, ZALO_TEMPLATE)
    assert gate.hash_of(facts[0]) != gate.hash_of(facts[1])
    assert rows[0].repeat_key != rows[1].repeat_key
    with pytest.raises(Refused) as fault:
        loa.zalo(listed(loa), VALUES, again=False)
    assert fault.value.rule == "campaign_repeated"


def test_a_question_about_a_text_has_the_hash_that_it_had_before_there_were_channels(loa, numbers):
    made = loa.create(numbers(20))
    with loa.deps.sessions() as session:
        facts = gate.facts_of(session, session.get_one(Campaign, made.campaign.id))
    assert not set(gate.OF_ZALO) & set(facts)


def test_under_four_eyes_an_ad_over_zalo_waits_for_another_person(loa):
    loa.change(people=replace(loa.deps.people, four_eyes=True))
    made = loa.zalo(listed(loa), VALUES, kind="ads")
    assert made.campaign.status is CampaignStatus.AWAITING_APPROVAL
    loa.go()
    assert loa.sandbox.orders() == []


def test_a_copy_goes_over_zalo_too_and_a_test_by_text_is_refused(loa):
    first = loa.zalo(listed(loa), VALUES)
    loa.go()
    again = copies.copy(loa.deps, first.campaign.id).campaign
    assert (again.channel, again.oa_id, again.template_id) == (Channel.ZALO, ZALO_ACCOUNT, ZALO_TEMPLATE)
    assert again.template_values == first.campaign.template_values
    assert again.valid == 3
    with pytest.raises(Refused) as fault:
        trial.send(loa.deps, first.campaign.id, "0900000009")
    assert fault.value.rule == "no_test_by_zalo"


def test_a_draft_is_planned_as_what_it_was_taken_in_as(loa):
    arguments = {
        "provider": "esms",
        "kind": "care",
        "list_path": str(listed(loa)),
        "channel": "zalo",
        "oa_id": ZALO_ACCOUNT,
        "template_id": ZALO_TEMPLATE,
        "params": VALUES,
    }
    drafted = enqueue.enqueue_campaign(loa.deps, arguments, "celery:1")
    assert drafts.plan(loa.deps, drafted.campaign.id) is CampaignStatus.SCHEDULED
    loa.go()
    assert {tuple(one["details"]["Params"]) for one in loa.sandbox.orders()} == {
        (f"Ban {n}", f"DH{n}") for n in range(3)
    }


@pytest.mark.parametrize("lacks", ["oa_id", "template_id", "list_path", "kind"])
def test_the_celery_door_wants_what_zalo_needs(loa, lacks):
    arguments = {
        "provider": "esms",
        "kind": "care",
        "list_path": str(listed(loa)),
        "channel": "zalo",
        "oa_id": ZALO_ACCOUNT,
        "template_id": ZALO_TEMPLATE,
        "params": VALUES,
    }
    del arguments[lacks]
    with pytest.raises(Misuse):
        enqueue.enqueue_campaign(loa.deps, arguments, "celery:1")


def test_a_key_that_was_used_for_a_text_is_not_answered_with_it(loa, numbers):
    loa.zalo(listed(loa), VALUES, key="k")
    assert loa.zalo(listed(loa), VALUES, key="k").repeated
    with pytest.raises(Refused) as fault:
        loa.zalo(listed(loa), "customer_name", key="k")
    assert fault.value.rule == "key_conflict"


# The rules of its own channel


def test_an_ad_over_zalo_has_the_hours_of_zalo_and_no_minimum_and_no_label(loa):
    loa.clock.moment = isoparse("2026-03-02T21:59:00+07:00")
    made = loa.zalo(listed(loa, 1), VALUES, kind="ads")
    late = loa.zalo(listed(loa, 1, first=50), VALUES, kind="ads", at="2026-03-02T22:30")
    care = loa.zalo(listed(loa, 1, first=70), VALUES, at="2026-03-02T22:30")
    assert late.campaign.scheduled_for == isoparse("2026-03-03T07:00:00+07:00")
    loa.go()
    assert loa.counts(made) == {"accepted": 1}
    loa.clock.moment = isoparse("2026-03-02T22:30:00+07:00")
    loa.go()
    assert loa.counts(late) == {"planned": 1}
    assert loa.counts(care) == {"accepted": 1}, "customer care has no hours"
    loa.clock.moment = isoparse("2026-03-03T07:00:00+07:00")
    loa.go()
    assert loa.counts(late) == {"accepted": 1}


def test_an_ad_that_waited_past_its_hours_does_not_leave(loa):
    made = loa.zalo(listed(loa, 1), VALUES, kind="ads")
    loa.release()
    loa.clock.moment = isoparse("2026-03-02T22:00:00+07:00")
    loa.run_tasks()
    assert loa.counts(made) == {"planned": 1}
    assert loa.sandbox.orders() == []


def test_the_hours_of_ads_by_text_hold_up_no_ad_over_zalo(loa, numbers):
    loa.clock.moment = isoparse("2026-03-02T12:00:00+07:00")
    by_text = loa.create(numbers(20, first=500))
    by_zalo = loa.zalo(listed(loa), VALUES, kind="ads")
    loa.go()
    assert loa.counts(by_text) == {"planned": 20}
    assert loa.counts(by_zalo) == {"accepted": 3}


def test_an_opt_out_wins_over_zalo_too(loa):
    made = loa.zalo(listed(loa, 5), VALUES, kind="ads")
    opt_out(loa, 84900000003)
    loa.go()
    assert loa.counts(made) == {"accepted": 4, "suppressed": 1}
    assert 84900000003 not in loa.sandbox.phones()
    assert loa.zalo(listed(loa, 5), VALUES, kind="ads").campaign.suppressed == 1, "at planning as well"


def test_ads_over_zalo_are_counted_for_themselves(loa, numbers):
    for _ in range(3):
        loa.zalo(listed(loa), VALUES, kind="ads")
        loa.go()
    fourth = loa.zalo(listed(loa), VALUES, kind="ads")
    loa.go()
    assert loa.counts(fourth) == {"suppressed": 3}
    with loa.deps.sessions() as session:
        reasons = set(session.scalars(text("SELECT reason FROM recipient WHERE state = 'suppressed'")))
    assert reasons == {ad_policy.TOO_OFTEN}
    assert counted(loa) == {84900000000, 84900000001, 84900000002}
    assert counted(loa, "ad_contact") == set()
    by_text = loa.create(numbers(20))
    loa.go()
    assert loa.counts(by_text) == {"accepted": 20}


def test_the_setting_of_ads_a_day_speaks_of_texts(loa):
    loa.change(ads_a_day=1)
    for _ in range(2):
        made = loa.zalo(listed(loa), VALUES, kind="ads")
        loa.go()
        assert loa.counts(made) == {"accepted": 3}


def test_care_over_zalo_is_neither_checked_nor_counted(loa):
    opt_out(loa, 84900000001)
    for _ in range(4):
        made = loa.zalo(listed(loa), VALUES)
        loa.go()
        assert loa.counts(made) == {"accepted": 3}
    assert counted(loa) == set()


@pytest.mark.parametrize("code", ["110", "103", "160"], ids=["rejected", "halt", "retry"])
def test_a_definite_refusal_gives_back_the_ad_of_that_number_alone(loa, code):
    loa.zalo(listed(loa, 6), VALUES, kind="ads")
    loa.sandbox.fault(function=SEND, do="code", code=code, times=2)
    loa.release()
    loa.run_tasks()
    assert len(loa.sandbox.phones()) == 4
    assert counted(loa) == set(loa.sandbox.phones())


# What the provider's answers do


@pytest.mark.parametrize(
    ("code", "paused"),
    [
        ("789", {"same"}),
        ("104", {"same", "another template"}),
        ("118", {"same", "another template", "another account"}),
    ],
)
def test_a_halt_over_zalo_stops_no_text(loa, numbers, code, paused):
    loa.sandbox.set(zalo_accounts={ZALO_ACCOUNT: [ZALO_TEMPLATE, "2"], "99": ["3"]})
    loa.limits(requests_per_second=1)
    first = loa.zalo(listed(loa), VALUES)
    others = {"same": loa.zalo(listed(loa, first=10), VALUES)}
    for name, (oa, template) in {"another template": (ZALO_ACCOUNT, "2"), "another account": ("99", "3")}.items():
        filled = ZaloTemplate(oa, template, read_values(VALUES))
        fields = {"kind": "care", "sender": "", "text": "", "channel": Channel.ZALO}
        others[name] = loa.create(listed(loa, first=len(others) * 100), template=filled, **fields)
    others["a text"] = loa.create(numbers(3, first=900), kind="care", text="Don hang da gui")
    loa.release()
    with loa.deps.sessions.begin() as session:
        scope = {"789": HaltScope.TEMPLATE, "104": HaltScope.SENDER, "118": HaltScope.KIND}[code]
        campaigns.halt(session, first.campaign.id, scope, loa.clock.now(), "why")
    assert {name for name, made in others.items() if loa.status(made) == "paused"} == paused


def test_no_money_over_zalo_pauses_texts_as_well(loa, numbers):
    by_text = loa.create(numbers(3, first=900), kind="care", text="Don hang da gui")
    by_zalo = loa.zalo(listed(loa, 3), VALUES)
    loa.sandbox.fault(function=SEND, do="code", code="103", times=3)
    loa.release()
    loa.task_queue.sends.sort(key=lambda one: one != loa.show(by_zalo).batches[0].id)
    loa.run_tasks()
    assert {loa.status(by_text), loa.status(by_zalo)} == {"paused"}
    assert loa.counts(by_zalo) == {"planned": 3}, "nobody fails"


def unknown_of_three(loa, when="after", **fault):
    """A campaign whose second call was lost; by then its worker has given it back."""
    at_once(loa)
    made = loa.zalo(listed(loa), VALUES)
    loa.sandbox.fault(function=SEND, nth=2, times=1, when=when, do="drop", **fault)
    loa.release()
    loa.run_tasks()
    assert loa.counts(made) == {"accepted": 2, "unknown": 1}
    return made


def later(loa):
    loa.clock.tick(seconds=60)
    lookup.look_up(loa.deps)


def test_a_lost_answer_is_found_in_the_record(loa):
    made = unknown_of_three(loa)
    assert loa.status(made) == "reconciling"
    later(loa)
    assert loa.counts(made)["accepted"] == 3
    assert len(keys(loa)) == 3


def test_a_lost_call_that_the_record_does_not_have_is_repeated_under_its_key(loa):
    made = unknown_of_three(loa, when="before")
    with loa.deps.sessions() as session:
        lost = session.scalars(text("SELECT phone FROM recipient WHERE state = 'unknown'")).one()
    later(loa)
    loa.go()
    assert loa.counts(made) == {"accepted": 3}
    assert loa.sandbox.phones()[lost] == 1
    assert len(set(keys(loa))) == 3


def test_a_record_that_lags_costs_nobody_a_second_message(loa):
    """It was taken and the record does not show it: the repeat has the same RequestId, is refused, and waits for a person."""
    made = unknown_of_three(loa)
    loa.sandbox.set(sent_data_after_s=1e9)
    later(loa)
    loa.go()
    assert max(loa.sandbox.phones().values()) == 1
    assert loa.counts(made) == {"accepted": 2, "unknown": 1}
    later(loa)
    assert loa.show(made).batches[0].needs_operator


@pytest.mark.parametrize("after", [timedelta(hours=19), timedelta(hours=21)])
def test_a_lost_call_is_repeated_only_while_its_key_is_remembered(loa, after):
    made = unknown_of_three(loa, when="before")
    loa.clock.moment += after
    later(loa)
    loa.go()
    repeated = after < timedelta(hours=20)
    assert loa.counts(made) == ({"accepted": 3} if repeated else {"accepted": 2, "unknown": 1})


def test_the_repeat_of_a_lost_ad_counts_as_of_its_repeat(loa):
    made = loa.zalo(listed(loa), VALUES, kind="ads")
    loa.sandbox.fault(function=SEND, nth=2, times=1, when="before", do="drop")
    loa.release()
    loa.run_tasks()
    with loa.deps.sessions.begin() as session:
        phone = session.scalars(text("SELECT phone FROM recipient WHERE state = 'unknown'")).one()
        batch = lookup.lookup.by_number(session, made.campaign.id, 1)
        lookup.lookup.retry_same_key(session, batch, [phone], ())
        session.execute(text("UPDATE batch SET state = 'planned', not_before = :now"), {"now": loa.clock.now()})
        session.execute(text("UPDATE campaign SET status = 'sending'"))
    loa.clock.tick(hours=2)
    loa.go()
    with loa.deps.sessions() as session:
        times = session.scalars(text("SELECT times FROM channel_contact WHERE phone = :phone"), {"phone": phone}).one()
    assert times == [loa.clock.now()]
    assert loa.counts(made) == {"accepted": 3}


def test_an_ad_that_was_counted_is_not_counted_anew_when_it_is_found(loa):
    """At the last run it would be counted later than it reached the phone."""
    at_once(loa)
    made = loa.zalo(listed(loa), VALUES, kind="ads")
    loa.sandbox.fault(function=SEND, nth=2, times=1, when="after", do="drop")
    loa.release()
    loa.run_tasks()
    batch_id = loa.show(made).batches[0].id
    with loa.deps.sessions.begin() as session:
        before = session.execute(text("SELECT phone, times FROM channel_contact ORDER BY phone")).all()
        later_run = {"id": batch_id, "seconds": timedelta(seconds=1)}
        session.execute(text("UPDATE attempt SET began_at = began_at + :seconds WHERE owner_id = :id"), later_run)
    later(loa)
    assert loa.counts(made) == {"accepted": 3}
    with loa.deps.sessions() as session:
        assert session.execute(text("SELECT phone, times FROM channel_contact ORDER BY phone")).all() == before


def test_a_persons_word_settles_it_under_a_new_key(loa):
    made = unknown_of_three(loa, when="before")
    loa.limits(records=None)
    resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.NOT_SENT)
    loa.go()
    assert loa.counts(made) == {"accepted": 3}
    assert max(loa.sandbox.phones().values()) == 1


def test_a_persons_word_gives_an_ad_back(loa):
    made = loa.zalo(listed(loa), VALUES, kind="ads")
    loa.sandbox.fault(function=SEND, nth=2, times=1, when="before", do="drop")
    loa.release()
    loa.run_tasks()
    assert len(counted(loa)) == 3, "it may have been taken"
    control.cancel(loa.deps, made.campaign.id)
    resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.NOT_SENT)
    assert len(counted(loa)) == 2
    assert loa.counts(made) == {"accepted": 2, "cancelled": 1}


def turned_away_too_long_ago(loa, when="before"):
    """A campaign of which a gateway turned one number away, so long ago that its key may be forgotten; and that number."""
    at_once(loa)
    made = loa.zalo(listed(loa), VALUES, kind="ads")
    loa.sandbox.fault(function=SEND, nth=2, times=1, when=when, do="status", status=503)
    loa.release()
    loa.run_tasks()
    (turned_away,) = {84900000000, 84900000001, 84900000002} - counted(loa)
    loa.clock.tick(hours=21)
    loa.go()
    assert loa.counts(made) == {"accepted": 2, "unknown": 1}
    return made, turned_away


def test_an_ad_that_a_gateway_turned_away_is_given_back_once(loa):
    """With its answer; a person's word on it takes no other ad that is counted at the same time."""
    made, turned_away = turned_away_too_long_ago(loa)
    with loa.deps.sessions.begin() as session:
        began_at = min(attempts.began(session, loa.show(made).batches[0].id))
        assert channel_counts.reserve(session, Channel.ZALO, turned_away, began_at, THREE_A_DAY, began_at)
    resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.NOT_SENT)
    assert turned_away in counted(loa)


@pytest.mark.parametrize("found_by", ["a person", "a look-up"])
def test_an_ad_that_a_gateway_turned_away_and_that_was_taken_is_counted(loa, found_by):
    made, turned_away = turned_away_too_long_ago(loa, when="after")
    if found_by == "a person":
        resolve.resolve(loa.deps, made.campaign.id, 1, Verdict.SENT)
    else:
        later(loa)
    assert loa.counts(made) == {"accepted": 3}
    assert turned_away in counted(loa)


def test_a_worker_that_died_in_its_wave_leaves_that_wave_unknown(loa):
    at_once(loa)
    made = loa.zalo(listed(loa, 150), VALUES)
    loa.release()

    class Died(BaseException):
        pass

    run = loa.deps.run

    def dying(call):
        run(call)
        raise Died

    loa.change(run=dying)
    with pytest.raises(Died):
        loa.run_tasks()
    loa.change(run=run)
    loa.clock.tick(seconds=120)
    assert release.expire_claims(loa.deps) == 1
    assert loa.counts(made) == {"planned": 100, "unknown": 50}
    all_left(loa, made.campaign.id)
    later(loa)
    # Of those in doubt a busy machine may not have called all; they are called again.
    all_left(loa, made.campaign.id)
    loa.clock.tick(minutes=10)
    loa.poll()
    assert set(loa.sandbox.phones().values()) == {1}
    assert len(loa.sandbox.phones()) == 150
    assert loa.counts(made) == {"delivered": 150}


def test_the_older_record_is_read_once(loa):
    at_once(loa)
    loa.sandbox.set(sent_data_v1_generation=2)
    account = EsmsAccount(
        api_key="sandbox-key",
        secret_key="sandbox-secret",
        base_url=loa.sandbox.esms_url,
        ott_base_url=loa.sandbox.esms_url,
        sent_data="v1",
    )
    loa.call(account)
    made = loa.zalo(listed(loa), VALUES)
    loa.go()
    loa.clock.tick(seconds=60)
    loa.poll()
    loa.deps.run(loa.deps.accounts["esms"].messages.aclose())
    assert loa.counts(made) == {"delivered": 3}


# Reconciliation


def compare(loa):
    loa.clock.tick(minutes=10)
    (run,) = reconcile(loa.deps, loa.clock.now() - timedelta(hours=1), provider="esms")
    assert run.state == "done", run.detail
    return {kind: one["rows"] for kind, one in run.counts.items()}


def test_a_reconciliation_reads_the_record_of_zalo_too(loa, numbers):
    at_once(loa)
    loa.zalo(listed(loa), VALUES)
    loa.create(numbers(3, first=700), kind="care", text="Don hang da gui")
    loa.go()
    assert compare(loa) == {}


def test_a_message_that_the_record_of_zalo_does_not_have_is_a_difference(loa):
    at_once(loa)
    made = loa.zalo(listed(loa), VALUES)
    loa.go()
    with loa.deps.sessions.begin() as session:
        session.execute(text("UPDATE recipient SET ref = 'another' WHERE phone = 84900000001"))
    assert compare(loa) == {"missing_there": 1, "missing_here": 1}
    assert loa.counts(made) == {"accepted": 3}


def test_what_was_sent_by_hand_over_zalo_is_not_compared(loa):
    at_once(loa)
    esms = loa.deps.accounts["esms"].messages
    by_hand = ZaloMessage("r", "of a person", 84900000077, ZALO_TEMPLATE, ZALO_ACCOUNT, ["a", "b"])
    loa.deps.run(esms.send_zalo(by_hand))
    loa.zalo(listed(loa), VALUES)
    loa.go()
    assert compare(loa) == {}


def test_who_opted_out_is_left_out_of_the_repeat_of_an_unknown_ad(loa):
    at_once(loa)
    made = loa.zalo(listed(loa), VALUES, kind="ads")
    loa.sandbox.fault(function=SEND, nth=2, times=1, when="before", do="drop")
    loa.release()
    loa.run_tasks()
    assert loa.counts(made) == {"accepted": 2, "unknown": 1}
    with loa.deps.sessions() as session:
        (unknown,) = session.execute(text("SELECT phone FROM recipient WHERE state = 'unknown'")).scalars()
    opt_out(loa, unknown)
    later(loa)
    loa.go()
    assert loa.counts(made) == {"accepted": 2, "suppressed": 1}
    assert len(loa.sandbox.orders()) == 2


def test_a_wave_of_which_everybody_opted_out_is_not_the_end_of_the_run(loa):
    at_once(loa)
    loa.limits("esms", requests_per_second=1)  # waves of one
    made = loa.zalo(listed(loa), VALUES, kind="ads")
    loa.sandbox.fault(function=SEND, nth=1, times=2, when="before", do="drop")
    loa.release()
    loa.run_tasks()
    assert loa.counts(made) == {"accepted": 1, "unknown": 2}
    with loa.deps.sessions() as session:
        first = session.execute(text("SELECT min(phone) FROM recipient WHERE state = 'unknown'")).scalar()
    opt_out(loa, first)
    later(loa)
    loa.release()
    loa.run_tasks()
    assert loa.counts(made) == {"accepted": 2, "suppressed": 1}
