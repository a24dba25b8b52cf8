"""The audit log (who did what): shown on a screen, as JSON or CSV, and the check of its chain."""

from datetime import datetime
from typing import Annotated, Any

import typer

from worker.cli import console, files, runtime
from worker.cli.options import Json
from worker.domain.clock_times import parse_moment
from worker.domain.window import local
from worker.errors import Misuse, Refused
from worker.services.people import audit
from worker.storage.tables.people import AuditEntry

app = typer.Typer(help="Read who did what, and check that nobody has changed it since.")

LATEST = 50


@app.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    from_: Annotated[
        str, typer.Option("--from", metavar="ISO8601", help="From when; by default only the latest are shown.")
    ] = "",
    to: Annotated[str, typer.Option("--to", metavar="ISO8601", help="Until when, not included.")] = "",
    csv: Annotated[str, typer.Option(metavar="FILE", help="Write them as CSV; - is stdout.")] = "",
    json: Json = False,
) -> None:
    """Show who did what, oldest first; without times the latest 50.

    Example: loa audit --from 2026-11-01 --to 2026-12-01 --csv november.csv
    """
    if context.invoked_subcommand is not None:
        return
    if csv == files.STDOUT and json:
        raise Misuse("--csv - and --json both want stdout: name a file.")
    with runtime.opened() as loa:
        start, end = _moment(from_), _moment(to)
        if csv:
            with files.whole(csv) as file:
                lines = audit.write_csv(loa.deps, file, start, end)
            console.say(f"{console.plural(lines, 'entry', 'entries')} written to {csv}")
            if not json:
                return
        bounded = start is not None or end is not None
        rows = audit.between(loa.deps, start, end) if bounded else audit.newest(loa.deps, LATEST)[::-1]
    if json:
        console.document([_document(one) for one in rows])
        return
    shown = console.table("seq", "when", "who", "act", "what", "facts", right=("seq",))
    for one in rows:
        about = f"{one.object_kind} {one.object_id}".strip()
        facts = ", ".join(f"{name}: {value}" for name, value in one.facts.items())
        shown.add_row(str(one.seq), console.moment(one.at), one.who, one.act, about, facts)
    console.out.print(shown)


@app.command()
def verify(
    expect: Annotated[
        str, typer.Option(metavar="SEQ:HASH", help="The head that an earlier check told, noted elsewhere.")
    ] = "",
    json: Json = False,
) -> None:
    """Work out the whole chain anew: exit 1 when an entry was changed, removed or put in.

    Note the head somewhere else: with --expect a later check also finds a log that was rewritten from some entry on, or cut off.

    Example: loa audit verify --expect 812:5a1f…
    """
    with runtime.opened() as loa:
        found = audit.verify(loa.deps, _noted(expect))
    head = f"{found.head[0]}:{found.head[1]}"
    if json:
        document = {"ok": not found.faults, "entries": found.entries, "head": head, "faults": list(found.faults)}
        console.document(document)
        if found.faults:
            raise typer.Exit(1)
        return
    if found.faults:
        raise Refused("audit_broken", "The audit log is not what it was: " + "; ".join(found.faults) + ".")
    console.answer(f"{console.plural(found.entries, 'entry', 'entries')}, all of them chained. Head: {head}")


def _noted(written: str) -> tuple[int, str] | None:
    seq, _, noted = written.partition(":")
    if not written:
        return None
    if not seq.isdecimal() or not noted:
        raise Misuse("--expect takes the head as `loa audit verify` tells it: a number, a colon and a hash.")
    return int(seq), noted


def _moment(written: str) -> datetime | None:
    return parse_moment(written) if written else None


def _document(entry: AuditEntry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": local(entry.at),
        "who": entry.who,
        "door": entry.door,
        "act": entry.act,
        "object": {"kind": entry.object_kind, "id": entry.object_id},
        "facts": entry.facts,
        "hash": entry.hash,
    }
