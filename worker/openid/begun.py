"""A sign-in that was begun: one secret in the browser's cookie, from which everything is made that must come back with it.

Nothing is stored on the server, and nothing has to be sealed: whoever holds the secret is the browser that began. State, nonce
and the verifier of PKCE are hashes of it, so none of them tells another.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, unquote

#: Time to type a password and a code at the provider.
GOOD_FOR: Final = timedelta(minutes=10)
#: A longer path to go on to is forgotten: a browser keeps 4 kB of a cookie.
LONGEST_PATH: Final = 1_000
_WRITTEN: Final = re.compile(r"([\w-]{43})\.(\d{1,12})\.(.*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Begun:
    """One sign-in on its way."""

    secret: str = field(repr=False)
    at: datetime
    #: Where to go on afterwards.
    path: str

    @classmethod
    def now(cls, path: str, at: datetime) -> "Begun":
        """A new one."""
        return cls(secrets.token_urlsafe(32), at, path)

    @classmethod
    def read(cls, cookie: str) -> "Begun | None":
        """The one of a cookie; None for anything else."""
        found = _WRITTEN.fullmatch(cookie)
        if found is None:
            return None
        try:
            at = datetime.fromtimestamp(int(found[2]), UTC)
        except (ValueError, OverflowError, OSError):
            return None
        return cls(found[1], at, unquote(found[3]))

    def written(self) -> str:
        """As the cookie keeps it."""
        path = quote(self.path, safe="")
        return f"{self.secret}.{int(self.at.timestamp())}.{path if len(path) <= LONGEST_PATH else ''}"

    @property
    def state(self) -> str:
        """What the provider sends back, so that an answer to another browser's sign-in counts for nothing here."""
        return self._made("state")

    @property
    def nonce(self) -> str:
        """What the token must hold, so that a token of another sign-in is not taken."""
        return self._made("nonce")

    @property
    def verifier(self) -> str:
        """What the provider wants to see with the code (PKCE), so that a stolen code opens nothing."""
        return self._made("verifier")

    def fits(self, state: str, now: datetime) -> bool:
        """Whether an answer belongs to it, and came in time."""
        in_time = timedelta(0) <= now - self.at.replace(microsecond=0) <= GOOD_FOR
        return in_time and hmac.compare_digest(self.state.encode(), state.encode(errors="replace"))

    def _made(self, what: str) -> str:
        return hashlib.sha256(f"loa openid {what} {self.secret}".encode()).hexdigest()
