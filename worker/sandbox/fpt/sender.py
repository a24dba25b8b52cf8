"""Checks the sender, and refuses a sender or a number that FPT does not take, in either generation of codes."""

from collections.abc import Mapping
from typing import Any

from worker.sandbox.fpt.codes import PARAMETERS, Refusal
from worker.sandbox.fpt.requests import text
from worker.sandbox.settings import Settings


def check_brandname(asked: Mapping[str, Any], settings: Settings) -> str:
    """The registered sender that is named."""
    name = text(asked, "BrandName")
    if name not in settings.fpt_brandnames:
        newer = settings.fpt_generation == 2
        raise Refusal("2504" if newer else PARAMETERS, "BrandName is not registered (fpt_brandnames)")
    return name


def wrong_number(settings: Settings) -> Refusal:
    """What to raise when there is no number to send to."""
    return Refusal("53" if settings.fpt_generation == 2 else PARAMETERS, "there is no mobile number of 84xxx or 0xxx")
