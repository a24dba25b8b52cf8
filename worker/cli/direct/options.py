"""The options that the direct commands share."""

from datetime import datetime
from typing import Annotated

import typer

from worker.clock import Clock
from worker.domain.policy import OURS, Channel
from worker.domain.window import parse_at
from worker.services.calling.hand_ads import HandAd

Phone = Annotated[str, typer.Option(help="The number, as people write it.")]
RequestId = Annotated[
    str,
    typer.Option(
        metavar="ID",
        help="Repeat an earlier request by its id: eSMS takes an id once in 24 hours. By default a new one.",
    ),
]
At = Annotated[
    str,
    typer.Option(
        metavar="TIME", help="When eSMS shall begin, like 2026-11-28T09:00 or 28/11/2026 9:00 (Vietnam time)."
    ),
]
Voice = Annotated[str, typer.Option(help="male, female, hatieumai or ngoclam; by default eSMS chooses.")]
Speed = Annotated[int | None, typer.Option(min=-3, max=3, help="From very slow to very fast.")]

Ads = Annotated[
    bool,
    typer.Option("--ads", help="It is advertising: its channel's hours, count and the suppression list hold for it."),
]


def ad(
    phone: int, channels: tuple[Channel, ...], *, said: bool, text: str = "", at: datetime | None = None
) -> HandAd | None:
    """What is sent as an advertisement: so said, or a text that begins as one; None for anything else."""
    rules = OURS.of(Channel.SMS)
    labels = tuple(label for rule in rules for label in rule.labels)
    labels += tuple(rule.consent_request.label for rule in rules if rule.consent_request is not None)
    return HandAd(phone, channels, at, text) if said or text.lstrip().startswith(labels) else None


def moment(written: str) -> datetime | None:
    """The time that was given; None for at once. Raises Misuse, or Refused for one that is past.

    It is eSMS's clock that waits, so LOA_CLOCK_OFFSET_S has no part in it.
    """
    return parse_at(written, Clock().now()) if written else None
