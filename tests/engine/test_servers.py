"""A server of either kind survives what befalls it, and tells nobody its password."""

import os
import signal
import socket
import stat
import threading
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

from worker.engine.postgres import Postgres
from worker.engine.redis import Redis
from worker.engine.server import Server


@pytest.fixture(scope="module", params=[Postgres, Redis], ids=["postgres", "redis"])
def server(request, tmp_path_factory):
    server = request.param(tmp_path_factory.mktemp("a folder with 'odd' letters ế"))
    server.start()
    yield server
    server.stop()


@contextmanager
def client(server: Server):
    if isinstance(server, Redis):
        with redis.Redis.from_url(server.url) as connection:
            yield connection
    else:
        with psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True) as connection:
            yield connection


def remember(server: Server, word: str) -> None:
    with client(server) as connection:
        if isinstance(server, Redis):
            connection.rpush("words", word)
        else:
            connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
            connection.execute("INSERT INTO words VALUES (%s)", [word])


def remembers(server: Server, word: str) -> bool:
    with client(server) as connection:
        if isinstance(server, Redis):
            return word.encode() in connection.lrange("words", 0, -1)
        return bool(connection.execute("SELECT FROM words WHERE word = %s", [word]).fetchall())


def port(server: Server) -> int:
    return int(server.url.rsplit(":", 1)[1].split("/")[0])


def test_a_kill_costs_neither_data_nor_port(server):
    before = server.url
    with client(server) as connection:
        if isinstance(server, Redis):  # everysec: what a power cut may take; a kill of the process takes nothing
            assert connection.config_get("appendfsync")["appendfsync"] == "everysec"
    remember(server, "before the kill")
    server.kill()
    assert not server.alive()
    assert server.pid is None
    server.start()
    assert server.url == before
    assert remembers(server, "before the kill")


def test_a_stop_costs_neither_data_nor_port(server):
    before, former = server.url, server.pid
    remember(server, "before the stop")
    server.stop()
    assert not server.alive()
    server.start()
    assert (server.url, server.pid == former) == (before, False)
    assert remembers(server, "before the stop")


def test_a_second_handle_finds_the_same_server(server):
    other = type(server)(server.folder.parent)
    other.start()
    assert (other.pid, other.url) == (server.pid, server.url)


def test_starts_at_the_same_time_make_one_server(server):
    server.stop()
    handles = [type(server)(server.folder.parent) for _ in range(5)]
    threads = [threading.Thread(target=handle.start) for handle in handles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({handle.pid for handle in handles}) == 1
    assert server.alive()


def test_a_port_that_somebody_took_meanwhile_is_given_up(server):
    before = port(server)
    server.stop()
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", before))
        stranger.listen()
        server.start()
    assert port(server) != before
    assert server.alive()


def test_the_password_stands_in_private_files_only(server):
    password = server.url.split("://", 1)[1].split("@")[0].split(":")[1]
    assert len(password) >= 32
    assert password not in Path(f"/proc/{server.pid}/cmdline").read_text()
    assert password not in Path(f"/proc/{server.pid}/environ").read_text()
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    for path in server.folder.iterdir():
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_wrong_password_is_refused(server):
    password = server.url.split("://", 1)[1].split("@")[0].split(":")[1]
    wrong = server.url.replace("+psycopg", "").replace(password, "wrong")
    if isinstance(server, Redis):
        with redis.Redis.from_url(wrong) as connection, pytest.raises(redis.AuthenticationError):
            connection.ping()
    else:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)


def test_it_is_out_of_reach_of_ctrl_c_and_of_other_machines(server):
    assert os.getsid(server.pid) == server.pid != os.getsid(0)
    listens = [
        line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines() if f":{port(server):04X} " in line
    ]
    assert "0100007F:" + f"{port(server):04X}" in listens
    assert "00000000:" + f"{port(server):04X}" not in listens


def test_it_sees_nothing_of_our_environment(server, monkeypatch):
    monkeypatch.setenv("LOA_SECRET_KEY", "not for others")
    server.stop()
    server.start()
    assert "not for others" not in Path(f"/proc/{server.pid}/environ").read_text()


def test_one_that_does_not_follow_is_killed(server):
    os.kill(server.pid, signal.SIGSTOP)
    server.stop(wait_s=0.2)
    assert not server.alive()
    server.start()


def test_what_was_never_started_can_be_stopped(tmp_path):
    for kind in (Postgres, Redis):
        kind(tmp_path).stop()
        assert not kind(tmp_path).alive()
    assert list(tmp_path.iterdir()) == []
