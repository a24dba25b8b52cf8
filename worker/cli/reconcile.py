"""The command that compares our rows with the providers' records: by provider and kind, numbers and money."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Final

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from worker.cli import console, files, runtime
from worker.cli.options import Json
from worker.domain.clock_times import parse_moment
from worker.domain.window import local
from worker.errors import Misuse
from worker.services import reconcile as service
from worker.services.deps import Account
from worker.services.reconcile import KINDS, Overview
from worker.storage.tables.reconcile import Reconciliation

#: Differences shown; all of them go to --csv.
SHOWN: Final = 20
DONE: Final = "done"


def reconcile(
    from_: Annotated[
        str, typer.Option("--from", metavar="T", help="Compare calls from this time on; by default yesterday 00:00.")
    ] = "",
    to: Annotated[str, typer.Option(metavar="T", help="Compare calls up to this time; by default now.")] = "",
    provider: Annotated[str, typer.Option(metavar="P", help="Compare with this provider alone.")] = "",
    last: Annotated[
        bool, typer.Option("--last", help="Show the latest result again, such as the night's; nobody is asked.")
    ] = False,
    csv: Annotated[str, typer.Option(metavar="FILE", help="Write every difference, one line each; - is stdout.")] = "",
    json: Json = False,
) -> None:
    """Compare our rows with the providers' records: missing there, missing here, another state, another price, money.

    Nothing is sent and no state changes; the result is kept. Times without an offset are those of Vietnam; eSMS keeps its
    record by when a message was made. Calls younger than LOA_LOOKUP_DELAY_S may not be in a record yet and are not missed.
    Exit 0 when it was compared, whatever was found; 1 when a record could not be read.

    Example: loa reconcile --from 2026-03-01T00:00 --to 2026-03-02T00:00 --csv differences.csv
    """
    if csv == files.STDOUT and json:
        raise Misuse("--csv - and --json both want stdout: name a file.")
    if last and (from_ or to):
        raise Misuse("--last shows what was compared already: leave --from and --to out, or --last.")
    since, until = _moment(from_), _moment(to)
    with runtime.opened(need_redis=not last, reads=True) as loa:
        if last:
            runs = service.last(loa.deps, provider)
        else:
            with _bar() as progress:
                runs = service.reconcile(loa.deps, since, until, provider, progress)
        if csv:
            with files.whole(csv) as file:
                lines = service.write(loa.deps, runs, file)
            where = "stdout" if csv == files.STDOUT else csv
            console.say(f"{console.plural(lines, 'difference')} written to {where}")
        found = service.overview(loa.deps, runs, SHOWN)
        titles = {name: account.title for name, account in loa.deps.accounts.items()}
    if json:
        console.document(_document(found))
    elif csv != files.STDOUT:
        if last:
            console.answer(f"Compared {console.moment(max(run.started_at for run in runs))}.")
        _show(found, titles, all_in=csv)
    unread = [run for run in runs if run.state != DONE]
    for run in unread:
        console.say(f"{run.detail.rstrip('.')}.")
    if unread:
        raise typer.Exit(1)


def _moment(written: str) -> datetime | None:
    return parse_moment(written) if written else None


@contextmanager
def _bar() -> Iterator[Callable[[Account, float, int], None]]:
    """A bar for each provider that is read, on a terminal."""
    what, read = TextColumn("{task.description}"), TextColumn("{task.fields[rows]:,} rows")
    columns = (what, BarColumn(), read, TimeElapsedColumn())
    with Progress(*columns, console=console.err, transient=True, disable=not console.err.is_terminal) as progress:
        tasks = {}

        def update(account: Account, share: float, rows: int) -> None:
            if account.name not in tasks:
                tasks[account.name] = progress.add_task(f"reading {account.title}'s record", total=1.0, rows=0)
            progress.update(tasks[account.name], completed=share, rows=rows)

        yield update


def _document(found: Overview) -> dict[str, Any]:
    rows = [{**row, "money": None if row["money"] is None else console.number(row["money"])} for row in found.rows]
    return {"runs": [_run(run) for run in found.runs], "differences": rows, "total": found.total}


def _run(run: Reconciliation) -> dict[str, Any]:
    return {
        "id": str(run.id),
        "provider": run.provider,
        "from": local(run.since),
        "to": local(run.until),
        "state": run.state,
        "words": run.detail,
        "ours": run.ours,
        "theirs": run.theirs,
        "counts": {kind: run.counts[kind] for kind in KINDS if kind in run.counts},
        "started_at": local(run.started_at),
        "finished_at": None if run.finished_at is None else local(run.finished_at),
    }


def _show(found: Overview, titles: Mapping[str, str], all_in: str) -> None:
    for run in found.runs:
        _show_run(run, titles.get(run.provider, run.provider))
    if not found.rows:
        return
    console.answer(f"The first {len(found.rows):,} differences:" if found.total > len(found.rows) else "Differences:")
    rows = console.table(
        "provider", "kind", "campaign", "phone", "ref", "numbers", "ours", "theirs", "money", right=("numbers", "money")
    )
    for one in found.rows:
        rows.add_row(*_cells(one))
    console.out.print(rows)
    if found.total > len(found.rows) and not all_in:
        console.answer(f"All {found.total:,} of them: --csv FILE")


def _show_run(run: Reconciliation, title: str) -> None:
    period = f"{console.moment(run.since)} to {console.moment(run.until)}"
    if run.state != DONE:
        console.answer(f"{title}, {period}: not compared.", style="bold")
        return
    compared = f"{run.ours:,} numbers of ours, {run.theirs:,} in its record"
    if not run.counts:
        console.answer(f"{title}, {period}: no differences ({compared}).", style="bold")
    else:
        console.answer(f"{title}, {period}: {compared}.", style="bold")
        rows = console.table("kind", "numbers", "money", "meaning", right=("numbers", "money"))
        for kind, meaning in KINDS.items():
            if one := run.counts.get(kind):
                rows.add_row(kind, f"{one['numbers']:,}", f"{one['money']:,.0f} VND", meaning)
        console.out.print(rows)
    for note in filter(None, run.detail.split("; ")):
        console.answer(f"Note: {note}.")


def _cells(one: Mapping[str, Any]) -> Sequence[str]:
    money = "" if one["money"] is None else f"{console.number(one['money']):,}"
    whose = one["campaign"] or one["message"] or ""
    batch = f" #{one['batch']}" if one["batch"] is not None else ""
    return (
        one["provider"], one["kind"], f"{whose}{batch}", one["phone"] or "", one["ref"], f"{one['numbers']:,}",
        one["ours"], one["theirs"], money,
    )  # fmt: skip
