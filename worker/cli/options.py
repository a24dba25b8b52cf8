"""Which words do several commands share?"""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout instead of text for people.")]
CampaignId = Annotated[
    str, typer.Argument(metavar="ID", help="The campaign's id, or its first characters; `loa campaign list` shows it.")
]
