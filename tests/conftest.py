"""What the tests stand on: one real PostgreSQL, one real Redis and one sandbox for the whole run, a clean database each."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import hypothesis
import pytest
from dateutil.parser import isoparse
from sqlalchemy import Engine, create_engine, text

from tests.chance import STEADY, examples
from tests.full_disk import CannotMount, small_disk
from tests.world import UNUSED_TLS, FixedClock, RecordedTasks, Sandbox, World
from worker import config
from worker.config.accounts import EsmsSettings, FiboSettings, FptSettings, SandboxSettings
from worker.domain.window import VIETNAM
from worker.engine.postgres import Postgres
from worker.engine.redis import Redis as RedisServer
from worker.engine.server import Launch, State
from worker.storage import database, migrate
from worker.wiring import Loa

# The same examples each time, however busy the machine is; `make reliability` and `make fuzz` go looking for new ones.
hypothesis.settings.register_profile(
    "steady",
    deadline=None,
    max_examples=examples(100),
    derandomize=STEADY and "RELIABILITY_ROUNDS" not in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("steady")

# Hundreds of commands and workers are started; without their bytecode each would compile all of Loa anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What is run in the background, or by nohup, ignores these, and so would all that tests start and then stop by them.
for ignored in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(ignored) is signal.SIG_IGN:
        signal.signal(ignored, signal.SIG_DFL)


#: What takes minutes, most of them waiting. Begun first, so that none of these is left over for one process at the end.
LONG = (
    "tests/reliability/test_kill_matrix.py",
    "tests/services/test_pushes_machine.py",
    "tests/services/test_states_machine.py",
    "tests/operations/test_backup.py",
    "tests/operations/test_tracing.py",
    "tests/flows/test_up.py",
    "tests/services/test_reworded.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first; files stay together, since their tests share what was started for them."""
    root = Path(__file__).parents[1]
    place = {root / name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path, len(LONG)))


#: A folder with servers that run already, for whoever runs the tests again and again (`tests.reliability.mutations`); there,
#: TESTS_SANDBOX is the address of a sandbox.
RUNNING = os.environ.get("TESTS_ENGINES")


class Forgetful(Postgres):
    """The same server, which does not wait for the disk: its data may be lost with the power. That of users is durable, which
    tests/engine/test_postgres.py proves."""

    def _launch(self, state: State) -> Launch:
        launch = super()._launch(state)
        return replace(launch, command=[*launch.command, "-c", "fsync=off", "-c", "full_page_writes=off"])


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A real PostgreSQL, started from the wheel as `loa up` starts it, but for the waiting for the disk."""
    server = Forgetful(Path(RUNNING) if RUNNING else tmp_path_factory.mktemp("engines"))
    server.start()
    yield server
    if not RUNNING:
        server.stop()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A real Redis, started from the wheel as `loa up` starts it."""
    server = RedisServer(Path(RUNNING) if RUNNING else tmp_path_factory.mktemp("engines"))
    server.start()
    yield server
    if not RUNNING:
        server.stop()


