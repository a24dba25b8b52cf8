"""Hashes and checks passwords with argon2id; a few at a time, for each takes memory and time on purpose."""

import secrets
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from worker.errors import Misuse

SHORTEST: Final = 10
LONGEST: Final = 200
#: Letters and digits that nobody mistakes for one another.
_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_MADE: Final = 16
#: RFC 9106's second choice: 64 MiB, three passes.
_HASHER: Final = PasswordHasher()
#: So many at once take 256 MiB.
_AT_ONCE: Final = BoundedSemaphore(4)
#: What a password is compared with where there is no such user: it takes as long, and fits nothing.
NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$CD4LLDUBIa0eoHR6BFZF7w$ofhjYzPmScPolajSALuLazv2EeA+OBugMgJsxotzjGY"


def made() -> str:
    """A new password of 94 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_MADE))


def check(password: str, name: str) -> None:
    """Misuse for a password that is too short, too long, or the name itself."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Misuse(f"The password takes {SHORTEST} to {LONGEST} characters; this one has {len(password)}.")
    if not password.isprintable():
        raise Misuse("The password has a character that does not print, such as a tab: leave it out.")
    if password.casefold().strip() == name.casefold() or len(set(password)) < SHORTEST // 2:
        raise Misuse("The password is too easy to guess: take another than the name or one letter repeated.")


def hashed(password: str) -> str:
    """The password as it is kept."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def fits(kept: str, password: str) -> bool:
    """Whether this is the password that was kept so; takes about as long either way."""
    if len(password) > LONGEST:
        return False
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False


def outdated(kept: str) -> bool:
    """Whether it was kept at another cost than passwords are kept now."""
    return _HASHER.check_needs_rehash(kept)
