"""The values that a setting of the sandbox can have: the words of those that take words, and the check of all."""

import json
import re
from collections.abc import Collection
from itertools import chain
from typing import Any

from worker.errors import Misuse
from worker.sandbox.hours import spans
from worker.sandbox.loopback import on_loopback

#: Known-bad answers, of the documents' samples or met by public clients, each switched on by its word in `quirks`.
QUIRKS = {
    "padded_sms_id": 'ids with a blank around them: " cc955fb8-.."',
    "int_code": "CodeResult and CodeResponse as a number",
    "string_numbers": 'counts and prices as text: "850.0000", CountRegenerate "0"',
    "misspelt_reference": "GetSmsSentData_V1 says RefercenceId",
    "byte_order_mark": "JSON answers begin with a UTF-8 byte order mark",
    "double_encoded_error_info": "error_info of a Zalo callback is URL-encoded twice, with a date behind it",
    "blind_callback_join": "a callback puts ? and its fields behind whatever CallbackUrl is",
    "empty_ads_callback": "the callback of ads says 5 with SendSuccess 0 and SendFailed 0",
}
#: The same of FPT, in `fpt_quirks`.
FPT_QUIRKS = {
    "string_numbers": 'NumMessageSent, NumRemainQuota and expires_in as text: "2"',
    "int_message_id": "MessageId as a number",
    "blank_keys": 'keys with a blank before them: " CampaignCode"',
    "no_expires_in": "a token is told without expires_in",
    "string_error": 'the code of an error as text: "1014"',
    "capital_error": "Error and Error_description",
    "error_with_200": "errors have the HTTP status 200",
    "empty_error": "errors have no body",
}
#: Callbacks that nobody meant, sent before the true one, in `callback_forgeries`.
FORGERIES = {
    "counts": "the right SMSID with SendSuccess=999999",
    "stranger": "an SMSID that was never given",
    "path": "the true callback at another path",
}
#: Spellings of a callback's names, in `callback_names`; "seed" leaves out what the manual does not know.
NAMES = ("documents", "seed", "lower", "upper")
_WORDS: dict[str, Collection[str]] = {"quirks": QUIRKS, "fpt_quirks": FPT_QUIRKS, "callback_forgeries": FORGERIES}
_CHOICES: dict[str, Collection[str]] = {
    "callback_names": NAMES,
    "fpt_message_encoding": ("plain", "base64"),
    "fpt_cancelled_again": ("success", "fail", "nowhere"),
}
#: What the members of a setting look like that is no list of strings.
_EXAMPLES: dict[str, Any] = {
    "brandnames": {"LOA": [1, 2]},
    "templates": {"LOA": ["Ma [0-9]{6}"]},
    "zalo_accounts": {"436181207180": ["200300"]},
    "call_templates": {"1001": 2},
    "fpt_order_days": [0],
}
_HOURS = ("fpt_order_hours", "fpt_windows")
_BELOW_ZERO = ("seed", "fpt_pending_status")


def check(name: str, value: Any, like: Any) -> None:
    """Refuse a value that the setting `name` cannot have; `like` is its present one.

    Raises:
        Misuse: one sentence that names the setting.
    """
    kind = type(like)
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise Misuse(f"The sandbox's setting {name} wants a value like {like!r}, not {value!r}.")
    if isinstance(value, int | float) and value < 0 and name not in _BELOW_ZERO:
        raise Misuse(f"The sandbox's setting {name} cannot be below zero, as {value!r} is.")
    if name.endswith("_share") and value > 1:
        raise Misuse(f"The sandbox's setting {name} is a share from 0 to 1, not {value!r}.")
    if isinstance(value, list | dict):
        _check_members(name, value)
    if name in _WORDS and (unknown := [word for word in value if word not in _WORDS[name]]):
        raise Misuse(f"The sandbox's setting {name} knows no {unknown[0]!r}; it knows: {', '.join(_WORDS[name])}.")
    if name in _CHOICES and value not in _CHOICES[name]:
        raise Misuse(f"The sandbox's setting {name} is one of {', '.join(_CHOICES[name])}, not {value!r}.")
    _check_writing(name, value)


def _check_writing(name: str, value: Any) -> None:
    """What is written in a text must be readable: hours, patterns, addresses."""
    if name in _HOURS:
        try:
            spans(value)
        except ValueError as fault:
            raise Misuse(f"The sandbox's setting {name} is not to be read: {fault}.") from fault
    if name in ("templates", "social_templates"):
        for pattern in value if isinstance(value, list) else chain.from_iterable(value.values()):
            try:
                re.compile(pattern)
            except re.error as fault:
                raise Misuse(f"The sandbox's setting {name} has {pattern!r}, which is no pattern: {fault}.") from fault
    if name == "fpt_report_url" and value and not on_loopback(value):
        raise Misuse(f"The sandbox's setting {name} wants an http address of this machine, not {value!r}.")


def _check_members(name: str, value: list[Any] | dict[str, Any]) -> None:
    """A list has strings in it, unless its example says otherwise; an object has what its example has."""
    example = _EXAMPLES.get(name, [""])
    if not _alike(value, example):
        shown = json.dumps(example) if name in _EXAMPLES else "a list of strings"
        raise Misuse(f"The sandbox's setting {name} wants a value like {shown}.")


def _alike(value: Any, example: Any) -> bool:
    if isinstance(example, list):
        return isinstance(value, list) and all(_alike(item, example[0]) for item in value)
    if isinstance(example, dict):
        (member,) = example.values()
        return all(_alike(item, member) for item in value.values())
    return type(value) is type(example)
