"""Sentences that were stored in English are known again by their pattern, so that they can be said in the reader's language.

A campaign keeps its notes and reasons as sentences. Each has a line in a table, here or in `note_patterns.py`: its code, and
the sentence with names where values stand. A test compares the tables with what the services say; what no line fits is shown
as it is, for example a provider's own words.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, Final

from dateutil.parser import isoparse  # type: ignore[import-untyped]  # dateutil ships no types

from worker.console.formats import Formats
from worker.console.i18n import Catalogue
from worker.console.note_patterns import NOTES
from worker.domain.calendar import public_holidays

#: 2026-03-02T09:00:00+07:00, as `worker.domain.window.local` writes it.
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+\d\d:\d\d")
#: What stands for a column in a note, in any case.
COLUMN: Final = re.compile(r"column (\d+)", re.IGNORECASE)
#: A day that is only computed to be a holiday, as `worker.domain.calendar.Questionable` writes it.
HOLIDAY: Final = re.compile(r"(\d{4}-\d\d-\d\d) \((.+?)(, computed)?, taken as (closed|open)\)")
#: Where a character stands, behind each of several.
POSITION: Final = re.compile(r" at position (\d+)")
#: Values that are ids, and no numbers of anything.
IDS: Final = frozenset({"template", "account"})
_NAME: Final = re.compile(r"\\\{(\w+)\\\}")

#: Refusals that were stored as the reason of a failed draft; their codes are those of the rules. What stands behind a # tells
#: two sentences of one rule apart.
REFUSALS: Final[Mapping[str, str]] = {
    "too_few_numbers": "The list has {valid} numbers to write to, and {provider} takes {kind} for {minimum} or more: of {rows} "
    "rows {duplicates} were repeats, {invalid} refused and {suppressed} on the suppression list.",
    "too_few_numbers_because": "The list has {valid} numbers to write to, and {provider} takes {kind} for {minimum} or more: of "
    "{rows} rows {duplicates} were repeats, {invalid} refused and {suppressed} on the suppression list. The commonest "
    "reason, in {count} rows, the first of them row {first}: {reason}",
    "too_few_numbers_per_text": "{provider} sends one text to {minimum} numbers or more, and {most} texts at most, but filling "
    "{names} gives texts that fewer would get ({texts} different texts or more; the smallest seen goes to {smallest}): leave the "
    "variable out, fill it with less variety{way_out}.",
    "until_too_early": "Nothing may leave after {until}, and the first text can leave at {earliest}: name a later --until, or an "
    "earlier --at.",
    "campaign_repeated": "The same text by {sender} to the same numbers is campaign {earlier} ({name}), created at {created_at}: "
    "nothing new was created. If they are to get it twice, add --again (`again` over HTTP).",
    "file_changed": "{name} was written to while it was read: wait until it is complete, then create again.",
    "upload_missing": "{name} is not where the planning worker looks: with LOA_UPLOADS=folder LOA_DATA_DIR must be one "
    "folder for all hosts.",
    "text_unknown_variable": "The list has no column for the variable {{variable}} at position {position}; its columns are: "
    "{columns}. Write a brace that is meant literally twice.",
    "text_too_long": "The text has {parts} parts, and carriers take {max_parts}: shorten it, or write it without accents.",
    "cannot_split": "{total} numbers make {batches} batches of {size}, but a batch holds {minimum} to {maximum}: raise the "
    "maximum of a batch or lower the minimum of an ad.",
    "sender_unknown": "{provider} has no sender {sender}; by its list of {read_at} it has {shown}. Take one of them, or have "
    "{again} registered at {there} first (`loa provider senders {account}` shows all).",
    "list_outside": "{name} was replaced by a link since it was taken in.",
    # what shows only far inside a list
    "file_too_many_cells": "{name}: row {row} has {cells} cells; a list has {most} at most. Keep the columns that the text "
    "needs.",
    "file_line_too_long": "{name} has a line of more than {most} characters near line {line}; a list has one row a line, of "
    "a few hundred at most. Export it again.",
    "file_broken": "{name}: a quotation mark opened in row {row} is never closed, or a cell of that row has more than {most} "
    "characters; correct that row.",
    "file_broken#changed": "{name} was changed while it was read; try again.",
    "file_encoding": "{name} has lost letters: row {row} and rows above it say {words}. It was saved in an encoding without "
    "Vietnamese letters; open the original and save it as CSV UTF-8 or XLSX.",
    "file_encoding#part": "{says}: from about there a part of the list is written in {written}, the rows above are not. Put "
    "those rows into a list of their own and add --encoding {encoding}, or correct them.",
    "file_encoding#twice": "{says}: a part of the list was saved from UTF-8 that a program had read as Latin-1. Open the "
    "original in UTF-8 and export it again.",
    "file_too_costly": "{name} cannot be read within {memory} MB of memory and {seconds} seconds of computing: it is "
    "damaged, or far larger than a list. Copy the rows into a new spreadsheet and save that as .xlsx or CSV.",
}

MISUSES: Final[Mapping[str, str]] = {
    "not_a_date": '"{text}" is not a date: write for example 2026-03-02T09:00+07:00, or 02/03/2026 9:00 (the day first).',
    "sender_empty": "The sender is empty: name the brandname that subscribers see.",
    "not_printable": "The {field} of a campaign has printable characters only, on one line.",
    "no_provider": "There is no provider {provider}; this version knows: {known}.",
    "no_kind": "There is no kind {kind} of campaign: it is ads or care.",
    "bad_reason": "{reason} is no reason: it is {words} or a word of your own, of letters, digits and _, 40 characters at most.",
    "bad_user_name": "A user's name takes up to {most} printable characters without blank, colon and slash.",
    "no_role": "There is no role {role}; take from {roles}.",
    "key_scope": "A key without a scope opens nothing: take from {scopes}.",
    "key_name": "The name takes up to {most} printable characters.",
    "nothing_to_compare": "There is nothing to compare: --from must be before --to, and before now.",
    "zalo_id": "A Zalo campaign needs the id of its {what}: digits, as eSMS shows it.",
    "zalo_value": "{value} names no value of a Zalo template and no column: write NAME, or NAME=COLUMN, each of 1 to {most} "
    "characters without braces.",
    "zalo_most": "A Zalo template has {most} values at most.",
    "zalo_twice": "The value {name} of the Zalo template is named twice: one that repeats is given once.",
    "fallback_half": "A fallback has a text and a sender: give both (--fallback-text, --fallback-sender).",
    "not_a_message": "{id} is not the id of a message; `loa otp send` prints it.",
    "decline_reason": "Say why it is declined: the comment is empty.",
    "comment_long": "The comment takes up to {most} characters.",
    "campaign_name": "The name of a campaign takes 1 to {most} printable characters, on one line.",
    "kept_name": "The name takes 1 to {most} printable characters.",
    "text_kind": "There is no kind {kind} of text: it is ads or care.",
    "text_length": "The text takes 1 to {most} characters; this one has {length}.",
    "no_scope": "There is no scope {scope}; take from {scopes}.",
    "not_a_key": "This is not the id of a key; `loa key list` shows them.",
    "nothing_imported": "Nothing was imported from {source} at {at}, but at {times}.",
    "not_a_day": "{written} is no day: write it as in 2026-11-01.",
    "day_to_come": "{day} is yet to come: a list is of today or earlier.",
    "password_length": "The password takes {least} to {most} characters; this one has {length}.",
    "password_prints": "The password has a character that does not print, such as a tab: leave it out.",
    "password_easy": "The password is too easy to guess: take another than the name or one letter repeated.",
}


def translated(words: Catalogue, formats: Formats, sentence: str) -> str:
    """The sentence in the reader's language; itself where no line of the table fits."""
    return _said(words, formats, "note", sentence) or sentence


