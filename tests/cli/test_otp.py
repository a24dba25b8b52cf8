"""`loa otp` sends and shows, with a real worker behind it, and no word of it lies where others read."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery
from redis import Redis

from tests.cli.terminal import Terminal
from tests.environment import esms
from tests.world import Sandbox
from worker.clock import Clock
from worker.engine import embedded
from worker.queues import HEARTBEAT, PREFIX, Queue
from worker.sealing import kept_key, seal

PHONE = "0900000001"
TEXT = "Ma xac thuc LOA: 482913"
#: What a producer sends that does it wrongly: that lies in Redis for all to read, by its own doing.
PLAIN = "Ma xac thuc LOA: 771104"
SECRETS = (TEXT, "482913", PLAIN, "771104", "900000001")


@pytest.fixture(scope="module")
def terminal(sandbox_process: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A shell with embedded servers, keys of the sandbox, and a worker for one-time passwords."""
    folder = tmp_path_factory.mktemp("otp")
    settings = {
        **esms(f"{sandbox_process}/esms/MainService.svc"),
        "LOA_ESMS_OTP_SENDER": "LOA",
        # One number gets them all here.
        "LOA_OTP_MAX_PER_10MIN": "0",
        "LOA_OTP_MAX_PER_24H": "0",
        "LOA_FIBO_CLIENT_NO": "CL0000000001",
        "LOA_FIBO_CLIENT_PASS": "sandbox-pass",
        "LOA_FIBO_BASE_URL": f"{sandbox_process}/fibo/service.asmx",
    }
    with embedded.attach(folder / "var"):
        made = Terminal(folder, settings)
        assert made.loa("otp", "show", str(uuid4())).code == 1, "the database is in shape now"
        with (folder / "worker.log").open("w") as file:
            command = [sys.executable, "-m", "celery", "-A", "worker.app", "worker", "-Q", Queue.OTP, "-c", "1", "-E"]
            worker = subprocess.Popen(
                [*command, "--without-mingle", "--without-gossip"],
                cwd=folder,
                env=made.environment(LOA_LOG_LEVEL="DEBUG"),
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        assert wait_for(lambda: " ready" in log_of(made)), log_of(made)
        yield made
        worker.terminate()
        worker.wait(30)


@pytest.fixture
def redis(terminal: Terminal) -> Iterator["Redis"]:
    """The Redis of the shell."""
    found = embedded.find(terminal.folder / "var")
    assert found is not None
    with Redis.from_url(str(found.redis_url)) as client:
        yield client


@pytest.fixture
def alive(redis: "Redis") -> None:
    """The sign of a scheduler that ticks."""
    redis.set(HEARTBEAT, Clock().now().isoformat(), ex=3600)


@pytest.fixture
def ring(redis: "Redis") -> Iterator[Callable[..., None]]:
    """A producer: it knows the name of the task, the queue, and nothing else of Loa."""
    connection = redis.connection_pool.connection_kwargs
    app = Celery(broker=f"redis://:{connection['password']}@{connection['host']}:{connection['port']}/0")
    app.conf.broker_transport_options = {"global_keyprefix": PREFIX}

    def send(*args: Any, task_id: str | None = None, **kwargs: Any) -> None:
        app.send_task("loa.send_otp", args=args, kwargs=kwargs, queue=Queue.OTP, task_id=task_id)

    yield send
    app.close()


def log_of(terminal: Terminal) -> str:
    return (terminal.folder / "worker.log").read_text()


def wait_for(condition: Callable[[], Any]) -> Any:
    until = time.monotonic() + 60
    while not (found := condition()) and time.monotonic() < until:
        time.sleep(0.02)
    return found


def words(*more: str, text: str = TEXT, phone: str = PHONE) -> tuple[str, ...]:
    return ("otp", "send", "--phone", phone, "--text", text, *more)


@pytest.mark.usefixtures("alive")
def test_what_is_sent_is_shown_and_is_at_the_provider(terminal: Terminal, sandbox: Sandbox) -> None:
    said = terminal.loa(*words("--json"))
    assert (said.code, said.err) == (0, "")
    found = said.document
    assert {"id", "state", "provider", "provider_ref", "attempts", "queued_at", "sent_at"} <= set(found)
    assert (found["state"], found["provider"], found["attempts"], found["route"]) == ("accepted", "esms", 1, ["esms"])
    assert all("T" in found[name] and found[name].endswith("+07:00") for name in ("queued_at", "sent_at", "expires_at"))
    (order,) = sandbox.orders()
    assert (order["text"], order["sms_id"], order["brandname"]) == (TEXT, found["provider_ref"], "LOA")
    shown = terminal.loa("otp", "show", found["id"], "--json")
    assert (shown.code, shown.document) == (0, found)
    read = terminal.loa("otp", "show", found["id"])
    assert "accepted" in read.out
    assert [secret for secret in SECRETS if secret in said.out + shown.out + read.out] == []


@pytest.mark.usefixtures("alive")
def test_the_text_may_come_by_stdin_and_a_refusal_goes_on_to_the_next(terminal: Terminal, sandbox: Sandbox) -> None:
    sandbox.fault(function="SendMultipleMessage_V4_post_json", do="code", code="201")
    said = terminal.loa(*words("--route", "esms,fibo", "--sender", "LOA", "--json", text="-"), stdin=f"{TEXT}\n")
    assert (said.code, said.err) == (0, "")
    found = said.document
    assert (found["provider"], found["attempts"], found["route"]) == ("fibo", 2, ["esms", "fibo"])
    assert sandbox.orders()[0]["text"] == TEXT


@pytest.mark.usefixtures("alive")
def test_refused_by_all_is_exit_1_with_the_provider_s_words(terminal: Terminal, sandbox: Sandbox) -> None:
    sandbox.fault(function="SendMultipleMessage_V4_post_json", do="code", code="103")
    said = terminal.loa(*words("--json"))
    assert (said.code, said.document["state"], said.document["code"]) == (1, "rejected", "103")
    (line,) = said.err.splitlines()
    assert "esms code 103: Tài khoản không đủ tiền" in line


@pytest.mark.usefixtures("alive")
def test_the_same_key_sends_once(terminal: Terminal, sandbox: Sandbox) -> None:
    key = str(uuid4())
    first, second = (terminal.loa(*words("--key", key, "--json")) for _ in range(2))
    assert (second.code, second.document) == (0, first.document)
    other = terminal.loa(*words("--key", key, "--json", text="Ma: 1111"))
    assert (other.code, other.document["error"]["rule"]) == (1, "key_conflict")
    assert sandbox.phones() == {84900000001: 1}


def test_without_a_scheduler_it_says_so_and_does_not_wait(terminal: Terminal, redis: "Redis", sandbox: Sandbox) -> None:
    redis.delete(HEARTBEAT)
    said = terminal.loa(*words())
    assert said.code == 0
    assert "No running scheduler was seen" in said.err
    wait_for(sandbox.orders)


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        (("--route", "sms24"), 2, "no provider 'sms24'"),
        (("--route", "esms,,fibo"), 2, "no route"),
        (("--route", "fpt"), 1, "LOA_FPT_CLIENT_ID"),
        (("--route", "fibo"), 1, "LOA_FIBO_OTP_SENDER"),
        (("--ttl", "0"), 2, "--ttl"),
        (("--ttl", "nan"), 2, "--ttl"),
    ],
)
def test_what_cannot_be_sent_is_one_sentence(terminal: Terminal, more: tuple[str, ...], code: int, says: str) -> None:
    said = terminal.loa(*words(*more))
    assert (said.code, said.out) == (code, "")
    assert says in said.err
    assert "Traceback" not in said.err
    assert [secret for secret in SECRETS if secret in said.err] == []


