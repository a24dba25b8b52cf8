"""Keeps an uploaded list until it is planned: in the database, in pieces, so that hosts share no folder.

It is written in the transaction of its draft and goes with it: a list without a draft cannot be. One piece is in memory at a
time, on either side. With LOA_UPLOADS=folder it stays a file, for hosts that do share one.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from sqlmodel import Session

from worker.errors import Refused
from worker.services.deps import Deps
from worker.storage.planning import upload_pieces

#: What a draft has in place of a path.
IN_DATABASE: Final = "database"
PIECE_BYTES: Final = 1 << 20


def keep(session: Session, campaign_id: UUID, path: Path) -> None:
    """Store a file with its draft, which must be there; the caller commits."""
    with path.open("rb") as file:
        seq = 0
        while piece := file.read(PIECE_BYTES):
            upload_pieces.add(session, campaign_id, seq, piece)
            seq += 1


@contextmanager
def fetched(deps: Deps, campaign_id: UUID) -> Iterator[Path]:
    """The stored list as a file of this host that only we can read, for as long as the block lasts."""
    deps.uploads.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A name of its own: another worker may have the same draft in hand for a moment.
    path = deps.uploads / f"{uuid4()}.list"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            seq = 0
            while piece := _piece(deps, campaign_id, seq):
                file.write(piece)
                seq += 1
        yield path
    finally:
        path.unlink(missing_ok=True)


def another(deps: Deps, path: Path) -> Path:
    """The same list under a name of its own, for a draft that removes it; whoever keeps the first one keeps it."""
    twin = deps.uploads / f"{uuid4()}.list"
    try:
        twin.hardlink_to(path)
    except FileNotFoundError:
        raise Refused(
            "upload_gone", "The list that was uploaded is not on this host any more: upload it again."
        ) from None
    except OSError:
        shutil.copyfile(path, twin)
    # A file that nobody has touched for long is removed as forgotten.
    os.utime(twin)
    return twin


def older(folder: Path, before: datetime) -> list[str]:
    """Files of the folder that were last written before a moment, of the machine's own time."""
    old = []
    for path in folder.iterdir() if folder.is_dir() else ():
        # Another may remove it at this moment.
        with suppress(FileNotFoundError):
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
                old.append(str(path))
    return old


def _piece(deps: Deps, campaign_id: UUID, seq: int) -> bytes | None:
    with deps.sessions() as session:
        return upload_pieces.get(session, campaign_id, seq)
