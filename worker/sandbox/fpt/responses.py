"""Writes the answers of FPT: JSON, an error with another HTTP status, with the slips of the documents on request."""

import json
from collections.abc import Mapping
from typing import Any

from worker.sandbox.emulator import Answer
from worker.sandbox.fpt.codes import NEWER_WORDS, STATUSES, WORDS
from worker.sandbox.settings import Settings

_COUNTS = ("NumMessageSent", "NumRemainQuota", "expires_in")


def write(fields: Mapping[str, Any], settings: Settings) -> Answer:
    """A success: HTTP 200."""
    quirks = settings.fpt_quirks
    shown: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "expires_in" and "no_expires_in" in quirks:
            continue
        spelled = f" {name}" if "blank_keys" in quirks else name
        if name == "MessageId" and "int_message_id" in quirks:
            shown[spelled] = int(value)
        else:
            shown[spelled] = str(value) if name in _COUNTS and "string_numbers" in quirks else value
    return Answer(_encoded(shown), content_type="application/json")


def refuse(code: str, settings: Settings, words: str = "") -> Answer:
    """An error: its number, and `words` or those that FPT has for the number."""
    quirks = settings.fpt_quirks
    status = 200 if "error_with_200" in quirks else STATUSES.get(code, settings.fpt_error_status)
    if "empty_error" in quirks:
        return Answer(b"", status, "application/json")
    number = code if "string_error" in quirks or not code.lstrip("-").isdecimal() else int(code)
    names = ("Error", "Error_description") if "capital_error" in quirks else ("error", "error_description")
    words = words or WORDS.get(code) or NEWER_WORDS.get(code, "")
    return Answer(_encoded(dict(zip(names, (number, words), strict=True))), status, "application/json")


def _encoded(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
