"""Receives an uploaded list: streamed from the socket to a file that only we can read, whatever its size."""

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final
from uuid import uuid4

from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool

from worker.api import bodies
from worker.api.problems import ProblemError

LIST: Final = "list"
LONGEST_FIELD: Final = 20_000
MOST_PARTS: Final = 20
#: Collected before they are written: the socket's pieces are smaller than what a disk likes.
BLOCK: Final = 1 << 20


@dataclass
class Form:
    """A form as it comes in: small fields are kept, the list goes to its file block by block."""

    fields: dict[str, str] = field(default_factory=dict)
    file_name: str = ""
    has_list: bool = False
    ended: bool = False
    #: Of the list, and not yet written.
    waiting: bytearray = field(default_factory=bytearray)
    _header: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _disposition: bytes = b""
    _name: str = ""
    _content: bytearray = field(default_factory=bytearray)
    _parts: int = 0

    def parser(self, boundary: bytes) -> MultipartParser:
        """A parser that tells this form what it reads."""
        return MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._header_end,
                "on_headers_finished": self._named,
                "on_part_data": self._data,
                "on_part_end": self._part_end,
                "on_end": self._end,
            },
        )

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise ProblemError(422, "too_many_fields", f"A form has at most {MOST_PARTS} fields.")
        self._disposition, self._name = b"", ""
        self._content = bytearray()

    def _header_end(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header, self._value = bytearray(), bytearray()

    def _named(self) -> None:
        options = parse_options_header(self._disposition)[1]
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if not self._name:
            raise _unreadable()
        if self._name in self.fields or (self._name == LIST and self.has_list):
            raise ProblemError(422, "field_twice", f"The field {self._name} is there twice.", field=self._name)
        if self._name == LIST:
            self.has_list = True
            self.file_name = _plain(options.get(b"filename", b"").decode("utf-8", "replace"))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._name == LIST:
            self.waiting += data[start:end]
            return
        self._content += data[start:end]
        if len(self._content) > LONGEST_FIELD:
            raise ProblemError(
                422,
                "too_long",
                f"A field has at most {LONGEST_FIELD:,} bytes; the list is the field `{LIST}`.",
                field=self._name,
            )

    def _part_end(self) -> None:
        if self._name != LIST:
            try:
                self.fields[self._name] = self._content.decode()
            except UnicodeDecodeError:
                raise ProblemError(422, "not_utf8", "The field is not UTF-8.", field=self._name) from None

    def _end(self) -> None:
        self.ended = True


async def receive(request: Request, path: Path, most: int) -> Form:
    """Stream a multipart form whose `list` goes to `path`, which must not be there yet."""
    boundary = parse_options_header(request.headers["content-type"])[1].get(b"boundary")
    if not boundary:
        raise _unreadable()
    form = Form()
    with new_file(path) as write:
        try:
            parser = form.parser(boundary)
            async for chunk in bodies.pieces(request, most):
                parser.write(chunk)
                if len(form.waiting) >= BLOCK:
                    await run_in_threadpool(write, bytes(form.waiting))
                    form.waiting.clear()
            parser.finalize()
        except FormParserError:
            raise _unreadable() from None
        if not form.ended:
            raise _unreadable()
        if not form.has_list:
            raise ProblemError(422, "no_list", f"The form has no file in its field `{LIST}`.", field=LIST)
        await run_in_threadpool(write, bytes(form.waiting))
    return form


def write_rows(rows: Sequence[dict[str, str]], path: Path) -> None:
    """Recipients of a JSON body as the list that they would have been: one column a variable, the first row the heading."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with new_file(path) as write:
        # Excel's own first line: it says what parts the cells, so that no reader need guess.
        write(b"sep=,\n")
        writer = csv.DictWriter(_Encoded(write), columns, restval="", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)


def new_path(folder: Path) -> Path:
    """Where the next upload goes; the folder is there after this, and only ours."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{uuid4()}.list"


@contextmanager
def new_file(path: Path) -> Iterator[Callable[[bytes], object]]:
    """Writes a file that nobody else can read; what is left of it after a fault is removed."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file.write
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A file of bytes, as the csv module wants one."""

    into: Callable[[bytes], object]

    def write(self, text: str) -> None:
        self.into(text.encode())


def _plain(name: str) -> str:
    """The name of a file without folders and without what cannot be shown."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(character for character in last if character.isprintable())[:200]


def _unreadable() -> ProblemError:
    return ProblemError(400, "not_multipart", "The body is no complete multipart form.", field="body")
