"""The second factor: a code of six digits from an authenticator (RFC 6238), each taken once."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import pyotp

from worker.errors import Refused
from worker.services.deps import Deps
from worker.services.people import audit
from worker.storage.people import users
from worker.storage.tables.people import User

STEP_S: Final = 30
#: Clocks of telephones are off by so many steps at most.
SLACK: Final = 1
ISSUER: Final = "Loa"


@dataclass(frozen=True, slots=True)
class Begun:
    """A secret that waits for its first code; not shown after that."""

    secret: str = field(repr=False)
    #: What the authenticator reads as a QR code.
    uri: str = field(repr=False)


def begin(deps: Deps, user: User) -> Begun:
    """Make a secret for the user; it counts once `confirm` saw a code of it. Refused `no_secret_key` without LOA_SECRET_KEY."""
    if user.totp_since is not None:
        raise Refused("totp_on", "The second factor is on: take it off first.")
    secret = pyotp.random_base32()
    sealed = deps.sealer().seal_text(secret, user.id)
    with deps.sessions.begin() as session:
        users.change(session, user.id, totp_sealed=sealed, totp_step=0)
    return _begun(user, secret)


def begun(deps: Deps, user: User) -> Begun | None:
    """The secret that still waits for its first code: a code that was mistyped needs no new one. None: none waits."""
    with deps.sessions() as session:
        now_there = users.get(session, user.id)
    if now_there is None or now_there.totp_sealed is None or now_there.totp_since is not None:
        return None
    return _begun(user, deps.sealer().open_text(now_there.totp_sealed, user.id))


def confirm(deps: Deps, user: User, code: str) -> None:
    """Switch the second factor on; Refused `wrong_code` when the authenticator shows another code."""
    with deps.sessions() as session:
        now_there = users.get(session, user.id)
    if now_there is None or now_there.totp_sealed is None:
        raise Refused("totp_not_begun", "No secret waits for its first code: begin again.")
    if not take(deps, now_there, code):
        raise Refused("wrong_code", "The code is wrong or has run out: type the next one.")
    with deps.sessions.begin() as session:
        users.change(session, user.id, totp_since=deps.clock.now())
        audit.record(session, deps, "user.totp_on", about=("user", user.name))


def remove(deps: Deps, user: User, code: str) -> None:
    """Switch it off; Refused `wrong_code` without a code of it (an admin's `reset` needs none)."""
    if not take(deps, user, code):
        raise Refused("wrong_code", "The code is wrong, has run out, or was used before: type the next one.")
    with deps.sessions.begin() as session:
        users.change(session, user.id, totp_sealed=None, totp_since=None, totp_step=0)
        audit.record(session, deps, "user.totp_off", about=("user", user.name))


def take(deps: Deps, user: User, code: str) -> bool:
    """Whether this is a code of now, and was not taken before; if so it is taken."""
    if user.totp_sealed is None:
        return False
    generator = pyotp.TOTP(deps.sealer().open_text(user.totp_sealed, user.id))
    written = code.replace(" ", "").strip()
    for step in _steps(deps.clock.now()):
        if hmac.compare_digest(generator.generate_otp(step).encode(), written.encode()):
            with deps.sessions.begin() as session:
                return users.take_step(session, user.id, step)
    return False


def _begun(user: User, secret: str) -> Begun:
    return Begun(secret, pyotp.TOTP(secret).provisioning_uri(name=user.name, issuer_name=ISSUER))


def _steps(now: datetime) -> range:
    current = int(now.timestamp()) // STEP_S
    return range(current - SLACK, current + SLACK + 1)
