"""The examples in docs/producers.md run as they stand, against a real server; PHP's where php is installed."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kombu import Connection
from standardwebhooks import Webhook

from tests.api.served import served
from tests.client.gateway import gateway
from worker.sealing import Sealer
from worker.services.operations import api_keys

PAGE = (Path(__file__).parents[2] / "docs/producers.md").read_text()
BODY = '{"type": "otp.delivered", "data": {"id": "1"}}'
SECRET = "whsec_" + "YQ" * 16
KEY = "a-key-of-these-tests"


def examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def lacks(command: str) -> str:
    """Why the examples of a language cannot run here; empty: they can. Debian's php-cli comes without curl."""
    if shutil.which(command) is None:
        return f"{command} is not installed"
    if (
        command == "php"
        and subprocess.run(["php", "-r", "exit(extension_loaded('curl') ? 0 : 1);"], check=False).returncode
    ):
        return "php is installed without curl"
    return ""


@pytest.fixture
def where(loa):
    with served(loa) as api:
        key = api_keys.create(loa.deps, ["otp"], test=True).key
        plain = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        yield {**plain, "LOA_URL": api.url, "LOA_KEY": key}


NOT_NOW = b'{"status": 503, "detail": "A part is away."}'


@pytest.fixture
def between(where):
    """The same through a gateway, which may answer by itself."""
    with gateway(where["LOA_URL"]) as made:
        where["LOA_URL"] = made.url
        yield made


