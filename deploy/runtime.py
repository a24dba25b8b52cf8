"""Which lines of requirements.lock does a production image need? Those of the project's own dependencies, and of theirs.

The lock is one for everything, with `# via` comments that say who asks for what. Run by the Dockerfile, with Python alone:

    python deploy/runtime.py requirements.lock pyproject.toml [EXTRA ...] > runtime.lock
    python deploy/runtime.py requirements.lock hatchling > build.lock
"""

import re
import sys
import tomllib
from pathlib import Path


def normal(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def entries(lock: str) -> dict[str, tuple[str, set[str]]]:
    """Name → its lines, and who asks for it."""
    found: dict[str, tuple[str, set[str]]] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", "\n" + lock):
        name = re.match(r"\n?([A-Za-z0-9._-]+)==", block)
        if name is None:
            continue
        comments = re.findall(r"^\s*#\s*(?:via\s+)?([A-Za-z0-9._-]+)", block, re.MULTILINE)
        found[normal(name[1])] = (block.strip("\n"), {normal(one) for one in comments} - {"via"})
    return found


def dependencies(project: str, extras: list[str]) -> set[str]:
    """What the project asks for, with these extras."""
    found = tomllib.loads(project)["project"]
    asked = [*found["dependencies"], *(one for extra in extras for one in found["optional-dependencies"][extra])]
    return {normal(match[0]) for one in asked if (match := re.match(r"[A-Za-z0-9._-]+", one))}


def part(lock: str, wanted: set[str]) -> str:
    """The part of the lock that these need, with all that they need in turn."""
    known = entries(lock)
    before: set[str] = set()
    while wanted != before:
        before = set(wanted)
        wanted |= {name for name, (_, askers) in known.items() if askers & wanted}
    missing = wanted - set(known)
    if missing:
        raise SystemExit(f"requirements.lock lacks {', '.join(sorted(missing))}: run `make lock`.")
    return "\n".join(lines for name, (lines, _) in known.items() if name in wanted) + "\n"


if __name__ == "__main__":
    named, extras = sys.argv[2], sys.argv[3:]
    roots = dependencies(Path(named).read_text(), extras) if named.endswith(".toml") else {named}
    sys.stdout.write(part(Path(sys.argv[1]).read_text(), roots))
