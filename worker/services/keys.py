"""Who may call the HTTP API, and for what? Keys with scopes: shown once, kept as a hash, revocable."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from worker.errors import Misuse, NotFound, Refused
from worker.services.deps import Deps
from worker.storage import keys
from worker.storage.door_tables import ApiKey

#: What every key begins with, so that people and scanners for leaked secrets know one when they see it.
PREFIX: Final = "loa_"
RANDOM_BYTES: Final = 32
LONGEST_NAME: Final = 100


class Scope(StrEnum):
    """What a key is good for."""

    #: Send one-time passwords, and see what became of them.
    OTP = "otp"
    #: Create campaigns, follow and stop them, fetch their reports.
    CAMPAIGNS = "campaigns"
    #: See everything, change nothing.
    READ = "read"
    #: All of the above.
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Made:
    """A new key: the only time that `key` itself is there."""

    row: ApiKey
    key: str = field(repr=False)


def create(deps: Deps, scopes: Sequence[str], name: str = "") -> Made:
    """Make a key; Misuse for a scope that does not exist, for none, or for a name that is too long."""
    for scope in scopes:
        if scope not in set(Scope):
            raise Misuse(f"There is no scope {scope!r}; take from {', '.join(Scope)}.")
    if not scopes:
        raise Misuse(f"A key without a scope opens nothing: take from {', '.join(Scope)}.")
    if len(name) > LONGEST_NAME or not (name or "-").isprintable():
        raise Misuse(f"The name takes up to {LONGEST_NAME} printable characters.")
    key = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    # In the order of Scope, each once.
    wanted = [str(scope) for scope in Scope if scope in scopes]
    row = ApiKey(name=name.strip(), hash=hashed(key), scopes=wanted, created_at=deps.clock.now())
    with deps.sessions.begin() as session:
        session.add(row)
    return Made(row, key)


def find(deps: Deps, key: str) -> ApiKey | None:
    """The key that this is, if it is one and not revoked.

    Looked up by its hash, so nothing is compared character by character in a time that tells something. Its use is not
    written down: a write for each request would cost more than the request.
    """
    if not key.startswith(PREFIX):
        return None
    with deps.sessions() as session:
        return keys.by_hash(session, hashed(key))


def newest(deps: Deps) -> Sequence[ApiKey]:
    """All keys, revoked ones included, the newest first."""
    with deps.sessions() as session:
        return keys.everyone(session)


def revoke(deps: Deps, key_id: UUID) -> ApiKey:
    """End a key for good: the next request with it is refused. NotFound for no such key, Refused when it was revoked before."""
    with deps.sessions.begin() as session:
        revoked = keys.revoke(session, key_id, deps.clock.now())
        found = keys.get(session, key_id)
    if found is None:
        raise NotFound("key", str(key_id))
    if not revoked:
        raise Refused("already_revoked", f"Key {key_id} was revoked before.")
    return found


def identify(written: str) -> UUID:
    """The key that a person means: its id, never the key itself."""
    try:
        return UUID(written)
    except ValueError:
        # Not repeated: it may be the key.
        raise Misuse("This is not the id of a key; `loa key list` shows them.") from None


def allows(row: ApiKey, needed: Sequence[Scope]) -> bool:
    """Whether a key has one of these scopes, or all."""
    return not {Scope.ADMIN, *needed}.isdisjoint(row.scopes)


def hashed(key: str) -> str:
    """SHA-256: right for 256 random bits, which nobody guesses however fast; a password would need a slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()
