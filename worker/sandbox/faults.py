"""The faults that spoil calls: they are armed over HTTP and strike by count, so that runs repeat."""

from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from worker.errors import Misuse

#: What a fault can do to a call; `spoil` does it on the wire.
DEEDS = {
    "drop": "close the connection without a byte; `reset` true: with a TCP reset",
    "hang": "say nothing for `seconds`, then close",
    "delay": "wait `seconds`, then answer",
    "status": "answer with `status`, `headers`, `body`",
    "body": "answer 200 with `body` and `headers`",
    "html": "answer `status` (200) with the error page of a web server",
    "truncate": "cut the answer after `keep` bytes (half); `full_length` true: declare all of it, then close",
    "slow_drip": "answer byte by byte over `seconds`",
    "code": "answer with the provider's `code`",
}
#: These spoil a true answer, so the call has to be taken first.
_NEED_AN_ANSWER = ("truncate", "slow_drip")


@dataclass(slots=True)
class Fault:
    """One armed fault. It strikes at the `nth` matching call and at the next ones, `times` in all (-1: for ever)."""

    function: str
    do: str
    nth: int = 1
    times: int = 1
    #: "before": the call is not taken; "after": it is taken, then its answer is spoilt.
    when: str = "before"
    #: 0: 500 for `status`, 200 for the rest.
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    seconds: float = 60.0
    code: str = "99"
    keep: int = -1
    full_length: bool = False
    reset: bool = False
    #: Kept by the sandbox.
    id: int = 0
    seen: int = 0
    fired: int = 0

    def strikes(self, function: str) -> bool:
        """Count a call; whether this fault spoils it."""
        if self.function not in ("*", function):
            return False
        self.seen += 1
        turn = self.seen - self.nth + 1
        return turn >= 1 and (self.times == -1 or turn <= self.times)


class Faults:
    """What is armed, and what has struck."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []

    def arm(self, requested: Mapping[str, Any], functions: Mapping[str, str]) -> Fault:
        """Arm a fault; `functions` are the documented names by their lower case.

        Raises:
            Misuse: the request cannot be read; the sentence says what is wrong with it.
        """
        fault = _read(requested, functions)
        fault.id = len(self._armed) + 1
        self._armed.append(fault)
        return fault

    def strike(self, function: str) -> Fault | None:
        """The fault that spoils this call: all that match count it, the oldest that is due strikes."""
        due = [fault for fault in self._armed if fault.strikes(function)]
        if not due:
            return None
        due[0].fired += 1
        return due[0]

    def clear(self) -> None:
        """Disarm everything."""
        self._armed.clear()

    def as_list(self) -> list[dict[str, Any]]:
        """All faults with how many calls each has `seen` and spoilt (`fired`)."""
        return [asdict(fault) for fault in self._armed]


def _read(requested: Mapping[str, Any], functions: Mapping[str, str]) -> Fault:
    known: Container[str] = {item.name for item in fields(Fault)} - {"id", "seen", "fired"}
    if unknown := [name for name in requested if name not in known]:
        raise Misuse(f"A fault has no {unknown[0]!r}; it has function, nth, times, when, do and what the deed needs.")
    named = str(requested.get("function", ""))
    function = named if named == "*" else functions.get(named.lower())
    if function is None:
        raise Misuse(f"No emulated function is called {named!r}; there are: *, {', '.join(functions.values())}.")
    deed = requested.get("do")
    if deed not in DEEDS:
        raise Misuse(f"A fault cannot do {deed!r}; it can: {', '.join(DEEDS)}.")
    blank = Fault(function=function, do=deed)
    for name, value in requested.items():
        like = getattr(blank, name)
        if type(value) is not type(like) and not (isinstance(like, float) and type(value) is int):
            raise Misuse(f"A fault's {name} wants a value like {like!r}, not {value!r}.")
    fault = Fault(**{**requested, "function": function})
    if fault.when not in ("before", "after"):
        raise Misuse(f'A fault strikes "before" or "after" the call is taken, not {fault.when!r}.')
    if deed in _NEED_AN_ANSWER and fault.when == "before":
        raise Misuse(f'The fault {deed} spoils a true answer, so the call has to be taken: set "when" to "after".')
    if fault.nth < 1 or fault.times < -1 or fault.times == 0:
        raise Misuse("A fault's nth counts from 1, and times is at least 1, or -1 for ever.")
    return fault