def misuse(words: Catalogue, formats: Formats, sentence: str) -> str | None:
    """What was asked wrongly, in the reader's language; None where no line fits."""
    return _said(words, formats, "misuse", sentence)


def code_of_misuse(sentence: str) -> str | None:
    """The code by which an address can name what was asked wrongly; None where no line fits."""
    found = _known("misuse", sentence)
    return None if found is None else found[0]


def refusal(words: Catalogue, formats: Formats, sentence: str) -> str | None:
    """A stored refusal in the reader's language; None where no line fits."""
    return _said(words, formats, "rule", sentence)


def known(sentence: str) -> tuple[str, dict[str, str]] | None:
    """The code of a stored sentence and its values; None where no line fits."""
    return _known("note", sentence)


def moment(formats: Formats, value: str) -> str | None:
    """A moment as the reader writes it; None where the value is none."""
    return formats.moment(isoparse(value)) if MOMENT.fullmatch(value) else None


def _said(words: Catalogue, formats: Formats, context: str, sentence: str) -> str | None:
    found = _known(context, sentence)
    if found is None:
        return None
    code, values = found
    return words.filled(
        context,
        code.partition("#")[0],
        {name: value if name in IDS else _written(words, formats, value) for name, value in values.items()},
    )


def _written(words: Catalogue, formats: Formats, value: str) -> Any:
    if (said := words.of_code("value", value)) is not None:
        return said
    if found := COLUMN.match(value):
        return words.gettext("column %(number)s") % {"number": found[1]} + value[found.end() :]
    plain = value.replace(",", "")
    if plain.isascii() and plain.isdigit():
        return formats.number(int(plain))
    value = POSITION.sub(lambda found: words.gettext(" at position %(number)s") % {"number": found[1]}, value)
    value = HOLIDAY.sub(lambda found: _holiday(words, formats, found), value)
    return MOMENT.sub(lambda found: formats.moment(isoparse(found[0])), value)


def _holiday(words: Catalogue, formats: Formats, found: re.Match[str]) -> str:
    day = date.fromisoformat(found[1])
    name = public_holidays(day.year, words.language).get(day) if found[3] and words.language == "vi" else None
    taken = words.gettext("taken as a day of rest") if found[4] == "closed" else words.gettext("taken as a working day")
    return f"{formats.day(day)} ({name or found[2]}, {taken})"


def _known(context: str, sentence: str) -> tuple[str, dict[str, str]] | None:
    for code, pattern in _patterns(context):
        if found := pattern.fullmatch(sentence):
            return code, found.groupdict()
    return None


@cache
def _patterns(context: str) -> list[tuple[str, re.Pattern[str]]]:
    table = {"note": NOTES, "misuse": MISUSES, "rule": REFUSALS}[context]
    # The more of a sentence is fixed, the earlier it is tried.
    ordered = sorted(table.items(), key=lambda line: -len(re.sub(r"\{\w+\}", "", line[1])))
    return [(code, re.compile(_NAME.sub(r"(?P<\1>.+?)", re.escape(sentence)), re.DOTALL)) for code, sentence in ordered]
