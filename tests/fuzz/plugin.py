"""Counts the examples of a run of pytest and notes the faults, for `python -m tests.fuzz`."""

import json
import os
from pathlib import Path
from typing import Final

import pytest

from tests.chance import counted, tried

#: Of what is noted of a fault; the whole of it is in the output.
LONGEST: Final = 300

faults: dict[str, str] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Count in each property; a function that is tried with several parameters is one."""
    seen = set()
    for item in items:
        handle = getattr(getattr(item, "obj", None), "hypothesis", None)
        if handle is not None and id(handle) not in seen:
            seen.add(id(handle))
            # What Hypothesis offers to plugins (its documents, "Use with external test runners").
            handle.inner_test = counted(handle.inner_test)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        faults[report.nodeid] = str(crash.message if crash else report.longrepr).strip()[:LONGEST]


def pytest_sessionfinish() -> None:
    Path(os.environ["FUZZ_TOLD"]).write_text(json.dumps({"examples": tried[0], "faults": faults}), "utf-8")
