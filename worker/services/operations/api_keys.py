"""Keys of the HTTP API and their scopes: each is shown once, kept as a hash, and revocable.

A key of a user acts as that user: it may do what its scopes and the role of that user both allow.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from worker.domain.actor import Actor
from worker.domain.roles import May, Role
from worker.domain.window import VIETNAM, local
from worker.errors import Misuse, NotFound, Refused
from worker.services.deps import Deps
from worker.services.people import audit, users
from worker.storage import database
from worker.storage.operations import api_keys
from worker.storage.people import users as user_rows
from worker.storage.tables.api import ApiKey
from worker.storage.tables.people import User

#: What every key begins with, so that people and scanners for leaked secrets know one when they see it.
PREFIX: Final = "loa_"
RANDOM_BYTES: Final = 32
LONGEST_NAME: Final = 100
#: A key's use is written down no oftener: a write for each request would cost more than the request.
USE_NOTED_EVERY: Final = timedelta(minutes=1)
#: The letters of a length of time, as in 90d.
LENGTHS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


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


#: What a key of a user is good for where nothing is said; the role bounds it as well.
SCOPES_OF: Final[Mapping[Role, Sequence[Scope]]] = {
    Role.MARKETER: (Scope.CAMPAIGNS,),
    Role.APPROVER: (Scope.CAMPAIGNS,),
    Role.OPERATOR: (Scope.OTP, Scope.CAMPAIGNS, Scope.READ),
    Role.ADMIN: (Scope.ADMIN,),
}


@dataclass(frozen=True, slots=True)
class Made:
    """A new key: the only time that `key` itself is there."""

    row: ApiKey
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Known:
    """A key that was shown, and who acts by it."""

    row: ApiKey
    actor: Actor

    @property
    def id(self) -> UUID:
        """The key's id."""
        return self.row.id

    @property
    def test(self) -> bool:
        """Whether its requests are only played."""
        return self.row.test


def create(
    deps: Deps, scopes: Sequence[str], name: str = "", expires: str = "", user: str = "", *, test: bool = False
) -> Made:
    """Make a key, of a `user` or of nobody in particular; the scopes of a user's key may be left to the role.

    Misuse for a scope that does not exist, for none, for a name that is too long, or for an end that is none; NotFound for a
    user there is not. `expires` is a length of time (`12h`, `90d`, `8w`) or a moment (ISO 8601); empty: it does not expire.
    `test`: its requests reach no provider.
    """
    deps.actor.must(May.KEYS)
    owner = users.find(deps, user) if user else None
    scopes = scopes or (SCOPES_OF[owner.role] if owner else ())
    for scope in scopes:
        if scope not in set(Scope):
            raise Misuse(f"There is no scope {scope!r}; take from {', '.join(Scope)}.")
    if not scopes:
        raise Misuse(f"A key without a scope opens nothing: take from {', '.join(Scope)}.")
    if len(name) > LONGEST_NAME or not (name or "-").isprintable():
        raise Misuse(f"The name takes up to {LONGEST_NAME} printable characters.")
    if owner is not None and owner.disabled_at is not None:
        raise Refused("disabled", f"{owner.name} is disabled: a key of theirs would open nothing.")
    key = PREFIX + ("test_" if test else "") + secrets.token_urlsafe(RANDOM_BYTES)
    # In the order of Scope, each once.
    wanted = [str(scope) for scope in Scope if scope in scopes]
    now = deps.clock.now()
    row = ApiKey(
        id=uuid4(),
        name=name.strip(),
        hash=hashed(key),
        scopes=wanted,
        test=test,
        user_id=owner.id if owner else None,
        created_at=now,
        expires_at=_end(expires, now),
    )
    with deps.sessions.begin() as session:
        session.add(row)
        facts = {"name": row.name, "scopes": wanted, "user": owner.name if owner else None}
        audit.record(session, deps, "key.create", about=("key", row.id), facts=facts)
    return Made(row, key)


