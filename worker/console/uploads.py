"""Files that come with a form: streamed to disk as they arrive, checked for the session's token, removed when no good."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from worker.api import upload
from worker.api.problems import ProblemError
from worker.console.forms import TOKEN, check
from worker.console.visitors import Visitor
from worker.errors import Refused


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that arrived whole; whoever takes it removes it."""

    path: Path
    name: str
    fields: Mapping[str, str] = field(repr=False)

    @contextmanager
    def once(self) -> Iterator[Path]:
        """The file for as long as the block lasts."""
        try:
            yield self.path
        finally:
            self.path.unlink(missing_ok=True)


async def receive(request: Request, me: Visitor) -> Uploaded:
    """The file in the field `list` of a form; Refused with the rule that says why not (`no_list`, `empty`, `too_large` …)."""
    path = await run_in_threadpool(upload.new_path, me.deps.uploads)
    try:
        received = await upload.receive(request, path, request.app.state.loa.settings.max_upload_bytes)
    except ProblemError as fault:
        raise Refused(fault.rule, fault.sentence) from None
    try:
        check(me.me, received.fields.get(TOKEN, ""))
        _check_file(path, received.file_name)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Uploaded(path, received.file_name, received.fields)


def _check_file(path: Path, name: str) -> None:
    if not name:
        raise Refused("no_list", "Choose a file.")
    if not path.stat().st_size:
        raise Refused("file_empty", "The file is empty.")
