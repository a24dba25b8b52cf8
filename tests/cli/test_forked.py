"""The commands of these tests are forked (tests/warm.py): each says what the script `loa` says, and ends as it does."""

import subprocess
from pathlib import Path

from tests.cli.terminal import COMMAND, Terminal
from tests.environment import AWAY
from tests.warm import run


def test_a_forked_command_says_and_does_what_the_script_does(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, AWAY)
    runs = {
        ("--version",): 0,
        ("campaign", "--help"): 0,
        ("nonsense",): 2,
        ("campaign", "list", "--json"): 1,
        ("suppress", "import", "-", "--json"): 1,
    }
    for words, code in runs.items():
        script = subprocess.run(
            [*COMMAND, *words],
            cwd=tmp_path,
            env=terminal.environment(),
            input="phone\n0900000001\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        forked = run(words, terminal.environment(), tmp_path, "phone\n0900000001\n")
        assert (forked.returncode, forked.stdout, forked.stderr) == (script.returncode, script.stdout, script.stderr)
        assert forked.returncode == code


def test_it_has_the_folder_and_the_environment_that_are_given(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    assert (
        run(["doctor", "--json"], Terminal(tmp_path, AWAY).environment(LOA_DATA_DIR="home"), tmp_path).returncode == 1
    )
    assert run(["doctor"], Terminal(tmp_path, {"LOA_LEASE_S": "soon"}).environment(), tmp_path).stdout.count(
        "LOA_LEASE_S"
    )
    assert run(["--version"], {}, tmp_path).returncode == 0
