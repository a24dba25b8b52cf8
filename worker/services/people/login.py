"""Logins and sessions: a password (and a code, with a second factor) opens one; its token is in the cookie alone."""

import hashlib
import hmac
import math
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from worker.domain.actor import Actor
from worker.errors import Refused
from worker.services.deps import Deps
from worker.services.people import audit, passwords, totp
from worker.services.people.users import actor_of
from worker.storage.people import logins, users
from worker.storage.tables.people import LoginTry, User, WebSession

#: Failed logins in a quarter of an hour: for one name from one address, for one name, from one address.
WITHIN: Final = timedelta(minutes=15)
MOST_TRIES: Final = (5, 50, 30)
KEPT_FOR: Final = timedelta(hours=1)
#: A use within a minute of the last is not written down.
SEEN_EVERY: Final = timedelta(minutes=1)
LONGEST_AGENT: Final = 200
_WRONG: Final = "The name or the password is wrong."


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A session that goes on: who it is, and what its forms carry."""

    session: WebSession
    user: User
    #: What every form must send back; the same as long as the session lasts.
    csrf: str = field(repr=False)

    @property
    def actor(self) -> Actor:
        """Who acts by it."""
        return actor_of(self.user, "console")


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session; the only time that its token is there."""

    token: str = field(repr=False)
    logged_in: LoggedIn


def log_in(deps: Deps, name: str, password: str, *, code: str = "", address: str = "", agent: str = "") -> Opened:
    """Open a session.

    Refused `wrong_login` (the same for a wrong name and a wrong password), `code_needed` (the password is right and a second
    factor is on), `wrong_code`, `too_many_tries` (with `retry_after_s`).
    """
    user = prove(deps, name, password, code=code, address=address)
    return open_session(deps, user, address=address, agent=agent)


def open_session(
    deps: Deps, user: User, *, address: str = "", agent: str = "", facts: Mapping[str, Any] | None = None
) -> Opened:
    """Log a user in who has been proven, by a password or by a provider; `facts` are for the audit log."""
    token, now = secrets.token_urlsafe(32), deps.clock.now()
    opened = WebSession(
        hash=_hashed(token),
        user_id=user.id,
        created_at=now,
        seen_at=now,
        expires_at=now + deps.people.longest,
        address=address,
        agent=agent[:LONGEST_AGENT],
    )
    with deps.sessions.begin() as session:
        logins.forget(session, now=now, idle_since=now - deps.people.idle, tries_before=now - KEPT_FOR)
        session.add(opened)
        users.change(session, user.id, last_login_at=now)
        known = {"address": address, **(facts or {})}
        audit.record(session, deps, "login", about=("user", user.name), facts=known, actor=actor_of(user, "console"))
    return Opened(token, LoggedIn(opened, user, csrf_of(token)))


def prove(deps: Deps, name: str, password: str, *, code: str = "", address: str = "") -> User:
    """The user whose password this is, without a session; refuses as `log_in` does."""
    user, tried = _by_password(deps, name, password, address)
    if user.totp_since is not None:
        if not code.strip():
            with deps.sessions.begin() as session:
                logins.uncount(session, tried)
            raise Refused("code_needed", "Type the code of your authenticator too.")
        if not totp.take(deps, user, code):
            failed(deps, user, "wrong_code", address)
            raise Refused("wrong_code", "The code is wrong, has run out, or was used before: type the next one.")
    with deps.sessions.begin() as session:
        logins.clear(session, hashed_name(name), address)
        if passwords.outdated(user.password_hash):
            users.change(session, user.id, password_hash=passwords.hashed(password))
    return user


