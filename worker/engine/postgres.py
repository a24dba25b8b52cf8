"""The embedded PostgreSQL: a server of its own data folder, durable, on loopback only, behind a password."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg

from worker.engine import account, binaries, plain_role
from worker.engine.account import Account
from worker.engine.binaries import PostgresPrograms
from worker.engine.server import Launch, Server, State, write_private
from worker.errors import Unavailable
from worker.outages import Places, explain

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may have 107 bytes; data folders are often longer
    "max_connections": "100",
    "max_wal_size": "2GB",
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    # Errors are the client's to see; in the log their statements and details would show numbers and texts (invariant 9).
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


class Postgres(Server):
    """A PostgreSQL under `data_dir/postgres`, with the database `loa` and a plain role that owns it (`plain_role`).

    `programs` is a folder with `initdb` and `postgres` to use; `other_user` takes root's second way (account.choose)
    though the first may work; `reach` is where data and programs go when that user cannot enter `data_dir`.
    """

    name = "PostgreSQL"
    setting = "LOA_DATABASE_URL"
    stop_signal = signal.SIGINT  # "fast": end the connections, write a checkpoint, leave
    fatal_marks = ("FATAL", "PANIC")

    def __init__(
        self,
        data_dir: Path,
        programs: Path | None = None,
        *,
        other_user: bool = False,
        reach: Path = Path("/var/lib/loa"),
    ) -> None:
        super().__init__(data_dir / "postgres")
        self._setting = programs
        self._other_user = other_user
        self._reach = reach

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder; a link where its user cannot enter ours."""
        return self.folder / "data"

    def exists(self) -> bool:
        """Whether there is a database, running or not."""
        return self.data.exists()

    def _launch(self, state: State) -> Launch:
        programs = self._programs()
        runner = account.choose(self.data, self._other_user)
        if runner.uid is not None:
            self.folder.chmod(0o711)  # to be passed through; what lies in it stays 0600 and 0700
        if not runner.executes(programs.folder / "postgres"):
            programs = binaries.copied(programs, self._reach)
        if not self.data.exists():
            self._initialise(programs, runner, state.password)
        data = self.data.resolve()
        self._forget_former_pid(data)
        settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        return Launch([programs.folder / "postgres", "-D", data, "-p", str(state.port), *settings], runner)

    def _programs(self) -> PostgresPrograms:
        """The programs for the data that is there; Unavailable when none of the same major version is installed."""
        if not self.data.exists():
            return binaries.postgres(self._setting)
        try:
            major = int((self.data / "PG_VERSION").read_text())
        except (FileNotFoundError, ValueError) as fault:
            raise Unavailable(
                f"{self.data} is no data folder of PostgreSQL; move {self.folder} away to begin empty, "
                "or set LOA_DATABASE_URL."
            ) from fault
        try:
            return binaries.postgres(self._setting, major)
        except Unavailable as fault:
            raise Unavailable(
                f"{self.data} was written by PostgreSQL {major}: {fault} Install PostgreSQL {major}, move {self.folder} "
                "away to begin empty, or set LOA_DATABASE_URL."
            ) from fault

    def _initialise(self, programs: PostgresPrograms, runner: Account, password: str) -> None:
        """Make the data folder under another name first, so that one half made is never taken for one."""
        home = self._home(runner)
        fresh, secret = home / "data.new", home / "password"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        write_private(secret, password)
        if runner.uid is not None and runner.gid is not None:
            os.chown(fresh, runner.uid, runner.gid)
            os.chown(secret, runner.uid, runner.gid)
        words = ["--username=loa", f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale"]
        try:
            made = runner.run([programs.folder / "initdb", "-D", fresh, *words])
        finally:
            secret.unlink()
        if made.returncode != 0:
            lines = [line for line in made.stderr.splitlines() if line.strip()] or ["initdb said nothing"]
            why = next((line for line in lines if "error" in line or "FATAL" in line), lines[-1])
            raise Unavailable(
                f"PostgreSQL could not make its data folder under {home}: {why.strip()}; mend that, choose another "
                "folder by LOA_DATA_DIR, or set LOA_DATABASE_URL."
            )
        fresh.rename(home / "data")
        if home != self.folder:
            self.data.unlink(missing_ok=True)  # a link to a folder that is gone
            self.data.symlink_to(home / "data")

    def _home(self, runner: Account) -> Path:
        """The folder that is to hold the data: ours, else a new one that the other user can enter."""
        if runner.enters(self.folder):
            return self.folder
        with contextlib.suppress(OSError):
            self._reach.mkdir(parents=True, exist_ok=True)
            home = Path(tempfile.mkdtemp(prefix="postgres-", dir=self._reach))
            home.chmod(0o711)
            if runner.enters(home):
                return home
            home.rmdir()
        raise Unavailable(
            f"PostgreSQL does not run as root, and user {runner.uid} can enter neither {self.folder} nor {self._reach}; "
            "start loa as an ordinary user, or set LOA_DATABASE_URL."
        )

    def _forget_former_pid(self, data: Path) -> None:
        """Remove the pid file of a server that died; `alive.lock` has told that none of its processes is left.

        PostgreSQL itself goes by the process id, takes a stranger (after a power cut) or a zombie for the former server
        and would not start.
        """
        path = data / "postmaster.pid"
        if not path.exists():
            return
        pid = path.read_text().split("\n", 1)[0].strip()
        if pid.isdigit() and str(data) in _command_line(int(pid)):
            raise Unavailable(f"Another PostgreSQL (process {pid}) serves {data}; stop it, or set LOA_DATABASE_URL.")
        path.unlink()

    def _answers(self, state: State) -> bool:
        try:
            connection = self._connected(state, "postgres")
        except psycopg.OperationalError as fault:
            if "password authentication failed" in str(fault):
                raise Unavailable(
                    f"PostgreSQL under {self.folder} does not take the password in server.json there; put the former file "
                    f"back, move {self.folder} away to begin empty, or set LOA_DATABASE_URL."
                ) from fault
            if found := explain(fault, self._places):
                raise found from fault
            return False
        try:
            with connection:
                if connection.execute("SELECT FROM pg_database WHERE datname = 'loa'").rowcount == 0:
                    with contextlib.suppress(psycopg.errors.DuplicateDatabase):
                        connection.execute("CREATE DATABASE loa")
                if not plain_role.is_there(connection):
                    with self._connected(state, "loa") as within, contextlib.suppress(psycopg.errors.DuplicateObject):
                        plain_role.make(within, state.password, "loa")
        except psycopg.Error as fault:
            if found := explain(fault, self._places):
                raise found from fault
            raise Unavailable(f"PostgreSQL under {self.folder} started but cannot work: {fault}") from fault
        return True

    @property
    def _places(self) -> Places:
        return Places(postgres=f"PostgreSQL under {self.folder.parent}")

    def _connected(self, state: State, database: str) -> "psycopg.Connection":
        """The superuser's connection: it makes the database and its role, and nothing else."""
        return psycopg.connect(
            host="127.0.0.1",
            port=state.port,
            user=plain_role.SUPERUSER,
            password=state.password,
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    def _url(self, state: State) -> str:
        password = plain_role.password(state.password)
        return f"postgresql+psycopg://{plain_role.ROLE}:{password}@127.0.0.1:{state.port}/loa"

    @property
    def superuser_url(self) -> str:
        """For tests that make databases, and for whoever must mend one by hand; Loa never works as it."""
        state = self._known()
        return f"postgresql+psycopg://{plain_role.SUPERUSER}:{state.password}@127.0.0.1:{state.port}/postgres"


def _command_line(pid: int) -> list[str]:
    """The words that process was started with; empty when it is gone or a zombie."""
    with contextlib.suppress(OSError):  # no such process, or a system without /proc
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    command = ["ps", "-o", "command=", "-p", str(pid)]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=False).stdout.split()
    return []
