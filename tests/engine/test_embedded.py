"""Commands share the servers of a data folder: the first starts them, the last stops them, however they end."""

import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
import redis

from worker.engine import embedded
from worker.errors import Unavailable

ROOT = Path(__file__).parents[2]

# A command: uses the servers, some rounds, and says so.
COMMAND = """
import random, sys, time
from pathlib import Path
import psycopg, redis
from worker.engine import embedded
folder, rounds, hold = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "hold"
for _ in range(rounds):
    with embedded.attach(folder) as engines:
        with psycopg.connect(engines.database_url.replace("+psycopg", "")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        with redis.Redis.from_url(engines.redis_url) as client:
            assert client.incr("rounds") > 0
        if hold:
            print("attached", flush=True)
            sys.stdin.read()
        time.sleep(random.uniform(0, 0.05))
    time.sleep(random.uniform(0, 0.05))
"""


def command(folder: Path, rounds: int = 1, hold: str = "") -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", COMMAND, str(folder), str(rounds), hold],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


def test_the_first_starts_them_and_the_last_stops_them(folder):
    assert embedded.find(folder) is None
    with embedded.attach(folder) as first:
        with embedded.attach(folder) as second:
            assert (second.postgres.pid, second.redis.pid) == (first.postgres.pid, first.redis.pid)
        found = embedded.find(folder)
        assert (found.database_url, found.redis_url) == (first.database_url, first.redis_url)
        assert found.postgres.alive()
    assert embedded.find(folder) is None


def test_what_is_not_needed_is_not_started(folder):
    with embedded.attach(folder, need_postgres=False) as engines:
        assert (engines.database_url, engines.postgres) == (None, None)
        assert engines.redis.alive()
        found = embedded.find(folder)
        assert (found.postgres, found.redis_url) == (None, engines.redis_url)


def test_a_fault_in_the_command_stops_them_and_stays_itself(folder):
    with pytest.raises(FileNotFoundError, match="of the command"), embedded.attach(folder, need_postgres=False):
        raise FileNotFoundError("of the command")
    assert embedded.find(folder) is None


def test_six_commands_that_come_and_go_never_miss_a_server(folder):
    commands = [command(folder, rounds=4) for _ in range(6)]
    ends = [one.communicate(timeout=60) for one in commands]
    assert [one.returncode for one in commands] == [0] * 6, ends
    assert embedded.find(folder) is None
    with embedded.attach(folder) as engines, redis.Redis.from_url(engines.redis_url) as client:
        assert int(client.get("rounds")) == 24


def test_servers_left_by_a_killed_command_serve_the_next_and_end_with_it(folder):
    owner = command(folder, hold="hold")
    assert owner.stdout.readline() == "attached\n"
    left = embedded.find(folder)
    pids = (left.postgres.pid, left.redis.pid)
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    assert (left.postgres.alive(), left.redis.alive()) == (True, True)
    with embedded.attach(folder) as engines:
        assert (engines.postgres.pid, engines.redis.pid) == pids
    assert embedded.find(folder) is None


def test_a_killed_command_does_not_keep_the_servers_of_others(folder):
    other = command(folder, hold="hold")
    assert other.stdout.readline() == "attached\n"
    with embedded.attach(folder):
        other.send_signal(signal.SIGKILL)
        other.communicate()
    assert embedded.find(folder) is None


def test_a_server_that_died_meanwhile_is_started_for_the_next_command(folder):
    with embedded.attach(folder) as engines:
        url = engines.database_url
        engines.postgres.kill()
        with embedded.attach(folder) as next_one:
            assert next_one.database_url == url
            with psycopg.connect(url.replace("+psycopg", "")) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_servers_hold_no_lock_of_the_commands(folder):
    with embedded.attach(folder) as engines:
        for server in (engines.postgres, engines.redis):
            held = {str(link.readlink()) for link in Path(f"/proc/{server.pid}/fd").iterdir()}
            assert str(server.folder / "alive.lock") in held
            assert (
                not {str(folder / "users.lock"), str(folder / "engine.lock"), str(server.folder / "start.lock")} & held
            )


def test_passwords_do_not_show_when_engines_are_printed(folder):
    with embedded.attach(folder, need_postgres=False) as engines:
        assert engines.redis._known().password not in repr(engines)
        assert stat.S_IMODE((folder / "users.lock").stat().st_mode) == 0o600


def test_threads_of_one_process_are_users_of_their_own(folder):
    attached, leave = threading.Barrier(4), threading.Event()

    def use() -> None:
        with embedded.attach(folder, need_postgres=False):
            attached.wait(20)
            leave.wait(20)

    threads = [threading.Thread(target=use) for _ in range(3)]
    for thread in threads:
        thread.start()
    attached.wait(20)
    assert embedded.find(folder) is not None
    leave.set()
    for thread in threads:
        thread.join()
    assert embedded.find(folder) is None


@pytest.mark.parametrize("where", ["/proc/loa", "/dev/null/loa"])
def test_a_data_folder_that_cannot_be_used_is_one_sentence(where):
    refusal = pytest.raises(Unavailable, match=rf"The data folder {where} cannot be used: .* LOA_DATA_DIR")
    with refusal, embedded.attach(Path(where)):
        pass
    assert embedded.find(Path(where)) is None