def test_a_number_that_had_enough_gets_no_more(terminal: Terminal) -> None:
    few = {"LOA_OTP_MAX_PER_10MIN": "1"}
    terminal.loa(*words(phone="0900000077"), **few)
    said = terminal.loa(*words("--json", phone="0900000077"), **few)
    assert (said.code, said.document["error"]["rule"]) == (1, "too_many_to_number")
    assert 0 < said.document["retry_after_s"] <= 600
    assert "900000077" not in said.err + said.out


def test_an_id_that_is_none_and_one_that_nobody_has(terminal: Terminal) -> None:
    assert terminal.loa("otp", "show", "12").code == 2
    unknown = terminal.loa("otp", "show", str(uuid4()), "--json")
    assert (unknown.code, unknown.document["error"]["rule"]) == (1, "not_found")


def test_a_given_database_needs_a_given_key(terminal: Terminal) -> None:
    """A key that each host makes for itself would open nothing on the next one."""
    found = embedded.find(terminal.folder / "var")
    assert found is not None
    given = {"LOA_DATABASE_URL": str(found.database_url), "LOA_DATA_DIR": str(terminal.folder / "elsewhere")}
    said = terminal.loa(*words("--json"), **given)
    assert (said.code, said.document["error"]["rule"]) == (1, "no_secret_key")
    assert "LOA_SECRET_KEY is not set" in said.err
    assert not (terminal.folder / "elsewhere" / "secret.key").exists()
    own = {**given, "LOA_DATA_DIR": str(terminal.folder / "var")}
    assert terminal.loa(*words(), **own).code == 0, "as `loa up` starts its processes"


