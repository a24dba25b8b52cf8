"""The users of Loa: added, listed, disabled, given another role or password; every change is written down."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.exc import IntegrityError

from worker.domain.actor import Actor
from worker.domain.roles import May, Role
from worker.errors import Misuse, NotFound, Refused
from worker.services.deps import Deps
from worker.services.people import audit, passwords
from worker.storage.operations import api_keys
from worker.storage.part import WHOLE, Part
from worker.storage.people import users
from worker.storage.tables.people import User

LONGEST_NAME: Final = 64
LANGUAGES: Final = ("vi", "en")


@dataclass(frozen=True, slots=True)
class Added:
    """A user with a new password; `password` is here only, and None where it was given."""

    user: User
    password: str | None = field(repr=False)


def add(deps: Deps, name: str, role: str, password: str | None = None) -> Added:
    """Add a user; without a password one is made. Misuse for a name, role or password that cannot be, Refused `name_taken`."""
    deps.actor.must(May.USERS)
    name, wanted = checked_name(name), checked_role(role)
    user, made = _new(deps, name, wanted, password)
    try:
        with deps.sessions.begin() as session:
            session.add(user)
            audit.record(session, deps, "user.add", about=("user", user.name), facts={"role": wanted})
    except IntegrityError:
        raise Refused("name_taken", f"There is a user called {name} already, perhaps a disabled one.") from None
    return Added(user, made)


def everyone(deps: Deps, part: Part = WHOLE) -> Sequence[User]:
    """All users by name, disabled ones included; or a part of them."""
    deps.actor.must(May.USERS)
    with deps.sessions() as session:
        return users.everyone(session, part)


def find(deps: Deps, name: str) -> User:
    """The user of that name; NotFound for none."""
    with deps.sessions() as session:
        found = users.by_name(session, name)
    if found is None:
        raise NotFound("user", name)
    return found


def actor_of(user: User, door: str) -> Actor:
    """A user, acting through a door."""
    return Actor(door, user.name, user.id, user.role)


def disable(deps: Deps, name: str) -> User:
    """Shut a user out: no login, no session, no key of theirs works from now on. What they did stays theirs."""
    deps.actor.must(May.USERS)
    user = find(deps, name)
    with deps.sessions.begin() as session:
        if user.role is Role.ADMIN and not users.other_admins(session, user.id):
            raise Refused("last_admin", f"{user.name} is the last admin: make another one first.")
        if user.disabled_at is not None:
            raise Refused("already_disabled", f"{user.name} was disabled before.")
        users.change(session, user.id, disabled_at=deps.clock.now())
        ended = users.end_sessions(session, user.id)
        audit.record(session, deps, "user.disable", about=("user", user.name), facts={"sessions_ended": ended})
    return find(deps, name)


def enable(deps: Deps, name: str) -> User:
    """Let a disabled user in again, under the password of before."""
    deps.actor.must(May.USERS)
    user = find(deps, name)
    with deps.sessions.begin() as session:
        users.change(session, user.id, disabled_at=None)
        audit.record(session, deps, "user.enable", about=("user", user.name))
    return find(deps, name)


def reset(deps: Deps, name: str, password: str | None = None) -> Added:
    """Give a user a new password, take the second factor off and log them out everywhere."""
    deps.actor.must(May.USERS)
    user = find(deps, name)
    given, made = _password(password, user.name)
    with deps.sessions.begin() as session:
        kept = passwords.hashed(given)
        users.change(session, user.id, password_hash=kept, totp_sealed=None, totp_since=None, totp_step=0)
        ended = users.end_sessions(session, user.id)
        audit.record(session, deps, "user.reset", about=("user", user.name), facts={"sessions_ended": ended})
    return Added(find(deps, name), made)


def change_role(deps: Deps, name: str, role: str) -> User:
    """Give a user another role; their sessions and keys have it from the next request on."""
    deps.actor.must(May.USERS)
    user, wanted = find(deps, name), checked_role(role)
    with deps.sessions.begin() as session:
        if user.role is Role.ADMIN and wanted is not Role.ADMIN and not users.other_admins(session, user.id):
            raise Refused("last_admin", f"{user.name} is the last admin: make another one first.")
        users.change(session, user.id, role=wanted)
        audit.record(session, deps, "user.role", about=("user", user.name), facts={"from": user.role, "to": wanted})
    return find(deps, name)


def change_language(deps: Deps, language: str) -> None:
    """The actor's own language: vi or en."""
    if language not in LANGUAGES:
        raise Misuse(f"There is no language {language!r}; take from {', '.join(LANGUAGES)}.")
    if deps.actor.user_id is not None:
        with deps.sessions.begin() as session:
            users.change(session, deps.actor.user_id, language=language)


def keys_of(deps: Deps, user: User) -> int:
    """How many keys act as this user."""
    with deps.sessions() as session:
        return api_keys.count_of(session, user.id)


def checked_name(name: str) -> str:
    """A name as it is kept; Misuse for one that cannot be."""
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or any(sign in name for sign in " :/"):
        raise Misuse(f"A user's name takes up to {LONGEST_NAME} printable characters without blank, colon and slash.")
    return name


def checked_role(role: str) -> Role:
    """The role of that name; Misuse names those that there are."""
    if role not in set(Role):
        raise Misuse(f"There is no role {role!r}; take from {', '.join(Role)}.")
    return Role(role)


def _new(deps: Deps, name: str, role: Role, password: str | None) -> tuple[User, str | None]:
    given, made = _password(password, name)
    return User(name=name, role=role, password_hash=passwords.hashed(given), created_at=deps.clock.now()), made


def _password(password: str | None, name: str) -> tuple[str, str | None]:
    """The password to keep, and the same again where it was made here."""
    if password is None:
        made = passwords.made()
        return made, made
    passwords.check(password, name)
    return password, None
