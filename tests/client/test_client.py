"""The client against the real doors over real HTTP: sync and async, and what it repeats."""

import asyncio
import inspect
import subprocess
import sys
from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks import Webhook

from tests.api.served import Api, served
from tests.receiver import receiver
from worker.client import AsyncLoa, Loa, LoaError, Unreachable, verify_webhook
from worker.services import otp
from worker.services.operations import api_keys


@pytest.fixture
def api(loa):
    with served(loa) as made:
        yield made


def key(api: Api, *scopes: str) -> str:
    return api_keys.create(api.world.deps, scopes or ("admin",)).key


def connect(api: Api, **options) -> Loa:
    return Loa(api.url, key(api), trust_env=False, **options)


WISH = {"route": ["esms"], "sender": "LOA"}


def test_a_password_is_sent_looked_at_and_checked(api: Api):
    with connect(api) as loa:
        sent = loa.send_otp("0900000001", template="Ma {code}", generate={"length": 6}, **WISH)
        assert (sent.state, sent.settled, list(sent.route)) == ("queued", False, ["esms"])
        otp.deliver(api.world.deps, api.world.task_queue.otps[-1])
        found = loa.wait_for_otp(sent.id)
        assert (found.state, found.provider, found.attempts) == ("accepted", "esms", 1)
        assert found.sent_at == api.world.clock.now()
        code = api.world.sandbox.orders()[0]["text"].removeprefix("Ma ")
        assert loa.check_otp(sent.id, code).approved
        assert loa.check_otp(sent.id, code).status == "used"


def test_the_same_awaited(api: Api):
    async def story() -> None:
        async with AsyncLoa(api.url, key(api), trust_env=False) as loa:
            sent = await loa.send_otp("0900000001", text="Ma 482913", key="login-1", **WISH)
            again = await loa.send_otp("0900000001", text="Ma 482913", key="login-1", **WISH)
            assert again.id == sent.id
            assert (await loa.otp(sent.id)).state == "queued"
            made = await loa.create_campaign(
                provider="esms", sender="LOA", kind="care", text="Chao", recipients=["0900000001"]
            )
            assert (await loa.campaign(made["id"]))["status"] == "draft"
            assert (await loa.command(made["id"], "cancel"))["status"] == "cancelled"
            with pytest.raises(LoaError) as fault:
                await loa.otp("00000000-0000-4000-8000-000000000000")
            assert (fault.value.status, fault.value.rule) == (404, "not_found")

    asyncio.run(story())


def test_both_clients_have_the_same_methods():
    def methods(of: type) -> dict[str, str]:
        return {name: str(inspect.signature(one)) for name, one in inspect.getmembers(of, callable) if name[0] != "_"}

    assert methods(AsyncLoa) == methods(Loa)


def test_a_campaign_by_list_and_its_dry_run(api: Api):
    fields = {"provider": "esms", "sender": "LOA", "kind": "care", "text": "Chao {name}"}
    with connect(api) as loa:
        file = ("people.csv", b"phone,name\n0900000001,An\n")
        assert loa.create_campaign(list_file=file, dry_run=True, **fields)["valid"] == 1
        made = loa.create_campaign(list_file=file, key="march", **fields)
        assert loa.create_campaign(list_file=file, key="march", **fields)["id"] == made["id"]
        assert loa.suppress(["0900000001"])["added"] == 1
        with pytest.raises(ValueError, match="recipients"):
            loa.create_campaign(**fields)


def test_a_refusal_names_its_rule_and_field(api: Api):
    with connect(api) as loa, pytest.raises(LoaError) as fault:
        loa.send_otp("8755", text="Ma 1", **WISH)
    assert (fault.value.status, fault.value.rule, fault.value.errors[0]["field"]) == (422, "bad_phone", "phone")


def test_what_may_be_repeated_is_and_nothing_else():
    with receiver() as server:
        server.answers = [503, "drop", 200]
        with Loa(server.url, "k", trust_env=False) as loa:
            with pytest.raises(LoaError, match="not Loa's"):
                loa.send_otp("0900000001", text="x")
            sent = [one.headers["idempotency-key"] for one in server.posts]
            assert len(sent) == 3
            assert len(set(sent)) == 1
            server.posts.clear()
            server.answers = ["drop"]
            with pytest.raises(Unreachable) as lost:
                loa.check_otp("1", "2")
            assert (len(server.posts), lost.value.key) == (1, "")
            server.posts.clear()
            with pytest.raises(Unreachable) as lost:
                loa.send_otp("0900000001", text="x", key="mine")
            assert (len(server.posts), lost.value.key) == (4, "mine")


def test_a_pause_that_is_too_long_is_the_callers_to_wait():
    with receiver() as server:
        server.answers = [(429, {"Retry-After": "360"})]
        with Loa(server.url, "k", trust_env=False) as loa, pytest.raises(LoaError) as fault:
            loa.send_otp("0900000001", text="x")
        assert (len(server.posts), fault.value.retry_after_s) == (1, 360)
        server.posts.clear()
        server.answers = [(429, {"Retry-After": "1"}), 400]
        with Loa(server.url, "k", trust_env=False) as loa, pytest.raises(LoaError):
            loa.send_otp("0900000001", text="x")
        assert len(server.posts) == 2


def test_webhooks_are_verified():
    body, moment = b'{"type": "otp.delivered", "data": {"id": "1"}}', datetime.now(UTC)
    old, new = "whsec_" + "YQ" * 16, "whsec_" + "Yg" * 16
    headers = {
        "Webhook-Id": "1",
        "Webhook-Timestamp": str(int(moment.timestamp())),
        "Webhook-Signature": Webhook(new).sign("1", moment, body.decode()),
    }
    assert verify_webhook([old, new], body, headers)["type"] == "otp.delivered"
    for secret, said, how in (
        (old, body, headers),
        (new, body + b" ", headers),
        (new, body, {}),
        (new, body, {**headers, "Webhook-Signature": "x"}),
    ):
        with pytest.raises(ValueError, match="signed"):
            verify_webhook(secret, said, how)


def test_it_is_usable_alone():
    program = (
        "import sys; import worker.client; "
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'celery','sqlmodel','pydantic','redis','fastapi','structlog'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_client_says_who_it_is(api: Api):
    with Loa(api.url, "loa_wrong", trust_env=False) as loa, pytest.raises(LoaError) as fault:
        loa.otp("00000000-0000-4000-8000-000000000000")
    assert fault.value.status == 401
    assert httpx.get(f"{api.url}/healthz", trust_env=False).status_code == 200
