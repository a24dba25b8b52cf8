"""A sandbox in a process of its own, started once, emptied before each test."""

import json
import subprocess
import sys

import pytest

from tests.sandbox.client import Sandbox


@pytest.fixture(scope="session")
def served():
    """The URL of a running sandbox."""
    words = [sys.executable, "-m", "worker.sandbox.serve", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()
        process.wait(10)


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
