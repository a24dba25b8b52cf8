"""What a person does at a terminal: runs `loa` with some words and reads what it prints."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import warm
from tests.environment import plain_environment

ROOT = Path(__file__).parents[2]
SCRIPT = Path(sys.executable).with_name("loa")
COMMAND = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "worker.cli"]


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Terminal:
    """A shell in a folder of its own; `LOA_*` of the machine has no part in it."""

    folder: Path
    settings: Mapping[str, str]

    def environment(self, **more: str) -> dict[str, str]:
        """What a command sees."""
        return {
            **plain_environment(),
            "PYTHONPATH": str(ROOT),
            "LOA_DATA_DIR": str(self.folder / "var"),
            "LOA_ESMS_MIN_AD_RECIPIENTS": "20",
            **self.settings,
            **more,
        }

    def loa(self, *words: str | Path, stdin: str | None = None, **more: str) -> Said:
        """Run `loa` to its end."""
        done = warm.run([*map(str, words)], self.environment(**more), self.folder, stdin)
        return Said(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str, **more: str) -> "subprocess.Popen[str]":
        """Begin `loa` and go on."""
        return subprocess.Popen(
            [*COMMAND, *words],
            cwd=self.folder,
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
