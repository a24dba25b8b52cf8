"""The commands for campaigns: each is one call of a service, and shows its answer."""

from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from worker.cli import console, files, runtime
from worker.cli.campaign import approving, documents, planning, results, show, waiting
from worker.cli.options import AsUser, CallbackUrl, CampaignId, Json
from worker.cli.reading import Encoding, HeaderRow, Hidden, ListEncoding, PhoneColumn, Sheet, reading_options
from worker.domain.policy import Channel
from worker.domain.states import CampaignStatus
from worker.errors import Misuse
from worker.services.operations import control
from worker.services.operations.control import Receipt
from worker.services.planning import channels, forecast
from worker.services.planning.request import CampaignRequest
from worker.services.reporting import report

app = typer.Typer(no_args_is_help=True, help="Create campaigns, follow them, stop them, and fetch their reports.")
app.add_typer(approving.app)
app.add_typer(results.app)

TIME_OUT: Final = 3


@app.command()
def create(
    *,
    provider: Annotated[str, typer.Option(help="The provider that sends it, such as esms.")],
    kind: Annotated[str, typer.Option(metavar="ads|care", help="Advertising, or customer care.")],
    sender: Annotated[str | None, typer.Option(metavar="NAME", help="The brandname that subscribers see.")] = None,
    text: Annotated[
        str | None, typer.Option(help="The text; {name} is filled from the list's column of that name.")
    ] = None,
    channel: Annotated[str, typer.Option(metavar="sms|zalo", help="By text, or by a Zalo template.")] = "sms",
    oa: Annotated[str, typer.Option("--oa", metavar="ID", help="Of Zalo: the official account (OAID).")] = "",
    template_id: Annotated[
        str, typer.Option("--template-id", metavar="ID", help="Of Zalo: its template (TempID).")
    ] = "",
    param: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[=COLUMN]",
            help="Of Zalo: a value of the template, and the list's column that fills it; repeat it, in the template's order.",
        ),
    ] = None,
    fallback_text: Annotated[
        str, typer.Option(help="Of Zalo: a text for those whom it certainly did not reach, once the campaign is over.")
    ] = "",
    fallback_sender: Annotated[str, typer.Option(metavar="NAME", help="The brandname of that text.")] = "",
    list_: Annotated[
        Path | None, typer.Option("--list", metavar="FILE", help="CSV, TXT or XLSX, with the numbers in `phone`.")
    ] = None,
    audience: Annotated[str, typer.Option(metavar="NAME", help="Instead of a file: a list that is stored.")] = "",
    minus: Annotated[str, typer.Option(metavar="NAME", help="A stored list whose numbers are left out of it.")] = "",
    draft: Annotated[bool, typer.Option("--draft", help="Leave it a draft, until `loa campaign submit`.")] = False,
    name: Annotated[str, typer.Option(help="A name to find it by; by default that of the list.")] = "",
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="When it may leave, like 2026-11-28T09:00 or 28/11/2026 9:00 (Vietnam time)."
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="After this moment nothing of it leaves; a day alone is the whole of it."),
    ] = None,
    key: Annotated[str, typer.Option(help="Your own id of the request: repeating it creates nothing new.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Send the same text to the same list once more within 24 hours.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Write curly quotes, dashes and the like as plain ones; each is named.")
    ] = False,
    phone_column: PhoneColumn = "",
    sheet: Sheet = "",
    hidden: Hidden = None,
    encoding: Encoding = ListEncoding.AUTO,
    header_row: HeaderRow = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and count everything, store nothing.")] = False,
    refused: Annotated[
        str,
        typer.Option("--refused", metavar="FILE", help="Write the rows that get no message, as CSV with the reasons."),
    ] = "",
    user: AsUser = "",
    callback_url: CallbackUrl = "",
    json: Json = False,
) -> None:
    """Check a text and a list, and schedule a campaign; refused whole, with the reason and the counts, or stored whole.

    Example:

    loa campaign create --provider esms --sender LOA --kind ads \\
      --list customers.csv --at 2026-11-25T09:00 \\
      --text "(QC) LOA giam 20% den 30/11. Tu choi: soan TC gui 8755"

    Over Zalo, a template stands for text and sender:

    loa campaign create --provider esms --kind care --list orders.csv --channel zalo \
      --oa 436181207180 --template-id 200300 --param customer_name --param order_code=code
    """
    if (list_ is None) == (not audience) or (minus and not audience):
        raise Misuse("Name either a file by --list or a stored list by --audience; --minus goes with --audience.")
    reading = reading_options(phone_column, sheet, hidden, encoding, header_row)
    if channel == Channel.SMS and (sender is None or text is None):
        raise Misuse("A campaign of texts needs --sender and --text.")
    way, template = channels.read(channel, oa, template_id, param or ())
    requested = CampaignRequest(
        *(provider, sender or "", kind, text or "", list_ or Path(audience), name, at, key),
        channel=way,
        template=template,
        fallback=channels.fallback(fallback_text, fallback_sender),
        reading=reading,
        until=until,
        again=again,
        plain=plain,
        draft=draft,
    )
    if refused == files.STDOUT and json:
        raise Misuse("--refused - and --json both want stdout: name a file.")
    if refused and list_ and files.same(refused, str(list_)):
        raise Misuse(f"--refused would overwrite the list {list_} itself: name another file.")
    with runtime.opened(user=user) as loa:
        if audience:
            requested = planning.of_audience(loa, requested, audience, minus)
        requested = planning.with_callback(loa, requested, callback_url)
        made, refusals = planning.create(loa, requested, dry_run=dry_run, refused=refused)
        expected = forecast.of_plan(loa.deps, made.campaign) if dry_run else None
        if json:
            console.document(documents.created(made, refusals.by_reason, dry_run=dry_run, forecast=expected))
        else:
            planning.explain(loa, made, refusals, dry_run=dry_run)
            if expected is not None:
                show.forecast(expected)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
    json: Json = False,
) -> None:
    """List the latest campaigns.

    Example: loa campaign list --limit 5
    """
    with runtime.opened(reads=True) as loa:
        rows = report.newest(loa.deps, limit)
        if json:
            console.document([documents.campaign(*row) for row in rows])
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
    with runtime.opened(reads=True) as loa:
        view = show.found(loa.deps, campaign_id)
        if json:
            console.document(documents.shown(view))
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
    with runtime.opened(reads=True) as loa:
        view = waiting.until_over(loa, report.identify(loa.deps, campaign_id), timeout)
    if json:
        console.document(documents.shown(view))
    else:
        console.out.print(waiting.picture(view))
    match view.campaign.status:
        case CampaignStatus.DONE:
            return
        case CampaignStatus.FAILED | CampaignStatus.CANCELLED as ended:
            console.say(f"The campaign {ended}: {view.campaign.status_reason or 'no reason was given'}.")
            raise typer.Exit(1)
        case going:
            console.say(f"The time is up and the campaign is still {going}.")
            raise typer.Exit(TIME_OUT)


