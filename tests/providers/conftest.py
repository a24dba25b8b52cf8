"""What the provider tests share: logging that is put back as it was, and an empty sandbox."""

import asyncio
import logging
import sys
from urllib.parse import urlsplit

import pytest
import structlog
import uvloop

from tests.providers.sandboxed import ALWAYS_OPEN
from tests.sandbox.client import Sandbox


@pytest.fixture(params=["uvloop", "asyncio"])
def each_loop(request, monkeypatch):
    """Runs a test on the loop of workers, and again on that of systems which have no other."""
    if request.param == "uvloop":
        monkeypatch.setattr(asyncio.events, "new_event_loop", uvloop.new_event_loop)


@pytest.fixture
def restored_logging():
    """Lets a test configure logging for the process, and undoes it."""
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("httpx", "httpcore")}
    yield
    for handler in set(root.handlers) - set(handlers):
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logging.captureWarnings(False)
    sys.excepthook = hook
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def asked_sandbox(sandbox_process):
    """One client for all tests: to make one costs more than most tests."""
    found = Sandbox(sandbox_process)
    with found.http:
        yield found


@pytest.fixture
def sandbox(asked_sandbox):
    """An empty sandbox that takes campaigns at any hour."""
    assert asked_sandbox.http.post("/_sandbox/reset").status_code == 200
    asked_sandbox.settings(first_report_after_s=0, done_after_s=0, **ALWAYS_OPEN)
    return asked_sandbox


_connected: list[object] = []
sys.addaudithook(lambda event, args: _connected.append(args[1]) if event == "socket.connect" else None)


@pytest.fixture
def connects(sandbox_process):
    """The TCP connections to the sandbox that were begun in this test, by Python's own audit."""
    _connected.clear()
    port = urlsplit(sandbox_process).port
    return lambda: sum(isinstance(address, tuple) and address[1] == port for address in _connected)
