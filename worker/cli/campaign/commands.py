"""What can be done with campaigns? Each command is one call of a service, and its answer shown."""

from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from worker.cli import files, parts, screen
from worker.cli.campaign import documents, planning, show, waiting
from worker.cli.options import CampaignId, Json
from worker.domain.states import CampaignStatus
from worker.errors import Misuse
from worker.services import control, report, resolve
from worker.services.control import Receipt
from worker.services.plan import Wish
from worker.services.resolve import Verdict

app = typer.Typer(no_args_is_help=True, help="Create campaigns, follow them, stop them, and fetch their reports.")

TIME_OUT: Final = 3


@app.command()
def create(
    *,
    provider: Annotated[str, typer.Option(help="The provider that sends it, such as esms.")],
    sender: Annotated[str, typer.Option(metavar="NAME", help="The brandname that subscribers see.")],
    kind: Annotated[str, typer.Option(metavar="ads|care", help="Advertising, or customer care.")],
    text: Annotated[str, typer.Option(help="The text; {name} is filled from the list's column of that name.")],
    list_: Annotated[
        Path, typer.Option("--list", metavar="FILE", help="CSV, TXT or XLSX, with the numbers in `phone`.")
    ],
    name: Annotated[str, typer.Option(help="A name to find it by; by default that of the list.")] = "",
    at: Annotated[
        str | None, typer.Option(metavar="ISO8601", help="When it may leave; Vietnam time unless it says otherwise.")
    ] = None,
    key: Annotated[str, typer.Option(help="Your own id of the request: repeating it creates nothing new.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and count everything, store nothing.")] = False,
    refused: Annotated[
        str,
        typer.Option("--refused", metavar="FILE", help="Write the rows that get no message, as CSV with the reasons."),
    ] = "",
    json: Json = False,
) -> None:
    """Check a text and a list, and schedule a campaign; refused whole, with the reason and the counts, or stored whole.

    Example:

    loa campaign create --provider esms --sender LOA --kind ads \\
      --list customers.csv --at 2026-11-25T09:00 \\
      --text "(QC) LOA giam 20% den 30/11. Tu choi: soan TC gui 8755"
    """
    wish = Wish(provider, sender, kind, text, list_, name=name, at=at, key=key)
    if refused == files.STDOUT and json:
        raise Misuse("--refused - and --json both want stdout: name a file.")
    if refused and files.same(refused, str(list_)):
        raise Misuse(f"--refused would overwrite the list {list_} itself: name another file.")
    with parts.opened() as loa:
        made, refusals = planning.create(loa, wish, dry_run=dry_run, refused=refused)
        if json:
            screen.document(documents.created(made, refusals.by_reason, dry_run=dry_run))
        else:
            planning.explain(loa, made, refusals, dry_run=dry_run)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
    json: Json = False,
) -> None:
    """List the latest campaigns.

    Example: loa campaign list --limit 5
    """
    with parts.opened() as loa:
        rows = report.newest(loa.deps, limit)
        if json:
            screen.document([documents.campaign(one) for one in rows])
        else:
            show.campaigns(rows)


@app.command("show")
def show_(
    campaign_id: CampaignId,
    every_batch: Annotated[bool, typer.Option("--all", help="Show every batch, not the first 20.")] = False,
    json: Json = False,
) -> None:
    """Show one campaign: its status, its counts, its batches; those in trouble first.

    Example: loa campaign show 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11 --all
    """
    with parts.opened() as loa:
        view = report.show(loa.deps, report.identify(loa.deps, campaign_id))
        if json:
            screen.document(documents.shown(view))
        else:
            show.campaign(view, every_batch=every_batch)


@app.command()
def wait(
    campaign_id: CampaignId,
    timeout: Annotated[
        float | None, typer.Option(min=0, metavar="S", help="Give up after so many seconds; by default never.")
    ] = None,
    json: Json = False,
) -> None:
    """Wait until a campaign has ended: exit 0 when it is done, 1 when it failed or was cancelled, 3 when the time is up.

    Example: loa campaign wait 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11 --timeout 600
    """
    with parts.opened() as loa:
        view = waiting.until_over(loa, report.identify(loa.deps, campaign_id), timeout)
    if json:
        screen.document(documents.shown(view))
    else:
        screen.out.print(waiting.picture(view))
    match view.campaign.status:
        case CampaignStatus.DONE:
            return
        case CampaignStatus.FAILED | CampaignStatus.CANCELLED as ended:
            screen.say(f"The campaign {ended}: {view.campaign.status_reason or 'no reason was given'}.")
            raise typer.Exit(1)
        case going:
            screen.say(f"The time is up and the campaign is still {going}.")
            raise typer.Exit(TIME_OUT)


