"""Runs one process of the Procfile on a host of its own, in the place of this command."""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from worker.errors import Misuse
from worker.supervisor.procfile import procfile, read_procfile


def run(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The process, by its name in the Procfile: web, worker-esms …")
    ],
) -> NoReturn:
    """Run one process of the Procfile in the foreground, for systemd, containers and Kubernetes.

    It takes the place of this command, so that signals reach it: SIGTERM stops a worker after the calls in hand.

    Example: loa run worker-otp
    """
    commands = read_procfile(procfile())
    if name not in commands:
        raise Misuse(f"The Procfile has no process {name!r}; it has {', '.join(commands)}.")
    programs = str(Path(sys.executable).parent)
    path = f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    os.execve("/bin/sh", ["sh", "-c", f"exec {commands[name]}"], {**os.environ, "PATH": path})  # noqa: S606 - our own words
