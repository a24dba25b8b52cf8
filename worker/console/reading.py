"""One connection and one transaction for all that a page reads: a dozen services would each take and give back their own."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from sqlmodel import Session

from worker.console.visitors import Visitor


@dataclass(frozen=True, slots=True)
class Shared:
    """Hands every reader the same session; whoever writes gets one of their own."""

    _factory: Any = field(repr=False)
    _session: Session = field(repr=False)

    def __call__(self) -> AbstractContextManager[Session]:
        """The session of the page, which stays open."""
        return nullcontext(self._session)

    def begin(self) -> Any:
        """A transaction of its own."""
        return self._factory.begin()


@contextmanager
def reading(me: Visitor) -> Iterator[Visitor]:
    """The visitor, whose services read in one session for as long as the block lasts."""
    factory = me.deps.sessions
    with factory() as session:
        shared: Any = Shared(factory, session)
        yield replace(me, deps=replace(me.deps, sessions=shared))
