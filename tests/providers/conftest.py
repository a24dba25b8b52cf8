"""What do the provider tests share? Logging that is put back as it was."""

import logging
import sys

import pytest
import structlog


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
