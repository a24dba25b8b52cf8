"""How is an adapter asked one thing by a command? On a loop of its own, with its connections closed behind it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class _Closable(Protocol):
    async def aclose(self) -> None: ...


A = TypeVar("A", bound=_Closable)


def asked(adapter: A, ask: Callable[[A], Awaitable[T]]) -> T:
    """What the adapter answers."""

    async def whole() -> T:
        try:
            return await ask(adapter)
        finally:
            await adapter.aclose()

    return asyncio.run(whole())
