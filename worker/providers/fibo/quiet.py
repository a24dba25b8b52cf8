"""How does a URL that holds a password stay out of the logs? httpx writes every URL that it calls, at INFO.

Loa's own logging masks what it prints, but this adapter is also used by programs that log in their own way.
"""

import logging
from typing import Final

import httpx

#: By these a query is known as ours: nobody else's log lines are touched.
TELLTALES: Final = ("clientpass=", "password=")


class WithoutQuery(logging.Filter):
    """Cuts our queries off the URLs that httpx is about to log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, with its URLs cut."""
        if isinstance(record.args, tuple):
            record.args = tuple(_cut(value) if isinstance(value, httpx.URL) else value for value in record.args)
        return True


def _cut(url: httpx.URL) -> httpx.URL:
    query = url.query.lower()
    return url.copy_with(query=None) if any(telltale.encode() in query for telltale in TELLTALES) else url


_FILTER: Final = WithoutQuery()


def hush() -> None:
    """Keep our queries out of httpx's log lines from now on, whoever configures the logging."""
    logging.getLogger("httpx").addFilter(_FILTER)
