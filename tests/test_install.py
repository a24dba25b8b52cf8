"""What a production install brings is enough: nothing that runs is there only because a developer's tool needs it."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent

RUNS = """
import json, sys
import kombu.transport.redis, celery.bin.celery, celery.concurrency.prefork, flower.command, uvicorn.main
import worker.cli, worker.tasks, worker.api.app, worker.sandbox.serve, scheduler.app, scheduler.tasks
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


#: What runs without it, and takes it where a developer's tool or an extra has brought it: uvicorn, for a log configuration in
#: YAML; redis, for measures of its own by OpenTelemetry, which takes psutil along.
TAKEN_IF_THERE = {"pyyaml", "colorama", "greenlet", "opentelemetry-exporter-otlp-proto-http", "psutil"}


def brought() -> set[str]:
    """The distributions that `pip install loa` brings, with the extras that are asked for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    queue = [Requirement(line) for line in project["dependencies"]]
    found: set[tuple[str, frozenset[str]]] = set()
    while queue:
        asked = queue.pop()
        key = (asked.name.lower().replace("_", "-"), frozenset(asked.extras))
        if key in found:
            continue
        found.add(key)
        for line in distribution(asked.name).requires or []:
            needed = Requirement(line)
            extras = asked.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                queue.append(needed)
    return {name for name, _ in found}


def test_everything_that_runs_is_brought_by_the_install():
    done = subprocess.run([sys.executable, "-c", RUNS], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout.splitlines()[-1])
    owners = packages_distributions()
    used = {re.sub(r"[._]", "-", owner).lower() for module in loaded for owner in owners.get(module, [])[:1]}
    assert "celery" in used
    assert used - brought() - {"loa", "setuptools", "pip"} - TAKEN_IF_THERE == set()
