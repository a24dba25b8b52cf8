"""The forecast of a campaign's end: its calls at the account's rate, in the hours in which they may be made."""

from datetime import datetime, timedelta

from worker.domain.window import Windows


def finish(begin: datetime, windows: Windows, calls: int, per_second: float) -> datetime:
    """When the last of `calls` is made that begin at `begin`, at `per_second`, only while a window is open; in UTC."""
    left = timedelta(seconds=calls / per_second)
    at = windows.next_opening(begin)
    while (closes := windows.closes(at)) is not None and at + left > closes:
        left -= closes - at
        at = windows.next_opening(closes)
    return at + left
