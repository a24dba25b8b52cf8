"""The tree of our faults; every leaf is shown to a person as one sentence.

    LoaError
    ├── Refused          a rule says no; nothing was done (exit 1)
    │   └── NotFound     no such campaign, batch or message
    ├── Misuse           the words of the request are wrong (exit 2)
    ├── ConfigError      the settings cannot work; carries every problem at once (exit 2)
    └── Unavailable      a part we need cannot be reached or started (exit 1)
        ├── DiskFull         no room is left where something must be written
        └── Refusing         a server is there and says no: to wait does not help

What a provider says is not an exception: it is an `Outcome` (worker/domain/outcome.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any


class LoaError(Exception):
    """Root of all faults that a person is told about; `str()` is the sentence to show."""

    exit_code = 1
    #: The field of the request that is wrong, where one is (`about`).
    field = ""

    def __reduce__(self) -> tuple[Any, ...]:
        """As a pickle: from a fork it comes as it was raised there, whatever its class asks for when it is made."""
        return _raised_elsewhere, (type(self), self.args, vars(self))


def _raised_elsewhere(kind: type[LoaError], args: tuple[Any, ...], named: Mapping[str, Any]) -> LoaError:
    fault = kind.__new__(kind)
    fault.args = args
    vars(fault).update(named)
    return fault


class Refused(LoaError):
    """A rule says no.

    `rule` is a stable word for programs (`too_few_numbers`), the message a sentence for people that names what is wrong
    and the way out, `details` the figures behind it (counts, positions).
    """

    def __init__(self, rule: str, sentence: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.rule = rule
        self.details: dict[str, Any] = dict(details or {})


class NotFound(Refused):
    """Nothing has that name or id."""

    def __init__(self, what: str, key: str) -> None:
        super().__init__("not_found", f"There is no {what} {key}.")


class Misuse(LoaError):
    """The words of the request are wrong (an unknown provider, an unreadable date)."""

    exit_code = 2


class ConfigError(LoaError):
    """The settings cannot work; `problems` lists every one of them, each naming its variable."""

    exit_code = 2

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__("The settings cannot work:\n" + "\n".join(f"  - {problem}" for problem in self.problems))


class Unavailable(LoaError):
    """A part that we need cannot be reached or started."""


class DiskFull(Unavailable):
    """No room is left where something must be written; the sentence names the path or the server."""


class Refusing(Unavailable):
    """A server is there and says no, in its own words; to wait does not help.

    `brief` is the same for strangers: without its words, which may name accounts and hosts.
    """

    def __init__(self, sentence: str, brief: str) -> None:
        super().__init__(sentence)
        self.brief = brief


@contextmanager
def about(field: str) -> Iterator[None]:
    """Whatever is refused inside is the fault of this field, unless it names a narrower one."""
    try:
        yield
    except LoaError as fault:
        fault.field = fault.field or field
        raise
