"""Finds who types a command: the system's account, or a user of Loa who proves it by a key or a password."""

import os
import pwd
import sys
from getpass import getpass

from worker.domain.actor import Actor
from worker.errors import Misuse, Refused
from worker.wiring import Loa


def actor(loa: Loa, user: str = "") -> Actor:
    """Who acts: `user` or LOA_USER, proven by LOA_USER_KEY or a password; else `cli:` and the account of the system.

    The password is asked for on a terminal, and is the first line of stdin elsewhere.
    """
    named, key = user or loa.settings.user, loa.settings.user_key.get_secret_value()
    if not named and not key:
        return Actor("cli", account())
    from worker.services.operations import api_keys  # noqa: PLC0415 - most commands act as the account, and need no hashing
    from worker.services.people import login, users  # noqa: PLC0415

    if key and not (user and user != loa.settings.user):
        found = api_keys.find(loa.deps, key, "cli")
        if found is None or found.actor.user_id is None:
            raise Refused(
                "unknown_key", "LOA_USER_KEY is no key of a user, or was revoked: `loa key create --user NAME`."
            )
        if named and found.actor.name.casefold() != named.casefold():
            raise Misuse(f"LOA_USER_KEY is a key of {found.actor.name}, not of {named}.")
        return found.actor
    password = _typed(f"Password of {named}: ", hidden=True)
    try:
        proven = login.prove(loa.deps, named, password, address="cli")
    except Refused as fault:
        if fault.rule != "code_needed":
            raise
        proven = login.prove(loa.deps, named, password, code=_typed("Code of the authenticator: "), address="cli")
    return users.actor_of(proven, "cli")


def account() -> str:
    """The account of the system that runs this process, whatever the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _typed(prompt: str, *, hidden: bool = False) -> str:
    """A line that somebody types, or the next one of stdin."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return getpass(prompt) if hidden else input(prompt)
