"""The broken set-ups of docs/reference/doctor.md, each named in a sentence with its way out; and what `--fix` does by itself."""

import ast
import json
import re
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import create_engine, make_url

from tests.environment import closed
from tests.operations.conftest import ROOT, Host, until
from tests.operations.test_deploy import found as program
from worker import canary, config
from worker.cli.doctor import folders, keys
from worker.cli.doctor import host as doctors
from worker.storage import migrate
from worker.storage.database import connect


def problems(host: Host, *more: str, **env: str) -> dict[str, str]:
    """What the doctor found, as one sentence each: what was found → the way out."""
    said = host.run("doctor", "--json", *more, check=False, **env)
    assert said.stdout.startswith("{"), said.stderr
    document = json.loads(said.stdout)
    assert said.returncode == (0 if document["ok"] else 1)
    return {one["name"]: f"{one['found']} → {one['way_out']}" for one in document["checks"] if not one["ok"]}


def warnings(host: Host, **env: str) -> dict[str, str]:
    """What it says to do some day, in the same way."""
    document = json.loads(host.run("doctor", "--json", check=False, **env).stdout)
    return {one["name"]: f"{one['found']} → {one['warning']}" for one in document["checks"] if one["warning"]}


@pytest.fixture
def well(host: Host, sandbox) -> Host:
    """A host on which nothing is wrong but that nothing runs."""
    host.env |= {"LOA_ESMS_BASE_URL": sandbox.esms_url, "LOA_FLOWER_PORT": "0"}
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        host.env["PORT"] = str(free.getsockname()[1])
    return host


def test_where_all_is_well_only_the_scheduler_is_missed(well):
    assert set(problems(well)) == {"heartbeat"}


SETTINGS = {
    "a slip of the pen": ({"LOA_ESMS_API_KY": "k"}, "LOA_ESMS_API_KY", "did you mean LOA_ESMS_API_KEY?"),
    "a value that cannot work": ({"LOA_LEASE_S": "-1"}, "LOA_LEASE_S", "change or unset LOA_LEASE_S"),
    "no key of eSMS": (
        {"LOA_ESMS_API_KEY": "", "LOA_ESMS_SECRET_KEY": ""},
        "eSMS keys",
        "take them from your eSMS account's API page",
    ),
    "half of the keys of a provider": (
        {"LOA_FPT_CLIENT_ID": "loa"},
        "FPT keys",
        "LOA_FPT_CLIENT_SECRET not set, so FPT is not used → set the rest of its keys too",
    ),
    "a wrong key of eSMS": ({"LOA_ESMS_API_KEY": "wrong"}, "eSMS account", "refused: 101"),
    "a provider out of reach": (
        {"LOA_ESMS_BASE_URL": "http://127.0.0.1:9/MainService.svc"},
        "eSMS account",
        "check this machine's network",
    ),
    "PostgreSQL out of reach": (
        {"LOA_DATABASE_URL": "postgresql+psycopg://loa:secret@127.0.0.1:9/loa"},
        "database",
        "check LOA_DATABASE_URL",
    ),
    "Redis out of reach": ({"LOA_REDIS_URL": "redis://127.0.0.1:9/0"}, "redis", "check LOA_REDIS_URL"),
    "no secret key with a database of one's own": ({"LOA_SECRET_KEY": ""}, "secret key", "openssl rand -base64 32"),
    "a port that is no number": (
        {"LOA_DATABASE_URL": "postgresql://loa:secret@127.0.0.1:54a32/loa"},
        "LOA_DATABASE_URL",
        "its port is no number",
    ),
    "a password that a URL cannot hold": (
        {"LOA_DATABASE_URL": "postgresql://loa:p@ss/w#rd@127.0.0.1:5432/loa"},
        "LOA_DATABASE_URL",
        "write @ : / ? # of a password as %40 %3A %2F %3F %23",
    ),
    "a database of Redis by a name": (
        {"LOA_REDIS_URL": "redis://127.0.0.1:6379/loa"},
        "LOA_REDIS_URL",
        "the number of a database, like /0, and not /loa",
    ),
    "a blank in a provider's address": (
        {"LOA_ESMS_BASE_URL": "http://127.0.0.1:9/esms/ MainService.svc"},
        "LOA_ESMS_BASE_URL",
        "is not an http:// or https:// address",
    ),
    "a port of web that is none": ({"PORT": "99999"}, "web port", "change or unset PORT"),
    "a route to a provider without keys": (
        {"LOA_OTP_ROUTE": "esms,fpt"},
        "LOA_OTP_ROUTE",
        "fpt is named, and LOA_FPT_CLIENT_ID and LOA_FPT_CLIENT_SECRET not set → set them, or leave fpt out",
    ),
    "callbacks on loopback": (
        {"LOA_PUBLIC_URL": "http://localhost:8000", "LOA_ESMS_BASE_URL": "https://rest.invalid/MainService.svc"},
        "LOA_PUBLIC_URL",
        "set the address that others reach",
    ),
    "a clock that is shifted for real providers": (
        {"LOA_CLOCK_OFFSET_S": "60", "LOA_ESMS_BASE_URL": "https://rest.invalid/MainService.svc"},
        "LOA_CLOCK_OFFSET_S",
        "change or unset LOA_CLOCK_OFFSET_S",
    ),
}


