"""`make fuzz` tries properties that there are, counts what it tried, and its page says what is kept of it."""

import json
import os
import subprocess
import sys

import pytest

from tests.bench.stage import ROOT
from tests.fuzz.__main__ import PAGE, SUBJECTS, table

TRIED = """
from hypothesis import given, settings, strategies as st
from tests.chance import examples

@settings(max_examples=examples(7), database=None)
@given(st.integers())
def test_good(number):
    assert isinstance(number, int)

@settings(max_examples=examples(7), database=None)
@given(st.integers(10, 20))
def test_bad(number):
    assert number < 5, "it is too large"
"""


@pytest.mark.parametrize("name", SUBJECTS)
def test_each_file_of_a_subject_has_properties(name):
    for file in SUBJECTS[name][1]:
        assert "@given(" in (ROOT / file).read_text("utf-8"), file


def test_a_run_counts_its_examples_and_notes_what_failed(tmp_path):
    (tmp_path / "test_tried.py").write_text(TRIED)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "FUZZ_TIMES": "3", "FUZZ_TOLD": str(tmp_path / "told.json")}
    words = [sys.executable, "-m", "pytest", "-q", "-p", "tests.fuzz.plugin", "-p", "no:cacheprovider", "test_tried.py"]
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["examples"] > 21
    assert list(told["faults"]) == ["test_tried.py::test_bad"]
    assert "it is too large" in told["faults"]["test_tried.py::test_bad"]


def test_the_page_has_the_table_of_what_is_kept():
    assert table() in PAGE.read_text("utf-8")
