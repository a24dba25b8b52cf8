"""Streams a list into the transaction, and tells what it came to as one value."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from worker.domain.calls import Purpose
from worker.errors import Refused
from worker.lists.source import RowList
from worker.services.planning import consents, repetition, summary
from worker.services.planning.checked import Checked
from worker.services.planning.request import stamp
from worker.services.planning.rows import stage
from worker.services.planning.schedule import Schedule, check_until, plan_times
from worker.services.planning.summary import ListSummary
from worker.storage.planning import staging
from worker.storage.planning.staging import Staged


@dataclass(frozen=True, slots=True)
class Hooks:
    """How a caller follows a long plan."""

    #: Called with the share of the list that was read, 0 to 1.
    progress: Callable[[float], None] = lambda _share: None
    #: Called with each refused row (row, what stood there, reason), also when the campaign is then refused.
    refused: Callable[[int, str, str], None] | None = None
    #: Whether nothing is stored: what would be refused as repeated is then a note.
    trial: bool = False


def read(
    session: Session, checked: Checked, list_file: RowList, campaign_id: UUID, *, hooks: Hooks, require_consent: bool
) -> ListSummary:
    """Stage every row of the list, and sum up; Refused before anything is stored."""
    requested, account, template = checked.requested, checked.account, checked.template
    columns = template.check_columns(list_file.columns)
    required = require_consent and requested.kind == Purpose.ADS
    proofs = consents.of_list(list_file.columns, checked.now, required=required)
    noticed = stage(
        session,
        account,
        requested.kind,
        template,
        columns,
        list_file,
        hooks.progress,
        plainly=requested.plain,
        consents=proofs,
    )
    if stamp(requested) != checked.as_found:
        raise Refused(
            "file_changed",
            f"{requested.list_path.name} was written to while it was read: wait until it is complete, then create again.",
        )
    staged = staging.count(session, suppress=requested.kind == Purpose.ADS)
    if hooks.refused is not None:
        for refusal in staging.staged_refusals(session):
            hooks.refused(*refusal)
    _check_size(session, checked, list_file, staged)
    times = _times(checked, staged)
    key = repetition.key(checked, staged.list_hash)
    notes = summary.notes_of_proofs(proofs)
    if not requested.again and not requested.key:
        notes += repetition.check(session, checked, key, but=campaign_id, trial=hooks.trial)
    return summary.summed_up(session, checked, list_file, staged, times, noticed, key, notes)


def _check_size(session: Session, checked: Checked, list_file: RowList, staged: Staged) -> None:
    account, kind = checked.account, checked.requested.kind
    min_recipients = account.min_recipients if kind == Purpose.ADS else 1
    if staged.valid >= min_recipients:
        return
    raise Refused(
        "too_few_numbers",
        f"The list has {staged.valid} numbers to write to, and {account.title} takes {kind} for "
        f"{min_recipients} or more: of {staged.rows} rows {staged.duplicates} were repeats, {staged.invalid} refused "
        f"and {staged.suppressed} on the suppression list.{summary.why_most(session)}",
        {
            "rows": staged.rows,
            "valid": staged.valid,
            "duplicates": staged.duplicates,
            "invalid": staged.invalid,
            "suppressed": staged.suppressed,
            "minimum": min_recipients,
            "list": dict(list_file.description()),
        },
    )


def _times(checked: Checked, staged: Staged) -> Schedule:
    """The moments of the campaign, now that it is known how many pushes it has."""
    account, requested = checked.account, checked.requested
    times = plan_times(account, requested.kind, requested.at, checked.now, -(-staged.valid // account.max_recipients))
    check_until(times, checked.until)
    return times
