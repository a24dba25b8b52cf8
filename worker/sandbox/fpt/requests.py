"""Reads the body of a call to FPT: a JSON object of texts, field by field."""

import base64
from collections.abc import Mapping
from typing import Any

from worker.sandbox.fpt.codes import PARAMETERS, Refusal


def text(asked: Mapping[str, Any], name: str, code: str = PARAMETERS) -> str:
    """A text that has to be there."""
    value = asked.get(name)
    if not isinstance(value, str) or not value:
        raise Refusal(code, f"{name} is missing or no text")
    return value


def count(asked: Mapping[str, Any], name: str) -> int:
    """A number above 0, which may be written as a text (manual 3.3 does both)."""
    value = asked.get(name)
    if type(value) is int and value > 0:
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal() and int(value) > 0:
        return int(value)
    raise Refusal(PARAMETERS, f"{name} is not a number above 0")


def decoded(written: str) -> str:
    """The text in strict base64 of UTF-8."""
    try:
        return base64.b64decode(written, validate=True).decode()
    except ValueError as fault:
        raise Refusal(PARAMETERS, "Message is not base64 of a UTF-8 text") from fault
