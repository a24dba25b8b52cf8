"""Our rows against the provider's record: each kind of difference made for real, and found, and nothing else."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.services.leaving import all_left
from worker.domain.window import ALWAYS
from worker.errors import Misuse, Refused
from worker.providers.fibo import Fibo
from worker.services import otp, reconcile
from worker.services.operations import subscribers
from worker.services.reconcile import balances
from worker.services.sending.pushes import retry_last
from worker.storage.reconcile import runs


@pytest.fixture
def today(loa):
    """Loa at the real time, by which the sandbox keeps its record; at every hour of the day, and nothing too young for it."""
    loa.clock.moment = datetime.now(UTC)
    loa.change(lookup_delay=timedelta(0))
    loa.deps.throttle.wait(loa.deps.account("esms").reading)
    return loa


@pytest.fixture
def calling_by(today):
    """Has eSMS called by an account with something else in it, over connections that are closed in the end."""
    made = []

    def call(**changes):
        before = today.deps.account("esms").messages
        today.call(replace(before.account, **changes))
        made.append(today.deps.account("esms").messages)

    yield call
    for adapter in made:
        today.deps.run(adapter.aclose())


def care(loa, path, **requested):
    made = loa.create(path, kind="care", text="Don hang cua ban da gui", **requested)
    all_left(loa, made.campaign.id)
    return made


def ads(loa, path):
    loa.limits(windows=ALWAYS)
    made = loa.create(path)
    all_left(loa, made.campaign.id)
    return made


def compare(loa, provider="esms", **period):
    """One run over everything until now, a second later."""
    loa.clock.tick(seconds=1)
    (run,) = reconcile.reconcile(loa.deps, provider=provider, **period)
    return run


def found(loa, run):
    """The differences but those in money: kind, ours, theirs."""
    rows = reconcile.overview(loa.deps, [run], 1000).rows
    return sorted((row["kind"], row["ours"], row["theirs"]) for row in rows if row["kind"] != "money")


def numbers_of(run):
    return {kind: one["numbers"] for kind, one in run.counts.items() if kind != "money"}


def change(loa, statement, **given):
    with loa.deps.sessions.begin() as session:
        assert session.execute(text(statement), given).rowcount


def left(loa):
    with loa.deps.sessions() as session:
        return session.execute(text("SELECT count(*) FROM record_row")).scalar_one()


@pytest.mark.parametrize("generation", ["v2", "v1 of 2023", "v1 of the manual"])
def test_where_both_agree_there_is_no_difference(today, numbers, calling_by, generation):
    if generation != "v2":
        calling_by(sent_data="v1")
        today.sandbox.set(sent_data_v1_generation=2 if "2023" in generation else 1)
    care(today, numbers(30))
    run = compare(today)
    assert (run.state, numbers_of(run)) == ("done", {})
    assert (run.ours, run.theirs) == (30, 30)
    assert left(today) == 0


def test_ads_that_went_as_lists_are_compared_too(today, numbers):
    today.limits(max_recipients=20)
    ads(today, numbers(60))
    run = compare(today)
    assert numbers_of(run) == {}
    assert (run.ours, run.theirs) == (60, 60)


@pytest.mark.parametrize("make", [care, ads])
def test_a_number_that_was_erased_is_no_difference_and_is_not_written_down_again(today, numbers, make):
    made = make(today, numbers(30))
    change(today, "UPDATE campaign SET status = 'done'")
    today.clock.tick(seconds=1)
    subscribers.erase(today.deps, "0900000003")
    run = compare(today)
    assert numbers_of(run) == {}
    assert "erased here on request is not compared (1 number in the record)" in run.detail
    # Who comes again is compared again, and a number that is missing for another reason is a difference as before.
    change(today, "DELETE FROM recipient WHERE campaign_id = :id AND phone = 84900000004", id=made.campaign.id)
    assert numbers_of(compare(today)) == {"missing_here": 1}
    today.clock.tick(seconds=1)
    subscribers.erase(today.deps, "0900000004")
    with today.deps.sessions() as session:
        assert "84900000004" not in str(session.execute(text("SELECT d::text FROM difference d")).all())


def test_a_password_to_a_number_that_was_erased_is_no_difference(today):
    message = otp.enqueue(today.deps, otp.OtpRequest("0900000003", "Ma: 482913", route=("esms",), sender="LOA"))
    otp.deliver(today.deps, message.id)
    today.clock.tick(seconds=1)
    subscribers.erase(today.deps, "0900000003")
    assert numbers_of(compare(today)) == {}


def test_what_the_record_does_not_have_is_missing_there(today, numbers):
    made = care(today, numbers(5))
    change(
        today,
        "INSERT INTO recipient (campaign_id, phone, row, batch_seq, converted, state, ref)"
        " SELECT campaign_id, 84999999999, 99, batch_seq, false, 'accepted', 'never-there' FROM recipient LIMIT 1",
    )
    run = compare(today)
    assert found(today, run) == [("missing_there", "accepted", "")]
    (row,) = reconcile.overview(today.deps, [run]).rows
    assert (row["phone"], row["ref"], row["campaign"]) == ("0999999999", "never-there", str(made.campaign.id))
    assert row["money"] == 345


def test_a_call_too_young_for_the_record_is_not_missed(today, numbers):
    today.sandbox.set(sent_data_after_s=3600.0)
    care(today, numbers(5))
    today.change(lookup_delay=timedelta(minutes=5))
    assert numbers_of(compare(today)) == {}
    today.change(lookup_delay=timedelta(0))
    assert numbers_of(compare(today)) == {"missing_there": 5}


def test_only_calls_of_the_period_are_missed(today, numbers):
    today.sandbox.set(sent_data_after_s=3600.0)
    care(today, numbers(5))
    now = today.clock.moment
    assert numbers_of(compare(today, since=now - timedelta(hours=2), until=now - timedelta(hours=1))) == {}
    assert numbers_of(compare(today, since=now - timedelta(hours=1), until=now + timedelta(hours=1))) == {
        "missing_there": 5
    }
    today.clock.tick(hours=2)
    assert numbers_of(compare(today, since=today.clock.moment - timedelta(hours=1))) == {}


def test_an_order_that_is_nobody_s_is_missing_here(today, numbers):
    care(today, numbers(5))
    elsewhere(today, "somebody-else", 84912345678)
    run = compare(today)
    assert [kind for kind, _, _ in found(today, run)] == ["missing_here"]
    (row,) = [one for one in reconcile.overview(today.deps, [run]).rows if one["kind"] == "missing_here"]
    assert (row["ours"], row["phone"], row["campaign"], row["money"]) == ("no such order", "0912345678", None, 345)


def elsewhere(loa, key, phone):
    """A text sent by the same account without us."""
    message = {
        "ApiKey": "sandbox-key", "SecretKey": "sandbox-secret", "Content": "Xin chao", "Phone": f"0{phone - 84 * 10**9}",
        "SmsType": "2", "Brandname": "LOA", "IsUnicode": "0", "campaignid": key,
    }  # fmt: skip
    url = f"{loa.sandbox.esms_url}/json/SendMultipleMessage_V4_post_json/"
    assert loa.sandbox.client.post(url, json=message).json()["CodeResult"] == "100"


def test_a_batch_that_went_twice_under_its_key_is_told(today, numbers):
    made = care(today, numbers(1))
    (batch,) = today.show(made).batches
    elsewhere(today, str(batch.id), 84900000000)
    run = compare(today)
    ((kind, ours, theirs),) = found(today, run)
    assert (kind, theirs) == ("missing_here", "delivered")
    assert ours.startswith("accepted as ")


@pytest.mark.parametrize("state", ["planned", "rejected", "cancelled"])
def test_what_we_do_not_have_as_accepted_is_missing_here(today, numbers, state):
    care(today, numbers(3))
    change(today, "UPDATE recipient SET state = :state, ref = NULL", state=None if state == "planned" else state)
    change(today, "UPDATE batch SET state = :state, next_poll_at = NULL", state=state)
    run = compare(today)
    assert found(today, run) == [("missing_here", state, "delivered")] * 3


def test_a_refusal_by_review_agrees_with_rejected(today, numbers):
    today.sandbox.set(review_refuses=True)
    care(today, numbers(3))
    change(today, "UPDATE recipient SET state = 'rejected'")
    assert numbers_of(compare(today)) == {}


@pytest.mark.parametrize(("ours", "fail_share", "theirs"), [("failed", 0.0, "delivered"), ("delivered", 1.0, "failed")])
def test_another_end_is_another_state(today, numbers, ours, fail_share, theirs):
    today.sandbox.set(fail_share=fail_share)
    care(today, numbers(3))
    change(today, "UPDATE recipient SET state = :state", state=ours)
    run = compare(today)
    assert found(today, run) == [("state", ours, theirs)] * 3


def test_a_result_that_is_still_awaited_is_no_difference_and_one_that_never_came_is(today, numbers):
    care(today, numbers(3))
    assert numbers_of(compare(today)) == {}
    change(today, "UPDATE batch SET state = 'reported', next_poll_at = NULL")
    assert found(today, compare(today)) == [("state", "accepted", "delivered")] * 3


def test_a_doubt_that_the_record_settles_is_told_and_not_touched(today, numbers):
    today.sandbox.fault(function="SendMultipleMessage_V4_post_json", do="drop", when="after")
    made = care(today, numbers(4))
    assert today.counts(made)["unknown"] == 1
    before = today.counts(made)
    run = compare(today)
    assert found(today, run) == [("unknown_found", "unknown", "delivered")]
    assert today.counts(made) == before


def test_a_doubt_that_never_arrived_is_no_difference(today, numbers):
    today.sandbox.fault(function="SendMultipleMessage_V4_post_json", do="drop", when="before")
    made = care(today, numbers(4))
    assert today.counts(made)["unknown"] == 1
    assert numbers_of(compare(today)) == {}


def test_another_price_is_told_once_for_all_its_numbers(today, numbers):
    today.sandbox.set(price=400)
    care(today, numbers(30))
    run = compare(today)
    assert found(today, run) == [("price", "345 a number for 1 part", "400 a number")]
    assert run.counts["price"] == {"rows": 1, "numbers": 30, "money": 30 * 55.0}
    today.limits(price_per_part=today.deps.account("esms").price_per_part * 0)
    assert numbers_of(compare(today)) == {}


def test_a_cost_that_was_told_otherwise_before_is_told(today, numbers):
    care(today, numbers(4))
    change(today, "UPDATE batch SET cost = 1000")
    run = compare(today)
    assert found(today, run) == [("price", "1000 in all", "1380 in all")]
    assert run.counts["price"]["money"] == 380


def test_one_time_passwords_are_compared_too(today):
    today.limits(otp_sender="LOA")
    requests_made = [otp.OtpRequest(phone=f"09000000{n:02}", text=f"Ma {n}1234", route=("esms",)) for n in range(3)]
    made = [otp.enqueue(today.deps, requested) for requested in requests_made]
    for one in made:
        otp.deliver(today.deps, one.id)
    assert numbers_of(compare(today)) == {}
    change(today, "UPDATE message SET state = 'unknown' WHERE id = :id", id=made[0].id)
    change(today, "UPDATE message SET state = 'rejected' WHERE id = :id", id=made[1].id)
    change(today, "UPDATE message SET phone = phone + 50 WHERE id = :id", id=made[2].id)
    run = compare(today)
    assert numbers_of(run) == {"unknown_found": 1, "missing_here": 2, "missing_there": 1}


def test_pages_that_move_while_they_are_read_hide_nothing(today, numbers):
    """New rows come first, so that the pages still to be read begin further on: rows are skipped, and read the next time."""
    ads(today, numbers(1200))
    pages = []
    account = today.deps.account("esms")
    records = account.records

    class Moving:
        async def records(self, start, end, page, purpose):
            pages.append(page)
            # In the first reading 500 newer rows came before the second page: it shows the first one's again.
            moved = page == 2 and pages.count(2) == 1
            return await records.records(start, end, 1 if moved else page, purpose)

    today.limits(records=Moving())
    run = compare(today)
    assert numbers_of(run) == {}
    assert (run.ours, run.theirs) == (1200, 1200)
    assert pages.count(3) >= 2


def test_a_record_that_cannot_be_read_is_said_and_nothing_concluded(today, numbers):
    care(today, numbers(3))
    today.sandbox.fault(function="GetSmsSentData_V2", do="html", times=-1)
    run = compare(today)
    assert (run.state, run.counts) == ("unread", {})
    assert "eSMS did not tell its record" in run.detail
    assert left(today) == 0


def test_a_page_that_fails_in_the_middle_makes_the_whole_record_unread(today, numbers):
    ads(today, numbers(600))
    today.sandbox.fault(function="GetSmsSentData_V2", do="html", nth=4)
    run = compare(today)
    assert run.state == "unread"
    assert left(today) == 0


def test_an_interrupted_run_says_so_and_leaves_no_number_behind(today, numbers):
    ads(today, numbers(600))

    def stop(_account, _share, rows):
        if rows > 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reconcile.reconcile(today.deps, provider="esms", progress=stop)
    (run,) = reconcile.latest(today.deps, 10)
    assert (run.state, run.finished_at is not None) == ("interrupted", True)
    assert left(today) == 0


def test_a_run_whose_process_was_killed_is_marked_by_the_next(today, numbers):
    now = today.clock.now()
    with today.deps.sessions.begin() as session:
        killed = runs.begin(session, "esms", now - timedelta(days=1), now, now)
        runs.stage(session, killed.id, [runs.Found("r", 84900000000, "delivered", None, 1, None)], now)
    compare(today)
    assert {run.state for run in reconcile.latest(today.deps, 10)} == {"running", "done"}
    today.clock.tick(minutes=11)
    compare(today)
    assert sorted(run.state for run in reconcile.latest(today.deps, 10)) == ["done", "done", "interrupted"]
    assert left(today) == 0


def test_each_run_of_a_period_is_kept(today, numbers):
    care(today, numbers(3))
    compare(today)
    compare(today)
    assert len(reconcile.latest(today.deps, 10)) == 2


def test_every_difference_is_exported(today, numbers):
    care(today, numbers(30))
    change(today, "UPDATE recipient SET state = 'failed'")
    run = compare(today)
    file = io.StringIO()
    assert reconcile.write(today.deps, [run], file) == 30
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert {row["phone"] for row in rows} == {f"09{n:08d}" for n in range(30)}
    assert {(row["provider"], row["kind"], row["batch"], row["theirs"]) for row in rows} == {
        ("esms", "state", "1", "delivered")
    }


def test_money_that_left_and_money_for_what_was_accepted_agree(today, numbers):
    balances.refresh(today.deps)
    today.clock.tick(seconds=1)
    ads(today, numbers(30))
    run = compare(today)
    assert run.counts == {}
    assert run.detail == ""


def test_money_that_left_without_us_is_told(today, numbers):
    balances.refresh(today.deps)
    today.clock.tick(seconds=1)
    ads(today, numbers(30))
    spend(today, 1000)
    run = compare(today)
    assert run.counts == {"money": {"rows": 1, "numbers": 30, "money": 1000.0}}
    (row,) = reconcile.overview(today.deps, [run]).rows
    assert row["ours"].startswith(f"{30 * 345}")


def spend(loa, amount):
    balance = loa.sandbox.client.get("/_sandbox/settings").json()["balance"]
    loa.sandbox.set(balance=balance - amount)


def test_after_a_top_up_money_is_not_compared(today, numbers):
    balances.refresh(today.deps)
    today.clock.tick(seconds=1)
    ads(today, numbers(30))
    spend(today, -(10**6))
    run = compare(today)
    assert run.counts == {}
    assert "the balance rose" in run.detail


def test_one_balance_is_not_enough(today, numbers):
    assert "fewer than two balances" in compare(today).detail


def test_fpt_s_quota_is_a_ledger(fpt, numbers):
    fpt.create(numbers(60), provider="fpt", text="[QC] Giam gia 20% hom nay")
    fpt.go()
    run = compare(fpt, "fpt", since=fpt.clock.moment - timedelta(hours=1))
    assert (run.state, run.counts, run.ours) == ("done", {}, 60)
    change(fpt, "UPDATE provider_campaign SET remaining = remaining + 7")
    run = compare(fpt, "fpt", since=fpt.clock.moment - timedelta(hours=1))
    assert found(fpt, run) == [("quota", "60 pushed of a quota of 60", "7 left")]
    assert run.counts["quota"]["numbers"] == 7


def test_a_lost_push_that_fpt_counted_is_evidence(fpt, numbers):
    fpt.create(numbers(60), provider="fpt", text="[QC] Giam gia 20% hom nay")
    fpt.go()
    change(fpt, "UPDATE batch SET state = 'unknown' WHERE seq = 2")
    run = compare(fpt, "fpt", since=fpt.clock.moment - timedelta(hours=1))
    assert [kind for kind, _, _ in found(fpt, run)] == ["unknown_found"]


def test_what_was_left_before_a_refused_repeat_is_no_difference(fpt, numbers):
    """The last push was lost and counted; its repeat found no room, so the room told before it is out of date."""
    made = fpt.create(numbers(60), provider="fpt", text="[QC] Giam gia 20% hom nay")
    fpt.sandbox.fault(function="push-brandname-ads", nth=2, times=1, when="after", do="drop")
    fpt.go()
    fpt.clock.tick(seconds=31)
    assert retry_last.retry_last_pushes(fpt.deps) == 1
    assert fpt.counts(made) == {"accepted": 60}
    run = compare(fpt, "fpt", since=fpt.clock.moment - timedelta(hours=1))
    assert found(fpt, run) == []


def test_fibo_s_totals_are_compared_between_two_readings(today, numbers, totals_page):
    today.limits("fibo", totals=totals_page)
    balances.refresh(today.deps)
    today.clock.tick(seconds=1)
    care(today, numbers(20), provider="fibo")
    run = compare(today, "fibo")
    assert numbers_of(run) == {}
    elsewhere_fibo(today)
    run = compare(today, "fibo")
    assert numbers_of(run) == {"totals": 1}
    assert found(today, run)[0][2] == "21 more in all"


@pytest.fixture
def totals_page(today):
    """Fibo's adapter, told where the sandbox has the page of totals."""
    account = replace(
        today.deps.account("fibo").messages.account, status_url=f"{today.sandbox.url}/fibo/PartnerMtTotal.aspx"
    )
    fibo = Fibo(account)
    yield fibo
    today.deps.run(fibo.aclose())


