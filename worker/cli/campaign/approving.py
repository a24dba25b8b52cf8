"""Approval of campaigns at a terminal: submit, approve, decline, change, copy, test, forecast."""

from typing import Annotated

import typer

from worker.api import documents as documents_of_http
from worker.cli import console, runtime
from worker.cli.campaign import documents, planning, show
from worker.cli.campaign.planning import Refusals
from worker.cli.options import AsUser, CampaignId, Json
from worker.domain.states import CampaignStatus
from worker.services.approval import change, copies, decide, trial
from worker.services.approval.change import Changes
from worker.services.approval.decide import Decided
from worker.services.planning import forecast
from worker.services.planning.reading import Hooks
from worker.services.reporting import report

app = typer.Typer()

Comment = Annotated[str, typer.Option(metavar="T", help="What you want to say about it.")]


@app.command()
def submit(campaign_id: CampaignId, user: AsUser = "", json: Json = False) -> None:
    """Let a draft go on: to its approval where another person must agree first (LOA_APPROVAL), else to its time.

    Example: loa campaign submit 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11
    """
    with runtime.opened(user=user) as loa:
        what = decide.submit(loa.deps, report.identify(loa.deps, campaign_id))
    _tell(what, json=json)


@app.command()
def approve(campaign_id: CampaignId, comment: Comment = "", user: AsUser = "", json: Json = False) -> None:
    """Agree to a campaign of somebody else, exactly as it was submitted; nobody approves their own.

    Takes a user with the role approver or admin, who proves it by LOA_USER_KEY or a password.

    Example: loa campaign approve 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11 --user minh
    """
    with runtime.opened(user=user) as loa:
        what = decide.approve(loa.deps, report.identify(loa.deps, campaign_id), comment)
    _tell(what, json=json)


@app.command()
def decline(
    campaign_id: CampaignId,
    comment: Annotated[str, typer.Option(metavar="T", help="Why; its author reads it.")],
    user: AsUser = "",
    json: Json = False,
) -> None:
    """Do not agree to a campaign of somebody else, and say why: it is a draft of its author's again.

    Example: loa campaign decline 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11 --comment "wrong price" --user minh
    """
    with runtime.opened(user=user) as loa:
        what = decide.decline(loa.deps, report.identify(loa.deps, campaign_id), comment)
    _tell(what, json=json)


@app.command("take-back")
def take_back(campaign_id: CampaignId, user: AsUser = "", json: Json = False) -> None:
    """Make a draft again of a campaign that waits for its approval.

    Example: loa campaign take-back 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11
    """
    with runtime.opened(user=user) as loa:
        what = decide.take_back(loa.deps, report.identify(loa.deps, campaign_id))
    _tell(what, json=json)


@app.command("change")
def change_(
    campaign_id: CampaignId,
    name: Annotated[str | None, typer.Option(help="Another name to find it by.")] = None,
    at: Annotated[
        str | None, typer.Option(metavar="ISO8601", help="Another time to leave at; an empty one: as soon as it may.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="ISO8601", help="Another last moment; an empty one: no limit.")
    ] = None,
    user: AsUser = "",
    json: Json = False,
) -> None:
    """Change the name or the times of a campaign of which nothing has left; what was approved must be approved anew.

    Example: loa campaign change 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11 --at 2026-11-26T09:00
    """
    with runtime.opened(user=user) as loa:
        what = change.change(loa.deps, report.identify(loa.deps, campaign_id), Changes(name, at, until))
    _tell(what, json=json)


@app.command()
def copy(
    campaign_id: CampaignId,
    failed_only: Annotated[
        bool, typer.Option("--failed-only", help="Only to those who certainly did not get it; never to unknown ones.")
    ] = False,
    name: Annotated[str, typer.Option(metavar="N", help="A name to find the copy by.")] = "",
    user: AsUser = "",
    json: Json = False,
) -> None:
    """Make a new draft to the same people, or only to those without a delivery; `loa campaign submit` lets it go on.

    Example: loa campaign copy 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11 --failed-only
    """
    refusals = Refusals()
    with runtime.opened(user=user) as loa:
        source = report.identify(loa.deps, campaign_id)
        with planning.bar() as progress:
            hooks = Hooks(progress=progress, refused=refusals)
            made = copies.copy(loa.deps, source, failed_only=failed_only, name=name, hooks=hooks)
        if json:
            console.document(documents.created(made, refusals.by_reason, dry_run=False))
        else:
            planning.explain(loa, made, refusals, dry_run=False)


@app.command("test")
def send_test(
    campaign_id: CampaignId,
    phone: Annotated[str, typer.Option(metavar="P", help="Your own number, as people write it.")],
    row: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="The row whose values it has; by default the first.")
    ] = None,
    user: AsUser = "",
    json: Json = False,
) -> None:
    """Send the text of one row to your own number, as a single message; it is counted, and never part of the campaign.

    Example: loa campaign test 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11 --phone 0900000001 --row 7
    """
    with runtime.opened(user=user) as loa:
        sent = trial.send(loa.deps, report.identify(loa.deps, campaign_id), phone, row)
    if json:
        console.document(documents_of_http.tested(sent))
        return
    console.answer(f"Row {sent.row}, {console.plural(sent.parts, 'part')}: {sent.text}")
    console.answer(f"It is on its way as message {sent.message.id}; `loa otp show {sent.message.id}` follows it.")


@app.command("forecast")
def forecast_(campaign_id: CampaignId, json: Json = False) -> None:
    """Tell when the last one will leave, under rate, hours and what runs already, and what it costs by carrier.

    Example: loa campaign forecast 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11
    """
    with runtime.opened() as loa:
        one = forecast.show(loa.deps, report.identify(loa.deps, campaign_id))
    if json:
        console.document(documents_of_http.forecast(one))
    else:
        show.forecast(one)


def _tell(what: Decided, *, json: bool) -> None:
    if json:
        console.document(documents_of_http.decided(what))
        return
    one = what.campaign
    console.answer(f"The campaign is {one.status}.", style="bold")
    match one.status:
        case CampaignStatus.AWAITING_APPROVAL:
            console.answer(f"Another person approves it by `loa campaign approve {one.id} --user NAME`.")
        case CampaignStatus.SCHEDULED:
            console.answer(f"It leaves from {console.moment(one.scheduled_for)} on.")
        case _:
            console.answer(f"`loa campaign submit {one.id}` lets it go on.")
