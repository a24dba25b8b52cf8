"""The results of reconciliations: kinds, figures and rows, as they are shown and exported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TextIO
from uuid import UUID

from worker.domain import phone
from worker.errors import NotFound, Refused
from worker.services.deps import Deps
from worker.services.reporting.csv_out import CsvWriter
from worker.storage.reconcile import runs as reconcile
from worker.storage.tables.reconcile import Reconciliation

#: Every kind of difference in one sentence, in the order in which they are shown.
KINDS: Final[Mapping[str, str]] = {
    "missing_there": "accepted by our rows, not in the provider's record",
    "missing_here": "in the provider's record, not accepted by our rows",
    "state": "the provider's record says otherwise of what became of it",
    "unknown_found": "unknown in our rows, and the provider has it",
    "price": "not the price that was expected or told before",
    "quota": "the provider's count of a campaign is not ours",
    "totals": "the provider's count of the account is not ours",
    "money": "the balance did not move by what was accepted",
}
COLUMNS: Final = (
    "provider", "kind", "campaign", "batch", "message", "phone", "ref", "numbers", "ours", "theirs", "money"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Overview:
    """Some runs and their first differences."""

    runs: Sequence[Reconciliation]
    rows: Sequence[Mapping[str, Any]]
    #: The names of the campaigns of these differences, by their ids as the rows have them.
    names: Mapping[str, str]
    #: Behind which of them the next page begins; 0: there is none.
    next: int = 0

    @property
    def total(self) -> int:
        """How many differences there are in all."""
        return sum(int(one["rows"]) for run in self.runs for one in run.counts.values())


def overview(deps: Deps, runs: Sequence[Reconciliation], limit: int = 20) -> Overview:
    """The runs with their first differences."""
    with deps.sessions() as session:
        return _overview(runs, reconcile.differences(session, [run.id for run in runs], limit))


def _overview(runs: Sequence[Reconciliation], found: Sequence[Mapping[str, Any]]) -> Overview:
    names = {str(one["campaign_id"]): one["campaign_name"] or "" for one in found if one["campaign_id"]}
    return Overview(runs, [row_of(one) for one in found], names)


def first_of_each_kind(deps: Deps, runs: Sequence[Reconciliation], each: int) -> Overview:
    """The runs with the first differences of each kind."""
    with deps.sessions() as session:
        return _overview(runs, reconcile.first_of_each(session, [run.id for run in runs], list(KINDS), each))


def page(deps: Deps, run_id: UUID, kind: str, after: int, limit: int) -> Overview:
    """One run with its differences, or those of one kind, from the one behind `after`; NotFound names the run."""
    with deps.sessions() as session:
        run = session.get(Reconciliation, run_id)
        if run is None:
            raise NotFound("reconciliation", str(run_id))
        found = reconcile.portion(session, run_id, after, limit + 1, kind)
    shown = found[:limit]
    return replace(_overview([run], shown), next=shown[-1]["id"] if len(found) > limit > 0 else 0)


def latest(deps: Deps, limit: int) -> Sequence[Reconciliation]:
    """The latest runs, newest first."""
    with deps.sessions() as session:
        return reconcile.newest(session, limit)


def last(deps: Deps, provider: str = "") -> Sequence[Reconciliation]:
    """The latest result of each provider, or of one; raises Refused `nothing_compared`."""
    with deps.sessions() as session:
        found = [run for run in reconcile.last_of_each(session) if provider in {"", run.provider}]
    if not found:
        raise Refused("nothing_compared", "Nothing was compared so far: leave --last out, and it is compared now.")
    return found


def write(deps: Deps, runs: Sequence[Reconciliation], file: TextIO) -> int:
    """One CSV line a difference; streams, whatever their number. Returns the lines."""
    writer = CsvWriter(file)
    writer(COLUMNS)
    lines = 0
    with deps.sessions() as session:
        for run in runs:
            for one in reconcile.stream(session, run.id):
                writer("" if cell is None else cell for cell in row_of(one).values())
                lines += 1
    return lines


def row_of(one: Mapping[str, Any]) -> dict[str, Any]:
    """A difference in the words of the columns."""
    shown = {
        **one,
        "campaign": one["campaign_id"] and str(one["campaign_id"]),
        "batch": one["batch_seq"],
        "message": one["message_id"] and str(one["message_id"]),
        "phone": None if one["phone"] is None else phone.local(one["phone"]),
    }
    return {column: shown[column] for column in COLUMNS}
