"""Every guard is needed: dropped in a copy of the tree, each turns a test red. `python -m tests.reliability.mutations`.

A mutation is one term of a WHERE, or one condition, written so that it no longer guards. Prints a table of guard, and of the
first test that noticed; exit code 1 when one survives. Words choose: `... mutations claim halt` tries those alone, `2/3` the
second of three parts, so that parts run side by side.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.reliability.guards import DIRECT, MUTATIONS, Mutation
from worker.engine.postgres import Postgres
from worker.engine.redis import Redis

ROOT = Path(__file__).parents[2]
#: How often a run may fail for another reason than a test.
TRIES = 3


def mutate(source: str, mutation: Mutation) -> str:
    """The source with that guard gone; raises LookupError when it does not stand there (any more)."""
    found = re.search(
        rf"^ *(?:(?:async )?def {mutation.function}\(|{mutation.function}: Final)"
        r".*?(?=^ *(?:async def|def|class|@|#:)|^[A-Z_]|\Z)",
        source,
        re.MULTILINE | re.DOTALL,
    )
    if found is None or mutation.old not in found[0]:
        raise LookupError(f"{mutation.file} has no {mutation.guard!r}")
    changed = found[0].replace(mutation.old, mutation.new, 1)
    return source[: found.start()] + changed + source[found.end() :]


class Workplace:
    """A copy of the tree in which guards are dropped, and what runs its tests."""

    def __init__(self, tree: Path, forks: "subprocess.Popen[str]") -> None:
        self._tree, self._forks = tree, forks

    def tried(self, mutation: Mutation) -> str:
        """What noticed that a guard is gone; empty: nobody did. The tree is as before afterwards."""
        path = self._tree / mutation.file
        whole = path.read_text(encoding="utf-8")
        try:
            path.write_text(mutate(whole, mutation), encoding="utf-8")
            for left in reversed(range(TRIES)):
                try:
                    return self._noticed(mutation)
                except RuntimeError:  # a busy machine may let no server start in time; that notices nothing
                    if not left:
                        raise
        finally:
            path.write_text(whole, encoding="utf-8")
        return ""

    def _noticed(self, mutation: Mutation) -> str:
        """The first test that turns red; empty when none does. Raises RuntimeError when a test could not even begin."""
        # Each term of an UPDATE or SELECT has a test of its own; a mutation that names its very test needs no other.
        named = any("::" in test for test in mutation.tests)
        direct = (DIRECT,) if mutation.file.startswith("worker/storage/") and not named else ()
        present = [test for test in (*direct, *mutation.tests) if (self._tree / test.split("::")[0]).exists()]
        log = self._tree / "pytest.log"
        assert self._forks.stdin is not None
        assert self._forks.stdout is not None
        self._forks.stdin.write(
            json.dumps([str(log), "-x", "-p", "no:cacheprovider", "--tb=line", "-rfE", *present]) + "\n"
        )
        self._forks.stdin.flush()
        code, said = int(self._forks.stdout.readline()), log.read_text(encoding="utf-8")
        red = re.search(r"^FAILED \S*?::(\S+)", said, re.MULTILINE)
        if code and not red:
            raise RuntimeError(said[-2000:])
        return red[1] if red else ""


@contextmanager
def workplace() -> Iterator[Workplace]:
    """A copy of the tree, and servers that all its test runs share: to start them takes longer than most of the tests.

    In memory where there is room for that; nothing here is to survive.
    """
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own in it
    with (
        tempfile.TemporaryDirectory(prefix="mutations-", dir=memory if memory.is_dir() else None) as folder,
        ExitStack() as ends,
    ):
        engines, tree = Path(folder) / "engines", Path(folder) / "loa"
        for server in (Postgres(engines), Redis(engines)):
            server.start()
            ends.callback(server.stop)
        left_out = shutil.ignore_patterns(".venv", ".git", "__pycache__", "var", ".*_cache", ".hypothesis")
        shutil.copytree(ROOT, tree, ignore=left_out)
        env = {
            **os.environ,
            "PYTHONPATH": str(tree),
            "TESTS_ENGINES": str(engines),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        # The file's temporary folders go with it.
        env["TMPDIR"] = folder
        words = [sys.executable, "-m", "worker.sandbox.serve", "--port", "0"]
        sandbox = ends.enter_context(subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True))
        ends.callback(sandbox.terminate)
        assert sandbox.stdout is not None
        env["TESTS_SANDBOX"] = json.loads(sandbox.stdout.readline())["url"]
        words = [sys.executable, str(tree / "tests/reliability/forks.py")]
        forks = subprocess.Popen(words, cwd=tree, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ends.callback(forks.wait, 60)
        ends.callback(forks.communicate)
        yield Workplace(tree, forks)


def main(words: list[str]) -> int:
    """Try the chosen mutations; how the process ends."""
    parts = [word for word in words if re.fullmatch(r"\d+/\d+", word)]
    names = set(words) - set(parts)
    chosen = [one for one in MUTATIONS if not names or one.function in names]
    for part, of in (map(int, word.split("/")) for word in parts):
        chosen = chosen[part - 1 :: of]
    survived = 0
    sys.stdout.write("| guard dropped | noticed by |\n|---|---|\n")
    with workplace() as place:
        for mutation in chosen:
            try:
                red = place.tried(mutation)
            except (LookupError, RuntimeError) as fault:
                red = ""
                sys.stderr.write(f"{mutation.guard}: {fault}\n")
            survived += not red
            sys.stdout.write(f"| `{mutation.guard}` | {red or '**nobody**'} |\n")
            sys.stdout.flush()
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
