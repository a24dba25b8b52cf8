"""The list of processes: one for `loa up` and for any host that runs Procfiles (Heroku's form)."""

import re
from pathlib import Path

from worker.errors import Misuse, Unavailable

_LINE = re.compile(r"(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>\S.*)")


def procfile() -> Path:
    """The Procfile: the wheel carries it beside the package, a checkout has it above."""
    package = Path(__file__).parents[1]
    for path in (package / "Procfile", package.parent / "Procfile"):
        if path.is_file():
            return path
    raise Unavailable(f"There is no Procfile in {package} or above it; install Loa again.")


def read_procfile(path: Path) -> dict[str, str]:
    """Name → command, in the file's order; empty lines and comments (`#`) are left out.

    Raises Misuse for a line that is no `name: command`, and for a name that is there twice.
    """
    commands: dict[str, str] = {}
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise Misuse(f"{path}, line {number}: not of the form `name: command`.")
        if found["name"] in commands:
            raise Misuse(f"{path}, line {number}: the name {found['name']} is there twice.")
        commands[found["name"]] = found["command"]
    return commands
