"""The jobs of the night: each once, at its hour, however many beats there are."""

from concurrent.futures import ThreadPoolExecutor
from datetime import time

import pytest
from dateutil.parser import isoparse
from sqlalchemy import text

from worker.domain.clock_times import next_time, parse_hour, parse_moment, yesterday
from worker.errors import Misuse, Refused
from worker.services import reconcile
from worker.services.deps import Maintenance
from worker.services.operations import nightly
from worker.services.operations.nightly import Job


@pytest.fixture
def night(loa):
    """Loa at 23:00 in Vietnam, its jobs known and none due."""
    loa.clock.moment = isoparse("2026-03-02T23:00:00+07:00")
    assert nightly.nightly(loa.deps) == []
    return loa


def at(loa, written):
    loa.clock.moment = isoparse(f"2026-03-{written}:00+07:00")
    return nightly.nightly(loa.deps)


def test_each_job_is_done_once_a_night_at_its_hour(night):
    assert at(night, "03T02:59") == []
    assert at(night, "03T03:00") == ["reconcile"]
    assert at(night, "03T03:01") == []
    assert at(night, "03T04:30") == ["purge"]
    assert at(night, "04T02:59") == []
    assert at(night, "04T05:00") == ["reconcile", "purge"]
    assert at(night, "04T05:01") == []


def test_the_reconciliation_is_of_yesterday_and_tonight(night):
    at(night, "03T03:00")
    (run,) = [one for one in reconcile.latest(night.deps, 10) if one.provider == "esms"]
    assert (run.since, run.until) == (isoparse("2026-03-02T00:00+07:00"), isoparse("2026-03-03T03:00+07:00"))


def test_a_night_that_was_missed_is_made_up_for(night):
    assert at(night, "05T12:00") == ["reconcile", "purge"]


def test_another_hour_counts_from_the_next_tick(night):
    night.change(maintenance=Maintenance(reconcile_at=time(1, 30)))
    assert at(night, "03T01:00") == []
    assert at(night, "03T01:30") == ["reconcile"]


def test_without_an_hour_nothing_is_compared(night):
    night.change(maintenance=Maintenance(reconcile_at=None))
    assert at(night, "03T04:30") == ["purge"]
    assert reconcile.latest(night.deps, 10) == []


def test_without_an_account_the_night_is_quiet(night):
    night.change(missing_settings={name: ["LOA_KEY"] for name in night.deps.accounts})
    assert at(night, "03T03:00") == ["reconcile"]
    assert reconcile.latest(night.deps, 10) == []


def test_two_beats_do_a_job_once(night, monkeypatch):
    done = []
    monkeypatch.setattr(nightly, "jobs", lambda _deps: (Job("count", time(3), done.append),))
    nightly.nightly(night.deps)
    night.clock.moment = isoparse("2026-03-03T03:00:00+07:00")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: nightly.nightly(night.deps), range(8)))
    assert len(done) == 1


def test_a_job_whose_worker_died_is_done_again_when_its_lease_is_over(night, monkeypatch):
    done = []

    def dies(_deps):
        done.append("began")
        if len(done) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(nightly, "jobs", lambda _deps: (Job("count", time(3), dies),))
    nightly.nightly(night.deps)
    with pytest.raises(KeyboardInterrupt):
        at(night, "03T03:00")
    assert at(night, "03T03:59") == []
    assert at(night, "03T04:01") == ["count"]
    assert at(night, "03T04:02") == []


def test_a_long_reading_keeps_its_claim(night, monkeypatch):
    monkeypatch.setattr(nightly, "RENEW_EVERY_S", 0.0)
    seen = []

    def long(deps, progress):
        night.clock.tick(minutes=50)
        progress(deps.account("esms"), 0.5, 1)
        night.clock.tick(minutes=50)
        seen.append(nightly.nightly(deps))

    monkeypatch.setattr(reconcile, "reconcile", long)
    assert at(night, "03T03:00") == ["reconcile"]
    assert seen == [["purge"]]


def test_the_row_tells_when_it_was_done(night):
    at(night, "03T03:00")
    with night.deps.sessions() as session:
        row = session.execute(text("SELECT * FROM due_job WHERE name = 'reconcile'")).one()
    assert (row.due_at, row.lease_until) == (isoparse("2026-03-04T03:00+07:00"), None)
    assert row.ended_at == isoparse("2026-03-03T03:00+07:00")


def test_hours_are_written_plainly():
    assert parse_hour("03:00") == time(3)
    assert parse_hour("never") is None
    for wrong in ("24:00", "3", "", "03:60", "three"):
        with pytest.raises(ValueError, match="is no hour"):
            parse_hour(wrong)


def test_the_next_hour_is_that_of_vietnam():
    now = isoparse("2026-03-02T20:00:00Z")
    assert next_time(time(3), now) == isoparse("2026-03-04T03:00+07:00")
    assert next_time(time(3, 1), now) == isoparse("2026-03-03T03:01+07:00")
    assert yesterday(now) == isoparse("2026-03-02T00:00+07:00")


def test_a_moment_without_an_offset_is_vietnam_s():
    assert parse_moment("2026-03-02T09:00") == isoparse("2026-03-02T02:00Z")
    assert parse_moment("2026-03-02") == isoparse("2026-03-01T17:00Z")
    for wrong in ("2026", "yesterday", "2026-13-01", ""):
        with pytest.raises(Misuse):
            parse_moment(wrong)


def test_what_was_asked_for_is_compared_once_however_many_come_for_it(night):
    assert reconcile.ask(night.deps, provider="esms") == 1
    assert reconcile.ask(night.deps, provider="esms") == 0
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: reconcile.run_asked(night.deps), range(4)))
    assert sum(done) == 1
    assert [run.state for run in reconcile.latest(night.deps, 9)] == ["done"]


def test_what_was_asked_of_a_provider_that_has_no_keys_any_more_is_not_asked_for_again(night):
    reconcile.ask(night.deps, provider="esms")
    with pytest.raises(Refused):
        reconcile.last(night.deps)
    night.change(accounts={name: one for name, one in night.deps.accounts.items() if name != "esms"})
    assert nightly.nightly(night.deps) == []
    (run,) = reconcile.latest(night.deps, 9)
    assert (run.state, run.detail) == ("interrupted", "there are no keys of esms any more")
