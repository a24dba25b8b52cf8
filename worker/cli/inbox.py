"""What subscribers sent: refusals, consents and everything else."""

from typing import Annotated, Any

import typer

from worker.cli import console, runtime
from worker.cli.options import Json
from worker.domain import phone as phones
from worker.domain.window import local
from worker.services.operations import incoming
from worker.storage.tables.incoming import IncomingMessage


def inbox(
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
    meaning: Annotated[str, typer.Option(metavar="opt_out|opt_in|other|unreadable|forged", help="Only these.")] = "",
    json: Json = False,
) -> None:
    """Show what subscribers sent, and what it was taken for.

    Example: loa inbox --meaning opt_out
    """
    with runtime.opened() as loa:
        found = incoming.newest(loa.deps, limit, meaning)
    if json:
        console.document([_document(one) for one in found])
        return
    rows = console.table("received", "phone", "to", "content", "meaning", "answered")
    for one in found:
        number = phones.local(one.phone) if one.phone else ""
        to = f"{one.provider} {one.service_number}".strip()
        rows.add_row(console.moment(one.received_at), number, to, one.content, one.meaning, one.reply)
    console.out.print(rows)


def _document(one: IncomingMessage) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "provider": one.provider,
        "received_at": local(one.received_at),
        "phone": phones.local(one.phone) if one.phone else None,
        "service_number": one.service_number,
        "content": one.content,
        "meaning": one.meaning,
        "reply": one.reply,
    }
