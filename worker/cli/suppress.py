"""Commands for the suppression list, with which an operator keeps numbers out of ads."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from worker.cli import console, files, runtime
from worker.cli.campaign.planning import Refusals, bar, read_as
from worker.cli.options import Json
from worker.cli.reading import (
    Encoding,
    HeaderRow,
    Hidden,
    ListEncoding,
    PhoneColumn,
    Sheet,
    ask_about_refusals,
    reading_options,
)
from worker.domain import phone as phones
from worker.domain.window import local
from worker.errors import Misuse
from worker.lists import ReadOptions
from worker.services.operations import suppression
from worker.services.operations.suppression import Added, Refusal
from worker.services.planning.reading import Hooks
from worker.services.reporting import report
from worker.services.reporting.refusals import explain as why_refused
from worker.storage.operations.suppression import DO_NOT_CALL, OPT_OUT, Entry
from worker.wiring import Loa

app = typer.Typer(no_args_is_help=True, help="Keep numbers out of ads: opt-outs and do-not-call lists.")

#: How many numbers that were not on the list are named.
NAMED: Final = 5

Phones = Annotated[list[str], typer.Argument(metavar="PHONE...", help="Numbers, as people write them.")]


@app.command()
def add(
    phone: Phones,
    reason: Annotated[
        str, typer.Option(metavar="WORD", help=f"{OPT_OUT}, {DO_NOT_CALL}, or a word of your own.")
    ] = OPT_OUT,
    json: Json = False,
) -> None:
    """Keep numbers out of ads from now on, those of scheduled campaigns included; one-time passwords still reach them.

    Adding a number again changes nothing, but that an opt-out takes the place of do_not_call. Exit 1 when one of them is no
    mobile number; the others are added all the same.

    Example: loa suppress add 0900000001 "+84 90 000 0002" --reason opt_out
    """
    with runtime.opened() as loa:
        made = suppression.add(loa.deps, phone, reason)
    if json:
        console.document({**_counts(made), "examples": _documents(made.examples)})
    else:
        console.answer(
            f"{console.plural(made.added, 'number')} added, {made.already:,} there already. They get no ads.",
            style="bold",
        )
        _show_examples("place", made.examples)
    if made.invalid:
        console.say(f"{made.invalid:,} of {made.rows:,} not added: no mobile number.")
        raise typer.Exit(1)


@app.command()
def remove(phone: Phones, json: Json = False) -> None:
    """Let numbers get ads again. Exit 1 when one of them was not on the list; the others are removed all the same.

    Example: loa suppress remove 0900000001
    """
    with runtime.opened(reads=True) as loa:
        made = suppression.remove(loa.deps, phone)
    if json:
        counts = {"removed": made.removed, "absent": len(made.absent), "invalid": made.invalid}
        console.document({**counts, "examples": _documents(made.examples)})
    else:
        console.answer(f"{console.plural(made.removed, 'number')} removed.", style="bold")
        _show_examples("place", made.examples)
    if made.absent:
        named = ", ".join(map(phones.masked, made.absent[:NAMED])) + (", ..." if len(made.absent) > NAMED else "")
        console.say(f"{console.plural(len(made.absent), 'number')} not on the list: {named}.")
    if made.invalid:
        console.say(f"{made.invalid:,} of {len(phone):,} not removed: no mobile number.")
    if made.absent or made.invalid:
        raise typer.Exit(1)


@app.command("import")
def import_(
    list_: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, TXT or XLSX, with the numbers in `phone`.")],
    *,
    reason: Annotated[
        str, typer.Option(metavar="WORD", help=f"{OPT_OUT}, {DO_NOT_CALL}, or a word of your own.")
    ] = DO_NOT_CALL,
    refused: Annotated[
        str, typer.Option(metavar="FILE", help="Write the rows that are no mobile number, as CSV with the reasons.")
    ] = "",
    phone_column: PhoneColumn = "",
    sheet: Sheet = "",
    hidden: Hidden = None,
    encoding: Encoding = ListEncoding.AUTO,
    header_row: HeaderRow = None,
    as_of: Annotated[
        str, typer.Option(metavar="DAY", help="The day of which the list is, as in 2026-11-01; by default today.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="It is no list of customers: ask nothing.")] = False,
    json: Json = False,
) -> None:
    """Keep the numbers of a list out of ads: all of them, or none when the file cannot be read to its end.

    Numbers that are there already stay as they are, and none is removed. A list that may be one of customers is asked about
    (at a terminal), or taken with a note. Exit 1 when not one row is a mobile number.

    Example: loa suppress import do-not-call.csv --refused to-mend.csv
    """
    if refused == files.STDOUT and json:
        raise Misuse("--refused - and --json both want stdout: name a file.")
    if refused and files.same(refused, str(list_)):
        raise Misuse(f"--refused would overwrite the list {list_} itself: name another file.")
    refusals = Refusals()
    reading = reading_options(phone_column, sheet, hidden, encoding, header_row)
    if not yes:
        ask_about_refusals(list_, reading)
    with runtime.opened() as loa:
        made = _import(loa, list_, reason, refusals, refused, reading, as_of, yes)
    if json:
        console.document({**_counts(made), **made.read, "refused_by_reason": refusals.by_reason})
    elif refused != files.STDOUT:
        _tell(list_, made)
        if made.invalid > len(made.examples) and not refused:
            console.answer(f"All {made.invalid:,} with their reasons: --refused FILE")
    if made.rows == made.invalid:
        console.say(f"{list_.name} has no mobile number: nothing was added.")
        raise typer.Exit(1)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, help="How many are shown, the newest first.")] = 20,
    phone: Annotated[str, typer.Option(help="Look up this one number, as people write it.")] = "",
    csv: Annotated[str, typer.Option(metavar="FILE", help="Write all of them, one line a number; - is stdout.")] = "",
    json: Json = False,
) -> None:
    """Show how many numbers get no ads and the latest of them, look one up, or write them all to a file.

    Example: loa suppress list --csv suppressed.csv
    """
    if csv and phone:
        raise Misuse("--csv writes every number and --phone looks one up: give one of them.")
    if csv == files.STDOUT and json:
        raise Misuse("--csv - and --json both want stdout: name a file.")
    with runtime.opened(reads=True) as loa:
        if csv:
            with files.whole(csv) as file:
                lines = suppression.export(loa.deps, file)
            where = "stdout" if csv == files.STDOUT else csv
            console.say(f"{console.plural(lines, 'line')} written to {where}")
            if not json:
                return
        total = suppression.count(loa.deps)
        if phone:
            found = suppression.find(loa.deps, phone)
            entries: Sequence[Entry] = [found] if found is not None else []
        else:
            entries = suppression.newest(loa.deps, limit)
        last = suppression.last_import(loa.deps)
    if json:
        newest = {"source": last.source, "as_of": last.as_of.isoformat(), "added": last.added} if last else None
        console.document({"total": total, "entries": [_document(one) for one in entries], "do_not_call_list": newest})
    elif phone and not entries:
        console.answer("The number is not suppressed: it may get ads.")
    else:
        _show(total, entries)


@app.command()
def history(
    phone: Annotated[str, typer.Argument(metavar="PHONE", help="A number, as people write it.")], json: Json = False
) -> None:
    """Show every entry that a number ever had: who put it in and when, who ended it and when.

    Example: loa suppress history 0900000001
    """
    with runtime.opened() as loa:
        entries = suppression.history(loa.deps, phone)
    if json:
        console.document([_document(one) for one in entries])
        return
    rows = console.table("reason", "source", "since", "by", "until", "ended by")
    for one in entries:
        since, until = console.moment(one.added_at), console.moment(one.ended_at)
        rows.add_row(one.reason, one.source, since, one.added_by or "", until, one.ended_by or "")
    console.out.print(rows)


@app.command()
def undo(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="The name of the list, as `loa suppress list` shows it.")
    ],
    at: Annotated[
        str, typer.Option(metavar="TIME", help="Which import, where the name was imported more than once.")
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Also where a list that was imported later may have some of its numbers too.")
    ] = False,
    json: Json = False,
) -> None:
    """Take back a whole import: the numbers that came with this list get ads again. Those that were there before stay.

    A list that was imported later left out what was there already: import it again afterwards.

    Example: loa suppress undo customers.csv --at "28/11/2026"
    """
    with runtime.opened(reads=True) as loa:
        removed = suppression.undo(loa.deps, source, at, sure=yes)
    if json:
        console.document({"source": source, "removed": removed})
    else:
        console.answer(f"{console.plural(removed, 'number')} of {source} removed.", style="bold")


def _import(
    loa: Loa, list_: Path, reason: str, refusals: Refusals, refused: str, reading: ReadOptions, as_of: str, sure: bool
) -> Added:
    """Import under a bar; `refused` names a file for the rows that are no number, which has its heading in any case."""
    with bar() as progress:
        hooks = Hooks(progress=progress, refused=refusals)
        if not refused:
            return suppression.import_list(loa.deps, list_, reason, hooks, reading, as_of, sure=sure)
        with files.whole(refused) as file:
            refusals.file = file
            made = suppression.import_list(loa.deps, list_, reason, hooks, reading, as_of, sure=sure)
            if not made.invalid:
                report.RefusalWriter(file)
    return made


def _counts(made: Added) -> dict[str, int]:
    return {name: getattr(made, name) for name in ("rows", "added", "already", "duplicates", "invalid")}


def _documents(examples: Sequence[Refusal]) -> list[dict[str, Any]]:
    return [{"place": place, "value": value, "reason": reason} for place, value, reason in examples]


def _document(one: Entry) -> dict[str, str | None]:
    return {
        "phone": phones.local(one.phone),
        "reason": one.reason,
        "source": one.source,
        "added_at": local(one.added_at),
        "since": local(one.added_at),
        "by": one.added_by,
        "until": local(one.ended_at) if one.ended_at else None,
        "ended_by": one.ended_by,
    }


def _tell(list_: Path, made: Added) -> None:
    console.answer(f"{list_.name}: {console.plural(made.added, 'number')} added. They get no ads.", style="bold")
    facts = console.facts()
    facts.add_row("list", read_as(made.read["list"]))
    for name, number in _counts(made).items():
        facts.add_row(name, f"{number:,}")
    console.out.print(facts)
    for note in made.read["notes"]:
        console.answer(f"Note: {note}")
    _show_examples("row", made.examples)


def _show_examples(where: str, examples: Sequence[Refusal]) -> None:
    if not examples:
        return
    console.answer("No mobile numbers, for example:")
    rows = console.table(where, "value", "reason", right=(where,))
    for place, value, reason in examples:
        rows.add_row(str(place), value, why_refused(reason))
    console.out.print(rows)


def _show(total: int, entries: Sequence[Entry]) -> None:
    console.answer(f"{console.plural(total, 'number')} suppressed.", style="bold")
    if not entries:
        return
    rows = console.table("phone", "reason", "source", "added")
    for one in entries:
        rows.add_row(phones.local(one.phone), one.reason, one.source, console.moment(one.added_at))
    console.out.print(rows)
