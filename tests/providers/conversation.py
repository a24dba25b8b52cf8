"""Turns a case file into a conversation: loads `says / answer / expect`, and answers as the file says."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

CASES = Path(__file__).parent / "cases"


def load(provider: str, folder: str) -> dict[str, dict[str, Any]]:
    """Every case of a folder by its name."""
    paths = sorted((CASES / provider / folder).glob("*.json"))
    return {path.stem: json.loads(path.read_text("utf-8")) for path in paths}


def params(provider: str, folder: str) -> list[Any]:
    """The cases of a folder as parameters named by their files."""
    return [pytest.param(case, id=name) for name, case in load(provider, folder).items()]


def response(
    answer: Mapping[str, Any], request: httpx.Request, secret: str, echoes: Mapping[str, str]
) -> httpx.Response:
    """The answer that a file describes, or its fault, whose own text holds a `secret`; `echoes` stand for marks in it.

    It is handed over as a stream, as a socket would: the client must read it, decode it and count it.
    """
    if name := answer.get("raise"):
        text = f"something about {request.url} with {secret} and 0901234567"
        raise getattr(httpx, name)(text) if hasattr(httpx, name) else OSError(text)
    text = answer["text"] if "text" in answer else json.dumps(answer.get("json", ""))
    for mark, echo in echoes.items():
        text = text.replace(mark, echo)
    body = text.encode(answer.get("encoding", "utf-8")) + b" " * answer.get("padding", 0)
    return httpx.Response(answer["status"], headers=answer.get("headers"), stream=Chunks(body))


class Chunks(httpx.AsyncByteStream):
    """A body that arrives in pieces."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def __aiter__(self) -> Any:
        for start in range(0, len(self.body), 65_536):
            yield self.body[start : start + 65_536]


class Collector(logging.Handler):
    """Keeps each log record's own text, before any formatter could mask it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def assert_storable(*texts: str) -> None:
    """PostgreSQL takes them."""
    for text in texts:
        assert "\x00" not in text
        text.encode("utf-8")
