"""The ways in which the numbers of a campaign go to a provider."""

from enum import StrEnum


class SendMode(StrEnum):
    """Fixed when a campaign is planned: its batches mean different things in each."""

    #: A batch is one order: one call with its list.
    LIST = "list"
    #: A batch is one push into a campaign that the provider made for us beforehand.
    PUSH = "push"
    #: Each number is a call of its own; a batch is what one worker has in hand.
    SINGLE = "single"
