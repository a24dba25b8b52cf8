"""Keeps an uploaded list until it is planned: in the database, in pieces, so that hosts share no folder.

It is written in the transaction of its draft and goes with it: a list without a draft cannot be. One piece is in memory at a
time, on either side. With LOA_UPLOADS=folder it stays a file, for hosts that do share one.
"""

import os
import shutil
from collections.abc import Callable, Iterator
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
    for seq, piece in enumerate(_pieces(path)):
        upload_pieces.add(session, campaign_id, seq, piece)


def keep_for_form(deps: Deps, session: Session, form_id: UUID, path: Path) -> None:
    """Store the list of a form, which must be there, in place of the one before: other web hosts have no such file."""
    if deps.uploads_in_database:
        upload_pieces.drop_of_form(session, form_id)
        for seq, piece in enumerate(_pieces(path)):
            upload_pieces.add_to_form(session, form_id, seq, piece)


def of_form(deps: Deps, form_id: UUID, path: Path) -> Path:
    """The list of a form as a file of this host: where it was uploaded, else a copy of what the database has.

    Where there is neither, the path at which it should be. Copies that no form of this host needs go as forgotten ones do.
    """
    copy = path if path.exists() else deps.uploads / path.name
    if copy.exists() or not deps.uploads_in_database:
        return copy if copy.exists() else path
    with _written(deps, lambda session, seq: upload_pieces.of_form(session, form_id, seq)) as fetched_here:
        if not fetched_here.stat().st_size:
            return path
        fetched_here.replace(copy)
    return copy


@contextmanager
def fetched(deps: Deps, campaign_id: UUID) -> Iterator[Path]:
    """The stored list as a file of this host that only we can read, for as long as the block lasts."""
    with _written(deps, lambda session, seq: upload_pieces.get(session, campaign_id, seq)) as path:
        yield path


@contextmanager
def _written(deps: Deps, piece_of: Callable[[Session, int], bytes | None]) -> Iterator[Path]:
    deps.uploads.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A name of its own: another worker may have the same draft in hand for a moment.
    path = deps.uploads / f"{uuid4()}.list"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            seq = 0
            while piece := _piece(deps, piece_of, seq):
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


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def _piece(deps: Deps, piece_of: Callable[[Session, int], bytes | None], seq: int) -> bytes | None:
    with deps.sessions() as session:
        return piece_of(session, seq)
