"""Fills a text for one recipient: variables `{name}` take their values from the columns of the list.

A name is the header of a column: any text without braces, blanks around it ignored. A literal brace is
written twice: `{{`, `}}`.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from worker.domain.placeholders import clean_name, foreign, hint, is_missing
from worker.domain.text import scrub
from worker.errors import Refused

TOKEN = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}]*)\}|(?P<stray>[{}])")
LABEL = re.compile(r"\s*(?:\[[^\[\]{}]{1,10}\]|\([^(){}]{1,10}\))")
LINE_END = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Template:
    """A cleaned text with variables; raises Refused `text_bad_variable` for a stray brace or an empty name."""

    text: str
    #: The distinct variables, in the order of their first appearance.
    names: tuple[str, ...] = field(init=False)
    #: Literal, name, literal, name, ..., literal: fill() copies the even ones and looks up the odd ones.
    _pieces: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _positions: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pieces, positions = _parse(self.text)
        object.__setattr__(self, "names", tuple(positions))
        object.__setattr__(self, "_pieces", tuple(pieces))
        object.__setattr__(self, "_positions", positions)

    def fill(self, values: Mapping[str, str]) -> str:
        """The text for one recipient; `values` has a value for each of `names`.

        Values are cleaned like texts, and their line ends become spaces. Raises Refused `text_blank_value`,
        `text_control_character` or `text_broken_character`, naming the variable: a fault of the row, not of the text.
        """
        filled = {name: _value(name, values.get(name, "")) for name in self.names}
        if not filled:
            return self._pieces[0]
        said = [filled[piece] if odd % 2 else piece for odd, piece in enumerate(self._pieces)]
        # A value may begin with an accent that belongs to the letter before it.
        return unicodedata.normalize("NFC", "".join(said))

    def check_columns(self, columns: Sequence[str]) -> dict[str, str]:
        """Each variable with the column that fills it, as the list writes it; exact spelling wins over another case.

        Raises Refused `text_unknown_variable` when no column has the name, `text_ambiguous_variable` when several have.
        """
        # Labels such as [QC] are no placeholders, whatever a column is called.
        label = LABEL.match(self.text)
        begin = label.end() if label else 0
        if found := foreign(self.text[begin:], columns):
            place, written, column = found[0] + begin, found[1], found[2]
            raise Refused(
                "text_foreign_placeholder",
                f'The text says "{written}" at position {place}, and it would be sent so: a variable is written '
                f"{{{column}}}.",
                {"position": place, "written": written, "variable": column},
            )
        return {name: self._column(name, columns) for name in self.names}

    def _column(self, name: str, columns: Sequence[str]) -> str:
        fitting = [column for column in columns if clean_name(column) == name] or [
            column for column in columns if clean_name(column).casefold() == name.casefold()
        ]
        if len(fitting) == 1:
            return fitting[0]
        position = self._positions[name]
        hints = ((column, hint(name, column)) for column in columns)
        there = ", ".join(f"{column} ({said})" if said else column for column, said in hints) or "none"
        details = {"variable": name, "position": position, "columns": list(columns)}
        if fitting:
            raise Refused(
                "text_ambiguous_variable",
                f"The variable {{{name}}} at position {position} fits {len(fitting)} columns ({', '.join(fitting)}): "
                "rename all but one of them.",
                details,
            )
        raise Refused(
            "text_unknown_variable",
            f"The list has no column for the variable {{{name}}} at position {position}; its columns are: {there}. "
            "Write a brace that is meant literally twice.",
            details,
        )


def _parse(text: str) -> tuple[list[str], dict[str, int]]:
    """The text as literal, name, literal, ..., and each name's first position."""
    pieces, positions = [""], dict[str, int]()
    copied = 0
    for token in TOKEN.finditer(text):
        pieces[-1] += text[copied : token.start()]
        copied = token.end()
        position = token.start() + 1
        if token["stray"]:
            raise _bad(f"The brace {token[0]} at position {position} has no partner", position)
        if token["name"] is None:
            pieces[-1] += token[0][0]
            continue
        name = clean_name(token["name"])
        if not name:
            raise _bad(f"The variable at position {position} has no name", position)
        positions.setdefault(name, position)
        pieces += name, ""
    pieces[-1] += text[copied:]
    return pieces, positions


def _bad(fault: str, position: int) -> Refused:
    sentence = f"{fault}: write a variable as {{name}}, and a brace that is meant literally twice."
    return Refused("text_bad_variable", sentence, {"position": position})


def _value(name: str, value: str) -> str:
    try:
        cleaned = scrub(value, f"The value of {{{name}}}").text
    except Refused as fault:
        raise Refused(fault.rule, str(fault), {**fault.details, "variable": name}) from None
    if not cleaned:
        raise Refused("text_blank_value", f"The value of {{{name}}} is blank.", {"variable": name})
    if is_missing(cleaned):
        raise Refused(
            "text_missing_value",
            f'The value of {{{name}}} is "{cleaned}", which says that there is none.',
            {"variable": name},
        )
    return LINE_END.sub(" ", cleaned) if "\n" in cleaned else cleaned
