"""The content of a Zalo campaign: a template of an official account, and the column that fills each value.

The text of the template is at Zalo, so a campaign keeps what is filled instead: one line a value. That text has the columns as
variables, and so obeys every rule of a text: columns that must exist, rows that are refused, an approval that freezes it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from worker.domain.placeholders import clean_name
from worker.domain.template import Template
from worker.errors import Misuse

#: Ids as eSMS writes them: digits, in all its pages; letters cost nothing.
ID: Final = re.compile(r"[0-9A-Za-z_-]{1,40}")
MOST_VALUES: Final = 50
LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a template: its name there, and the column of the list that fills it."""

    name: str
    column: str

    def __post_init__(self) -> None:
        for written in (self.name, self.column):
            if not written or len(written) > LONGEST_NAME or not written.isprintable() or set(written) & set("{}"):
                raise Misuse(
                    f"{written[:LONGEST_NAME]!r} names no value of a Zalo template and no column: write NAME, or "
                    f"NAME=COLUMN, each of 1 to {LONGEST_NAME} characters without braces."
                )


@dataclass(frozen=True, slots=True)
class Fallback:
    """The text for those whom a Zalo campaign certainly did not reach, and by whom; raises Misuse where one is missing."""

    text: str
    sender: str

    def __post_init__(self) -> None:
        if not (self.text.strip() and self.sender.strip()):
            raise Misuse("A fallback has a text and a sender: give both (--fallback-text, --fallback-sender).")

    @property
    def line(self) -> str:
        """It behind the values of the template, so that its columns are asked for and it is approved with them."""
        return f"\nElse a text by {self.sender}: {self.text}"


@dataclass(frozen=True, slots=True)
class ZaloTemplate:
    """The template of a campaign; raises Misuse for what can be none."""

    #: The official account.
    oa_id: str
    template_id: str
    #: In the order of the template, for eSMS takes them by their order.
    values: tuple[Value, ...]
    _fillers: tuple[Template, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for what, written in (("official account (OAID)", self.oa_id), ("template (TempID)", self.template_id)):
            if not ID.fullmatch(written):
                raise Misuse(f"A Zalo campaign needs the id of its {what}: digits, as eSMS shows it.")
        if len(self.values) > MOST_VALUES:
            raise Misuse(f"A Zalo template has {MOST_VALUES} values at most.")
        if twice := next((name for name in self.names if self.names.count(name) > 1), None):
            raise Misuse(f"The value {twice!r} of the Zalo template is named twice: one that repeats is given once.")
        object.__setattr__(self, "_fillers", tuple(Template(f"{{{value.column}}}") for value in self.values))

    @property
    def text(self) -> str:
        """What is filled, as a text with the columns for variables."""
        lines = [f"Zalo template {self.template_id} of official account {self.oa_id}"]
        return "\n".join([*lines, *(f"{value.name}: {{{value.column}}}" for value in self.values)])

    @property
    def names(self) -> list[str]:
        """The names of its values, in its order."""
        return [value.name for value in self.values]

    def fill(self, cells: Mapping[str, str]) -> tuple[str, ...]:
        """The values for one recipient, in the template's order; raises what `Template.fill` raises."""
        return tuple(filler.fill(cells) for filler in self._fillers)

    def stored(self) -> dict[str, Any]:
        """The template as a campaign keeps it, by column."""
        values = [{"name": value.name, "column": value.column} for value in self.values]
        return {"oa_id": self.oa_id, "template_id": self.template_id, "template_values": values}


def read_values(written: str | Iterable[str]) -> tuple[Value, ...]:
    """Values as people write them: `customer_name`, or `order_code=Mã đơn`; as one text with commas between them.

    Without a column it is the column of the same name.
    """
    parts = written.split(",") if isinstance(written, str) else written
    return tuple(_value(part) for part in parts if part.strip())


def _value(written: str) -> Value:
    name, _, column = written.partition("=")
    return Value(clean_name(name), clean_name(column) or clean_name(name))


def of_stored(oa_id: str, template_id: str, values: Sequence[Mapping[str, Any]]) -> ZaloTemplate:
    """The template that a campaign keeps."""
    return ZaloTemplate(oa_id, template_id, tuple(Value(str(one["name"]), str(one["column"])) for one in values))


def in_another_order(template: ZaloTemplate, names: Sequence[str]) -> bool:
    """Whether the values have those names and not their order, so that they would be exchanged."""
    ours = template.names
    return ours != list(names) and sorted(ours) == sorted(names)
