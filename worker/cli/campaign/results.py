"""The commands `report` (what became of a campaign) and `resolve` (a person settles an unknown batch)."""

from typing import Annotated

import typer

from worker.cli import console, files, runtime
from worker.cli.campaign import documents, show
from worker.cli.options import CampaignId, Json
from worker.errors import Misuse
from worker.services.reporting import report
from worker.services.unknown import resolve
from worker.services.unknown.resolve import Verdict

app = typer.Typer()


@app.command("resolve")
def resolve_(
    campaign_id: CampaignId,
    batch: Annotated[
        int, typer.Option(min=1, metavar="N", help="The batch's number, as `loa campaign show` tells it.")
    ],
    as_: Annotated[Verdict, typer.Option("--as", help="What you know of it from the provider.")],
    json: Json = False,
) -> None:
    """Say what became of an unknown batch, where no evidence can: it was sent, or it was not and goes again.

    Ask the provider first: "not-sent" of an order that it took sends its texts twice.

    Example: loa campaign resolve 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11 --batch 7 --as sent
    """
    with runtime.opened(reads=True) as loa:
        campaign = report.identify(loa.deps, campaign_id)
        what = resolve.resolve(loa.deps, campaign, batch, as_)
    if json:
        console.document(documents.resolved(campaign, batch, what))
    else:
        console.answer(
            f"{console.plural(what.numbers, 'number')} of batch {batch}: the batch is {what.state} now, "
            f"the campaign {what.status}."
        )


@app.command("report")
def report_(
    campaign_id: CampaignId,
    csv: Annotated[
        str, typer.Option(metavar="FILE", help="One line a recipient, with what became of it; - is stdout.")
    ] = "",
    xlsx: Annotated[
        str, typer.Option(metavar="FILE", help="The same as a workbook: phones as text, times as dates, totals.")
    ] = "",
    refused: Annotated[
        str, typer.Option(metavar="FILE", help="One line a row that got no message, with the reason; - is stdout.")
    ] = "",
    json: Json = False,
) -> None:
    """Write what became of every number of a campaign, or without a file show the summary.

    Example: loa campaign report 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11 --csv report.csv --refused to-mend.csv
    """
    if [csv, refused].count(files.STDOUT) + json > 1:
        raise Misuse("Only one of --csv -, --refused - and --json can have stdout: name a file for the others.")
    if csv and refused and files.same(csv, refused):
        raise Misuse("--csv and --refused name the same file: name two.")
    if xlsx == files.STDOUT:
        raise Misuse("--xlsx writes a workbook, which stdout does not show: name a file.")
    with runtime.opened(reads=True) as loa:
        campaign = report.identify(loa.deps, campaign_id)
        view = report.show(loa.deps, campaign)
        written: dict[str, int] = {}
        if csv:
            with files.whole(csv) as file:
                written[csv] = report.write_recipients(loa.deps, campaign, file, lambda _lines: None)
        if xlsx:
            from worker.services.reporting import report_xlsx  # noqa: PLC0415 - openpyxl is slow to import, and few reports need it

            with files.whole_bytes(xlsx) as workbook:
                written[xlsx] = report_xlsx.write(loa.deps, campaign, workbook, lambda _lines: None)
        if refused:
            with files.whole(refused) as file:
                written[refused] = report.write_refused(loa.deps, campaign, file)
    for name, lines in written.items():
        console.say(f"{console.plural(lines, 'line')} written to {'stdout' if name == files.STDOUT else name}")
    if json:
        console.document(documents.shown(view))
    elif not written:
        show.campaign(view, every_batch=False)
