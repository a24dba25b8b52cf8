"""Which words do the direct commands share?"""

from datetime import datetime
from typing import Annotated

import typer

from worker.clock import Clock
from worker.domain.window import parse_at

Phone = Annotated[str, typer.Option(help="The number, as people write it.")]
RequestId = Annotated[
    str,
    typer.Option(
        metavar="ID",
        help="Repeat an earlier request by its id: eSMS takes an id once in 24 hours. By default a new one.",
    ),
]
At = Annotated[
    str, typer.Option(metavar="ISO8601", help="When eSMS shall begin; Vietnam time unless it says otherwise.")
]
Voice = Annotated[str, typer.Option(help="male, female, hatieumai or ngoclam; by default eSMS chooses.")]
Speed = Annotated[int | None, typer.Option(min=-3, max=3, help="From very slow to very fast.")]


def moment(written: str) -> datetime | None:
    """The time that was given; None for at once. Raises Misuse, or Refused for one that is past.

    It is eSMS's clock that waits, so LOA_CLOCK_OFFSET_S has no part in it.
    """
    return parse_at(written, Clock().now()) if written else None
