"""The options and arguments that several commands share."""

import sys
from typing import Annotated, Final

import typer

#: Instead of a text or a code: it comes from stdin, where `ps` does not show it.
STDIN: Final = "-"

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout instead of text for people.")]
AsUser = Annotated[
    str,
    typer.Option("--user", metavar="NAME", help="Act as this user: by LOA_USER_KEY, or a password that is asked for."),
]
CallbackUrl = Annotated[
    str, typer.Option(metavar="URL", help="An address of yours that its events are posted to, signed.")
]
CampaignId = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="The campaign's id, or its first eight characters; `loa campaign list` shows it."
    ),
]


def spoken(written: str) -> str:
    """What a person wrote, or for `-` what stdin says."""
    return sys.stdin.read().rstrip("\n") if written == STDIN else written