def elsewhere_fibo(loa):
    given = {
        "clientNo": "CL0000000001", "clientPass": "sandbox-pass", "senderName": "LOA", "phoneNumber": "84912345678",
        "smsMessage": "Xin chao", "smsGUID": "0", "serviceType": "0",
    }  # fmt: skip
    loa.sandbox.client.get(f"{loa.sandbox.url}/fibo/service.asmx/SendMaskedSMS", params=given).raise_for_status()


def test_by_default_every_account_with_keys_is_compared_from_yesterday_on(today):
    made = reconcile.reconcile(today.deps)
    assert [run.provider for run in made] == ["esms", "fpt", "fibo", "sandbox"]
    assert {run.until - run.since < timedelta(days=2) for run in made} == {True}
    assert {run.until - run.since >= timedelta(days=1) for run in made} == {True}
    today.change(
        missing_settings={
            "fpt": ["LOA_FPT_CLIENT_ID"],
            "fibo": ["LOA_FIBO_CLIENT_NO"],
            "sandbox": ["LOA_SANDBOX_SECRET"],
        }
    )
    assert [run.provider for run in reconcile.reconcile(today.deps)] == ["esms"]
    today.change(missing_settings={name: [f"LOA_{name.upper()}"] for name in today.deps.accounts})
    with pytest.raises(Refused, match="LOA_ESMS"):
        reconcile.reconcile(today.deps)


def test_times_in_the_wrong_order_are_misuse(today):
    now = today.clock.now()
    with pytest.raises(Misuse, match="--from must be before --to"):
        reconcile.reconcile(today.deps, now, now - timedelta(hours=1))
    with pytest.raises(Misuse, match="--from must be before --to"):
        reconcile.reconcile(today.deps, now + timedelta(hours=1))
