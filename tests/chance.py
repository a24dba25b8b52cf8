"""How many examples the properties are tried with: a minute's worth in the suite, FUZZ_TIMES as many in `make fuzz`."""

import functools
import os
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

Given = ParamSpec("Given")
T = TypeVar("T")

#: The same examples each time.
STEADY: Final = "FUZZ_TIMES" not in os.environ
TIMES: Final = float(os.environ.get("FUZZ_TIMES", "1"))

#: The examples that were tried in this process, where somebody counts them.
tried = [0]


def examples(usual: int) -> int:
    """How many examples a property is tried with that has so many in the suite."""
    return max(1, round(usual * TIMES))


def counted(test: Callable[Given, None]) -> Callable[Given, None]:
    """The same property, of which each example is counted."""

    @functools.wraps(test)
    def counting(*args: Given.args, **kwargs: Given.kwargs) -> None:
        tried[0] += 1
        test(*args, **kwargs)

    return counting


def came_of(act: Callable[[], T], *refusals: type[Exception]) -> T | Exception:
    """What was made, or the refusal; any other exception is a fault."""
    try:
        return act()
    except refusals as refused:
        return refused