def test_a_producer_seals_its_wish_and_nobody_reads_it_on_the_way(
    terminal: Terminal, ring: Callable[..., None], sandbox: Sandbox
) -> None:
    secret_key = kept_key(terminal.folder / "var" / "secret.key")
    ring(sealed=seal(secret_key, phone=PHONE, text=TEXT, sender="LOA"))
    (order,) = wait_for(sandbox.orders)
    assert order["text"] == TEXT


@pytest.mark.parametrize("plain", [{"phone": PHONE, "text": PLAIN}, {"sealed": "loa1.AAAA"}, {"sealed": PLAIN}, {}])
def test_a_wish_that_is_not_sealed_is_refused_and_not_repeated_in_the_log(
    terminal: Terminal, ring: Callable[..., None], sandbox: Sandbox, plain: dict[str, str]
) -> None:
    before = log_of(terminal).count("otp_refused")
    ring(**plain)
    assert wait_for(lambda: log_of(terminal).count("otp_refused") > before)
    ring(PHONE, PLAIN)
    assert wait_for(lambda: log_of(terminal).count("otp_refused") > before + 1)
    assert sandbox.orders() == []


def test_a_refused_task_is_found_by_an_id_that_its_producer_chose(
    terminal: Terminal, ring: Callable[..., None]
) -> None:
    ring(task_id="login-77", sealed="loa1.AAAA")

    def said() -> str:
        return terminal.loa("otp", "show", "login-77").err

    assert wait_for(lambda: "Task login-77 (loa.send_otp) was refused" in said())


@pytest.mark.usefixtures("alive", "sandbox")
def test_the_worker_s_log_has_no_secret_in_it(terminal: Terminal, ring: Callable[..., None]) -> None:
    answered, refused = (log_of(terminal).count(event) for event in ("message_answered", "otp_refused"))
    assert terminal.loa(*words()).code == 0
    ring(PHONE, PLAIN)
    assert wait_for(lambda: log_of(terminal).count("message_answered") > answered)
    assert wait_for(lambda: log_of(terminal).count("otp_refused") > refused)
    log = log_of(terminal)
    assert [secret for secret in (*SECRETS, "sandbox-secret", "sandbox-pass") if secret in log] == []


def test_no_file_of_the_data_folder_has_a_text_in_it(terminal: Terminal) -> None:
    folder = terminal.folder / "var"
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".sock"]
    assert len(files) > 100, "the database's own files are among them"
    assert [path for path in files if TEXT.encode() in path.read_bytes()] == []
