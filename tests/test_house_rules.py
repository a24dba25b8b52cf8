"""The house keeps its own rules: what is written down agrees with the code, and stays so."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from scheduler.app import SWEEPS
from scheduler.app import app as celery
from worker import config
from worker.bells import Queue, send_queue
from worker.supervisor import read_procfile

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*(ROOT / "worker").rglob("*.py"), *(ROOT / "scheduler").rglob("*.py")])


def test_every_setting_stands_in_the_example_with_its_sentence():
    example = (ROOT / "deploy/env.example").read_text()
    for variable, (_, sentence) in config.variables().items():
        assert re.search(rf"^#? ?{variable}=", example, re.MULTILINE), f"{variable} is not in deploy/env.example"
        assert sentence in example, f"the sentence of {variable} in deploy/env.example is out of date"


def test_every_variable_of_the_example_is_a_setting():
    found = set(re.findall(r"^#? ?(LOA_\w+)=", (ROOT / "deploy/env.example").read_text(), re.MULTILINE))
    assert found == set(config.variables())


def test_every_setting_stands_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    missing = [variable for variable in config.variables() if f"`{variable}`" not in readme]
    assert missing == []


def test_every_setting_has_a_sentence():
    assert [name for name, (_, sentence) in config.variables().items() if not sentence.endswith(".")] == []


def test_the_queues_of_the_procfile_are_the_queues_of_the_code():
    commands = read_procfile(ROOT / "Procfile").values()
    consumed = [
        queue for command in commands for queue in ",".join(re.findall(r" -Q (\S+)", command)).split(",") if queue
    ]
    assert sorted(consumed) == sorted([*Queue, *map(send_queue, config.load().accounts)])


def test_every_sweep_is_a_task_and_every_task_has_a_name_of_ours():
    celery.loader.import_default_modules()
    ours = {name for name in celery.tasks if not name.startswith("celery.")}
    assert {sweep.task for sweep in SWEEPS} <= ours
    assert all(name.startswith("loa.") for name in ours)


CLOCKS = re.compile(
    r"datetime\.(now|utcnow|today)\(|date\.today\(|time\.time\(|time\.time_ns\(|\bCURRENT_TIMESTAMP\b|\bnow\(\)\s*[-+]|func\.now\("
)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_clock_asks_what_time_it_is(source):
    if source.name != "clock.py":
        assert not CLOCKS.search(source.read_text()), f"{source} asks for the time"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short_and_says_which_question_it_answers(source):
    text = source.read_text()
    assert len(text.splitlines()) <= 300
    assert ast.get_docstring(ast.parse(text)), f"{source} has no docstring"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_left_open(source):
    assert not re.search(r"\b(TODO|FIXME|XXX|raise NotImplementedError|task_always_eager)\b", source.read_text())


def test_only_wiring_and_its_callers_read_the_environment():
    readers = [path for path in SOURCES if re.search(r"os\.environ|getenv", path.read_text())]
    allowed = ("worker/config/", "worker/cli/", "worker/supervisor.py")
    assert [str(p) for p in readers if not str(p.relative_to(ROOT)).startswith(allowed)] == []


def test_arrows_point_one_way():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_lock_has_hashes_and_names_no_index():
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    pins = re.findall(r"^[a-z0-9-]+==", lock, re.MULTILINE)
    assert len(pins) > 50
    assert lock.count("--hash=sha256:") >= len(pins)


def test_the_lock_covers_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    names = {re.match(r"[A-Za-z0-9-]+", one)[0].lower() for one in asked}
    assert names <= locked