#: Those that take a test of their own: the line of the doctor, and what it says.
ALONE = {
    "another service at a provider's address": ("eSMS account", "no answer of the provider's own: HTTP 404"),
    "a certificate that is not believed": ("eSMS account", "a certificate that has run out only the provider renews"),
    "a role of PostgreSQL with too few rights": ("database", "let it own the database, or name the owner"),
    "a data folder that this user may not look into": ("data folder", "this user may not look into"),
    "a data folder that cannot be written to": ("data folder", "give this user rights there, or set LOA_DATA_DIR"),
    "a clock that is off": ("clocks", "set all clocks by NTP"),
    "a database of a newer Loa": ("database", "9999"),
    "a database that cannot hold every text": (
        "database",
        "is in SQL_ASCII, which cannot hold every text: create it WITH",
    ),
    "too few open files": ("open files", "ulimit -n, LimitNOFILE="),
    "a folder of lists that is missing or closed": ("LOA_LIST_FOLDERS", "on each host that runs worker-plan"),
    "a folder of documents that is missing or closed": ("LOA_DOCUMENTS_DIR", "copy there what `make docs` built"),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_a_setting_that_is_wrong(well, case):
    env, name, sentence = SETTINGS[case]
    found = problems(well, **env)
    assert sentence in found[name]
    assert "secret@" not in str(found)


def _older(host: Host, _: Path) -> None:
    engine = connect(host.env["LOA_DATABASE_URL"])
    migrate.downgrade(engine, "-1")
    engine.dispose()


def _evicting(host: Host, _: Path) -> None:
    with Redis.from_url(host.env["LOA_REDIS_URL"]) as redis:
        redis.config_set("maxmemory-policy", "allkeys-lru")


def _exposed(host: Host, folder: Path) -> None:
    (folder / "var").mkdir()
    key = folder / "var/secret.key"
    key.write_text("a kept secret")
    key.chmod(0o644)


def _canary_waits(host: Host, _: Path) -> None:
    with Redis.from_url(host.env["LOA_REDIS_URL"]) as redis:
        canary.send(redis, ["otp"], datetime.now(UTC) - timedelta(minutes=3), lambda _queue: None)


def _no_prefix(host: Host, _: Path) -> None:
    with Redis.from_url(host.env["LOA_REDIS_URL"]) as redis:
        redis.lpush("otp", "{}")


def _no_queue(host: Host, _: Path) -> None:
    with Redis.from_url(host.env["LOA_REDIS_URL"]) as redis:
        redis.lpush("loa:queue:celery", "{}")


def _neither(host: Host, _: Path) -> None:
    with Redis.from_url(host.env["LOA_REDIS_URL"]) as redis:
        redis.lpush("celery", "{}")


def _another_key(host: Host, _: Path) -> None:
    problems(host, LOA_SECRET_KEY="that-of-the-host-before")


def _port_taken(host: Host, _: Path) -> None:
    server = socket.create_server(("127.0.0.1", int(host.env["PORT"])))

    def hang_up() -> None:
        with server:
            while True:
                connection, _address = server.accept()
                connection.close()

    threading.Thread(target=hang_up, daemon=True).start()


STATES: dict[str, tuple[Callable[[Host, Path], Any], str, str]] = {
    "a database of an older Loa": (_older, "database", "run `loa migrate`"),
    "a Redis that throws queues away": (_evicting, "redis", "set maxmemory-policy noeviction"),
    "a secret that others can read": (_exposed, "file secret.key", "chmod 600"),
    "a queue that nobody takes from": (_canary_waits, "queue otp", "restart one that hangs"),
    "a producer without the prefix": (_no_prefix, "tasks of a producer", "as its key prefix"),
    "a producer that names no queue": (_no_queue, "tasks of a producer", "name the queue, otp or plan"),
    "a producer with neither": (_neither, "tasks of a producer", "lie in celery, which nobody reads"),
    "hosts with different secret keys": (_another_key, "secret key of the hosts", "set the same one on every host"),
    "the port of web in use": (_port_taken, "web port", "in use by another program"),
}


@pytest.mark.parametrize("case", STATES)
def test_a_state_that_is_wrong(well, tmp_path, case):
    make, name, sentence = STATES[case]
    make(well, tmp_path)
    try:
        assert sentence in problems(well)[name]
    finally:
        with Redis.from_url(well.env["LOA_REDIS_URL"]) as redis:
            redis.config_set("maxmemory-policy", "noeviction")
            redis.delete("otp", "celery", "loa:queue:celery", keys.LEFT)


def test_events_that_failed_are_a_problem_until_their_receiver_is_removed(well):
    well.env["LOA_WEBHOOK_ALLOW_PRIVATE"] = "true"
    made = json.loads(well.run("webhook", "add", "http://127.0.0.1:9/", "--json").stdout)["id"]
    well.run("webhook", "test", made, check=False)
    assert "1 event could not be delivered" in problems(well)["webhooks"]
    well.run("webhook", "remove", made)
    assert "webhooks" not in problems(well)


def test_an_address_at_which_somebody_else_answers(well, sandbox):
    found = problems(well, LOA_ESMS_BASE_URL=f"{sandbox.url}/elsewhere")["eSMS account"]
    assert ALONE["another service at a provider's address"][1] in found
    assert f"check LOA_ESMS_BASE_URL ({sandbox.url}/elsewhere)" in found


def test_a_certificate_that_is_not_believed(well, tmp_path):
    openssl = program("openssl", "openssl")
    pair = ["-keyout", tmp_path / "key", "-out", tmp_path / "certificate", "-subj", "/CN=localhost", "-days", "1"]
    subprocess.run([openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", *pair], capture_output=True, check=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        said = problems(well, LOA_ESMS_BASE_URL=f"https://localhost:{server.server_port}")["eSMS account"]
    finally:
        server.shutdown()
        server.server_close()
    assert "certificate verify failed" in said
    assert ALONE["a certificate that is not believed"][1] in said


def test_a_role_that_may_do_too_little(well, database_url):
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("REVOKE ALL ON alembic_version FROM CURRENT_USER")
    try:
        found = problems(well)["database"]
        assert "gives our role too few rights (permission denied for" in found
        assert ALONE["a role of PostgreSQL with too few rights"][1] in found
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("GRANT ALL ON alembic_version TO CURRENT_USER")
        engine.dispose()


def test_a_data_folder_of_somebody_else(tmp_path, monkeypatch):
    folder = tmp_path / "of-root/var"
    folder.mkdir(parents=True)
    monkeypatch.setenv("LOA_DATA_DIR", str(folder))
    settings = config.load()
    with closed(folder.parent):
        (found,) = doctors.locked(settings)
    assert found.found == f"this user may not look into {folder}"
    assert list(doctors.locked(settings)) == []


def test_folders_of_lists_and_documents(well, tmp_path, monkeypatch):
    lists, site, file = tmp_path / "lists", tmp_path / "site", tmp_path / "file"
    there = {"LOA_LIST_FOLDERS": f"{lists}:{file}", "LOA_DOCUMENTS_DIR": str(site)}
    file.write_text("")
    found = warnings(well, **there | {"LOA_LIST_FOLDERS": str(lists)})
    assert f"{lists}: no such file or directory" in found["LOA_LIST_FOLDERS"]
    assert f"{site / 'index.html'}: no such file or directory" in found["LOA_DOCUMENTS_DIR"]
    for case in ("a folder of lists that is missing or closed", "a folder of documents that is missing or closed"):
        name, sentence = ALONE[case]
        assert sentence in found[name]

    lists.mkdir()
    site.mkdir()
    (site / "index.html").write_text("<p>Loa")
    for name, value in there.items():
        monkeypatch.setenv(name, value)
    settings = config.load()
    assert [one.found.partition(",")[0] for one in folders.checks(settings)] == [f"{file}: not a directory"]
    with closed(lists, site):
        said = [one.found.partition(",")[0] for one in folders.checks(settings)]
    assert said == [f"{path}: permission denied" for path in (lists, file, site / "index.html")]


def test_a_provider_that_is_not_used_needs_no_keys(well, sandbox):
    fpt = {"LOA_FPT_BASE_URL": sandbox.fpt_url, "LOA_FPT_CLIENT_ID": "sandbox", "LOA_FPT_CLIENT_SECRET": "sandbox"}
    found = problems(well, LOA_ESMS_API_KEY="", LOA_ESMS_SECRET_KEY="", **fpt)
    assert "eSMS keys" not in found
    assert "FPT keys" not in found


def test_too_few_open_files(well):
    loa = Path(sys.executable).parent / "loa"
    said = well.start("sh", "-c", f"ulimit -n 200; exec {loa} doctor")
    said.process.wait(120)
    name, sentence = ALONE["too few open files"]
    until("it says so", lambda: any(name in line and sentence in line for line in said.lines), 20)


def test_a_clock_that_is_off_is_measured_against_the_database(well, tmp_path, database_url):
    """The database's clock cannot be moved; ours can, by a function of the same name that is found first."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS"
            " $$ SELECT pg_catalog.clock_timestamp() + interval '7 seconds' $$"
        )
        connection.exec_driver_sql(f"ALTER DATABASE {engine.url.database} SET search_path = public, pg_catalog")
    engine.dispose()
    found = problems(well)["clocks"]
    assert "the database is +7 s off" in found
    assert ALONE["a clock that is off"][1] in found


def test_a_newer_database_and_a_data_folder_without_rights(well, database_url, tmp_path):
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    (tmp_path / "file").write_text("")
    found = problems(well, LOA_DATA_DIR=str(tmp_path / "file/var"))
    for case in ("a database of a newer Loa", "a data folder that cannot be written to"):
        name, sentence = ALONE[case]
        assert sentence in found[name]


def test_a_database_in_an_old_encoding(well, postgres):
    engine = create_engine(postgres.superuser_url, isolation_level="AUTOCOMMIT")
    old = make_url(well.env["LOA_DATABASE_URL"]).set(database="old_encoding")
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "CREATE DATABASE old_encoding OWNER loa_app ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        )
        try:
            name, sentence = ALONE["a database that cannot hold every text"]
            url = old.render_as_string(hide_password=False)
            assert sentence in problems(well, LOA_DATABASE_URL=url)[name]
        finally:
            connection.exec_driver_sql("DROP DATABASE old_encoding WITH (FORCE)")
    engine.dispose()


#: What `--fix` mends, by how it is broken; and a data folder that is not there.
FIXED: dict[str, Callable[[Host, Path], Any]] = {
    "a database of an older Loa": _older,
    "a Redis that throws queues away": _evicting,
    "a secret that others can read": _exposed,
}


def test_fix_does_what_is_safe(well, tmp_path):
    for make in FIXED.values():
        make(well, tmp_path)
    said = well.run("doctor", "--fix", check=False)
    assert "The database went from migration" in said.stderr
    assert "is noeviction now" in said.stderr
    assert "is for its owner alone now" in said.stderr
    assert set(problems(well)) == {"heartbeat"}
    assert (tmp_path / "var/secret.key").stat().st_mode & 0o077 == 0
    again = well.run("doctor", "--fix", check=False)
    assert again.stderr.strip() == ""


# The page


PAGE = ROOT / "docs/reference/doctor.md"
#: Rows whose proof is in another module: the file under tests, and a word of its own that the test has.
ELSEWHERE = {
    "a server of the machine's own without its program": ("engine/test_binaries.py", "def test_"),
    "a full disk": ("operations/test_full_disk.py", "No room is left on the disk of"),
    "a sender of one-time passwords that is not registered": ("cli/test_doctor.py", "LOA_ESMS_OTP_SENDER"),
    "rows in the future": ("services/test_future.py", "doctor.rows"),
    "an OpenID provider that does not describe itself": ("cli/test_doctor.py", "LOA_OIDC_ISSUER"),
}


def rows() -> dict[str, list[str]]:
    """The rows of the page's tables: what is wrong → line of the doctor, way out, what `--fix` does."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and "---" not in line]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return {one[0]: one[1:] for one in cells if one[0] != "what is wrong"}


def test_the_page_names_what_is_tried_here():
    told = rows()
    tried = {name: (line, said) for name, (_, line, said) in (SETTINGS | STATES).items()} | ALONE
    assert set(tried) - set(told) == set()
    for name, (line, _) in tried.items():
        assert told[name][0].strip("`") == line, name
    assert {name for name, row in told.items() if row[2]} == set(FIXED)
    untried = {name for name, row in told.items() if row[3]} - set(tried)
    assert untried == set(ELSEWHERE)
    for file, word in ELSEWHERE.values():
        assert word in (ROOT / "tests" / file).read_text(), file


def test_the_page_has_every_line_that_the_doctor_can_call_a_problem():
    """By the code: each Check with a way out or a warning."""
    named = " ".join(row[0] for row in rows().values())
    missing = []
    for path in (ROOT / "worker/cli/doctor").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "Check"):
                continue
            if len(node.args) < 3 and not {one.arg for one in node.keywords} & {"way_out", "warning"}:
                continue
            parts = node.args[0].values if isinstance(node.args[0], ast.JoinedStr) else [node.args[0]]
            words = [part.value.strip() for part in parts if isinstance(part, ast.Constant)]
            missing += [f"{path.name}: {word}" for word in words if word not in named]
    assert missing == []
