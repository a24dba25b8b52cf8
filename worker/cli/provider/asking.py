"""Asks an adapter one thing for a command: on an event loop of its own, and closes its connections afterwards."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Protocol, TypeVar

T = TypeVar("T")


class _Closable(Protocol):
    async def aclose(self) -> None: ...


A = TypeVar("A", bound=_Closable)


def asked(adapter: A, ask: Callable[[A], Awaitable[T]]) -> T:
    """What the adapter answers."""

    async def whole() -> T:
        async with aclosing(adapter):
            return await ask(adapter)

    return asyncio.run(whole())
