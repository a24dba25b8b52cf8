"""The account that PostgreSQL runs as: it refuses root, so root takes another way; all others run it as themselves.

Redis does not mind and always runs as ourselves.
"""

import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: "nobody" on every Linux: owns no file, needs no entry in /etc/passwd.
NOBODY = 65534
_NAMESPACE = ("unshare", "-U", "--map-user=1000")


@dataclass(frozen=True, slots=True)
class Account:
    """`uid` and `gid` to change to (None: stay), and the words that go before every command."""

    uid: int | None = None
    gid: int | None = None
    prefix: tuple[str, ...] = ()

    @property
    def child(self) -> dict[str, Any]:
        """How subprocess starts a child of this account: away from our folder, our input and our environment."""
        anyone = {"stdin": subprocess.DEVNULL, "cwd": "/", "env": ENVIRONMENT}
        return anyone if self.uid is None else {**anyone, "user": self.uid, "group": self.gid, "extra_groups": []}

    def run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end under this account; OSError when the account cannot reach the program."""
        words = [*self.prefix, *command]
        return subprocess.run(words, capture_output=True, text=True, errors="replace", check=False, **self.child)

    def enters(self, folder: Path) -> bool:
        """Whether the account may go into that folder."""
        return self.run(["/bin/sh", "-c", 'cd "$1"', "sh", folder]).returncode == 0

    def executes(self, program: Path) -> bool:
        """Whether the account can start that program."""
        with suppress(OSError):
            return self.run([program, "--version"]).returncode == 0
        return False


#: What the servers see of our environment: nothing that a setting of ours could be read from.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}


def choose(data: Path, other_user: bool = False) -> Account:
    """The account for a data folder, which need not exist yet.

    Root goes into a user namespace: there it is user 1000 to PostgreSQL and still itself to the file system, so that
    0700 folders work and no second user is needed. Where namespaces are forbidden, or `other_user` asks for
    it, it becomes `NOBODY`. A data folder that belongs to somebody stays with that user, whatever the machine allows today.
    """
    if os.geteuid() != 0:
        return Account()
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    if not other_user and _namespaces_allowed():
        return Account(prefix=_NAMESPACE)
    return Account(NOBODY, NOBODY)


def _namespaces_allowed() -> bool:
    with suppress(OSError, subprocess.SubprocessError):
        return subprocess.run([*_NAMESPACE, "true"], capture_output=True, timeout=10, check=False).returncode == 0
    return False
