"""The door of the callbacks: who is let in, what is kept, what is answered; and the providers at it, over real HTTP."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import create_engine, select, text

from tests.providers.conftest import restored_logging  # noqa: F401 - a fixture
from tests.providers.conversation import Collector
from tests.services.test_otp import now as message_now
from tests.services.test_otp import sent
from tests.world import World
from worker import adapters, log
from worker.api.callbacks import LONGEST, callback_intake, install
from worker.clock import Clock
from worker.errors import Refused
from worker.services.reporting import callback_verdicts, callbacks
from worker.storage import database
from worker.storage.tables.callbacks import InboxRow

REF = "dc712784-9c5f-4c69-b9a8-ea69d56adc9a87"


@dataclass
class Door:
    """Loa's web process, with the hands of a test on its world."""

    world: World
    url: str
    http: httpx.Client
    app: FastAPI

    def began_again(self) -> None:
        """The web process takes callbacks in with the world as it is now."""
        self.app.state.callback_intake.close()
        self.app.state.callback_intake = callback_intake(self.world.deps)

    def path(self, provider: str) -> str:
        return f"/callbacks/{provider}/{self.world.deps.sealer().callback_secret(provider)}"

    def rows(self) -> list[InboxRow]:
        with self.world.deps.sessions() as session:
            return list(session.scalars(select(InboxRow)))

    def arrived(self, count: int) -> int:
        """How many callbacks are stored, once there are so many."""
        ends = time.monotonic() + 60
        while (stored := len(self.rows())) < count and time.monotonic() < ends:
            time.sleep(0.02)
        return stored

    def read_until(self, count: int) -> list[str]:
        """Read callbacks until so many came in, all of them handled; their verdicts."""
        assert self.arrived(count) == count
        for _ in range(100):
            callbacks.read_due(self.world.deps)
            found = self.rows()
            if all(row.handled_at for row in found):
                return [row.verdict for row in found]
            self.world.clock.tick(seconds=2)
        raise AssertionError([(row.tries, row.verdict) for row in found])


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The application at an address, as uvicorn serves it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, loop="asyncio", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def door(loa: World) -> Iterator[Door]:
    app = FastAPI()
    install(app)
    app.state.loa, app.state.callback_intake = loa, callback_intake(loa.deps)
    with served(app) as url, httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        yield Door(loa, url, client, app)
    app.state.callback_intake.close()
    loa.deps.run(loa.deps.accounts["esms"].messages.aclose())


@pytest.mark.parametrize(
    ("provider", "answer", "kind"), [("esms", "OK", "text/plain"), ("fpt", '{"status":1}', "application/json")]
)
def test_what_came_is_kept_byte_by_byte_and_answered_as_the_provider_expects(door, provider, answer, kind):
    query, body = "a=%00&b=%F0%9F%98%80&SMSID=x&SMSID=&%zz", b'\x00\xff{"smsid": 1}\n'
    said = door.http.post(f"{door.path(provider)}?{query}", content=body)
    assert (said.status_code, said.text, said.headers["content-type"].split(";")[0]) == (200, answer, kind)
    (row,) = door.rows()
    assert (row.provider, row.query, row.body, row.handled_at) == (provider, query.encode(), body, None)
    assert row.received_at == door.world.clock.now()


def test_a_get_is_as_good_as_a_post(door):
    assert door.http.get(f"{door.path('esms')}?SMSID={REF}&SendStatus=5").status_code == 200
    assert [(row.query, row.body) for row in door.rows()] == [(f"SMSID={REF}&SendStatus=5".encode(), b"")]


def test_those_that_come_while_others_are_stored_are_stored_together(door):
    """A campaign brings one for each number, and a commit of its own for each would keep passwords waiting."""
    waiting = door.app.state.callback_intake._waiting
    blocks = door.world.deps.sessions()
    with ThreadPoolExecutor(20) as pool, blocks, blocks.begin():
        blocks.execute(text("LOCK TABLE callback IN EXCLUSIVE MODE"))
        said = [pool.submit(door.http.get, f"{door.path('esms')}?SMSID=r{n}") for n in range(20)]
        ends = time.monotonic() + 30
        # The first stands at the lock; a few may have come with it.
        while len(waiting) < 10 and time.monotonic() < ends:
            time.sleep(0.01)
        together = len(waiting)
        blocks.rollback()
        assert {one.result().status_code for one in said} == {200}
    assert together >= 10
    with door.world.deps.sessions() as session:
        commits = session.execute(text("SELECT count(DISTINCT xmin::text) FROM callback")).scalar_one()
    assert (len({row.query for row in door.rows()}), commits <= 21 - together) == (20, True)


