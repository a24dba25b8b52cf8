"""What is left on the accounts is asked for and written down, whoever does not answer."""

from decimal import Decimal

import pytest
import structlog
from sqlalchemy import text

from worker.services.deps import Maintenance
from worker.services.reconcile import balances


def kept(loa):
    with loa.deps.sessions() as session:
        rows = session.execute(text("SELECT provider, amount, unit FROM balance_reading ORDER BY at, provider"))
        return [tuple(row) for row in rows]


def test_every_account_that_can_tell_is_asked(loa):
    loa.sandbox.set(balance=7, fibo_balance=8, sandbox_balance=9)
    balances.refresh(loa.deps)
    assert kept(loa) == [("esms", 7, "VND"), ("fibo", 8, "VND"), ("sandbox", 9, "VND")]
    assert {name: one.amount for name, one in balances.latest(loa.deps).items()} == {"esms": 7, "fibo": 8, "sandbox": 9}


def test_one_that_does_not_answer_stops_no_other_and_writes_nothing(loa):
    loa.sandbox.fault(function="GetBalance_json", do="html", times=-1)
    balances.refresh(loa.deps)
    assert [provider for provider, _, _ in kept(loa)] == ["fibo", "sandbox"]


def test_an_account_without_keys_is_not_asked(loa):
    loa.change(missing_settings={"esms": ["LOA_ESMS_API_KEY"], "fibo": ["LOA_FIBO_CLIENT_NO"]})
    balances.refresh(loa.deps)
    assert [provider for provider, _, _ in kept(loa)] == ["sandbox"]


def test_two_sweeps_at_once_write_one_reading(loa):
    balances.refresh(loa.deps)
    balances.refresh(loa.deps)
    assert len(kept(loa)) == 3


@pytest.mark.parametrize(
    ("left", "warnings"), [((50, 40, 30), 0), ((50, 10, 5), 1), ((10, 5), 1), ((50, 10, 50, 10), 2)]
)
def test_a_balance_that_falls_below_is_told_once(loa, left, warnings):
    loa.change(maintenance=Maintenance(low_balance=Decimal(20)))
    with structlog.testing.capture_logs() as lines:
        for amount in left:
            loa.sandbox.set(balance=amount)
            balances.refresh_one(loa.deps, loa.deps.account("esms"))
            loa.clock.tick(minutes=10)
    assert len([line for line in lines if line["event"] == "balance_low"]) == warnings
