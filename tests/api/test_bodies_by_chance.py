"""JSON bodies and tasks' arguments by chance: real ones, changed in places, are taken or refused; what was taken can be done."""

import copy
import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.served import Api
from tests.chance import examples
from tests.lists.test_fuzz import CHANGE, QUIET, changed
from tests.world import World
from worker.api.otp_schemas import OTP_EXAMPLE
from worker.api.schemas import CAMPAIGN_EXAMPLE
from worker.domain.actor import CELERY
from worker.errors import LoaError
from worker.services import otp
from worker.services.planning import enqueue

GENERATED = {
    "phone": "0900000001",
    "template": "Ma {code}",
    "generate": {"length": 6, "valid": 60},
    "client_ip": "192.0.2.7",
}
ZALO = {
    "provider": "esms", "channel": "zalo", "kind": "care", "oa_id": "436181207180", "template_id": "200300",
    "params": ["name", "code=ma"], "fallback_text": "Chao {name}", "fallback_sender": "LOA",
    "recipients": [{"phone": "0900000001", "name": "An", "ma": "7"}],
}  # fmt: skip
#: Where each real body goes; {campaign} is one that waits for its time.
BODIES: list[tuple[str, str, Any]] = [
    ("POST", "/v1/otp", {**OTP_EXAMPLE, "sender": "LOA"}),
    ("POST", "/v1/otp", GENERATED | {"sender": "LOA", "route": ["esms"]}),
    ("POST", "/v1/otp/{message}/check", {"code": "482913"}),
    ("POST", "/v1/campaigns", {**CAMPAIGN_EXAMPLE, "name": "a", "at": "2026-03-03T09:00+07:00", "until": "2026-03-04"}),
    ("POST", "/v1/campaigns?dry_run=true", CAMPAIGN_EXAMPLE),
    ("POST", "/v1/campaigns", ZALO),
    ("PATCH", "/v1/campaigns/{campaign}", {"name": "b", "at": "2026-03-03T10:00+07:00", "until": ""}),
    ("POST", "/v1/campaigns/{campaign}/approve", {"comment": "x", "seen": "ab"}),
    ("POST", "/v1/campaigns/{campaign}/decline", {"comment": "x"}),
    ("POST", "/v1/campaigns/{campaign}/copy", {"failed_only": True, "name": "c"}),
    ("POST", "/v1/campaigns/{campaign}/test", {"phone": "0900000001", "row": 2}),
    ("POST", "/v1/suppressions", {"phones": ["0900000001", "0900000002"], "reason": "opt_out"}),
    ("POST", "/v1/webhooks", {"url": "https://example.com/hook", "events": ["otp.delivered", "campaign.done"]}),
]
SEALED = [
    {
        "phone": "0900000001",
        "text": "Ma 482913",
        "ttl": 60,
        "route": ["esms"],
        "sender": "LOA",
        "asked_at": "2026-03-02T09:00:00+07:00",
    },
    {
        **GENERATED,
        "generate": {"length": 6, "alphabet": "0123456789", "valid": 60, "domain": "example.com"},
        "key": "k",
    },
]
TASK = {
    "provider": "esms", "sender": "LOA", "kind": "ads", "text": "[QC] Giam gia {ten}", "name": "n",
    "at": "2026-03-03T09:00+07:00", "key": "k", "until": "2026-03-04", "phone_column": "phone", "encoding": "auto",
}  # fmt: skip
ODD = st.sampled_from(
    [
        None, True, 0, -1, 1.5, 10**30, 10**400, 1e308, float("nan"), float("inf"), "", " ", "\0", "a\0b", "\ud800", "x" * 6000,
        "👍", "a\u202eb", "{", "{a}", "[QC]", "٠٩٠", "0", "9999-12-31T23:59-12:00", "0001-01-01T00:00+14:00", "1e5", [], {},
        [[[]]], [None], {"": 1},
        {"a": {"b": [1]}}, ["x"] * 300,
    ]
) | st.text(max_size=12)  # fmt: skip
CHANGES = st.lists(CHANGE, max_size=1)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in a body with each of its keys."""
    found: list[tuple[Any, Any]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        found += [(value, key), *places(one)]
    return found


def otherwise(draw, body: Any) -> Any:
    """The body with a few values in place of others, without some, or with more."""
    body = copy.deepcopy(body)
    for _ in range(draw(st.integers(1, 3))):
        if not (all_places := places(body)):
            return copy.deepcopy(draw(ODD))
        container, key = draw(st.sampled_from(all_places))
        match draw(st.sampled_from(["put", "put", "drop", "add"])):
            case "put":
                container[key] = copy.deepcopy(draw(ODD))
            case "drop":
                del container[key]
            case _ if isinstance(container, dict):
                container[draw(st.text(max_size=4))] = copy.deepcopy(draw(ODD))
            case _:
                container.append(copy.deepcopy(draw(ODD)))
    return body


def done(api_or_world: Api | World) -> None:
    """What was taken in is worked off: planned, or failed with a reason; sent, or ended."""
    world = api_or_world.world if isinstance(api_or_world, Api) else api_or_world
    if isinstance(api_or_world, Api):
        api_or_world.plan()
    waiting, world.task_queue.otps = world.task_queue.otps, []
    for message_id in waiting:
        otp.deliver(world.deps, message_id)


@settings(max_examples=examples(100), **QUIET)
@given(data=st.data())
def test_a_changed_body_is_taken_or_refused_and_what_was_taken_can_be_done(api: Api, numbers, data):
    if not api.clients:
        client, made = api.client("admin"), api.world.create(numbers(30), at="2026-03-03T09:00+07:00")
        sent = client.post("/v1/otp", json=GENERATED | {"sender": "LOA", "route": ["esms"]}).json()
        api.app.state.fuzzed = {"campaign": made.campaign.id, "message": sent["id"]}
    method, path, body = data.draw(st.sampled_from(BODIES))
    content = changed(json.dumps(otherwise(data.draw, body)).encode(), data.draw(CHANGES))
    at = path.format(**api.app.state.fuzzed)
    answer = api.clients[0].request(method, at, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code < 500, (method, path, content, answer.text)
    if answer.status_code >= 400:
        assert answer.json()["rule"], "a sentence with its rule"
    done(api)


@settings(max_examples=examples(40), **QUIET)
@given(data=st.data())
def test_a_changed_task_of_a_campaign_is_taken_or_refused(loa: World, numbers, data):
    arguments = otherwise(data.draw, {**TASK, "list_path": str(numbers(30))})
    if isinstance(arguments, dict):
        with suppress(LoaError):
            enqueue.enqueue_campaign(loa.deps.acting(CELERY), arguments, "celery:x")


@settings(max_examples=examples(60), **QUIET)
@given(data=st.data())
def test_a_changed_request_in_a_token_is_taken_or_refused_and_what_was_taken_can_be_done(loa: World, data):
    sealer = loa.deps.sealer()
    token: Any = sealer.seal_request(otherwise(data.draw, data.draw(st.sampled_from(SEALED))))
    if data.draw(st.booleans()):
        token = data.draw(ODD | st.just(changed(token.encode(), data.draw(CHANGES)).decode("latin-1")))
    with suppress(LoaError):
        otp.enqueue_sealed(
            loa.deps, token, data.draw(st.sampled_from(["", "x", "8d1f8a52-6c4a-4a39-9d0b-1d7c2b3f4a5e"]))
        )
    done(loa)