def test_who_does_not_know_the_path_learns_nothing_and_leaves_nothing(door):
    secret = door.path("esms").rpartition("/")[2]
    paths = [
        f"/callbacks/esms/{secret[:-1]}",
        f"/callbacks/esms/{secret}0",
        f"/callbacks/esms/{secret.upper()}",
        "/callbacks/esms/%C3%A9%00",
        f"/callbacks/fpt/{secret}",
        f"/callbacks/fibo/{door.path('fibo').rpartition('/')[2]}",
        f"/callbacks/nobody/{door.path('nobody').rpartition('/')[2]}",
    ]
    answers = {(one.status_code, one.content) for path in paths for one in (door.http.get(path), door.http.post(path))}
    assert answers == {(404, b"there is nothing here")}
    assert door.rows() == []


def test_other_methods_store_nothing(door):
    path = door.path("esms")
    for method in ("HEAD", "PUT", "DELETE", "OPTIONS"):
        assert door.http.request(method, f"{path}?SMSID={REF}").status_code == 405
    assert door.rows() == []


def test_the_secret_is_another_for_each_provider_and_each_key(door):
    sealer = door.world.deps.sealer()
    assert sealer.callback_secret("esms") == sealer.callback_secret("esms")
    assert sealer.callback_secret("esms") != sealer.callback_secret("fpt")
    assert type(sealer)("another secret key").callback_secret("esms") != sealer.callback_secret("esms")


def test_without_a_secret_key_there_is_no_way_in(door):
    path = door.path("esms")

    def none():
        raise Refused("no_secret_key", "there is none")

    door.world.change(sealer=none)
    assert door.http.get(path).status_code == 404


def test_what_is_too_long_is_refused_and_not_kept(door):
    path = door.path("fpt")
    assert door.http.post(path, content=b"x" * (LONGEST + 1)).status_code == 413
    assert door.rows() == []
    assert door.http.post(path, content=b"x" * LONGEST).status_code == 200
    assert len(door.rows()[0].body) == LONGEST


def test_a_body_of_unknown_length_is_not_read_beyond_the_limit(door):
    read = []

    def endless():
        while len(read) < 10_000:
            read.append(1)
            yield b"x" * 65_536

    # It hangs up while we are still speaking.
    with suppress(httpx.WriteError, httpx.RemoteProtocolError, httpx.ReadError):
        assert door.http.post(door.path("fpt"), content=endless()).status_code == 413
    assert len(read) < 1_000
    assert door.rows() == []


def test_while_the_database_is_away_the_provider_is_told_to_come_again(door):
    nowhere = database.connect("postgresql+psycopg://nobody@127.0.0.1:1/none")
    sessions = door.world.deps.sessions
    door.world.change(sessions=database.sessions(nowhere))
    door.began_again()
    assert door.http.get(f"{door.path('esms')}?SMSID={REF}").status_code == 503
    door.world.change(sessions=sessions)
    door.began_again()
    assert door.http.get(f"{door.path('esms')}?SMSID={REF}").status_code == 200
    nowhere.dispose()


@pytest.mark.usefixtures("restored_logging")
def test_neither_the_secret_nor_a_number_is_logged(door, capfd):
    log.configure("DEBUG")
    for noisy in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.DEBUG)
    written = Collector()
    logging.getLogger().addHandler(written)
    path = door.path("esms")
    door.http.get(f"{path}?SMSID={REF}&phonenumber=0900000001&SendStatus=5&TotalReceiver=1&SendSuccess=1")
    door.http.post(path, content=b"x" * (LONGEST + 1))
    door.world.clock.tick(days=2)
    callbacks.read_due(door.world.deps)
    logging.getLogger().removeHandler(written)
    said = capfd.readouterr().err
    assert "callbacks_lead_nowhere" in said
    for secret in (path.rpartition("/")[2], "0900000001", "84900000001", "900000001"):
        assert secret not in said
        assert secret not in "".join(
            line for line in written.lines if "callback" in line and "http" not in line.lower()
        )


# The providers at the door.


def public(door: Door) -> None:
    """As if LOA_PUBLIC_URL were set: eSMS is told where to report, FPT's address is registered by hand."""
    settings = door.world.loa.settings.model_copy(update={"public_url": door.url})
    url = adapters.callback_url(settings, "esms")
    assert url == door.url + door.path("esms")
    door.world.call(replace(door.world.deps.accounts["esms"].messages.account, callback_url=url))
    door.world.sandbox.set(fpt_report_url=adapters.callback_url(settings, "fpt"), callback_pause_s=0.0)