@app.command()
def pause(campaign_id: CampaignId, json: Json = False) -> None:
    """Stop a campaign for now: no call to the provider begins after this returns.

    Example: loa campaign pause 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11
    """
    with parts.opened() as loa:
        campaign = report.identify(loa.deps, campaign_id)
        what = control.pause(loa.deps, campaign)
    _tell(campaign, what, json=json, stopped="wait")


@app.command()
def resume(campaign_id: CampaignId, json: Json = False) -> None:
    """Go on with a paused campaign at its next batch; what the provider took stays taken.

    Example: loa campaign resume 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11
    """
    with parts.opened() as loa:
        campaign = report.identify(loa.deps, campaign_id)
        what = control.resume(loa.deps, campaign)
    _tell(campaign, what, json=json, stopped="go on")


@app.command()
def cancel(campaign_id: CampaignId, json: Json = False) -> None:
    """End a campaign for good: what has not left will not; what the provider took, it will deliver, unless it can stop it.

    FPT can until the text is due; the answer names the batches that it stopped and those it did not. When it did not answer,
    repeat the command.

    Example: loa campaign cancel 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11
    """
    with parts.opened() as loa:
        campaign = report.identify(loa.deps, campaign_id)
        what = control.cancel(loa.deps, campaign)
    _tell(campaign, what, json=json, stopped="will not leave")


@app.command("resolve")
def resolve_(
    campaign_id: CampaignId,
    batch: Annotated[
        int, typer.Option(min=1, metavar="N", help="The batch's number, as `loa campaign show` tells it.")
    ],
    as_: Annotated[Verdict, typer.Option("--as", help="What you know of it from the provider.")],
    json: Json = False,
) -> None:
    """Say what became of a batch in doubt, where no evidence can: it was sent, or it was not and goes again.

    Ask the provider first: "not-sent" of an order that it took sends its texts twice.

    Example: loa campaign resolve 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11 --batch 7 --as sent
    """
    with parts.opened() as loa:
        campaign = report.identify(loa.deps, campaign_id)
        what = resolve.resolve(loa.deps, campaign, batch, as_)
    if json:
        screen.document(documents.resolved(campaign, batch, what))
    else:
        screen.answer(
            f"{screen.plural(what.numbers, 'number')} of batch {batch}: the batch is {what.state} now, "
            f"the campaign {what.status}."
        )


@app.command("report")
def report_(
    campaign_id: CampaignId,
    csv: Annotated[
        str, typer.Option(metavar="FILE", help="One line a recipient, with what became of it; - is stdout.")
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
    with parts.opened() as loa:
        campaign = report.identify(loa.deps, campaign_id)
        view = report.show(loa.deps, campaign)
        written: dict[str, int] = {}
        if csv:
            with files.whole(csv) as file:
                written[csv] = report.write_recipients(loa.deps, campaign, file, lambda _lines: None)
        if refused:
            with files.whole(refused) as file:
                written[refused] = report.write_refused(loa.deps, campaign, file)
    for name, lines in written.items():
        screen.say(f"{screen.plural(lines, 'line')} written to {'stdout' if name == files.STDOUT else name}")
    if json:
        screen.document(documents.shown(view))
    elif not written:
        show.campaign(view, every_batch=False)


def _tell(campaign_id: UUID, what: Receipt, *, json: bool, stopped: str) -> None:
    if json:
        screen.document(documents.receipt(campaign_id, what))
        return
    screen.answer(f"The campaign is {what.status}.", style="bold")
    screen.answer(
        f"{screen.plural(what.stopped, 'number')} {stopped}; "
        f"{what.beyond_reach:,} are with the provider, or in a call at this moment."
    )
    if what.unknown:
        screen.answer(f"{screen.plural(what.unknown, 'number')} may or may not be with the provider.")
    if what.withdrawal is not None:
        for share, did in ((what.withdrawal.stopped, "stopped"), (what.withdrawal.kept, "did not stop")):
            if share.batches:
                named = ", ".join(map(str, share.batches))
                screen.answer(f"The provider {did} {screen.plural(share.numbers, 'number')}: batch {named}.")
        for words in what.withdrawal.words:
            screen.answer(words + ".")
