"""The audit log grows and only grows, and a change shows."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.world import World
from worker.domain.actor import Actor, Forbidden
from worker.domain.roles import Role
from worker.services.people import audit, users

WHO = Actor("cli", "deploy")


def record(loa: World, act: str, **facts: object) -> None:
    with loa.deps.sessions.begin() as session:
        audit.record(session, loa.deps, act, about=("campaign", "x"), facts=facts, actor=WHO)


def test_entries_are_numbered_chained_and_checked(loa: World) -> None:
    assert audit.verify(loa.deps).faults == []
    for number in range(5):
        record(
            loa, "campaign.pause", number=number, cost=Decimal("1.50"), at=loa.clock.moment, role=Role.ADMIN, ok=True
        )
    rows = audit.between(loa.deps, None, None)
    assert [one.seq for one in rows] == [1, 2, 3, 4, 5]
    assert [one.previous for one in rows[1:]] == [one.hash for one in rows[:-1]]
    assert rows[0].facts == {
        "number": 0,
        "cost": "1.50",
        "at": "2026-03-02T09:00:00+07:00",
        "role": "admin",
        "ok": True,
    }
    assert rows[0].who == "cli:deploy"
    found = audit.verify(loa.deps)
    assert (found.entries, found.faults, found.head) == (5, [], (5, rows[-1].hash))


def test_acts_at_the_same_moment_make_one_chain(loa: World) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: record(loa, "campaign.pause", number=number), range(40)))
    found = audit.verify(loa.deps)
    assert (found.entries, found.faults) == (40, [])


def test_an_act_that_is_rolled_back_leaves_no_entry(loa: World) -> None:
    with loa.deps.sessions.begin() as session:
        audit.record(session, loa.deps, "campaign.pause")
        session.rollback()
    assert audit.verify(loa.deps).entries == 0


@pytest.mark.parametrize("sql", ["UPDATE audit SET who = 'x'", "DELETE FROM audit", "TRUNCATE audit"])
def test_the_database_refuses_to_change_it(loa: World, sql: str) -> None:
    record(loa, "campaign.pause")
    with pytest.raises(DBAPIError, match="only grows"), loa.deps.sessions.begin() as session:
        session.execute(text(sql))
    assert audit.verify(loa.deps).faults == []


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("UPDATE audit SET who = 'user:else' WHERE seq = 2", "entry 2 was changed"),
        ("UPDATE audit SET facts = '{}' WHERE seq = 2", "entry 2 was changed"),
        ("UPDATE audit SET at = at + interval '1 microsecond' WHERE seq = 2", "entry 2 was changed"),
        ("DELETE FROM audit WHERE seq = 2", "entry 2 is missing"),
        ("DELETE FROM audit WHERE seq = 4", "entry 4 is not there"),
        ("UPDATE audit SET previous = hash WHERE seq = 3", "entry 3 is not chained"),
    ],
)
def test_whoever_gets_past_that_is_found_out(loa: World, sql: str, fault: str) -> None:
    for number in range(4):
        record(loa, "campaign.pause", number=number)
    head = audit.verify(loa.deps).head
    with loa.deps.sessions.begin() as session:
        session.execute(text("ALTER TABLE audit DISABLE TRIGGER audit_only_grows"))
        session.execute(text(sql))
    assert fault in audit.verify(loa.deps, expect=head).faults[0 if "not there" not in fault else -1]


def test_it_is_written_as_csv_in_which_nothing_runs(loa: World) -> None:
    record(loa, "campaign.decline", comment='=HYPERLINK("http://x")')
    loa.clock.tick(days=1)
    record(loa, "campaign.approve", comment="được")
    file = io.StringIO()
    assert audit.write_csv(loa.deps, file, None, loa.clock.moment) == 1
    rows = list(csv.reader(io.StringIO(file.getvalue())))
    assert rows[0] == list(audit.HEADING)
    assert rows[1][4:6] == ["campaign.decline", "campaign"]
    assert len(rows) == 2


def test_reading_it_takes_the_role(loa: World) -> None:
    user = users.add(loa.deps, "lan", "marketer").user
    deps = loa.deps.acting(users.actor_of(user, "console"))
    for act in (audit.verify, audit.newest, lambda deps: audit.between(deps, None, None)):
        with pytest.raises(Forbidden):
            act(deps)


def test_one_object_is_followed(loa: World) -> None:
    record(loa, "campaign.pause")
    with loa.deps.sessions.begin() as session:
        audit.record(session, loa.deps, "user.add", about=("user", "lan"))
    assert [one.act for one in audit.newest(loa.deps, object_kind="campaign", object_id="x")] == ["campaign.pause"]
    assert [one.act for one in audit.newest(loa.deps, 1, before=2)] == ["campaign.pause"]
