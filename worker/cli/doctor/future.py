"""Checks for rows in the future: the clock was set back, and campaigns stand still until it is there again."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from worker.cli import console
from worker.cli.doctor.check import Check
from worker.clock import Clock
from worker.config import Settings
from worker.domain.window import local
from worker.services.reporting import future
from worker.storage.database import connect, sessions


def rows(settings: Settings, database_url: str) -> Iterator[Check]:
    """One line for all of them."""
    now, engine = Clock(settings.clock_offset_s).now(), connect(database_url)
    try:
        with sessions(engine)() as session:
            found = {table: one for table, one in future.everywhere(session, now).items() if one.rows}
    except SQLAlchemyError:
        return  # said by the check of the database
    finally:
        engine.dispose()
    if not found:
        return
    many = ", ".join(
        console.plural(one.rows, table, f"{table}es" if table == "batch" else "") for table, one in found.items()
    )
    latest = max(one.latest for one in found.values() if one.latest is not None)
    turn = min((one.turn for one in found.values() if one.turn is not None and one.turn > now), default=None)
    goes_on = f"; by itself it goes on from {local(turn)} on" if turn else ""
    ahead = timedelta(seconds=round((latest - now).total_seconds()))
    yield Check(
        "rows in the future",
        f"{many} up to {ahead} ahead of this clock, which was set back: they wait for their time",
        f"set the clock right (timedatectl set-ntp true){goes_on}",
    )
