"""How does a URL that holds a password stay out of the logs? httpx writes every URL that it calls, at INFO.

Loa's own logging masks what it prints, but adapters are also used by programs that log in their own way.
"""

import logging
from typing import Final

import httpx

from worker.log import redact

#: By these a query is known as ours: nobody else's log lines are touched.
TELLTALES: Final = (b"clientpass=", b"password=", b"secretkey=")


class WithoutQuery(logging.Filter):
    """Takes our keys and queries out of the URLs that httpx is about to log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, with its URLs cut."""
        if isinstance(record.args, tuple):
            record.args = tuple(_cut(value) if isinstance(value, httpx.URL) else value for value in record.args)
        return True


def _cut(url: httpx.URL) -> httpx.URL | str:
    query = url.query.lower()
    bare = url.copy_with(query=None) if any(telltale in query for telltale in TELLTALES) else url
    # Some addresses have keys for folders; what adapters told to `hide` is masked there too.
    masked = redact(str(bare))
    return bare if masked == str(bare) else masked


_FILTER: Final = WithoutQuery()


def hush() -> None:
    """Keep our queries out of httpx's log lines from now on, whoever configures the logging."""
    logging.getLogger("httpx").addFilter(_FILTER)
