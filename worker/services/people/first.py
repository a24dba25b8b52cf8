"""Makes the first admin, by a one-time link that `loa up` shows while there is no user."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from worker.domain.roles import Role
from worker.errors import Refused
from worker.services.deps import Deps
from worker.services.people import audit, passwords
from worker.services.people.users import actor_of, checked_name
from worker.storage.people import users
from worker.storage.tables.people import FirstLink, User

GOOD_FOR: Final = timedelta(hours=24)
#: Under the address of the web process; the token follows.
PATH: Final = "/first/"


def new_link(deps: Deps) -> str | None:
    """A token that makes the first admin, once and within a day, in the place of any made before; None once there is a user."""
    token, now = secrets.token_urlsafe(24), deps.clock.now()
    with deps.sessions.begin() as session:
        users.lock_first(session)
        if users.exist(session):
            return None
        users.new_link(session, FirstLink(hash=_hashed(token), expires_at=now + GOOD_FOR))
    return token


def counts(deps: Deps, token: str) -> bool:
    """Whether this link would make the first admin."""
    with deps.sessions() as session:
        return not users.exist(session) and users.link(session, _hashed(token), deps.clock.now())


def claim(deps: Deps, token: str, name: str, password: str) -> User:
    """Make the first admin; Misuse for a name or password that cannot be (the link stays), Refused `link_used` afterwards."""
    name = checked_name(name)
    passwords.check(password, name)
    now = deps.clock.now()
    user = User(name=name, role=Role.ADMIN, password_hash=passwords.hashed(password), created_at=now)
    with deps.sessions.begin() as session:
        users.lock_first(session)
        if users.exist(session) or not users.use_link(session, _hashed(token), now):
            raise Refused("link_used", "This link was used, is older than a day, or there is a user already: log in.")
        session.add(user)
        who = actor_of(user, deps.actor.door)
        audit.record(session, deps, "user.first", about=("user", name), facts={"role": user.role}, actor=who)
    return user


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
