"""How long may an order that may have been taken be repeated under its key?"""

from datetime import datetime, timedelta
from typing import Final

#: eSMS remembers a RequestId for 24 hours (web, error 124); a repeat stays well inside.
REPEAT_WITHIN: Final = timedelta(hours=20)


def may_repeat(first_call: datetime, now: datetime) -> bool:
    """Whether the provider surely still remembers a call that began at `first_call`, should it have taken it."""
    return now - first_call < REPEAT_WITHIN
