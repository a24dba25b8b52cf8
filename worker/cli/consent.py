"""Proof of consent: of one number on a screen, of a campaign or of all as a file."""

from typing import Annotated
from uuid import UUID

import typer

from worker.cli import console, files, runtime
from worker.cli.options import Json
from worker.domain import phone as phones
from worker.errors import Refused
from worker.services.operations import proofs
from worker.services.reporting import report

app = typer.Typer(
    no_args_is_help=True, help="Show and export the proof of consent, with every message that it covered."
)


@app.command()
def show(
    phone: Annotated[str, typer.Argument(metavar="PHONE", help="The number, as people write it.")], json: Json = False
) -> None:
    """Show when and where a number agreed to ads, and every message that this covered.

    Example: loa consent show 0900000001 --json
    """
    with runtime.opened() as loa:
        found = proofs.of_number(loa.deps, phone)
    if json:
        console.document(found)
        return
    console.answer(console.plural(len(found), "proof"), style="bold")
    for one in found:
        console.answer("  " + ", ".join(f"{key} {value}" for key, value in one.items() if value not in (None, "")))


@app.command()
def export(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where the CSV goes; - is the standard output.")],
    campaign: Annotated[str, typer.Option(metavar="ID", help="Of this campaign alone.")] = "",
    phone: Annotated[str, typer.Option(metavar="PHONE", help="Of this number alone.")] = "",
) -> None:
    """Write every proof of consent with the message that it covered, one line each.

    Example: loa consent export proofs.csv --campaign 5f0c1d3e
    """
    number = _number(phone)
    with runtime.opened() as loa:
        campaign_id: UUID | None = report.identify(loa.deps, campaign) if campaign else None
        with files.whole(file) as out:
            lines = proofs.export(loa.deps, out, campaign_id=campaign_id, phone=number)
    console.say(f"{console.plural(lines, 'proof')} written.")


def _number(written: str) -> int | None:
    found = phones.read(written) if written else None
    if isinstance(found, phones.Fault):
        raise Refused("bad_phone", f"--phone: {found.sentence}", {"fault": str(found)})
    return found[0] if found else None
