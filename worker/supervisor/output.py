"""Takes the lines of the processes: to the terminal under their coloured names, or to a file for each."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

# ANSI colours that are legible on black and on white.
_COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95)


class Terminal:
    """Writes `name | line`; coloured when `stream` is a terminal, or as `colour` says."""

    def __init__(self, names: Iterable[str], stream: TextIO, colour: bool | None = None) -> None:
        self._names = list(names)
        self._stream = stream
        self._width = max(map(len, self._names), default=0)
        self._colour = stream.isatty() if colour is None else colour

    def __call__(self, name: str, line: str) -> None:
        """Write one line; a reader who went away (`| head`) stops no process."""
        prefix = f"{name:<{self._width}} |"
        if self._colour:
            place = self._names.index(name) if name in self._names else 0
            prefix = f"\x1b[{_COLOURS[place % len(_COLOURS)]}m{prefix}\x1b[0m"
        with contextlib.suppress(OSError):
            print(prefix, line, file=self._stream, flush=True)


class LogFiles:
    """Writes to `folder/NAME.log`, for the owner alone; a file that has grown over `limit` bytes becomes `NAME.log.before`."""

    def __init__(self, folder: Path, limit: int = 20_000_000) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # What an older version left readable for everybody; a file of another owner is not ours to change.
        for path, mode in ((folder, 0o700), *((old, 0o600) for old in folder.glob("*.log*"))):
            with contextlib.suppress(OSError):
                path.chmod(mode)
        self._folder = folder
        self._limit = limit
        self._files: dict[str, TextIO] = {}

    def __call__(self, name: str, line: str) -> None:
        """Append one line; a full disk stops no process."""
        with contextlib.suppress(OSError):
            self._file(name).write(f"{line}\n")

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _file(self, name: str) -> TextIO:
        path = self._folder / f"{name}.log"
        if name in self._files and self._files[name].tell() > self._limit:
            self._files.pop(name).close()
            path.replace(path.with_suffix(".log.before"))
        if name not in self._files:
            self._files[name] = open(path, "a", encoding="utf-8", buffering=1, opener=_private)  # noqa: SIM115 - close() does it
        return self._files[name]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