@pytest.fixture(scope="session")
def administrator(postgres: Postgres) -> Iterator[Engine]:
    """Who makes and drops databases."""
    engine = create_engine(postgres.superuser_url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def template_database(postgres: Postgres, administrator: Engine) -> str:
    """The name of a migrated, empty database that others are copied from."""
    with administrator.connect() as connection:
        there = connection.execute(text("SELECT FROM pg_database WHERE datname = 'loa_template'")).first()
        if there is None:
            connection.execute(text("CREATE DATABASE loa_template OWNER loa_app"))
    if there is not None:
        return "loa_template"
    engine = database.connect(postgres.url.rsplit("/", 1)[0] + "/loa_template")
    migrate.upgrade(engine)
    engine.dispose()
    return "loa_template"


@pytest.fixture
def database_url(postgres: Postgres, administrator: Engine, template_database: str) -> Iterator[str]:
    """A fresh, migrated database."""
    name = f"test_{uuid4().hex}"
    with administrator.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} OWNER loa_app TEMPLATE {template_database}"))
    yield postgres.url.rsplit("/", 1)[0] + f"/{name}"
    with administrator.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[str]:
    """The address of a sandbox in a process of its own."""
    if url := os.environ.get("TESTS_SANDBOX"):
        yield url
        return
    process = subprocess.Popen(
        [sys.executable, "-m", "worker.sandbox.serve", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())["url"]
    process.terminate()
    process.wait(60)
    process.stdout.close()


@pytest.fixture
def sandbox(sandbox_process: str) -> Iterator[Sandbox]:
    """The sandbox, as new."""
    with httpx.Client(base_url=sandbox_process, timeout=60, trust_env=False, verify=UNUSED_TLS) as client:
        yield Sandbox(sandbox_process, client)


@pytest.fixture
def clock() -> FixedClock:
    """Monday 2 March 2026, 9:00 in Vietnam, until a test moves it."""
    return FixedClock(isoparse("2026-03-02T09:00:00+07:00"))


@pytest.fixture
def loa(
    database_url: str, redis_server: RedisServer, sandbox: Sandbox, clock: FixedClock, tmp_path: Path
) -> Iterator[World]:
    """Loa wired to the real servers and the sandbox, with a clock that stands still and tasks that are only noted."""
    esms = EsmsSettings(
        api_key="sandbox-key",
        secret_key="sandbox-secret",
        base_url=sandbox.esms_url,
        ott_base_url=sandbox.esms_url,
        # Half of the lists of these tests are of the older contract's size.
        min_ad_recipients=20,
        requests_per_second=1000,
        # A third of it is for the connection: a machine that is busy with other tests must not run out of it.
        timeout_s=12,
    )
    fpt = FptSettings(
        client_id="sandbox-client",
        client_secret="sandbox-secret",
        base_url=sandbox.fpt_url,
        requests_per_second=1000,
        timeout_s=12,
    )
    fibo = FiboSettings(
        client_no="CL0000000001",
        client_pass="sandbox-pass",
        base_url=sandbox.fibo_url,
        requests_per_second=1000,
        timeout_s=12,
    )
    own = SandboxSettings(secret="sandbox-secret", base_url=sandbox.own_url, requests_per_second=1000, timeout_s=12)
    settings = config.Settings(esms=esms, fpt=fpt, fibo=fibo, sandbox=own, data_dir=tmp_path)
    wired = Loa(settings, database_url, redis_server.url)
    wired.redis.flushall()
    world = World(wired, clock, RecordedTasks(), sandbox, tmp_path)
    yield world
    wired.close()


@pytest.fixture
def fpt(loa: World) -> World:
    """Loa on a Monday to come, 9:00 in Vietnam, because FPT looks at its own clock; the sandbox's hours do not matter."""
    now = datetime.now(UTC).astimezone(VIETNAM)
    intake = loa.deps.accounts["fpt"].intake
    assert intake is not None
    day = now + timedelta(days=7 - now.weekday())
    while not intake.is_open(day := day.replace(hour=9, minute=0, second=0, microsecond=0)):
        day += timedelta(days=7)
    loa.clock.moment = day.astimezone(UTC)
    loa.sandbox.set(fpt_order_hours="", fpt_windows="", fpt_lead_s=0)
    loa.limits("fpt", max_recipients=40)
    return loa


@pytest.fixture
def full_disk() -> Callable[[], AbstractContextManager[tuple[Path, Callable[[], None]]]]:
    """Makes a small disk, and gives its folder and what fills it."""
    try:
        with small_disk(1):
            return small_disk
    except CannotMount:
        pytest.skip("this account may mount no file system")


@pytest.fixture
def numbers(tmp_path: Path) -> Callable[..., Path]:
    """Writes a list of so many obviously made-up numbers and returns its path."""

    def write(count: int, first: int = 0) -> Path:
        path = tmp_path / f"list-{first}-{count}.csv"
        path.write_text("phone\n" + "".join(f"09{first + n:08d}\n" for n in range(count)))
        return path

    return write
