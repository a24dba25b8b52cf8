"""The page of fifteen minutes, word by word: webhooks, the receivers as they stand, and a password with a test key."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.api.served import served
from tests.client.test_documents import lacks
from tests.world import World
from worker.config.producers import Producers
from worker.services import otp, webhooks
from worker.services.deps import Receivers
from worker.services.operations import api_keys

PAGE = (Path(__file__).parents[2] / "docs/how-to/first-password.md").read_text()
#: By language: how its receiver is run, and in which file.
RECEIVERS = {
    "python": ([sys.executable, "receive.py"], "9101"),
    "javascript": (["node", "receive.mjs"], "9102"),
    "php": (["php", "-S", "127.0.0.1:9103", "receive.php"], "9103"),
}
COMMANDS = {"python": sys.executable, "javascript": "node", "php": "php"}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def loa(loa: World) -> Iterator[World]:
    """Loa at the real time, which may post to loopback."""
    posters = []

    def poster():
        if not posters:
            posters.append(Producers(webhook_allow_private=True, webhook_timeout_s=5).poster())
        return posters[0]

    loa.clock.moment = datetime.now(UTC)
    loa.change(receivers=Receivers(allow_private=True, timeout_s=5, poster=poster))
    yield loa
    for one in posters:
        loa.loa.run(one.aclose())


def work(loa: World) -> None:
    """The workers of passwords and of webhooks come by, now and a second later."""
    for _ in range(2):
        enqueued, loa.task_queue.otps = loa.task_queue.otps, []
        for message_id in enqueued:
            otp.deliver(loa.deps, message_id)
        otp.sweep(loa.deps)
        webhooks.deliver_due(loa.deps)
        loa.clock.tick(seconds=1)


def shell(words: str, env: dict[str, str]) -> str:
    done = subprocess.run(["bash", "-ec", words], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("language", [one for one in RECEIVERS if not lacks(COMMANDS[one])])
def test_a_receiver_hears_of_a_password_and_of_nothing_that_is_not_signed(loa, tmp_path, language):
    command, port = RECEIVERS[language]
    with socket.create_server(("127.0.0.1", 0)) as free:
        ours = str(free.getsockname()[1])
    (program,) = blocks(language)
    name = command[-1]
    (tmp_path / name).write_text(program.replace(port, ours))
    add, send = (one.replace(f":{port}/", f":{ours}/") for one in blocks("sh"))
    plain = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with ExitStack() as stack:
        api = stack.enter_context(served(loa))
        env = {**plain, "LOA_URL": api.url, "LOA_KEY": api_keys.create(loa.deps, ["otp"], test=True).key}
        names = ("PYTHON_SECRET", "NODE_SECRET", "PHP_SECRET")
        secrets = shell(f"{add}\nprintenv {' '.join(names)}", env).split()
        log = stack.enter_context((tmp_path / "log").open("w+"))
        receiver = subprocess.Popen(
            [word.replace(port, ours) for word in command],
            env={**env, **dict(zip(names, secrets, strict=True))}, cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        stack.callback(receiver.wait, 60)
        stack.callback(receiver.kill)
        there(int(ours), receiver)
        sent = json.loads(shell(send, env))
        work(loa)
        said = (tmp_path / "log").read_text()
        heard = re.findall(r"otp\.\w+ [0-9a-f-]{36}", said)
        assert heard == [f"otp.accepted {sent['id']}", f"otp.delivered {sent['id']}"], said
        address = f"http://127.0.0.1:{ours}/"
        forged = {"webhook-id": "1", "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1,eA=="}
        for headers in ({}, forged, {**forged, "webhook-timestamp": "1"}):
            body = b'{"type": "otp.delivered", "data": {"id": "forged"}}'
            assert httpx.post(address, content=body, headers=headers, trust_env=False, timeout=30).status_code == 400
        assert "forged" not in (tmp_path / "log").read_text()


@pytest.mark.parametrize("language", [one for one in RECEIVERS if not lacks(COMMANDS[one])])
def test_a_receiver_without_its_secret_says_so(tmp_path, language):
    command, port = RECEIVERS[language]
    (program,) = blocks(language)
    with socket.create_server(("127.0.0.1", 0)) as free:
        ours = str(free.getsockname()[1])
    (tmp_path / command[-1]).write_text(program.replace(port, ours))
    env = {name: value for name, value in os.environ.items() if not name.endswith("_SECRET")}
    with (tmp_path / "log").open("w+") as log:
        receiver = subprocess.Popen(
            [word.replace(port, ours) for word in command], env=env, cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            if language == "php":  # its server runs the file at each request
                there(int(ours), receiver)
                assert httpx.post(f"http://127.0.0.1:{ours}/", content=b"{}", trust_env=False, timeout=30).is_error
            else:
                assert receiver.wait(60) != 0
        finally:
            receiver.kill()
            receiver.wait(60)
    assert (
        f"{'PYTHON' if language == 'python' else 'NODE' if language == 'javascript' else 'PHP'}_SECRET"
        in (tmp_path / "log").read_text()
    )


def there(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Until a program listens."""
    ends = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None
            assert time.monotonic() < ends
            time.sleep(0.02)
        else:
            return


def test_every_file_that_the_page_names_is_written_on_it():
    assert shutil.which("bash")
    for language, (command, port) in RECEIVERS.items():
        (program,) = blocks(language)
        assert command[-1] in PAGE
        assert port in program + " ".join(command)
