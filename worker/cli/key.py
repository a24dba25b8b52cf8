"""Commands to make, list and revoke keys to the HTTP API; a key itself is shown once, when it is made."""

from collections.abc import Mapping
from datetime import datetime
from shlex import quote
from typing import Annotated, Any
from uuid import UUID

import typer

from worker import config
from worker.adapters import secret_key
from worker.cli import console, runtime
from worker.cli.options import Json
from worker.domain.window import local
from worker.engine import embedded
from worker.errors import Unavailable
from worker.services.operations import api_keys
from worker.services.operations.api_keys import Scope
from worker.storage.tables.api import ApiKey

app = typer.Typer(no_args_is_help=True, help="Give programs keys to the HTTP API, and take them back.")


@app.command()
def create(
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="|".join(Scope), help="What it is good for; may be given several times. admin is all of them."
        ),
    ] = None,
    user: Annotated[
        str, typer.Option(metavar="NAME", help="As whom it acts; the user's role bounds it, and gives its scopes.")
    ] = "",
    name: Annotated[str, typer.Option(help="What you call it: the program that gets it.")] = "",
    test: Annotated[
        bool, typer.Option("--test", help="Its requests reach no provider; numbers play what becomes of them.")
    ] = False,
    expires: Annotated[
        str,
        typer.Option(
            metavar="90d", help="From when it opens nothing: a length (12h, 90d, 8w) or a date. [default: never]"
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Make a key and show it, this once: only its hash is kept.

    Example: loa key create --scope otp --scope read --name shop --expires 90d

    Example: loa key create --user lan
    """
    with runtime.opened() as loa:
        made = api_keys.create(loa.deps, scope or [], name, expires, user, test=test)
    if json:
        row = made.row
        shown = {"id": str(row.id), "key": made.key, "scopes": row.scopes, "name": row.name, "test": row.test}
        shown |= {"expires_at": local(row.expires_at)} if row.expires_at else {}
        console.document(shown | ({"user": user} if user else {}))
        return
    console.answer(made.key, style="bold")
    until = f" until {console.moment(made.row.expires_at)}" if made.row.expires_at else ""
    console.answer(
        f"Key {made.row.id} for {', '.join(made.row.scopes)}{until}. It is shown this once: keep it where secrets are kept."
    )


@app.command()
def celery(json: Json = False) -> None:
    """Show the two variables that a Celery producer needs: where the broker is, and the key by which passwords are sealed.

    Both are secrets. Embedded servers take another port at each start. Example: eval "$(loa key celery)"
    """
    settings = config.load()
    running = embedded.find(settings.data_dir)
    broker = settings.redis_url.get_secret_value() or (running and running.redis_url)
    if not broker:
        raise Unavailable(
            f"No Redis runs in {settings.data_dir.absolute()}: `loa up` starts one, or set LOA_REDIS_URL."
        )
    found = {"LOA_REDIS_URL": broker, "LOA_SECRET_KEY": secret_key(settings)}
    if json:
        console.document(found)
        return
    for name, value in found.items():
        console.answer(f"export {name}={quote(value)}")


@app.command("list")
def list_(json: Json = False) -> None:
    """List the keys, the newest first, without the keys themselves.

    Example: loa key list
    """
    with runtime.opened(reads=True) as loa:
        rows = api_keys.newest(loa.deps)
        owners = api_keys.owners(loa.deps, rows)
    if json:
        console.document([_document(row, owners) for row in rows])
        return
    shown = console.table("id", "name", "user", "scopes", "created", "last used", "expires", "revoked")
    for row in rows:
        moments = map(console.moment, (row.created_at, row.last_used_at, row.expires_at, row.revoked_at))
        shown.add_row(str(row.id), row.name, owners.get(row.id, ""), ", ".join(row.scopes), *moments)
    console.out.print(shown)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The id that `loa key list` shows; not the key itself.")],
    json: Json = False,
) -> None:
    """End a key for good: the next request with it is refused.

    Example: loa key revoke 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11
    """
    with runtime.opened(reads=True) as loa:
        row = api_keys.revoke(loa.deps, api_keys.identify(key_id))
        owners = api_keys.owners(loa.deps, [row])
    if json:
        console.document(_document(row, owners))
    else:
        console.answer(f"Key {row.id} opens nothing any more.")


def _document(row: ApiKey, owners: Mapping[UUID, str]) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "user": owners.get(row.id),
        "scopes": row.scopes,
        "test": row.test,
        "created_at": local(row.created_at),
        "expires_at": _moment(row.expires_at),
        "last_used_at": _moment(row.last_used_at),
        "revoked_at": _moment(row.revoked_at),
    }


def _moment(at: datetime | None) -> str | None:
    return local(at) if at else None
