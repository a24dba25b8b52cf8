"""Keys of callers as they are stored and as they are shown: a key belongs to the API key that brought it."""

import re
from typing import Final

OWNER: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:")


def as_given(stored: str) -> str:
    """The key as the caller wrote it."""
    return OWNER.sub("", stored, count=1)


def of_task(task_id: str) -> str:
    """The key of a campaign that a Celery task asks for without one of its own."""
    return f"celery:{task_id}"
