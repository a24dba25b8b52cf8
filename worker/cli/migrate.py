"""The command `loa migrate`: brings the database to the shape that this code needs."""

from typing import Annotated

import typer
from alembic.util.exc import CommandError

from worker import config
from worker.cli import console, runtime
from worker.cli.options import Json
from worker.errors import Misuse
from worker.storage import migrate as migrations


def migrate(
    to: Annotated[
        str, typer.Option(metavar="REVISION", help="Go to this migration, forwards or back; base is empty.")
    ] = "head",
    new: Annotated[str, typer.Option(metavar="NAME", help="For developers: write a migration from the models.")] = "",
    json: Json = False,
) -> None:
    """Bring the database to the newest migration. Embedded databases are migrated by every command by itself.

    Example: LOA_DATABASE_URL=postgresql+psycopg://loa@db/loa loa migrate
    """
    with runtime.database(config.load()) as engine:
        if new:
            migrations.upgrade(engine)
            console.answer(f"written: {migrations.new(engine, new)}")
            return
        before = migrations.current(engine)
        try:
            move = migrations.downgrade if _backwards(to, before) else migrations.upgrade
            move(engine, to)
        except CommandError as fault:
            words = f"There is no way to migration {to!r}: {fault}; this version knows up to {migrations.head()}."
            raise Misuse(words) from fault
        after = migrations.current(engine)
    if json:
        console.document({"from": before or None, "to": after or None, "head": migrations.head()})
    elif before == after:
        console.answer(f"The database is at migration {after or 'none'}; there was nothing to do.")
    else:
        console.answer(f"The database went from migration {before or 'none'} to {after or 'none'}.")


def _backwards(to: str, before: str) -> bool:
    """Whether `to` lies behind: migrations are numbered, and Alembic also takes steps such as -1 and +1."""
    return to == "base" or to.startswith("-") or (to[:1].isdigit() and to < before)
