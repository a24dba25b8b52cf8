"""Checks of folders that settings name and Loa only reads: of one that is missing nobody hears until somebody asks for it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from worker.cli.doctor.check import Check
from worker.config import Settings


def checks(settings: Settings) -> Iterator[Check]:
    """Warnings, since hosts have the same settings, and only one that runs worker-plan or web needs the folder."""
    for folder in settings.lists_from:
        if fault := _fault((folder / "..").stat):  # whether files in it could be opened
            yield Check(
                "LOA_LIST_FOLDERS",
                f"{folder}: {fault}, so lists that a producer puts there cannot be read on this host",
                warning="make it, or give this user rights there, on each host that runs worker-plan; or leave it out",
            )
    built = settings.documents_dir
    if built is not None and (fault := _fault(lambda: _opened(built / "index.html"))):
        yield Check(
            "LOA_DOCUMENTS_DIR",
            f"{built / 'index.html'}: {fault}, so web answers 404 at /docs/ on this host",
            warning="copy there what `make docs` built in var/site, readable for this user; or unset it",
        )


def _fault(look: Callable[[], object]) -> str:
    """Why it cannot be done, as the system says; empty: it can."""
    try:
        look()
    except OSError as fault:
        return (fault.strerror or type(fault).__name__).lower()
    return ""


def _opened(file: Path) -> None:
    with file.open("rb"):
        pass