def _by_password(deps: Deps, name: str, password: str, address: str) -> tuple[User, int]:
    """The user whose password this is, and the try that was counted for it; refuses as `log_in` does."""
    now, named = deps.clock.now(), hashed_name(name)
    with deps.sessions.begin() as session:
        counted = logins.count(session, named, address, now - WITHIN)
        if any(tries >= most for tries, most in zip(counted, MOST_TRIES, strict=True)):
            wait = math.ceil(WITHIN.total_seconds())
            raise Refused(
                "too_many_tries", "Too many logins have failed: wait a quarter of an hour.", {"retry_after_s": wait}
            )
        # Counted before it is looked at, so that many at once are counted too.
        tried = LoginTry(name=named, address=address, at=now)
        session.add(tried)
        user = users.by_name(session, name.strip())
    fits = passwords.fits(user.password_hash if user else passwords.NOBODY, password)
    if user is None or not fits or user.disabled_at is not None:
        failed(deps, user, "wrong_login", address)
        raise Refused("wrong_login", _WRONG)
    assert tried.id is not None  # noqa: S101 - it was stored
    return user, tried.id


def find(deps: Deps, token: str) -> LoggedIn | None:
    """The session that goes on under this token, if there is one; its use is written down to the minute."""
    if not token:
        return None
    now = deps.clock.now()
    with deps.sessions() as session:
        found = logins.find(session, _hashed(token), now=now, idle_since=now - deps.people.idle)
    if found is None:
        return None
    if now - found[0].seen_at >= SEEN_EVERY:
        with deps.sessions.begin() as session:
            logins.touch(session, found[0].id, now)
    return LoggedIn(*found, csrf_of(token))


def going_on(deps: Deps, tokens: Collection[str]) -> set[str]:
    """Those of the tokens whose session goes on, in one look for all of them; their use is written down as by `find`."""
    now, by_hash = deps.clock.now(), {_hashed(token): token for token in tokens}
    with deps.sessions() as session:
        found = logins.going_on(session, list(by_hash), now=now, idle_since=now - deps.people.idle)
    if used := [one for one, seen_at in found.items() if now - seen_at >= SEEN_EVERY]:
        with deps.sessions.begin() as session:
            logins.touch_all(session, used, now)
    return {by_hash[one] for one in found}


def log_out(deps: Deps, token: str) -> None:
    """End the session; whoever has copied its token has nothing."""
    with deps.sessions.begin() as session:
        user_id = logins.end(session, _hashed(token))
        user = None if user_id is None else users.get(session, user_id)
        if user is not None:
            audit.record(session, deps, "logout", about=("user", user.name), actor=actor_of(user, "console"))


def own_sessions(deps: Deps) -> Sequence[WebSession]:
    """Where the actor is logged in, the latest first."""
    if deps.actor.user_id is None:
        return []
    now = deps.clock.now()
    with deps.sessions() as session:
        return logins.of(session, deps.actor.user_id, now=now, idle_since=now - deps.people.idle)


def change_password(deps: Deps, me: LoggedIn, old: str, new: str) -> None:
    """The user's own new password; every other session of theirs ends. Refused `wrong_login` when `old` is not the old one."""
    passwords.check(new, me.user.name)
    user, tried = _by_password(deps, me.user.name, old, me.session.address)
    with deps.sessions.begin() as session:
        logins.uncount(session, tried)
        users.change(session, user.id, password_hash=passwords.hashed(new))
        ended = users.end_sessions(session, user.id, but=me.session.id)
        facts = {"sessions_ended": ended}
        audit.record(session, deps, "user.password", about=("user", user.name), facts=facts, actor=me.actor)


def csrf_of(token: str) -> str:
    """What the forms of this session carry: made from its token, so that nothing is stored and nobody without it can make one."""
    return hashlib.sha256(b"loa form " + token.encode()).hexdigest()


def csrf_fits(logged_in: LoggedIn, sent: str) -> bool:
    """Whether a form was one of this session's."""
    return hmac.compare_digest(logged_in.csrf.encode(), sent.encode())


def failed(deps: Deps, user: User | None, why: str, address: str) -> None:
    """Failures at names that exist are written down; others are noise that strangers make, and are only counted."""
    if user is None:
        return
    with deps.sessions.begin() as session:
        facts = {"address": address, "why": why}
        audit.record(session, deps, "login.failed", about=("user", user.name), facts=facts)


def hashed_name(name: str) -> str:
    """A name as tries are counted by it: people type their password there."""
    return hashlib.sha256(name.strip().casefold().encode()).hexdigest()


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
