"""Numbers that should leave the lists: they failed for months, and may belong to somebody else, who never agreed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final, TextIO

from worker.domain import phone as phones
from worker.domain.roles import May
from worker.domain.window import local
from worker.services.deps import Deps
from worker.services.reporting.csv_out import BYTE_ORDER_MARK, CsvWriter
from worker.storage.operations import failing as rows

#: Proposed is a number that failed at least so often, over at least so long, and was delivered to never since.
TIMES: Final = 3
SPAN: Final = timedelta(days=90)
COLUMNS: Final = ("phone", "failures", "first_failed", "last_failed")


def proposed(deps: Deps, times: int = TIMES, span: timedelta = SPAN) -> Iterator[dict[str, Any]]:
    """The numbers to remove, in their order; those on the suppression list are left out."""
    deps.actor.must(May.SEE_PHONES)
    with deps.sessions() as session:
        for one in rows.failing(session, times, span):
            yield {
                "phone": phones.local(one.phone),
                "failures": one.failures,
                "first_failed": local(one.first),
                "last_failed": local(one.last),
            }


def write(deps: Deps, file: TextIO, times: int = TIMES, span: timedelta = SPAN) -> int:
    """The same as CSV, which `suppress import` and an audience to subtract take; how many."""
    file.write(BYTE_ORDER_MARK)
    line, count = CsvWriter(file), 0
    line(COLUMNS)
    for count, one in enumerate(proposed(deps, times, span), 1):  # noqa: B007 - how many is what is asked
        line([one[name] for name in COLUMNS])
    return count
