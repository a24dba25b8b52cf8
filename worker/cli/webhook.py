"""Receivers of events: added, listed, tried, given new secrets; and what was posted to them."""

from datetime import timedelta
from typing import Annotated, Any

import typer

from worker.api import documents_webhooks as documents
from worker.cli import console, runtime
from worker.cli.options import Json
from worker.errors import Misuse
from worker.services import webhooks
from worker.services.operations import api_keys
from worker.storage.tables.webhooks import WebhookDelivery

app = typer.Typer(no_args_is_help=True, help="Let backends hear what becomes of their passwords and campaigns.")

WebhookId = Annotated[str, typer.Argument(metavar="ID", help="The id that `loa webhook list` shows.")]
Key = Annotated[
    str, typer.Option(metavar="ID", help="The id of an API key: only its requests; by default everybody's.")
]


@app.command()
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where events are posted to.")],
    events: Annotated[
        list[str],
        typer.Option(
            metavar="NAMES", help="otp.delivered,campaign.* and so on; several times if wanted; by default all."
        ),
    ] = [],  # noqa: B006 - typer's own way to say "none"
    key: Key = "",
    json: Json = False,
) -> None:
    """Let an address hear of events, and show the secret by which it knows that they are ours.

    Example: loa webhook add https://shop.example/hooks/loa --events otp.*,campaign.done
    """
    with runtime.opened() as loa:
        made = webhooks.add(loa.deps, url, events, api_keys.identify(key) if key else None)
    if json:
        console.document(documents.made(made))
        return
    console.answer(made.secret, style="bold")
    console.answer(f"Webhook {made.row.id} gets {', '.join(made.row.events)}. Keep the secret where secrets are kept.")


@app.command("list")
def list_(json: Json = False) -> None:
    """List the receivers, and how many events each is still to get or did not get.

    Example: loa webhook list
    """
    with runtime.opened() as loa:
        found = webhooks.listed(loa.deps, everyone=True)
    if json:
        console.document([documents.listed(one) for one in found])
        return
    shown = console.table("id", "url", "events", "key", "pending", "failed", right=("pending", "failed"))
    for one in found:
        owner = str(one.row.api_key_id or "")
        shown.add_row(
            str(one.row.id), one.row.url, ", ".join(one.row.events), owner, f"{one.pending:,}", f"{one.failed:,}"
        )
    console.out.print(shown)
    for one in found:
        if one.row.ended_at is not None:
            console.answer(
                f"Webhook {one.row.id} gets nothing more since {console.moment(one.row.ended_at)} ({one.row.end_reason}): add "
                f"its address again, or `loa webhook remove {one.row.id}`."
            )


@app.command()
def remove(webhook_id: WebhookId, json: Json = False) -> None:
    """End a receiver: it gets nothing any more; what it was still to get is kept as failed.

    Example: loa webhook remove 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11
    """
    with runtime.opened() as loa:
        left = webhooks.remove(loa.deps, webhooks.identify(webhook_id))
    if json:
        console.document({"id": webhook_id, "not_delivered": left})
    else:
        console.answer(f"Webhook {webhook_id} is removed; {console.plural(left, 'event')} had not been delivered.")


@app.command()
def rotate(
    webhook_id: WebhookId,
    overlap: Annotated[
        float, typer.Option(metavar="HOURS", min=0, help="For so long the secret before signs too.")
    ] = 24,
    json: Json = False,
) -> None:
    """Give a receiver a new secret; events carry the signatures of both until the overlap is over.

    Example: loa webhook rotate 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11 --overlap 48
    """
    with runtime.opened() as loa:
        made = webhooks.rotate(loa.deps, webhooks.identify(webhook_id), overlap=timedelta(hours=overlap))
    if json:
        console.document(documents.made(made))
        return
    console.answer(made.secret, style="bold")
    console.answer(f"The secret before signs too until {console.moment(made.row.former_until)}.")


@app.command()
def callbacks(
    key: Annotated[str, typer.Option(metavar="ID", help="The id of an API key; by default requests without one.")] = "",
    json: Json = False,
) -> None:
    """Show the secret that signs what goes to the callback_url of single requests; each API key has its own.

    Example: loa webhook callbacks --key 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11
    """
    with runtime.opened() as loa:
        made = webhooks.callback_secret(loa.deps, api_keys.identify(key) if key else None)
    if json:
        console.document(documents.made(made))
    else:
        console.answer(made.secret, style="bold")
        console.answer(f"Its id, for `loa webhook rotate`, is {made.row.id}.")


@app.command("test")
def trial(webhook_id: WebhookId, json: Json = False) -> None:
    """Post a `webhook.test` event to a receiver now: exit 1 when it does not answer with success.

    Example: loa webhook test 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11
    """
    with runtime.opened() as loa:
        came = webhooks.trial(loa.deps, webhooks.identify(webhook_id))
    if json:
        console.document(documents.delivery(came))
    else:
        console.answer(f"{came.state}: {came.detail}")
    if came.state != "delivered":
        raise typer.Exit(1)


@app.command()
def deliveries(
    failed: Annotated[bool, typer.Option("--failed", help="Only those that were given up.")] = False,
    replay: Annotated[
        str, typer.Option(metavar="ID", help="Let this one be tried anew, or with `failed` all that failed.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 50,
    json: Json = False,
) -> None:
    """List what was posted, or let it be posted again under its own webhook-id.

    Example: loa webhook deliveries --failed
    """
    with runtime.opened() as loa:
        if replay == "failed":
            number = webhooks.replay_failed(loa.deps)
            _tell({"replayed": number}, f"{console.plural(number, 'event')} will be tried anew.", json=json)
        elif replay:
            if not (replay.isascii() and replay.isdigit()):
                raise Misuse(f"{replay!r} is not the id of a delivery; `loa webhook deliveries` shows them.")
            one = webhooks.replay(loa.deps, int(replay))
            _tell(documents.delivery(one), f"Delivery {one.id} will be tried anew.", json=json)
        else:
            found = webhooks.deliveries(loa.deps, failed=failed, limit=limit)
            if json:
                console.document([documents.delivery(row) for row in found])
            else:
                _table(found)


def _table(found: list[WebhookDelivery]) -> None:
    shown = console.table("id", "event", "about", "host", "state", "tries", "said", "at", right=("tries",))
    for one in found:
        shown.add_row(
            str(one.id),
            one.type,
            str(one.subject),
            one.host.partition("/")[0],
            one.state,
            str(one.tries),
            one.detail,
            console.moment(one.at),
        )
    console.out.print(shown)


def _tell(document: dict[str, Any], sentence: str, *, json: bool) -> None:
    if json:
        console.document(document)
    else:
        console.answer(sentence)
