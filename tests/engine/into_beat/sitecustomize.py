"""Shifts a beat's clock as a test wants. Python imports this file by itself wherever its folder is on PYTHONPATH."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from celery import Celery

SHIFT = Path(os.environ["TESTS_CLOCK_SHIFT"])
_now = Celery.now


def now(app: Any) -> datetime:
    """Celery's time, so many seconds off."""
    return _now(app) + timedelta(seconds=float(SHIFT.read_text()))


Celery.now = now
