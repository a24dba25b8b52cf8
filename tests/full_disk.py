"""A disk of its own that can be filled: a file system in memory. Root may mount one; elsewhere these tests are passed by."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

BALLAST = "ballast"


class CannotMount(Exception):
    """This account may not."""


@contextmanager
def small_disk(megabytes: int = 300) -> Iterator[tuple[Path, Callable[[], None]]]:
    """A folder on a disk of that size, and what fills it to its last byte; `ballast` is the file to remove for room."""
    with tempfile.TemporaryDirectory(prefix="loa-disk-") as name:
        folder = Path(name)
        words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", name]
        try:
            subprocess.run(words, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as fault:
            raise CannotMount from fault
        try:
            yield folder, lambda: _fill(folder / BALLAST)
        finally:
            # Lazily: a server that still ends has files open.
            subprocess.run(["umount", "-l", name], check=True)


def _fill(path: Path) -> None:
    for size in (1 << 20, 4096, 1):
        with path.open("ab", buffering=0) as file, suppress(OSError):
            while file.write(b"x" * size):
                pass