@app.command()
def pause(campaign_id: CampaignId, json: Json = False) -> None:
    """Stop a campaign for now: no call to the provider begins after this returns.

    Example: loa campaign pause 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11
    """
    with runtime.opened(reads=True) as loa:
        campaign = report.identify(loa.deps, campaign_id)
        what = control.pause(loa.deps, campaign)
    _tell(campaign, what, json=json, stopped="wait")


@app.command()
def resume(campaign_id: CampaignId, json: Json = False) -> None:
    """Go on with a paused campaign at its next batch; what the provider took stays taken.

    Example: loa campaign resume 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11
    """
    with runtime.opened(reads=True) as loa:
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
    with runtime.opened(reads=True) as loa:
        campaign = report.identify(loa.deps, campaign_id)
        what = control.cancel(loa.deps, campaign)
    _tell(campaign, what, json=json, stopped="will not leave")


def _tell(campaign_id: UUID, what: Receipt, *, json: bool, stopped: str) -> None:
    if json:
        console.document(documents.receipt(campaign_id, what))
        return
    console.answer(f"The campaign is {what.status}.", style="bold")
    console.answer(
        f"{console.plural(what.stopped, 'number')} {stopped}; "
        f"{what.beyond_reach:,} are with the provider, or in a call at this moment."
    )
    if what.unknown:
        console.answer(f"{console.plural(what.unknown, 'number')} may or may not be with the provider.")
    if what.provider_cancellation is not None:
        for share, did in (
            (what.provider_cancellation.stopped, "stopped"),
            (what.provider_cancellation.kept, "did not stop"),
        ):
            if share.batches:
                named = ", ".join(map(str, share.batches))
                console.answer(f"The provider {did} {console.plural(share.numbers, 'number')}: batch {named}.")
        for words in what.provider_cancellation.provider_message:
            console.answer(words + ".")
