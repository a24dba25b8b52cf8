"""PostgreSQL, Redis and Valkey of any version, started as somebody would who installed them: for these tests alone."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from redis import Redis, RedisError

from worker.engine import account


def wait(what: str, condition: Callable[[], object], timeout_s: float = 60) -> None:
    """Wait for something; AssertionError where it does not come."""
    ends = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < ends, f"after {timeout_s:g} s still not: {what}"
        time.sleep(0.2)


class Servers:
    """Started servers; `stop` ends them, each by its own process id."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, *command: object) -> "subprocess.Popen[bytes]":
        """Start a program, its words into a file."""
        with (self.folder / f"{name}.log").open("ab") as log:
            child = subprocess.Popen([*map(str, command)], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/")
        self.running.append(child)
        return child

    def stop(self) -> None:
        """End all of them, the last one first."""
        for child in reversed(self.running):
            if child.poll() is None:
                child.send_signal(signal.SIGINT)
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def postgres(
        self, programs: Path, at: str, port: int, prefix: list[str] | None = None
    ) -> "tuple[str, subprocess.Popen[bytes]]":
        """A PostgreSQL with a database `loa` and its plain owner: the URL, and its process."""
        data = self.folder / f"postgres-{port}"
        runner = account.choose(data)
        made = runner.run(
            [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-locale"]
        )
        assert made.returncode == 0, made.stderr
        with (data / "pg_hba.conf").open("a") as file:
            file.write("host all all 0.0.0.0/0 trust\n")  # the network of this run, where nobody else is
        words = ["-c", f"listen_addresses={at}", "-c", "unix_socket_directories=", "-c", "max_connections=200"]
        server = self.start(
            f"postgres-{port}", *(prefix or []), *runner.prefix, programs / "postgres", "-D", data, "-p", port, *words
        )
        admin = f"postgresql://postgres@{at}:{port}/postgres?connect_timeout=2"

        def answers() -> bool:
            assert server.poll() is None, (self.folder / f"postgres-{port}.log").read_text()
            try:
                with psycopg.connect(admin, autocommit=True) as connection:
                    connection.execute("CREATE ROLE loa LOGIN")
                    connection.execute("CREATE DATABASE loa OWNER loa")
            except psycopg.OperationalError:
                return False
            return True

        wait("PostgreSQL answers", answers)
        return f"postgresql+psycopg://loa@{at}:{port}/loa", server

    def redis(
        self,
        program: Path,
        at: str,
        port: int,
        prefix: list[str] | None = None,
        password: str = "",
        more: tuple[str, ...] = (),
    ) -> "tuple[str, subprocess.Popen[bytes]]":
        """A Redis or Valkey as docs/how-to/install.md asks for: the URL, and its process."""
        home = self.folder / f"redis-{port}"
        home.mkdir(exist_ok=True)
        words = ["--bind", at, "--port", port, "--protected-mode", "no", "--dir", home, "--appendonly", "yes"]
        words += ["--maxmemory-policy", "noeviction", "--save", "", *more]
        words += ["--requirepass", password, "--masterauth", password] if password else []
        server = self.start(f"redis-{port}", *(prefix or []), program, *words)

        def answers() -> bool:
            assert server.poll() is None, (self.folder / f"redis-{port}.log").read_text()
            try:
                with Redis(at, port, password=password or None, socket_timeout=2) as client:
                    return bool(client.ping())
            except RedisError:
                return False

        wait("Redis answers", answers)
        return f"redis://{at}:{port}/0", server


def version(program: Path) -> str:
    """`PostgreSQL 15.14`, as the program says it."""
    told = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=True, env={"PATH": os.defpath}
    ).stdout.split()
    if "v=" in " ".join(told):
        found = next(word[2:] for word in told if word.startswith("v="))
        return f"{told[0]} {found}"
    return f"PostgreSQL {told[2]}"
