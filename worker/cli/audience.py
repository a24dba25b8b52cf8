"""Four commands for stored lists; `campaign create --audience NAME` uses one."""

from pathlib import Path
from typing import Annotated

import typer

from worker.api import documents
from worker.cli import console, files, runtime
from worker.cli.campaign import planning
from worker.cli.options import Json
from worker.cli.reading import Encoding, HeaderRow, Hidden, ListEncoding, PhoneColumn, Sheet, reading_options
from worker.services.audience import audiences

app = typer.Typer(no_args_is_help=True, help="Keep lists for campaigns to come: `campaign create --audience NAME`.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="What the list is called.")]


@app.command()
def create(
    name: Name,
    list_: Annotated[
        Path, typer.Option("--list", metavar="FILE", help="CSV, TXT or XLSX, with the numbers in `phone`.")
    ],
    phone_column: PhoneColumn = "",
    sheet: Sheet = "",
    hidden: Hidden = None,
    encoding: Encoding = ListEncoding.AUTO,
    header_row: HeaderRow = None,
    json: Json = False,
) -> None:
    """Read a list and keep it: each number once, with the values of all its columns.

    Example: loa audience create customers --list customers.xlsx
    """
    reading = reading_options(phone_column, sheet, hidden, encoding, header_row)
    with runtime.opened() as loa, planning.bar() as progress:
        made = audiences.create(loa.deps, name, list_, reading=reading, progress=progress)
    if json:
        console.document(documents.audience(made))
        return
    console.answer(f"{made.name}: {made.size:,} numbers of {made.rows:,} rows.", style="bold")
    console.answer(f"{made.duplicates:,} rows were repeats, {made.invalid:,} no mobile numbers.")
    for note in made.notes or []:
        console.answer(f"Note: {note}")


@app.command("list")
def list_(json: Json = False) -> None:
    """List the stored lists.

    Example: loa audience list
    """
    with runtime.opened() as loa:
        rows = audiences.everyone(loa.deps)
    if json:
        console.document([documents.audience(one) for one in rows])
        return
    shown = console.table("name", "numbers", "columns", "created", "by", right=("numbers",))
    for one in rows:
        shown.add_row(one.name, f"{one.size:,}", ", ".join(one.columns), console.moment(one.created_at), one.author)
    console.out.print(shown)


@app.command("show")
def show_(
    name: Name,
    refused: Annotated[
        str, typer.Option(metavar="FILE", help="Write the rows that are not in it, as CSV with the reasons.")
    ] = "",
    json: Json = False,
) -> None:
    """Show one with some of its rows and the campaigns that were made of it.

    Example: loa audience show customers --refused to-mend.csv
    """
    with runtime.opened() as loa:
        what = audiences.show(loa.deps, name)
        if refused:
            with files.whole(refused) as file:
                lines = audiences.write_refused(loa.deps, name, file)
            console.say(f"{console.plural(lines, 'line')} written to {refused}")
    if json:
        console.document(documents.audience_shown(what))
        return
    one = what.audience
    console.answer(f"{one.name}: {one.size:,} numbers, by {one.author} {console.moment(one.created_at)}", style="bold")
    rows = console.table("row", "phone", *one.columns, right=("row",))
    for row, phone, values in what.sample:
        rows.add_row(str(row), phone, *(values.get(column, "") for column in one.columns))
    console.out.print(rows)
    for campaign_id, title, status in what.used_by:
        console.answer(f"Campaign {campaign_id} ({title}) is {status}.")


@app.command()
def delete(name: Name, json: Json = False) -> None:
    """Delete one; campaigns that were made of it keep their numbers.

    Example: loa audience delete customers
    """
    with runtime.opened() as loa:
        gone = audiences.delete(loa.deps, name)
    if json:
        console.document(documents.audience(gone))
    else:
        console.answer(f"{gone.name} is deleted.")
