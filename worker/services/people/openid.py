"""Logs in whoever a provider of OpenID Connect vouches for: a user by that name; a new one only by a mapped role."""

import math
from collections.abc import Mapping
from typing import Any, Final

from worker.domain.actor import Actor
from worker.domain.openid import EntryRules, same_name
from worker.domain.roles import Role
from worker.errors import Misuse, Refused
from worker.services.deps import Deps
from worker.services.people import login
from worker.services.people import users as people
from worker.storage.people import logins, users
from worker.storage.tables.people import LoginTry, User

#: Who makes the users that come in by a mapped role.
MAKER: Final = Actor("console", "openid")
LONGEST_SUBJECT: Final = 255


def count(deps: Deps, address: str) -> int:
    """Count a sign-in that comes back, before its provider is asked; Refused `too_many_tries` as by a password.

    Counted by address alone: who it will be is not known yet, and one name for all would let a stranger shut everybody out.
    """
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        named = login.hashed_name(f"openid {address}")
        if logins.count(session, named, address, now - login.WITHIN)[2] >= login.MOST_TRIES[2]:
            wait = math.ceil(login.WITHIN.total_seconds())
            raise Refused(
                "too_many_tries", "Too many logins have failed: wait a quarter of an hour.", {"retry_after_s": wait}
            )
        tried = LoginTry(name=named, address=address, at=now)
        session.add(tried)
        session.flush()
        assert tried.id is not None  # noqa: S101 - it was stored
        return tried.id


def uncount(deps: Deps, tried: int) -> None:
    """It was no failure of whoever tried."""
    with deps.sessions.begin() as session:
        logins.uncount(session, tried)


def enter(deps: Deps, claims: Mapping[str, Any], tried: int, *, address: str = "", agent: str = "") -> login.Opened:
    """Open a session for whom the checked claims name, like the one that a password opens; no second factor is asked for.

    Refused `openid_nameless`, `openid_unverified`, `openid_unknown`.
    """
    rules = deps.people.openid
    name = rules.name(claims)
    user = _found(deps, name) or _made(deps, rules, name, claims)
    if user is None:
        raise _unknown()
    if user.disabled_at is not None:
        login.failed(deps, user, "disabled", address)
        raise _unknown()
    facts = {"by": "openid", "subject": "".join(filter(str.isprintable, str(claims.get("sub", ""))))[:LONGEST_SUBJECT]}
    opened = login.open_session(deps, user, address=address, agent=agent, facts=facts)
    uncount(deps, tried)
    return opened


def _found(deps: Deps, name: str) -> User | None:
    with deps.sessions() as session:
        user = users.by_name(session, name)
    return user if user is not None and same_name(name, user.name) else None


def _made(deps: Deps, rules: EntryRules, name: str, claims: Mapping[str, Any]) -> User | None:
    """A new user with the mapped role and a password that nobody knows; None where none is mapped, or the name cannot be."""
    role = rules.role(claims)
    if role is None:
        return None
    with deps.sessions() as session:
        # The first user would make the link of the first administrator void.
        if role is not Role.ADMIN and not users.exist(session):
            return None
    try:
        return people.add(deps.acting(MAKER), name, role).user
    except Misuse:
        return None
    except Refused:
        # Made by another tab at the same moment, or a name that only looks the same.
        return _found(deps, name)


def _unknown() -> Refused:
    return Refused(
        "openid_unknown",
        "You have no active user in Loa: ask an administrator of Loa for one, under the name of your sign-in.",
    )
