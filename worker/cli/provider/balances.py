"""The last known balance of each account: from the database if there is one; nothing is started or called."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from worker import config
from worker.cli import console
from worker.clock import Clock
from worker.config import Settings
from worker.domain.window import local
from worker.errors import Unavailable
from worker.storage.database import connect, sessions
from worker.storage.reconcile import balance_snapshots
from worker.storage.tables.reconcile import BalanceReading


@dataclass(frozen=True, slots=True)
class LastBalance:
    """The latest reading, and how old it is."""

    reading: BalanceReading
    age: timedelta

    def document(self) -> dict[str, Any]:
        """For programs."""
        one = self.reading
        return {"amount": one.amount, "unit": one.unit, "at": local(one.at), "age_s": int(self.age.total_seconds())}

    def __str__(self) -> str:
        amount = console.number(Decimal(self.reading.amount))
        return f"{amount:,} {self.reading.unit}, {_ago(self.age)}"


def last(settings: Settings) -> Mapping[str, LastBalance]:
    """By account; empty where no database is at hand, for the list of providers needs none."""
    try:
        engine = connect(config.addresses(settings)[0])
    except Unavailable:
        return {}
    now = Clock(settings.clock_offset_s).now()
    try:
        with sessions(engine)() as session:
            found = {name: balance_snapshots.last_balance(session, name) for name in settings.accounts}
    except SQLAlchemyError:
        return {}
    finally:
        engine.dispose()
    return {name: LastBalance(one, now - one.at) for name, one in found.items() if one is not None}


def _ago(age: timedelta) -> str:
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 1:
        return "just now"
    return f"{console.plural(minutes, 'minute')} ago" if minutes < 120 else f"{minutes // 60:,} hours ago"
