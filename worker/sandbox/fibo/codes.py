"""The error codes of Fibo, in both generations (page; guide of 2009)."""

from enum import Enum


class Fault(Enum):
    """A reason to refuse, with its code in the newer table and in the guide of 2009."""

    LOGIN = ("3", "100")
    SENDER = ("5", "202")
    SERVICE_TYPE = ("5", "103")
    #: The older table has no such code, and the text is sent again.
    REPEATED = ("6", "")
    PHONE = ("10", "101")
    EMPTY = ("11", "202")
    MONEY = ("14", "102")
    TOO_DEAR = ("14", "104")

    def code(self, *, old: bool) -> str:
        """The code in the generation that the account has."""
        newer, older = self.value
        return older if old else newer


class Refusal(Exception):
    """Fibo does not do what was asked."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.name)
        self.fault = fault


class Missing(Exception):
    """A parameter is not there; the web server answers before Fibo does."""
