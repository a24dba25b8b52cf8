"""The result of one check of the doctor."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor: what was looked at, what was found, and for a problem the way out."""

    name: str
    found: str
    #: Empty: all is well.
    way_out: str = ""
    #: What should be done some day; nothing fails for it.
    warning: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing is to be done."""
        return not self.way_out
