"""Behind a real PgBouncer nobody's statement is run for another, time limits hold, and a campaign survives a kill."""

import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url

from tests.environment import quick
from tests.operations.conftest import Host, free_port, until
from worker.errors import Unavailable
from worker.storage import database

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
if PROGRAM is None and os.environ.get("CI") == "true":
    raise AssertionError("PgBouncer is missing: .ci/run installs Debian's package pgbouncer.")
pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="PgBouncer is not installed (Debian: apt-get install pgbouncer)"
)


@pytest.fixture
def pgbouncer(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], URL]]:
    """Starts a PgBouncer with that pool mode before the database, and gives back its URL."""
    assert PROGRAM is not None
    server, started = make_url(database_url), []
    folder = tmp_path_factory.mktemp("pgbouncer")

    def start(mode: str) -> URL:
        port, ini = free_port(), folder / f"{mode}.ini"
        users = folder / "users.txt"
        users.write_text(f'"{server.username}" "{server.password}"\n')
        lines = ["[databases]", f"* = host=127.0.0.1 port={server.port}", "[pgbouncer]", "listen_addr = 127.0.0.1"]
        lines += [f"listen_port = {port}", "auth_type = trust", f"auth_file = {users}", f"pool_mode = {mode}"]
        lines += ["default_pool_size = 2", "unix_socket_dir =", "server_round_robin = 0"]
        ini.write_text("\n".join(lines))
        command = [PROGRAM, "-q", str(ini)]
        if os.geteuid() == 0:  # it refuses to be root, and reads its files as whoever it becomes
            for path in (ini, users, folder, *folder.parents[:3]):
                # Whatever else it may, as /tmp, which everybody writes to.
                path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o755)
            command[1:1] = ["-u", "nobody"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        started.append(process)
        url = server.set(port=port)

        def answers() -> bool:
            assert process.poll() is None, "PgBouncer ended"
            try:
                psycopg.connect(plain(url), connect_timeout=2, autocommit=True).close()
            except psycopg.OperationalError:
                return False
            return True

        until("PgBouncer answers", answers, 20)
        return url

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def written(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def swapped(first, second):
    """What two clients hear who prepare their own question each on a server connection, and then swap the connections."""
    with first.connect() as one, second.connect() as two:
        for _ in range(8):
            one.exec_driver_sql("SELECT 'first'")
            two.exec_driver_sql("SELECT 'second'")
        one.commit()  # a rollback would make psycopg forget what it prepared
        two.commit()
        # The connection that came back last is the next to be given out: `one` is now where `two` was.
        return one.exec_driver_sql("SELECT 'first'").scalar(), two.exec_driver_sql("SELECT 'second'").scalar()


def test_what_it_is_about_plain_psycopg_runs_the_statement_of_another(pgbouncer):
    url = written(pgbouncer("transaction"))
    first, second = create_engine(url), create_engine(url)
    try:
        heard = swapped(first, second)
    except Exception as fault:  # noqa: BLE001 - a PgBouncer of 1.21 on keeps the names apart, or refuses
        pytest.skip(f"this PgBouncer does not mix statements up: {fault}")
    finally:
        first.dispose()
        second.dispose()
    if heard == ("first", "second"):
        pytest.skip("this PgBouncer does not mix statements up")
    assert heard == ("second", "first")


def test_two_clients_hear_their_own_answers(pgbouncer):
    url = written(pgbouncer("transaction"))
    first, second = database.connect(url), database.connect(url, prepare_after=1)
    assert database.pooled(first)
    assert swapped(first, second) == ("first", "second")
    with first.connect() as connection:
        for _ in range(8):
            assert connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar() == 0
    first.dispose()
    second.dispose()


READ = "SELECT " + ", ".join(
    f"current_setting('{name}')" for name in ("lock_timeout", "idle_in_transaction_session_timeout", "TimeZone")
)


def test_the_time_limits_hold_in_every_transaction_and_reach_no_stranger(pgbouncer):
    url = pgbouncer("transaction")
    ours = [database.connect(written(url)) for _ in range(3)]
    for _ in range(4):
        for engine in ours:
            with engine.begin() as connection:
                assert connection.exec_driver_sql(READ).one() == ("10s", "10s", "UTC")
    for engine in ours:
        engine.dispose()
    for _ in range(3):
        with psycopg.connect(plain(url)) as stranger:
            assert stranger.execute(READ).fetchone()[:2] == ("0", "0")


def test_the_time_limits_hold_for_a_statement_by_itself(pgbouncer):
    engine = database.connect(written(pgbouncer("transaction")))
    sessions = database.sessions(engine)
    with database.statement(sessions) as connection:
        assert connection.exec_driver_sql(READ).one() == ("10s", "10s", "UTC")
        connection.exec_driver_sql("CREATE TABLE kept (one int)")
    with database.look(sessions) as session:
        assert session.connection().exec_driver_sql("DROP TABLE kept")
    engine.dispose()


IDLE = (
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND pid <> pg_backend_pid()"
    " AND datname = current_database()"
)


def test_a_frozen_host_is_cut_off_also_behind_the_pooler(pgbouncer, monkeypatch):
    """As it is, but for the ten seconds that this test need not wait."""
    name = "idle_in_transaction_session_timeout"
    soon = database._SET_LOCALLY.replace(f"'{name}', '10s'", f"'{name}', '300ms'")
    monkeypatch.setattr(database, "SETTINGS", {**database.SETTINGS, name: "300ms"})
    monkeypatch.setattr(database, "_SET_LOCALLY", soon)
    url = pgbouncer("transaction")
    engine = database.connect(written(url))
    with engine.connect() as frozen, psycopg.connect(plain(url), autocommit=True) as other:
        frozen.exec_driver_sql("CREATE TABLE held (n int)")
        until("the frozen transaction is gone", lambda: other.execute(IDLE).fetchone() == (0,), 8)
        assert other.execute("SELECT to_regclass('held')").fetchone() == (None,)
        frozen.invalidate()
    engine.dispose()


@pytest.mark.parametrize(("mode", "through"), [("session", True), (None, False)])
def test_other_ways_to_the_database(pgbouncer, database_url, mode, through):
    engine = database.connect(written(pgbouncer(mode)) if mode else database_url)
    assert database.pooled(engine) is through
    with engine.connect() as connection:
        assert connection.exec_driver_sql(READ).one() == ("10s", "10s", "UTC")
        for _ in range(8):
            connection.exec_driver_sql("SELECT 1")
        prepared = connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar()
        assert bool(prepared) is not through
    engine.dispose()


def test_by_setting_nothing_is_prepared(database_url):
    engine = database.connect(database_url, prepare_after=0)
    with engine.connect() as connection:
        for _ in range(8):
            assert connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar() == 0
    engine.dispose()


def test_statement_pooling_is_refused_in_one_sentence(pgbouncer, host):
    url = written(pgbouncer("statement"))
    engine = database.connect(url)
    with pytest.raises(Unavailable, match="set its pool_mode to transaction"):
        engine.connect()
    engine.dispose()
    said = host.run("migrate", check=False, LOA_DATABASE_URL=url)
    assert said.returncode == 1
    assert "pool_mode to transaction" in said.stderr
    assert "Traceback" not in said.stderr


def test_migrations_there_and_back(pgbouncer, host):
    url = written(pgbouncer("transaction"))
    assert host.run("migrate", "--to", "base", LOA_DATABASE_URL=url).stdout.endswith("to none.\n")
    assert "from migration none to" in host.run("migrate", LOA_DATABASE_URL=url).stdout


def test_a_campaign_a_password_and_a_kill(pgbouncer, host: Host, sandbox_by_day, numbers: Callable[..., Path]):
    sandbox, offset = sandbox_by_day
    host.env |= {
        "LOA_DATABASE_URL": written(pgbouncer("transaction")),
        "LOA_ESMS_BASE_URL": sandbox.esms_url,
        **quick(timeout_s=3, lease_s=6),
        "LOA_CLOCK_OFFSET_S": str(offset),
    }
    for name in ("worker-sweep", "worker-report", "worker-otp", "scheduler"):
        host.procfile(name, LOA_OTP_PROCESSES="2")
    sender = host.procfile("worker-esms")
    words = [
        "--provider",
        "esms",
        "--sender",
        "LOA",
        "--kind",
        "ads",
        "--text",
        "[QC] Giam gia",
        "--list",
        numbers(1000),
    ]
    sandbox.set(latency_s=0.3)
    made = host.run("campaign", "create", *words)
    campaign = made.stdout.split()[1].strip(".")[:8]
    sent = host.run("otp", "send", "--phone", "0900999999", "--text", "Ma LOA: 123456", "--sender", "LOA")
    assert sent.returncode == 0
    until("some orders are with the provider", lambda: len(sandbox.orders()) >= 4)
    os.killpg(sender.process.pid, signal.SIGKILL)
    host.procfile("worker-esms")
    done = host.run("campaign", "wait", campaign, "--timeout", 90, check=False)
    assert done.returncode == 0, done.stderr + host.run("campaign", "show", campaign).stdout
    until("the password is with the provider", lambda: 84900999999 in sandbox.phones())
    phones = sandbox.phones()
    assert len(phones) == 1001
    assert set(phones.values()) == {1}
