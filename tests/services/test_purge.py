"""What is long over is deleted, what is not stays, and the counts stay for ever."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import text

from worker.services import otp, reconcile
from worker.services.deps import Maintenance
from worker.services.operations import retention
from worker.services.people import users
from worker.services.reconcile import balances
from worker.services.reporting import report
from worker.storage.operations import retention as rules
from worker.storage.planning import upload_pieces
from worker.storage.tables.console import CampaignForm

TABLES = ("recipient", "refused_row", "message", "callback", "ad_contact", "balance_reading",
          "totals_reading", "reconciliation", "difference")  # fmt: skip


@pytest.fixture
def lived(loa, tmp_path):
    """Loa after a day with a bit of everything, half a year ago."""
    path = tmp_path / "list.csv"
    path.write_text("phone\n8755\n" + "".join(f"0900000{n:03}\n" for n in range(30)))
    made = loa.create(path)
    loa.go()
    loa.clock.tick(seconds=11)
    loa.poll()
    assert loa.status(made) == "done"
    loa.limits(otp_sender="LOA")
    message = otp.enqueue(loa.deps, otp.OtpRequest("0900000001", "Ma 1234", route=("esms",)))
    otp.deliver(loa.deps, message.id)
    balances.refresh(loa.deps)
    now = loa.clock.now()
    run(
        loa,
        "INSERT INTO callback (id, provider, received_at, query, body, due_at, tries, verdict)"
        " VALUES (gen_random_uuid(), 'esms', :now, '', '', :now, 0, '')",
        now=now,
    )
    run(loa, "INSERT INTO totals_reading VALUES ('fibo', :now, 1, 1, 1)", now=now)
    run(loa, "UPDATE attempt SET raw = 'body'")
    loa.change(lookup_delay=timedelta(0))
    reconcile.reconcile(loa.deps, provider="esms")
    loa.change(maintenance=Maintenance(keep=timedelta(days=30)))
    assert all(count for count in counted(loa).values()), counted(loa)
    return loa, made


def run(loa, statement, **given):
    with loa.deps.sessions.begin() as session:
        session.execute(text(statement), given)


def counted(loa):
    with loa.deps.sessions() as session:
        return {name: session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in TABLES}


def calls_of_messages(loa):
    with loa.deps.sessions() as session:
        return session.execute(text("SELECT count(*) FROM attempt WHERE call = 'otp'")).scalar_one()


def bodies(loa):
    with loa.deps.sessions() as session:
        return session.execute(text("SELECT count(*) FROM attempt WHERE raw <> '' AND call = 'order'")).scalar_one()


def test_what_is_older_than_the_days_is_deleted_and_counts_stay(lived):
    loa, made = lived
    counts, cost = loa.counts(made), loa.show(made).cost
    loa.clock.tick(days=31)
    retention.purge(loa.deps)
    assert counted(loa) == dict.fromkeys(TABLES, 0)
    assert calls_of_messages(loa) == 0
    assert bodies(loa) == 0
    assert loa.counts(made) == counts
    assert loa.show(made).cost == cost
    assert "its numbers were deleted on 2026-04-02" in loa.show(made).campaign.status_reason
    assert not loa.show(made).campaign.samples
    assert report.write_recipients(loa.deps, made.campaign.id, io.StringIO(), lambda _lines: None) == 0


def test_what_is_younger_stays(lived):
    loa, _ = lived
    before = counted(loa)
    loa.clock.tick(days=29)
    retention.purge(loa.deps)
    assert counted(loa) == {**before, "ad_contact": 0}
    assert bodies(loa) == 1


def test_without_a_limit_only_the_count_of_ads_is_forgotten(lived):
    loa, _ = lived
    before = counted(loa)
    loa.change(maintenance=Maintenance(keep=None))
    loa.clock.tick(days=3650)
    retention.purge(loa.deps)
    assert counted(loa) == {**before, "ad_contact": 0}


def test_numbers_stay_as_long_as_reports_may_come(lived):
    loa, _ = lived
    loa.change(maintenance=Maintenance(keep=timedelta(days=1)))
    loa.clock.tick(days=7)
    retention.purge(loa.deps)
    assert counted(loa)["recipient"] == 30
    loa.clock.tick(days=2)
    retention.purge(loa.deps)
    assert counted(loa)["recipient"] == 0


@pytest.mark.parametrize("status", ["scheduled", "sending", "paused", "reconciling"])
def test_a_campaign_that_is_not_over_keeps_its_numbers(lived, status):
    loa, _ = lived
    run(loa, "UPDATE campaign SET status = :status", status=status)
    loa.clock.tick(days=3650)
    retention.purge(loa.deps)
    assert counted(loa)["recipient"] == 30
    assert counted(loa)["refused_row"] == 1


def test_a_doubt_keeps_its_numbers_for_they_are_the_evidence(lived):
    loa, _ = lived
    run(loa, "UPDATE campaign SET status = 'cancelled'")
    run(loa, "UPDATE batch SET state = 'unknown'")
    loa.clock.tick(days=3650)
    retention.purge(loa.deps)
    assert counted(loa)["recipient"] == 30


def test_a_message_that_is_not_settled_stays(lived):
    loa, _ = lived
    run(loa, "UPDATE message SET state = 'queued', sealed = 'x'")
    loa.clock.tick(days=3650)
    retention.purge(loa.deps)
    assert (counted(loa)["message"], calls_of_messages(loa)) == (1, 1)


def test_ads_of_the_last_48_hours_are_remembered(lived):
    loa, _ = lived
    run(loa, "UPDATE ad_contact SET times = times || CAST(:late AS timestamptz) WHERE phone = 84900000003",
        late=loa.clock.now() + timedelta(hours=10))  # fmt: skip
    loa.clock.tick(hours=47)
    retention.purge(loa.deps)
    assert counted(loa)["ad_contact"] == 30
    loa.clock.tick(hours=2)
    retention.purge(loa.deps)
    assert counted(loa)["ad_contact"] == 1


def test_any_number_of_portions_is_done(lived, monkeypatch):
    loa, _ = lived
    monkeypatch.setattr(retention, "PORTION", 7)
    monkeypatch.setattr(retention, "CAMPAIGNS", 1)
    loa.clock.tick(days=31)
    gone = retention.purge(loa.deps)
    assert gone["recipient"] == 30
    assert gone["contacts"] == 30
    assert counted(loa) == dict.fromkeys(TABLES, 0)


def test_what_somebody_holds_is_left_to_the_next_night(lived):
    loa, _ = lived
    loa.clock.tick(days=31)
    with loa.deps.sessions.begin() as session:
        session.execute(text("SELECT * FROM message FOR UPDATE"))
        session.execute(text("SELECT * FROM callback FOR UPDATE"))
        session.execute(text("SELECT * FROM ad_contact WHERE phone = 84900000003 FOR UPDATE"))
        retention.purge(loa.deps)
    assert {name: count for name, count in counted(loa).items() if count} == {
        "message": 1,
        "callback": 1,
        "ad_contact": 1,
    }


def test_a_form_that_nobody_submitted_goes_with_its_list(lived):
    loa, _ = lived
    user = users.add(loa.deps, "lan", "marketer").user
    now = loa.clock.now()
    with loa.deps.sessions.begin() as session:
        for name, at in (("old", now - timedelta(days=31)), ("young", now - timedelta(days=29))):
            form = CampaignForm(user_id=user.id, created_at=at, changed_at=at, list_name=name)
            session.add(form)
            session.flush()
            upload_pieces.add_to_form(session, form.id, 0, b"phone")
    assert retention.purge(loa.deps)["forms"] == 1
    with loa.deps.sessions() as session:
        kept = session.execute(text("SELECT list_name FROM campaign_form JOIN form_piece ON form_id = id")).all()
    assert [name for (name,) in kept] == ["young"]


def test_every_rule_is_a_bounded_portion():
    assert all(":limit" in statement for statement in [*rules.RULES.values(), *rules.NUMBERS.values()])
