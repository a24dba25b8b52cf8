"""Commands for the console's users: each is one call of a service; a password that Loa makes is shown once."""

import sys
from getpass import getpass
from select import select
from typing import Annotated, Any, Final

import typer

from worker.cli import console, runtime
from worker.cli.options import Json
from worker.domain.roles import Role
from worker.domain.window import local
from worker.errors import Misuse
from worker.services.people import users
from worker.services.people.users import Added
from worker.storage.tables.people import User

#: An stdin that has said nothing for so long has no password in it.
SILENT_AFTER_S: Final = 0.2

app = typer.Typer(no_args_is_help=True, help="Add the people who use Loa, and say what each may do.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")]
AskPassword = Annotated[
    bool, typer.Option("--password", help="Ask for the password, or wait for stdin to say it, instead of making one.")
]
RoleName = Annotated[str, typer.Option("--role", metavar="|".join(Role), help="What the user may do.")]


@app.command()
def add(name: Name, role: RoleName, password: AskPassword = False, json: Json = False) -> None:
    """Add a user; the password is made and shown this once, unless you bring one.

    Example: loa user add lan --role marketer

    Example: loa user add minh --role approver < password.txt
    """
    given = _given(name, asked=password)
    with runtime.opened() as loa:
        added = users.add(loa.deps, name, role, given)
    _tell(added, json=json)


@app.command("list")
def list_(json: Json = False) -> None:
    """List the users and their roles.

    Example: loa user list
    """
    with runtime.opened() as loa:
        rows = users.everyone(loa.deps)
    if json:
        console.document([_document(one) for one in rows])
        return
    shown = console.table("name", "role", "second factor", "last login", "disabled")
    for one in rows:
        moments = (console.moment(one.last_login_at), console.moment(one.disabled_at))
        shown.add_row(one.name, str(one.role), "on" if one.totp_since else "", *moments)
    console.out.print(shown)


@app.command()
def disable(name: Name, json: Json = False) -> None:
    """Shut a user out: no login, no open session and no key of theirs works from now on.

    Example: loa user disable lan
    """
    with runtime.opened() as loa:
        user = users.disable(loa.deps, name)
    _say(user, f"{user.name} is shut out.", json=json)


@app.command()
def enable(name: Name, json: Json = False) -> None:
    """Let a disabled user in again, under the password of before.

    Example: loa user enable lan
    """
    with runtime.opened() as loa:
        user = users.enable(loa.deps, name)
    _say(user, f"{user.name} may log in again.", json=json)


@app.command()
def role(name: Name, role: RoleName, json: Json = False) -> None:
    """Give a user another role, from their next click on.

    Example: loa user role lan --role approver
    """
    with runtime.opened() as loa:
        user = users.change_role(loa.deps, name, role)
    _say(user, f"{user.name} has the role {user.role} now.", json=json)


@app.command()
def reset(name: Name, password: AskPassword = False, json: Json = False) -> None:
    """Give a user a new password, take off the second factor, and log them out everywhere.

    Example: loa user reset lan
    """
    given = _given(name, asked=password)
    with runtime.opened() as loa:
        added = users.reset(loa.deps, name, given)
    _tell(added, json=json)


def _given(name: str, *, asked: bool) -> str | None:
    """The password that was brought: typed twice on a terminal, or the first line of stdin; None: one is to be made.

    An stdin that says nothing (a service's) is waited for only with --password.
    """
    if not sys.stdin.isatty():
        speaks = asked or bool(select([sys.stdin], [], [], SILENT_AFTER_S)[0])
        return sys.stdin.readline().rstrip("\n") or None if speaks else None
    if not asked:
        return None
    typed = getpass(f"Password of {name}: ")
    if getpass("Once more: ") != typed:
        raise Misuse("The two passwords differ.")
    return typed


def _tell(added: Added, *, json: bool) -> None:
    user = added.user
    if json:
        console.document({"name": user.name, "role": str(user.role), "password": added.password})
        return
    if added.password is not None:
        console.answer(added.password, style="bold")
        console.answer(f"The password of {user.name} ({user.role}). It is shown this once.")
    else:
        console.answer(f"{user.name} has the role {user.role}, and the password that you gave.")


def _say(user: User, sentence: str, *, json: bool) -> None:
    if json:
        console.document(_document(user))
    else:
        console.answer(sentence)


def _document(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "role": str(user.role),
        "second_factor": user.totp_since is not None,
        "created_at": local(user.created_at),
        "last_login_at": local(user.last_login_at) if user.last_login_at else None,
        "disabled_at": local(user.disabled_at) if user.disabled_at else None,
    }
