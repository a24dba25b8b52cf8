"""How often something may happen."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many in any stretch of such a length; 0: any number."""

    most: int
    within: timedelta