def find(deps: Deps, key: str, door: str = "http") -> Known | None:
    """The key that this is and who acts by it, if it is one, neither revoked nor expired, and its user not disabled.

    Looked up by its hash, so nothing is compared character by character in a time that tells something. Its use is written
    down once a minute at most.
    """
    return find_all(deps, [key], door)[0]


def find_all(deps: Deps, keys: Sequence[str], door: str = "http") -> Sequence[Known | None]:
    """`find` for each of these, by one look; nothing of it is kept, so that a revoked key opens nothing more."""
    hashes = [hashed(key) if key.startswith(PREFIX) else "" for key in keys]
    wanted = {one for one in hashes if one}
    if not wanted:
        return [None] * len(keys)
    now = deps.clock.now()
    with database.look(deps.sessions) as session:
        found = api_keys.by_hashes(session, list(wanted))
    known = {
        key_hash: _known(row, user, door)
        for key_hash, (row, user) in found.items()
        if row.expires_at is None or row.expires_at > now
    }
    before = now - USE_NOTED_EVERY
    used = [one.row for one in known.values() if one.row.last_used_at is None or one.row.last_used_at <= before]
    if used:
        with deps.sessions.begin() as session:
            for row in used:
                api_keys.note_use(session, row.id, now, before)
    return [known.get(one) for one in hashes]


def _known(row: ApiKey, user: User | None, door: str) -> Known:
    if user is None:
        return Known(row, Actor(door, row.name, key_id=row.id))
    return Known(row, Actor(door, user.name, user.id, user.role, row.id))


def newest(
    deps: Deps, words: str = "", before: tuple[datetime, UUID] | None = None, limit: int | None = None
) -> Sequence[ApiKey]:
    """All keys, revoked ones included, the newest first; or a page of those that `words` fit."""
    deps.actor.must(May.KEYS)
    with deps.sessions() as session:
        return api_keys.everyone(session, words, before, limit)


def owners(deps: Deps, rows: Sequence[ApiKey]) -> dict[UUID, str]:
    """Whose these keys are: the names of users by the ids of keys."""
    with deps.sessions() as session:
        named = user_rows.names(session, [row.user_id for row in rows if row.user_id])
    return {row.id: named[row.user_id] for row in rows if row.user_id}


def revoke(deps: Deps, key_id: UUID) -> ApiKey:
    """End a key for good: the next request with it is refused. NotFound for no such key, Refused when it was revoked before."""
    deps.actor.must(May.KEYS)
    with deps.sessions.begin() as session:
        revoked = api_keys.revoke(session, key_id, deps.clock.now())
        found = api_keys.get(session, key_id)
        if found is not None and revoked:
            audit.record(session, deps, "key.revoke", about=("key", key_id), facts={"name": found.name})
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


def _end(written: str, now: datetime) -> datetime | None:
    """From when a key opens nothing any more; a moment without an offset is Vietnam time, a date alone its 00:00."""
    if not written.strip():
        return None
    length = re.fullmatch(r"(\d{1,4})([hdw])", written.strip())
    try:
        moment = now + int(length[1]) * LENGTHS[length[2]] if length else datetime.fromisoformat(written.strip())
        end = (moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)).astimezone(UTC)
        local(end)  # the ends of time leave the calendar of another zone
    except (ValueError, OverflowError):
        raise Misuse(
            f"--expires {written!r} is neither a length of time like 12h, 90d or 8w nor a date like 2027-01-31."
        ) from None
    if end <= now:
        raise Misuse(f"--expires {written!r} is not in the future: a key that never opened anything helps nobody.")
    return end


def allows(row: ApiKey, needed: Sequence[Scope]) -> bool:
    """Whether a key has one of these scopes, or all."""
    return not {Scope.ADMIN, *needed}.isdisjoint(row.scopes)


def hashed(key: str) -> str:
    """SHA-256: right for 256 random bits, which nobody guesses however fast; a password would need a slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()