UNRELIABLE = {"callback_copies": 3, "callback_states": True, "callbacks_reversed": True}


def test_a_care_campaign_of_esms_is_settled_by_asking_as_soon_as_it_calls_back(door, numbers):
    public(door)
    loa = door.world
    loa.sandbox.set(**UNRELIABLE, callback_forgeries=["counts", "stranger", "path"], fail_share=0.3)
    loa.clock.moment = Clock().now()  # the sandbox's record has its own time
    made = loa.create(numbers(10), kind="care", text="Don hang cua ban da gui")
    loa.go()
    # Each of three states three times, and as often a lie about the counts and one about a stranger; the last lie finds no door.
    assert door.arrived(10 * 3 * (3 + 2)) == 10 * 3 * (3 + 2)
    while callbacks.read_due(loa.deps):
        pass
    assert set(loa.counts(made)) == {"accepted"}
    loa.poll()
    counts = loa.counts(made)
    assert counts["delivered"] + counts["failed"] == 10
    assert counts["failed"] == sum(delivery_models(loa).values()) > 0
    assert loa.status(made) == "done"
    loa.clock.tick(days=1)
    while callbacks.read_due(loa.deps):
        pass
    assert loa.counts(made) == counts
    assert {row.verdict for row in door.rows()} >= {callback_verdicts.ASKED, callback_verdicts.UNKNOWN_REF}


def delivery_models(loa: World) -> dict[int, bool]:
    """Whether each number fails at the sandbox, by the ledger's own words."""
    found = {}
    for one in loa.sandbox.client.get("/_sandbox/callbacks").raise_for_status().json()["callbacks"]:
        query = dict(httpx.URL(one["url"]).params)
        if (
            query.get("SendStatus") == "5"
            and query["SendSuccess"] in {"0", "1"}
            and not query["SMSID"].startswith("0000")
        ):
            found[query["phonenumber"]] = query["SendFailed"] == "1"
    return found


def test_an_fpt_campaign_of_ads_is_counted_number_by_number(door, fpt, numbers):
    public(door)
    fpt.sandbox.set(**UNRELIABLE, fpt_ads_reports=True, fail_share=0.4)
    made = fpt.create(numbers(24), provider="fpt")
    fpt.go()
    fpt.run_tasks()
    # The texts are due on a Monday to come.
    fpt.sandbox.client.post("/_sandbox/advance", json={"seconds": 14 * 86_400}).raise_for_status()
    verdicts = door.read_until(24 * 3 * 2)
    counts = fpt.counts(made)
    assert counts["delivered"] + counts["failed"] == 24
    assert 3 < counts["failed"] < 21
    assert verdicts.count("failed") == counts["failed"]
    assert verdicts.count("delivered") == counts["delivered"]


@pytest.mark.parametrize("provider", ["esms", "fpt"])
def test_a_password_that_is_reported_before_its_answer_came_is_delivered_in_the_end(door, provider):
    public(door)
    door.world.sandbox.set(**UNRELIABLE, latency_s=3.0)
    message = sent(door.world, provider)
    assert message.state == "accepted"
    assert len(door.rows()) > 0  # the provider was faster than our own commit
    door.read_until(3 * (3 if provider == "esms" else 2))
    assert message_now(door.world, message).state == "delivered"


def test_what_is_lost_on_the_way_is_brought_again_by_the_provider(door):
    public(door)
    # Without a pause its few tries may all be over before the table is back.
    door.world.sandbox.set(callback_pause_s=1.0)
    loa, engine = door.world, create_engine(door.world.loa.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("ALTER TABLE callback RENAME TO callback_away"))
        message = sent(loa, "fpt")
        ends = time.monotonic() + 60
        while not letters(loa) and time.monotonic() < ends:
            time.sleep(0.02)
        connection.execute(text("ALTER TABLE callback_away RENAME TO callback"))
    engine.dispose()
    door.read_until(1)
    assert message_now(loa, message).state == "delivered"
    assert letters(loa)[0][:1] == [503]


def letters(loa: World) -> list[list[int]]:
    """What each letter of the provider was answered, as far as it was."""
    found = loa.sandbox.client.get("/_sandbox/callbacks").raise_for_status().json()["callbacks"]
    return [one["answers"] for one in found if one["answers"]]
