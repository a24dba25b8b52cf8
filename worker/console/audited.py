"""Entries of the audit log in the reader's language: what an act was about, its facts, and what is wrong with the chain."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from worker.console import sentences
from worker.console.formats import Formats
from worker.console.i18n import Catalogue
from worker.storage.tables.people import AuditEntry

#: Facts whose value is a code, and where its word stands.
CODES: Final[Mapping[str, str]] = {
    "provider": "provider",
    "providers": "provider",
    "kind": "kind",
    "status": "status",
    "state": "state",
    "role": "role",
    "user.role:from": "role",
    "user.role:to": "role",
    "reason": "opt",
    "verdict": "verdict",
    "scopes": "scope",
    "why": "login-why",
}
#: Ids and hashes: their beginning tells them apart.
SHORT: Final[Mapping[str, int]] = {"facts_hash": 12, "copied_from": 8, "message": 8}
#: What `audit.verify` says of an entry: the code of the sentence, and its English with names where values stand.
FAULTS: Final[Mapping[str, str]] = {
    "missing": r"entry (?P<number>\d+) is missing: (?P<before>\d+) is followed by (?P<after>\d+)",
    "not_chained": r"entry (?P<number>\d+) is not chained to the one before it",
    "changed": r"entry (?P<number>\d+) was changed: its hash does not fit what it says",
}


def facts(words: Catalogue, formats: Formats, entry: AuditEntry) -> list[tuple[str, str]]:
    """Each fact as its word and its value, in the order of the catalogue: the database keeps none."""
    known = words.context("fact")
    order = {code: place for place, code in enumerate(known)}
    told = []
    for name, value in entry.facts.items():
        if value is None or value in ("", []):
            continue
        own = f"{entry.act}:{name}"
        code = own if own in known else name
        context = CODES.get(own) or CODES.get(name)
        label = known.get(code) or name.replace("_", " ")
        told.append((order.get(code, len(order)), label, _value(words, formats, context, name, value)))
    return [(label, value) for _, label, value in sorted(told, key=lambda one: one[0])]


def about(words: Catalogue, entry: AuditEntry) -> str:
    """What the act was about, where that is no campaign: a user, a stored list, the provider of a comparison."""
    match entry.object_kind:
        case "reconciliation":
            return sentences.code(words, "provider", entry.object_id) if entry.object_id else ""
        case "suppression":
            return sentences.origin(words, entry.object_id)
        case "key":
            return str(entry.facts.get("name") or entry.object_id[:8])
        case _:
            return entry.object_id


def fault(words: Catalogue, sentence: str) -> str:
    """What is wrong with the chain; the sentence as it is where its pattern is not known."""
    for code, pattern in FAULTS.items():
        if found := re.fullmatch(pattern, sentence):
            return words.filled("chain", code, found.groupdict()) or sentence
    return sentence


def _value(words: Catalogue, formats: Formats, context: str | None, name: str, value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_value(words, formats, context, name, one) for one in value)
    if context is not None:
        return sentences.code(words, context, value)
    if name in SHORT:
        return str(value)[: SHORT[name]]
    return sentences.written(formats, name, value)
