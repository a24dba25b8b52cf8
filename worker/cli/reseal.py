"""Retires the former LOA_SECRET_KEY: what is stored is sealed again under the present one; then it may be unset."""

from dataclasses import asdict

import typer

from worker.cli import console, runtime
from worker.cli.options import Json
from worker.services.operations import reseal as service


def reseal(json: Json = False) -> None:
    """Seal what is stored under LOA_SECRET_KEY_OLD again under LOA_SECRET_KEY; exit 1 when something is left.

    Example: loa reseal
    """
    with runtime.opened() as loa:
        done = service.reseal(loa.deps)
    if json:
        console.document(asdict(done))
    else:
        console.answer(
            f"{console.plural(done.resealed, 'row')} sealed anew, {done.current:,} were under the present key, {done.left:,} "
            f"are in other hands, {done.unreadable:,} open under neither key."
        )
    if done.left or done.unreadable:
        console.say("Give the command again in a minute." if done.left else "Set LOA_SECRET_KEY_OLD to the former key.")
        raise typer.Exit(1)
