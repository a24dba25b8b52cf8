"""A sandbox in a process of its own, started once, emptied before each test."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.client import FptSandbox, Sandbox


@pytest.fixture(scope="session")
def served():
    """The URL of a running sandbox."""
    words = [sys.executable, "-m", "worker.sandbox.serve", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="session")
def asked(served):
    """One client for all tests: to make one costs more than most tests."""
    found = Sandbox(served)
    with found.http:
        yield found


@pytest.fixture
def sandbox(asked):
    """An empty sandbox whose reports come at once."""
    assert asked.http.post("/_sandbox/reset").status_code == 200
    asked.settings(first_report_after_s=0, done_after_s=0)
    return asked


@pytest.fixture(scope="session")
def served_on_a_tuesday():
    """The URL of a sandbox whose clock says next Tuesday, 9:00 in Vietnam: FPT takes orders."""
    now = datetime.now(UTC)
    tuesday = (now + timedelta(days=(1 - now.weekday()) % 7 or 7)).replace(hour=2, minute=0, second=0, microsecond=0)
    offset = str((tuesday - now).total_seconds())
    words = [sys.executable, "-m", "worker.sandbox.serve", "--port", "0", "--clock-offset-s", offset]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        yield json.loads(process.stdout.readline())["url"], tuesday
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="session")
def asked_on_a_tuesday(served_on_a_tuesday):
    """One client for all tests of FPT."""
    url, tuesday = served_on_a_tuesday
    found = FptSandbox(url)
    found.tuesday = tuesday
    with found.http:
        yield found


@pytest.fixture
def fpt(asked_on_a_tuesday):
    """An empty sandbox on a Tuesday morning; `fpt.at("14:00")` is a ScheduleTime of that day."""
    found = asked_on_a_tuesday
    assert found.http.post("/_sandbox/reset").status_code == 200
    found.settings(first_report_after_s=0, done_after_s=0)
    found.at = lambda time, days=0: f"{found.tuesday + timedelta(days=days, hours=7):%Y-%m-%d} {time}"
    return found