def run(*words: str, env: dict[str, str], cwd: Path) -> str:
    done = subprocess.run(words, env=env, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def signed() -> dict[str, str]:
    moment = datetime.now(UTC)
    return {
        "webhook-id": "1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": "v1,eA== " + Webhook(SECRET).sign("1", moment, BODY),
    }


def test_python(where, tmp_path):
    root = str(Path(__file__).parents[2])
    said = run(sys.executable, "-c", examples("python")[0], env={**where, "PYTHONPATH": root}, cwd=tmp_path)
    assert said.endswith(" approved\n")


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_node(where, tmp_path):
    send, verify, _celery = examples("javascript")
    (tmp_path / "send.mjs").write_text(send)
    assert run("node", "send.mjs", env=where, cwd=tmp_path).endswith(" approved\n")
    (tmp_path / "verify.mjs").write_text(verify)
    (tmp_path / "try.mjs").write_text(
        textwrap.dedent(f"""
        import {{ verify }} from "./verify.mjs";
        const headers = {json.dumps(signed())};
        console.log(verify({SECRET!r}, headers, {BODY!r}).type);
        let said = 0;
        const old = {{ ...headers, "webhook-timestamp": "1" }};
        for (const [h, b] of [[headers, {BODY!r} + " "], [old, {BODY!r}], [{{}}, {BODY!r}]]) {{
          try {{ verify({SECRET!r}, h, b); }} catch {{ said += 1; }}
        }}
        console.log(said);
        """)
    )
    assert run("node", "try.mjs", env=where, cwd=tmp_path) == "otp.delivered\n3\n"


@pytest.mark.parametrize(
    ("language", "command", "name"), [("javascript", "node", "send.mjs"), ("php", "php", "send.php")]
)
def test_producers_wait_as_they_are_told_and_take_another_way(where, between, tmp_path, language, command, name):
    if why := lacks(command):
        pytest.skip(why)
    (tmp_path / name).write_text(examples(language)[0])
    between.answer("POST /v1/otp", 429, retry_after="2", body=NOT_NOW)
    between.answer("POST /v1/otp", 502)
    assert run(command, name, env=where, cwd=tmp_path).endswith(" approved\n")
    first, second, third, _check = between.times("POST /v1/otp")
    assert second - first >= 2
    assert third - second >= 1
    for status, given in ((429, "600"), (503, "600")):
        between.answer("POST /v1/otp", status, retry_after=given, body=NOT_NOW)
        assert run(command, name, env=where, cwd=tmp_path) == "A part is away.: offer another way (mail, an app)\n"
    # No key protects a check, and it uses up a try: it is asked once.
    seen = len(between.seen)
    between.answer("POST /v1/otp/", 503, retry_after="1", body=NOT_NOW)
    assert "another way" in run(command, name, env=where, cwd=tmp_path)
    assert len(between.seen) == seen + 2
    between.answer("POST /v1/otp", 403, body=b'{"detail": "This key may not."}')
    with pytest.raises(AssertionError, match="This key may not"):
        run(command, name, env=where, cwd=tmp_path)


@pytest.mark.skipif(bool(lacks("php")), reason="php with curl is not installed")
def test_php(where, tmp_path):
    (program,) = examples("php")
    check = f"\necho verify('{SECRET}', {php(signed())}, '{BODY}')['type'];\n"
    (tmp_path / "send.php").write_text(program + check)
    said = run("php", "send.php", env=where, cwd=tmp_path)
    assert said.split("\n")[0].endswith(" approved")
    assert said.endswith("otp.delivered")


def php(words: dict[str, str]) -> str:
    return "[" + ", ".join(f"'{name}' => '{value}'" for name, value in words.items()) + "]"


def celery_node() -> Path | None:
    """The node_modules that hold celery-node, where somebody has installed it."""
    places = [os.environ.get("LOA_TEST_NODE_MODULES", "")]
    if shutil.which("npm"):
        places.append(subprocess.run(["npm", "root", "-g"], capture_output=True, text=True, check=False).stdout.strip())
    return next((Path(one) for one in places if one and Path(one, "celery-node").is_dir()), None)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_node_seals_as_we_do(tmp_path):
    _send, _verify, producer = examples("javascript")
    crypto, seal = producer.split("\n", 1)[0], re.findall(r"^function seal.*?^}", producer, re.DOTALL | re.MULTILINE)[0]
    asked = {"phone": "0900000001", "text": "Mã: 482913 \U0001f511", "sender": "LOA"}
    said = f"for (let n = 0; n < 8; n++) console.log(seal({KEY!r}, {json.dumps(asked)}));"
    (tmp_path / "seal.mjs").write_text(f"{crypto}\n{seal}\n{said}")
    tokens = run("node", "seal.mjs", env=dict(os.environ), cwd=tmp_path).split()
    assert len(set(tokens)) == 8
    assert [Sealer(KEY).open_request(one) for one in tokens] == [asked] * 8


@pytest.mark.skipif(celery_node() is None, reason="celery-node is not installed")
def test_celery_from_node(loa, tmp_path):
    """As from Python: in the list that our workers read, read by Celery itself, and it opens."""
    redis, address = loa.loa.redis, loa.loa.redis_url
    (tmp_path / "node_modules").symlink_to(celery_node())
    (tmp_path / "task.mjs").write_text(examples("javascript")[2])
    env = {**os.environ, "LOA_REDIS_URL": address, "LOA_SECRET_KEY": KEY}
    said = run("node", "task.mjs", env=env, cwd=tmp_path).strip()
    assert redis.llen("loa:queue:otp") == 1
    options = {"global_keyprefix": "loa:queue:"}
    with Connection(address, transport_options=options) as connection, connection.SimpleQueue("otp") as queue:
        message = queue.get(timeout=30)
        message.ack()
    assert (message.headers["id"], message.headers["task"]) == (said, "loa.send_otp")
    _args, named, _embed = message.payload
    assert Sealer(KEY).open_request(named["sealed"])["phone"] == "0900000001"
    assert redis.keys("loa:queue:loa:queue:*") == []


def test_celery(loa, tmp_path):
    """The task lies in the very list that our workers read, and what is in it opens."""
    redis = loa.loa.redis
    address = loa.loa.redis_url
    root = str(Path(__file__).parents[2])
    env = {**os.environ, "LOA_REDIS_URL": address, "LOA_SECRET_KEY": KEY, "PYTHONPATH": root}
    said = run(sys.executable, "-c", examples("python")[1], env=env, cwd=tmp_path).strip()
    (message,) = redis.lrange("loa:queue:otp", 0, -1)
    assert json.loads(message)["headers"]["id"] == said
    assert redis.keys("loa:queue:loa:queue:*") == []
    assert b"0900000001" not in message
