"""Limits what Flower, `celery inspect` and events show of a task: ids of task and row, not what a producer put in.

Our own tasks carry ids. A producer may fill `loa.send_otp` with a number and a text: that is refused, but Celery would have
spread its arguments before, in the event that tells of its arrival.
"""

import re
from typing import Any, Final

from celery.worker.request import Request

NOT_SHOWN: Final = "(not shown)"
#: One or two ids and nothing else, as Celery writes arguments down: `('3f0e…',)`, with or without a list around.
_ID: Final = r"""['"][0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}['"]"""
IDS: Final = re.compile(rf"[(\[](?:{_ID}(?:,\s*{_ID})?,?)?[)\]]", re.IGNORECASE)


class IdsOnlyRequest(Request):  # type: ignore[misc]  # celery has no types
    """A task in a worker's hands, that shows ids only."""

    @property
    def argsrepr(self) -> str:
        """The arguments, if they are ids."""
        return shown(str(self._argsrepr))

    @property
    def kwargsrepr(self) -> str:
        """Named arguments, which no task of ours has."""
        return "{}" if self._kwargsrepr in ("", "{}") else NOT_SHOWN

    def info(self, safe: bool = True) -> dict[str, Any]:  # noqa: ARG002 - asked for both, answered alike
        """What `inspect` and Flower's page of a worker show."""
        return {**super().info(safe=True), "args": self.argsrepr, "kwargs": self.kwargsrepr}

    def __repr__(self) -> str:
        """Celery logs it."""
        return f"<{type(self).__name__}: {self.humaninfo()} {self.argsrepr}>"


def shown(arguments: str) -> str:
    """The arguments as they may be shown."""
    return arguments if IDS.fullmatch(arguments) else NOT_SHOWN
