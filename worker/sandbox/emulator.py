"""The interface that an emulated provider implements to be served: eSMS, FPT, Fibo and whoever follows."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl

from worker.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """One request, found and read, but not yet understood."""

    function: str
    #: "json" or "xml": how it wants to be answered.
    form: str
    #: Segments of the path after the function, as written.
    rest: tuple[str, ...]
    #: Names in lower case: the providers' servers do not mind their case.
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    body: bytes
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Function:
    """One function of a provider's interface."""

    #: As the documents spell it.
    name: str
    #: One or several, as in GET|POST.
    method: str
    #: Understand the call, do it, answer it.
    run: Callable[[Call], Answer]
    #: Whether it makes phones ring.
    sends: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path leads."""

    emulator: "Emulator"
    function: Function
    form: str
    rest: tuple[str, ...] = ()


class Emulator(Protocol):
    """One provider's HTTP."""

    name: str
    #: Where it stands on the sandbox.
    base_path: str
    #: By name in lower case.
    functions: Mapping[str, Function]
    _world: World

    def __init__(self, world: World) -> None:
        self._world = world
        self.reset()

    def variables(self, url: str) -> Mapping[str, str]:
        """The settings of Loa that point it here, and those of the account, for a sandbox at `url`."""
        ...

    def locate(self, path: str) -> Place | None:
        """The function behind a path; None when the path is not this provider's."""
        ...

    def refusal(self, function: str, form: str, code: str) -> Answer:
        """The answer with which this provider says no by that code."""
        ...

    def reset(self) -> None:
        """Forget everything that the `World` does not keep."""
        ...


def json_object(body: bytes, refuse: Callable[[str], Exception]) -> dict[str, Any]:
    """The object in a JSON body; raises what `refuse` makes of the words for what it is not."""
    try:
        found = json.loads(body)
    except ValueError as fault:
        raise refuse("is not JSON") from fault
    if not isinstance(found, dict):
        raise refuse("is not a JSON object")
    return found


def parameters(written: bytes) -> dict[str, str]:
    """The parameters of a query or a form, their names in lower case."""
    return {name.lower(): value for name, value in parse_qsl(written.decode("latin-1"), keep_blank_values=True)}
