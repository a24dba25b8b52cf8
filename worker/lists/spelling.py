"""Looks for an old encoding below a list's first rows, in every value that goes into a text.

The first rows are judged as a whole when a list is opened (`legacy.refuse_unnoticed`). Below them a part may come from another
file: words that are no Vietnamese syllables, but become some in one and the same old encoding, and stand close together.
"""

import re
from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Final, NamedTuple

from worker.errors import Refused
from worker.lists import legacy

#: So many of the last words that are no syllables must make sense in one old encoding.
_OF_LAST: Final = 10
_SURE: Final = 6
#: Words that were found right are remembered up to here; names repeat.
_MOST_REMEMBERED: Final = 50_000


#: So many different words that have lost letters are no slip.
_MANY_LOST: Final = 3
#: What a web page shows as another character.
_ENTITY: Final = re.compile(
    r"&(?:#\d{2,6}|#x[0-9a-fA-F]{2,5}|amp|lt|gt|quot|apos|nbsp|[A-Za-z]{1,6}(?:acute|grave|circ|tilde));"
)
_SAYS: Final = {
    "lost": '{0} rows have values that have lost letters, the first of them row {1}: "{2}".',
    "entity": '{0} rows have values with signs of a web page, the first of them row {1}: "{2}". They are sent as they stand.',
}


class _Odd(NamedTuple):
    row: int
    word: str
    #: Encoding -> the syllable that the word is in it.
    readings: dict[str, str]


class Spelling:
    """Looks at the values of one list, row by row."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: set[str] = set()
        self._last: deque[_Odd] = deque(maxlen=_OF_LAST)
        self._suspects: dict[str, list[_Odd]] = {}
        self._lost: dict[str, None] = {}
        #: Rows with words that have lost letters, and with signs that a web page would show as others: how many, the first, it.
        self._spoilt: dict[str, tuple[int, int, str]] = {}

    def look(self, row: int, values: Iterable[str]) -> None:
        """Look at the values of a row; Refused(`file_encoding`) where a part of the list is surely in an old encoding."""
        known = self._known
        for value in values:
            if "?" in value or "&" in value or "\ufffd" in value:
                self._look_closer(row, value)
            if value.isascii():
                continue
            for word in legacy.words(value):
                if word not in known:
                    self._judge(row, word)

    def notes(self) -> list[str]:
        """Sentences for what is suspicious, but too little to be sure."""
        return [*self._of_encodings(), *(_SAYS[kind].format(*found) for kind, found in self._spoilt.items())]

    def _look_closer(self, row: int, value: str) -> None:
        lost = legacy.lost_letters(value)
        self._lost.update(dict.fromkeys(lost))
        if len(self._lost) >= _MANY_LOST:
            words = ", ".join(f'"{one}"' for one in islice(self._lost, _MANY_LOST))
            raise Refused(
                "file_encoding",
                f"{self._name} has lost letters: row {row} and rows above it say {words}. It was saved in an encoding without "
                "Vietnamese letters; open the original and save it as CSV UTF-8 or XLSX.",
                {"row": row},
            )
        for kind, signs in (("lost", lost), ("entity", _ENTITY.findall(value))):
            if signs:
                rows, first, example = self._spoilt.get(kind, (0, row, signs[0]))
                self._spoilt[kind] = (rows + 1, first, example)

    def _of_encodings(self) -> list[str]:
        for encoding, odd in self._suspects.items():
            if len(odd) > 1 or any(map(_never_in_names, odd[0].word)):
                first = odd[0]
                says = f'Row {first.row} says "{first.word}", which would be "{first.readings[encoding]}"'
                return [f"{says} in {legacy.TITLES[encoding]}: look at the rows around it."]
        return []

    def _judge(self, row: int, word: str) -> None:
        if len(self._known) < _MOST_REMEMBERED:
            self._known.add(word)
        if word.isascii() or not any(map(str.isalpha, word)) or legacy.is_syllable(word):
            return
        odd = _Odd(row, word, legacy.syllables(word))
        self._last.append(odd)
        for encoding in odd.readings:
            suspects = self._suspects.setdefault(encoding, [])
            if len(suspects) < _OF_LAST:
                suspects.append(odd)
            close = [one for one in self._last if encoding in one.readings]
            if len(close) >= _SURE:
                raise self._refusal(encoding, close[0])

    def _refusal(self, encoding: str, first: _Odd) -> Refused:
        says = f'{self._name}: row {first.row} says "{first.word}" for "{first.readings[encoding]}"'
        if encoding == "utf-8":
            return Refused(
                "file_encoding",
                f"{says}: a part of the list was saved from UTF-8 that a program had read as Latin-1. Open the original in "
                "UTF-8 and export it again.",
                {"row": first.row},
            )
        return Refused(
            "file_encoding",
            f"{says}: from about there a part of the list is written in {legacy.NAMES[encoding]}, the rows above are not. Put "
            f"those rows into a list of their own and add --encoding {encoding}, or correct them.",
            {"encoding": encoding, "row": first.row},
        )


def _never_in_names(character: str) -> bool:
    """Signs of Latin-1 that stand for letters in an old encoding, and in no name as it is written anywhere."""
    return "\x80" <= character <= "\xbf" or character in "×÷"
