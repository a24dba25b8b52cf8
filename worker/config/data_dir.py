"""Finds the folder where Loa keeps its data, so that a command in another folder does not begin a second Loa.

`LOA_DATA_DIR` wins. Without it: the nearest `var` of Loa's in this folder or above it, else the `var` of the checkout that Loa
runs from, else the user's data folder as his system has it (platformdirs).
"""

import os
from pathlib import Path
from typing import Final

from platformdirs import user_data_path
from pydantic import Field
from pydantic_settings import BaseSettings

NAME: Final = "var"
#: Any of these is in a data folder that Loa has used.
MARKS: Final = ("users.lock", "postgres", "secret.key", "uploads")
#: What lies at the top of a checkout.
CHECKOUT: Final = ("pyproject.toml", "Procfile", "worker", "scheduler")


def find(here: Path, code: Path = Path(__file__).parents[2]) -> Path:
    """The data folder of a command that runs in `here`, with Loa's code below `code`; absolute, and made by nobody yet."""
    for folder in (here, *here.parents):
        if _used(folder / NAME):
            return folder / NAME
    if all((code / name).exists() for name in CHECKOUT) and os.access(code, os.W_OK):
        return code / NAME
    return user_data_path("loa")


def _used(folder: Path) -> bool:
    """Whether Loa has used this folder, under the user that we are: another's may lie in wait, as in /tmp."""
    try:
        return folder.stat().st_uid == os.getuid() and any((folder / mark).exists() for mark in MARKS)
    except OSError:
        return False


class DataFolder(BaseSettings):
    """Where data is kept on this machine."""

    data_dir: Path = Field(
        default_factory=lambda: find(Path.cwd()),
        description="Where the embedded servers, uploads and generated passwords live; empty: the nearest var that Loa used, "
        "else the checkout's var, else the user's data folder.",
    )
