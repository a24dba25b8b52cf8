"""Sentences that were stored in English are known again by their pattern, so that they can be said in the reader's language.

A campaign keeps its notes and reasons as sentences. Each has a line here: its code, and the sentence with names where values
stand. A test compares the table with what the services say; what no line fits is shown as it is, for example a provider's own
words.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from dateutil.parser import isoparse  # type: ignore[import-untyped]  # dateutil ships no types

from worker.console.formats import Formats
from worker.console.i18n import Catalogue

#: 2026-03-02T09:00:00+07:00, as `worker.domain.window.local` writes it.
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+\d\d:\d\d")
#: What stands for a column in a note, in any case.
COLUMN: Final = re.compile(r"column (\d+)", re.IGNORECASE)
#: Values that are ids, and no numbers of anything.
IDS: Final = frozenset({"template", "account"})
_NAME: Final = re.compile(r"\\\{(\w+)\\\}")

NOTES: Final[Mapping[str, str]] = {
    # of the clock
    "clock_set_back": "The clock was set back: {count} of its batches carry times up to {latest}, and it is {now} now.",
    "clock_goes_on": "The clock was set back: {count} of its batches carry times up to {latest}, and it is {now} now. It goes on "
    "by itself from {turn} on; set the clock right, and it goes on at once.",
    # of the text
    "accents_joined": "Accents were joined with their letters (NFC), the first at position {position}.",
    "blanks_dropped": "Blanks at the start or the end were dropped.",
    "line_ends": "{count} line end{s} written as a line feed, the first ({character}) at position {position}.",
    "spaces": "{count} unusual space{s} made a plain one, the first ({character}) at position {position}.",
    "invisible": "{count} invisible character{s} removed, the first ({character}) at position {position}.",
    "unicode_slip": "A part holds 70 characters instead of 160, only because of {characters}.",
    "unfilled": 'The text says "{written}", which looks like a placeholder of another tool and names no column: it is not '
    "filled.",
    "noughts": "{count} rows have 0 for {variable}, and most others have words, the first of them row {row}: a formula shows so "
    "what it finds in an empty cell.",
    "lost_letters": '{count} rows have values that have lost letters, the first of them row {row}: "{word}".',
    "web_signs": '{count} rows have values with signs of a web page, the first of them row {row}: "{sign}". They are sent as '
    "they stand.",
    "written_plain": "{count} × {character} is written {substitute}.",
    # of the list
    "each_cell": "Each cell is a number of its own: a line with several numbers is as many rows.",
    "one_sheet": "Of {sheets} sheets only {sheet} has phone numbers.",
    "hidden_sheet": "Sheet {sheet} is hidden, and the only one with data.",
    "rows_wider": "Most rows have more cells than the heading; what stands right of column {number} is in no text.",
    "hidden_rows": "{count} hidden rows are {does}.",
    "column_passed": "{other} is not read; {column} is.",
    "column_empty": "No mobile number was found in {other}; {column} is read.",
    "column_by_values": "No heading speaks of phones; {column} holds the numbers.",
    "above_heading": "The number in row {row} stands above the heading and gets no message.",
    "many_above_heading": "The numbers in rows {rows} stand above the heading and get no message.",
    "below_list": 'Row {row} says "{words}" beside its number: it is taken for a note below the list and gets no message.',
    "numbers_apart": "What stands apart below the list, with fewer cells than the others, gets a message too: row {rows}.",
    "format_unknown": "Numbers in the format {format} are written as they are stored, such as {value}: it is not known here.",
    "column_hidden": "{column} is hidden in the workbook, and its numbers are read.",
    # of the times
    "order_placed_now": "The order is placed at {provider} now; phones may ring from {due}.",
    "order_placed": "The order is placed at {provider} at {at}; phones may ring from {due}.",
    "moved": "{texts} may leave at {windows} only: moved from {asked} to {opening}.",
    "law_changes": "From {day} on another rule holds ({decree}): ads reach phones at {windows}, a number gets {most} in {hours} "
    "hours, and they begin with {labels}. What leaves then follows it.",
    "computed_days": "It is planned across days that are computed and not decided: {days}. {opens} and {closes} correct them.",
    "will_not_finish": "It will not finish in time: the last text is expected at {finish}, and nothing leaves after {until}.",
    # of the numbers
    "converted": "{count} old 11-digit numbers were given their new prefix.",
    "strange_prefixes": "{count} numbers begin with digits that no carrier is known to have: they will probably reach nobody.",
    "consents_unread": "{count} rows name a consent that is no proof: consent_at is a past time, consent_source where it was "
    "given.",
    # of the sender
    "sender_unread": "{provider}'s list of senders could not be read, so the sender {sender} was not compared with it.",
    "sender_unread_because": "{provider}'s list of senders could not be read ({why}), so the sender {sender} was not "
    "compared with it.",
    "sender_kind": "{provider} lists {sender} for {kinds} only: it may refuse {kind} by it.",
    "sender_case": "{provider} lists the sender as {alike}: it may not take {sender}.",
    "sender_not_in_list": "{provider}'s list of senders is {how}: {sender} is not in it.",
    "sender_never_used": "{provider} tells no list of its senders, and no {kind} campaign by {sender} was finished there yet: "
    "check how it is spelled.",
    # of a template
    "zalo_fills": "Zalo template {template} of official account {account}",
    "zalo_else": "Else a text by {sender}: {text}",
    # of the cost
    "markup": "{provider}'s web server refuses a text with < before a letter, or with &#: it will be rejected.",
    "typographic_values": "The values of {rows} rows, the first row {row}, have typographic characters that make their texts "
    "Unicode: {parts} parts more, about {cost} VND. --plain writes them as plain ones.",
    "accents_cost": "Without accents each text has {saved} parts less: {parts} in all, about {cost} VND.",
    "price_not_told": "{provider} told no price beforehand: {why}.",
    "price_receivers": "{provider} counts {found} receivers for the first {numbers} numbers, not {again}.",
    "price_other": "{provider} asks {theirs} VND for the first {count} texts, and the estimate here makes them {ours}: set "
    "{setting} to {each}.",
    "zalo_unread": "{provider} did not tell the values of Zalo template {template} ({why}): compare them.",
    "zalo_order": "Zalo template {template} has its values in another order at {provider} ({names}): those of the campaign "
    "would be exchanged.",
    "zalo_values": "Zalo template {template} has other values at {provider} ({names}) than the campaign ({ours}).",
    "of_campaign_unreached": "It goes to those whom Zalo did not reach of campaign {id} ({name}).",
    "care_unread": "{provider}'s care templates could not be read ({why}), so the text was not compared with them.",
    "care_misfit": "The text of row {row} fits no template that {provider} lists for {sender} at {networks}: it may be refused "
    "there (146).",
    "key_used": "This key was used before for the same campaign; nothing new was created.",
    # reasons of a status
    # of an unknown call
    "no_single_record": "{provider} keeps no record of single orders: a person has to say what became of it",
    "record_unread": "{provider}'s record was not to be read in time: a person has to say what became of it",
    "too_old": "it may have been taken, and is too old to be repeated under its key: a person has to say what "
    "became of it",
    "absent_no_key": "it does not stand in the provider's record, and {provider} takes no key that would make a repeat "
    "safe: a person has to say what became of it",
    "absent_known": "it does not stand in the provider's record, and yet {provider} says that it had this RequestId "
    "before: a person has to say what became of it",
    "absent_had": "it does not stand in the provider's record, and {provider} says that it had it before: a person has "
    "to say what became of it",
    "absent_too_old": "it does not stand in the provider's record, and it is too old to be repeated under its key: a "
    "person has to say what became of it",
    "absent_repeated": "it does not stand in the provider's record after {times} repeats: a person has to say what became "
    "of it",
    "ambiguous": "more than one order in {provider}'s record could be this one ({refs}): a person has to say what "
    "became of it",
    "absent_again": "it does not stand in the provider's record: it goes again under {which} key",
    "absent_cancelled": "it does not stand in the provider's record, and the campaign is cancelled",
    "found_in_record": "its answer was lost, but it stands in the provider's record",
    "by_hand": "an operator said that it was {verdict}",
    "worker_stopped": "the worker stopped before an answer was recorded",
    "not_begun": "the call was not begun in time, so it was not made",
    "turned_away_long_ago": "it was turned away without a code of the provider's own, so long ago that its key may be forgotten: "
    "it is looked up first",
    "still_unknown": "repeated, and still unknown: {words}",
    # of a campaign's end
    "paused_by_hand": "paused by an operator",
    "cancelled_by_hand": "cancelled by an operator",
    "kept_by_provider": "{count} numbers are with the provider, which did not stop them",
    "perhaps_sent": "{count} numbers may or may not be with the provider",
    "unknown_waits": "{count} numbers may or may not be with the provider; nothing is sent again before that is known",
    "nothing_again": "nothing is sent again before that is known",
    "needs_operator": "batch {batches} waits for `loa campaign resolve {id} --batch {batch}`",
    "rejected_numbers": "{count} numbers were rejected ({words})",
    "never_reported": "the provider never reported on {count} numbers",
    "pushes_lost": "the answers to {count} pushes were lost, the latest with: {words}",
    "placed_later": "{count} numbers could not be placed at {provider} in time for their hour: they are placed from {at}, and "
    "their phones may ring from {due}",
    "until_passed": "Its last moment, {until}, has passed: {count} numbers did not leave.",
    "numbers_deleted": "its numbers were deleted on {day}, the counts are kept",
    "declined": "declined by {who}: {comment}",
    "left_out": "{count} numbers of {audience} are left out, because they are in {other}.",
    "of_campaign_failed": "It goes to those without a delivery of campaign {id} ({name}).",
    "of_campaign_all": "It goes to the numbers of campaign {id} ({name}).",
    "not_the_same_day": "It will not finish on the day that it begins: the last one is expected at {finish}.",
    "calls_ahead": "{count} calls of other campaigns that run already share the rate of {provider}.",
    "not_in_time": "It will not finish in time: nothing leaves after {until}.",
    "audience_gone": "There is no audience {id}.",
    "plan_gave_up": "The list could not be planned in {tries} tries; the log of worker-plan tells why.",
}

#: Refusals that were stored as the reason of a failed draft; their codes are those of the rules. What stands behind a # tells
#: two sentences of one rule apart.
REFUSALS: Final[Mapping[str, str]] = {
    "too_few_numbers": "The list has {valid} numbers to write to, and {provider} takes {kind} for {minimum} or more: of {rows} "
    "rows {duplicates} were repeats, {invalid} no mobile numbers and {suppressed} on the suppression list.",
    "too_few_numbers_because": "The list has {valid} numbers to write to, and {provider} takes {kind} for {minimum} or more: of "
    "{rows} rows {duplicates} were repeats, {invalid} no mobile numbers and {suppressed} on the suppression list. The commonest "
    "reason, in {count} rows, the first of them row {first}: {reason}",
    "too_few_numbers_per_text": "{provider} sends one text to {minimum} numbers or more, and {most} texts at most, but filling "
    "{names} gives texts that fewer would get ({texts} different texts or more; the smallest seen goes to {smallest}): leave the "
    "variable out, fill it with less variety{way_out}.",
    "until_too_early": "Nothing may leave after {until}, and the first text can leave at {earliest}: name a later --until, or an "
    "earlier --at.",
    "campaign_repeated": "The same text by {sender} to the same numbers is campaign {earlier} ({name}), created at {created_at}: "
    "nothing new was created. If they are to get it twice, add --again.",
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
}


def translated(words: Catalogue, formats: Formats, sentence: str) -> str:
    """The sentence in the reader's language; itself where no line of the table fits."""
    return _said(words, formats, "note", sentence) or sentence


def misuse(words: Catalogue, formats: Formats, sentence: str) -> str | None:
    """What was asked wrongly, in the reader's language; None where no line fits."""
    return _said(words, formats, "misuse", sentence)


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
    return MOMENT.sub(lambda found: formats.moment(isoparse(found[0])), value)


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
