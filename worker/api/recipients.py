"""The recipients of a JSON body become the rows of a list; a fault is told by its place and key, never by its value."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Final

from pydantic import ValidationError, ValidationInfo, ValidatorFunctionWrapHandler, WithJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError

from worker.api.problems import MOST_FAULTS
from worker.domain.placeholders import clean_name
from worker.domain.template import Template
from worker.domain.zalo import read_values
from worker.errors import LoaError

LONGEST_CELL: Final = 1000
LONGEST_COLUMN: Final = 100
#: Beyond these a number with a fraction is written with an exponent (1e+16), or is none (infinity, which also fails).
LEAST_NUMBER, MOST_NUMBER = 1e-4, 1e16


class RowError(ValueError):
    """What is wrong with a recipient, and with which of its keys; empty: with all of it."""

    def __init__(self, sentence: str, key: str = "") -> None:
        super().__init__(sentence)
        self.key = key


def as_row(given: object, used: Collection[str]) -> dict[str, str]:
    """A recipient as the cells of a row: a number alone, or an object with its `phone` and the variables of the text.

    What is no variable, or has a value that is no text and no number, is passed over where the text does not use it.
    """
    cells: Mapping[Any, Any] = given if isinstance(given, Mapping) else {"phone": given}
    if cells.get("phone") is None:
        raise RowError("a recipient is a number, or an object with a `phone`")
    row = {}
    for name, value in cells.items():
        fault, key = _fault_of(name, value), name if cells is given else ""
        if fault and clean_name(name).casefold() in used:
            raise RowError(fault, key)
        if not fault:
            row[name] = _as_text(value)
    return row


def _as_text(value: object) -> str:
    """A value as a text says it: 150000.0 is how some programs write a whole number, and no price on a phone."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _fault_of(name: str, value: object) -> str:
    """Why this cannot be a variable and its value; "" where it can."""
    if not name.strip() or len(name) > LONGEST_COLUMN or not name.isprintable():
        return f"the name of a variable is 1 to {LONGEST_COLUMN} printable characters"
    # A bool is an int to Python, and no text to anybody.
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        return "the values of a recipient are texts or numbers"
    if isinstance(value, float) and not LEAST_NUMBER <= abs(value or 1) < MOST_NUMBER:
        return "a number this large or small, or none at all, is sent as a text: as it is to be read"
    written = _as_text(value)
    if len(written) > LONGEST_CELL or "\0" in written:
        return f"a value has up to {LONGEST_CELL:,} characters and no NUL"
    return ""


def as_rows(given: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> list[dict[str, str]]:
    """All recipients. Looks no further than one fault more than an answer names: each fault costs memory."""
    if not isinstance(given, list) or not given:
        rows: list[dict[str, str]] = handler(given)
        return rows
    said = info.data
    texts = [*_variables(said.get("text", "")), *_variables(said.get("fallback_text", ""))]
    used = {"phone", *texts, *_columns(said.get("params", ""))}
    rows, faults = [], []
    for place, one in enumerate(given):
        try:
            rows.append(as_row(one, used))
        except RowError as fault:
            kind = PydanticCustomError("recipient", "{sentence}", {"sentence": str(fault)})
            # A key that the text does not use is the caller's own words: it may be a number.
            loc: tuple[int | str, ...] = (place, fault.key) if fault.key.strip().casefold() in used else (place,)
            faults.append(InitErrorDetails(type=kind, loc=loc, input=None))
            if len(faults) > MOST_FAULTS:
                break
    if faults:
        raise ValidationError.from_exception_data("recipients", faults)
    return rows


def _variables(text: str) -> list[str]:
    """The variables of the text, in small letters; of a text that cannot be read, none: it is refused for that."""
    try:
        return [name.casefold() for name in Template(text).names]
    except LoaError:
        return []


def _columns(params: str | list[str]) -> list[str]:
    """The columns that fill a Zalo template, in small letters; of values that cannot be read, none."""
    try:
        return [value.column.casefold() for value in read_values(params)]
    except LoaError:
        return []


CELL: Final = {"anyOf": [{"type": "string", "maxLength": LONGEST_CELL}, {"type": "number"}]}
Recipient = Annotated[
    dict[str, str],
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "maxLength": LONGEST_CELL, "description": "A number, as people write it."},
                {
                    "type": "object",
                    "description": "A number with the variables of the text.",
                    "properties": {"phone": CELL},
                    "required": ["phone"],
                    "additionalProperties": {"anyOf": [*CELL["anyOf"], {"type": "null"}]},
                },
            ]
        }
    ),
]
