"""How are keys to the HTTP API given and taken? Three commands; the key itself is shown once, when it is made."""

from typing import Annotated, Any

import typer

from worker.cli import parts, screen
from worker.cli.options import Json
from worker.domain.window import local
from worker.services import keys
from worker.services.keys import Scope
from worker.storage.door_tables import ApiKey

app = typer.Typer(no_args_is_help=True, help="Give programs keys to the HTTP API, and take them back.")


@app.command()
def create(
    scope: Annotated[
        list[str],
        typer.Option(
            metavar="|".join(Scope), help="What it is good for; may be given several times. admin is all of them."
        ),
    ],
    name: Annotated[str, typer.Option(help="What you call it: the program that gets it.")] = "",
    json: Json = False,
) -> None:
    """Make a key and show it, this once: only its hash is kept.

    Example: loa key create --scope otp --scope read --name shop
    """
    with parts.opened() as loa:
        made = keys.create(loa.deps, scope, name)
    if json:
        screen.document({"id": str(made.row.id), "key": made.key, "scopes": made.row.scopes, "name": made.row.name})
        return
    screen.answer(made.key, style="bold")
    screen.answer(
        f"Key {made.row.id} for {', '.join(made.row.scopes)}. It is shown this once: keep it where secrets are kept."
    )


@app.command("list")
def list_(json: Json = False) -> None:
    """List the keys, the newest first, without the keys themselves.

    Example: loa key list
    """
    with parts.opened() as loa:
        rows = keys.newest(loa.deps)
    if json:
        screen.document([_document(row) for row in rows])
        return
    shown = screen.table("id", "name", "scopes", "created", "revoked")
    for row in rows:
        moments = (screen.moment(row.created_at), screen.moment(row.revoked_at))
        shown.add_row(str(row.id), row.name, ", ".join(row.scopes), *moments)
    screen.out.print(shown)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The id that `loa key list` shows; not the key itself.")],
    json: Json = False,
) -> None:
    """End a key for good: the next request with it is refused.

    Example: loa key revoke 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11
    """
    with parts.opened() as loa:
        row = keys.revoke(loa.deps, keys.identify(key_id))
    if json:
        screen.document(_document(row))
    else:
        screen.answer(f"Key {row.id} opens nothing any more.")


def _document(row: ApiKey) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "scopes": row.scopes,
        "created_at": local(row.created_at),
        "revoked_at": local(row.revoked_at) if row.revoked_at else None,
    }
