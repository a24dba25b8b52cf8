"""The folders from which a worker may read a list that a producer names: any, unless LOA_LIST_FOLDERS is set."""

from pathlib import Path

from worker.errors import Refused
from worker.services.deps import Deps


def allowed(deps: Deps, path: Path) -> Path:
    """The file that a path means, links followed; looked at when it is taken in and again when it is planned.

    Raises Refused `list_outside`, whether or not there is such a file: a producer learns nothing of other folders.
    """
    if not deps.list_folders:
        return path
    meant = path.resolve()
    folders = [folder.resolve() for folder in (*deps.list_folders, deps.uploads)]
    if not any(meant.is_relative_to(folder) for folder in folders):
        named = ", ".join(map(str, deps.list_folders))
        raise Refused(
            "list_outside",
            f"Lists of loa.enqueue_campaign may lie under {named} (LOA_LIST_FOLDERS) only: put the file "
            "there, or send it by HTTP.",
        )
    return meant
