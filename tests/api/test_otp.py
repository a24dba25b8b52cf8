"""One-time passwords by HTTP: taken in once, answered at once, limited for each number."""

import logging
import threading
from contextlib import suppress

import pytest
from sqlalchemy import text

from tests.api.served import Api
from tests.world import World
from worker.domain.limit import Limit
from worker.errors import Refused
from worker.services import otp
from worker.services.deps import OtpPolicy
from worker.services.operations import api_keys, refused_tasks
from worker.storage.otp import intake

ASK = {"phone": "0900000001", "text": "Ma xac thuc LOA: 482913", "route": ["esms", "fpt"], "sender": "LOA"}


def count(loa: World) -> int:
    with loa.deps.sessions() as session:
        return int(session.execute(text("SELECT count(*) FROM message")).scalar_one())


def test_a_password_is_taken_in_rung_for_and_looked_at(api: Api):
    client = api.client("otp")
    answer = client.post("/v1/otp", json={**ASK, "ttl": 60})
    assert answer.status_code == 202, answer.text
    made = answer.json()
    assert answer.headers["location"] == f"/v1/otp/{made['id']}"
    assert made == {
        "id": made["id"], "state": "queued", "provider": None, "provider_ref": None, "attempts": 0, "code": None,
        "words": None, "route": ["esms", "fpt"], "queued_at": "2026-03-02T09:00:00+07:00",
        "expires_at": "2026-03-02T09:01:00+07:00", "sent_at": None,
    }  # fmt: skip
    (enqueued,) = api.world.task_queue.otps
    assert str(enqueued) == made["id"]
    otp.deliver(api.world.deps, enqueued)
    shown = api.client("read").get(answer.headers["location"]).json()
    assert (shown["state"], shown["provider"], shown["attempts"]) == ("accepted", "esms", 1)
    assert api.world.sandbox.orders()[0]["text"] == ASK["text"]


def test_the_same_key_gives_the_first_answer_word_for_word_whatever_came_of_it(api: Api):
    client, headers = api.client("otp"), {"Idempotency-Key": "order-1"}
    first = client.post("/v1/otp", json=ASK, headers=headers)
    assert "idempotent-replayed" not in first.headers
    otp.deliver(api.world.deps, api.world.task_queue.otps[0])
    again = client.post("/v1/otp", json={**ASK, "phone": "+84 900 000 001"}, headers=headers)
    assert (again.status_code, again.json(), again.headers["idempotent-replayed"]) == (202, first.json(), "true")
    assert again.headers["location"] == first.headers["location"]
    assert count(api.world) == 1


def test_the_same_key_for_something_else_is_a_conflict(api: Api):
    client, headers = api.client("otp"), {"Idempotency-Key": "order-1"}
    client.post("/v1/otp", json=ASK, headers=headers)
    answer = client.post("/v1/otp", json={**ASK, "text": "Ma: 111111"}, headers=headers)
    assert (answer.status_code, answer.json()["rule"]) == (409, "key_conflict")
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert count(api.world) == 1


@pytest.mark.parametrize("key", ["", "k" * 151, "m\u00e3".encode()])
def test_a_key_that_is_none_is_refused_by_name(api: Api, key):
    answer = api.client("otp").post("/v1/otp", json=ASK, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["rule"]) == (422, "invalid")
    assert [one["field"] for one in answer.json()["errors"]] == ["Idempotency-Key"]
    assert count(api.world) == 0


def test_two_producers_may_count_from_one(api: Api):
    for client in (api.client("otp"), api.client("otp")):
        answer = client.post("/v1/otp", json=ASK, headers={"Idempotency-Key": "1"})
        assert "idempotent-replayed" not in answer.headers
    assert count(api.world) == 2


def test_fifty_threads_with_one_key_make_one_password(api: Api):
    client, answers, ready = api.client("otp"), [], threading.Barrier(50)

    def ask() -> None:
        ready.wait()
        answers.append(client.post("/v1/otp", json=ASK, headers={"Idempotency-Key": "once"}))

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [202] * 50, {answer.text for answer in answers}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 49
    assert count(api.world) == 1
    # A repeat of what nobody has called for yet may be enqueued for again; the claim lets one of them call.
    assert len(set(api.world.task_queue.otps)) == 1


def test_a_number_gets_only_so_many_and_hears_when_there_is_room(api: Api):
    client = api.client("otp")
    for _ in range(4):
        assert client.post("/v1/otp", json=ASK).status_code == 202
        api.world.clock.tick(minutes=1)
    assert client.post("/v1/otp", json=ASK, headers={"Idempotency-Key": "fifth"}).status_code == 202
    answer = client.post("/v1/otp", json=ASK)
    assert (answer.status_code, answer.json()["rule"]) == (429, "too_many_to_number")
    # The first of the five was four minutes ago.
    assert answer.headers["retry-after"] == "360"
    assert answer.json()["errors"][0]["field"] == "phone"
    assert "900000001" not in answer.text
    # Another number has room, and so has a repeat, which is no new message.
    assert client.post("/v1/otp", json={**ASK, "phone": "0900000002"}).status_code == 202
    again = client.post("/v1/otp", json=ASK, headers={"Idempotency-Key": "fifth"})
    assert again.headers["idempotent-replayed"] == "true"
    api.world.clock.tick(seconds=360)
    assert client.post("/v1/otp", json=ASK).status_code == 202


def test_two_at_once_do_not_both_find_the_last_place(loa: World, monkeypatch: pytest.MonkeyPatch):
    loa.change(otp=OtpPolicy(limits=(Limit(1, loa.deps.otp.limits[0].within),)))
    ask, said = otp.OtpRequest(ASK["phone"], ASK["text"], route=("esms",), sender="LOA"), []
    both_look, look = threading.Barrier(2), intake.latest

    def looks_together(*args, **whose):
        found = look(*args, **whose)
        # Whoever has its turn alone waits here in vain.
        with suppress(threading.BrokenBarrierError):
            both_look.wait(0.5)
        return found

    def enqueue() -> None:
        try:
            said.append(otp.enqueue(loa.deps, ask).state)
        except Refused as refused:
            said.append(refused.rule)

    monkeypatch.setattr(intake, "latest", looks_together)
    threads = [threading.Thread(target=enqueue) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["queued", "too_many_to_number"]
    assert count(loa) == 1


def test_the_longest_of_several_limits_counts(loa: World):
    day = Limit(2, loa.deps.otp.limits[1].within)
    loa.change(otp=OtpPolicy(limits=(Limit(1, loa.deps.otp.limits[0].within), day)))
    ask = otp.OtpRequest(ASK["phone"], ASK["text"], route=("esms",), sender="LOA")
    waits = []
    for _ in range(4):
        try:
            otp.enqueue(loa.deps, ask)
        except Refused as refused:
            waits.append(refused.details["retry_after_s"])
        loa.clock.tick(minutes=10)
    assert waits == [(24 * 60 - 20) * 60, (24 * 60 - 30) * 60]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"phone": "8755"}, 422, "phone"),
        ({"phone": ""}, 422, "phone"),
        ({"phone": None}, 422, "phone"),
        ({"text": " "}, 422, "text"),
        ({"text": "x" * 1001}, 422, "text"),
        ({"ttl": 0}, 422, "ttl"),
        ({"ttl": "soon"}, 422, "ttl"),
        ({"route": ["viettel"]}, 422, "route"),
        ({"route": [7]}, 422, "route.0"),
        ({"route": ["esms", "esms"]}, 422, "route"),
        ({"sender": ""}, 422, "sender"),
        ({"sendr": "LOA"}, 422, "sendr"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_of_it_repeated(api: Api, change, status, field):
    answer = api.client("otp").post("/v1/otp", json={**ASK, **change})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert [one["field"] for one in problem["errors"]] == [field]
    assert problem["type"] == f"urn:loa:problem:{problem['rule']}"
    assert (problem["status"], bool(problem["title"])) == (status, True)
    assert "482913" not in answer.text
    assert count(api.world) == 0


def test_what_cannot_be_read_is_said_so(api: Api):
    client = api.client("otp")
    assert client.post("/v1/otp", content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    assert client.post("/v1/otp", content=b"phone=1").status_code == 415
    assert client.post("/v1/otp", json={**ASK, "text": "x" * 5_000_001}).status_code == 413
    chunks = (b"x" * 100_000 for _ in range(60))
    assert client.post("/v1/otp", content=chunks, headers={"Content-Type": "application/json"}).status_code == 413
    assert client.post("/v1/otp", json=ASK, headers={"Idempotency-Key": "x" * 151}).status_code == 422
    missing = client.get("/v1/otp/00000000-0000-4000-8000-000000000000")
    assert (missing.status_code, missing.json()["rule"]) == (404, "not_found")
    assert client.get("/v1/otp/1").json()["errors"][0]["field"] == "message_id"
    assert client.get("/v1/nothing").headers["content-type"] == "application/problem+json"
    assert client.delete("/v1/otp").status_code == 405


def test_no_line_of_the_log_has_the_key_the_number_or_the_text(api: Api, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    client = api.client("otp")
    client.post("/v1/otp", json=ASK)
    client.post("/v1/otp", json={**ASK, "ttl": -1})
    key = client.headers["authorization"].removeprefix("Bearer ")
    ours = "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))
    )
    for secret in (key, "0900000001", "900000001", "482913"):
        assert secret not in ours


def test_a_code_of_the_provider_is_made_checked_and_made_once_at_a_time(api: Api):
    client = api.client("otp")
    ask = {"phone": "0900000001", "template": "Ma {code}", "generate": {}, "route": ["esms_code"], "sender": "LOA"}
    made = client.post("/v1/otp", json=ask)
    assert made.status_code == 202, made.text
    otp.deliver(api.world.deps, api.world.task_queue.otps[0])
    second = client.post("/v1/otp", json=ask)
    assert (second.status_code, second.json()["rule"]) == (429, "code_still_good")
    assert int(second.headers["retry-after"]) == second.json()["details"]["retry_after_s"]
    path, code = f"/v1/otp/{made.json()['id']}/check", api.world.sandbox.orders()[0]["text"].removeprefix("Ma ")
    api.world.sandbox.fault(function="CheckCodeGen_V4_get", do="status", status=502, times=1)
    lost = client.post(path, json={"code": code})
    assert (lost.status_code, lost.json()["rule"], lost.json()["details"]["tries_left"]) == (503, "not_checked", 4)
    assert int(lost.headers["retry-after"]) > 0
    assert code not in lost.text
    assert client.post(path, json={"code": code}).json() == {"status": "approved", "tries_left": 4}
    answer = client.post("/v1/otp", json={**ask, "route": ["esms_code", "esms"]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "route")


def test_a_code_is_made_and_checked_by_http(api: Api):
    client = api.client("otp")
    ask = {
        "phone": "0900000001",
        "template": "Ma {code}",
        "generate": {"length": 6},
        "route": ["esms"],
        "sender": "LOA",
    }
    made = client.post("/v1/otp", json=ask)
    assert made.status_code == 202, made.text
    otp.deliver(api.world.deps, api.world.task_queue.otps[-1])
    code = api.world.sandbox.orders()[0]["text"].removeprefix("Ma ")
    assert code not in made.text
    path = f"/v1/otp/{made.json()['id']}/check"
    wrong = "0" * 6 if code != "0" * 6 else "1" * 6
    assert client.post(path, json={"code": wrong}).json() == {"status": "wrong", "tries_left": 4}
    assert api.client("otp").post(path, json={"code": code}).status_code == 404
    assert api.client("read").post(path, json={"code": code}).status_code == 403
    assert client.post(path, json={"code": code}).json() == {"status": "approved", "tries_left": 4}
    assert client.post(path, json={"code": code}).json()["status"] == "used"
    own = client.post("/v1/otp", json=ASK).json()
    answer = client.post(f"/v1/otp/{own['id']}/check", json={"code": "482913"})
    assert (answer.status_code, answer.json()["rule"]) == (409, "no_code")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"generate": {}}, "template"),
        ({"template": "Ma {code}"}, "template"),
        ({"text": None}, "text"),
        ({"text": None, "template": "Ma", "generate": {}}, "template"),
        ({"text": None, "template": "{code}", "generate": {"length": 2}}, "generate.length"),
        ({"text": None, "template": "{code}", "generate": {"alphabet": "aab"}}, "generate"),
        ({"client_ip": "here"}, "client_ip"),
        ({"text": "Ma {code}"}, "text"),
        ({"text": None, "template": "{name}: {code}", "generate": {}}, "template"),
        ({"ttl": True}, "ttl"),
        ({"text": None, "template": "{code}", "generate": {"length": True}}, "generate.length"),
        ({"text": None, "template": "{code}", "generate": {"valid": True}}, "generate.valid"),
    ],
)
def test_what_is_wrong_with_a_code_is_named(api: Api, change, field):
    answer = api.client("otp").post("/v1/otp", json={**ASK, **change})
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_a_conflict_shows_the_callers_key_and_not_ours(api: Api):
    client, headers = api.client("otp"), {"Idempotency-Key": "order-1"}
    client.post("/v1/otp", json=ASK, headers=headers)
    answer = client.post("/v1/otp", json={**ASK, "ttl": 60}, headers=headers)
    assert "'order-1'" in answer.json()["detail"]


def test_a_test_key_reaches_no_provider(api: Api):
    made = api_keys.create(api.world.deps, ["admin"], test=True)
    assert made.key.startswith("loa_test_")
    client = api.client(key=made.key)
    answer = client.post("/v1/otp", json={**ASK, "route": ["viettel"]})
    assert (answer.status_code, answer.json()["route"]) == (202, ["test"])
    otp.deliver(api.world.deps, api.world.task_queue.otps[0])
    assert client.get(answer.headers["location"]).json()["state"] == "accepted"
    assert api.world.sandbox.orders() == []
    campaign = {"provider": "esms", "sender": "LOA", "kind": "care", "text": "x", "recipients": ["0900000001"]}
    assert client.post("/v1/campaigns", json=campaign).json()["rule"] == "test_key"
    assert client.post("/v1/campaigns?dry_run=true", json=campaign).status_code == 200


def test_the_id_of_a_refused_task_says_why(api: Api):
    refused_tasks.note(api.world.deps, "00000000-0000-4000-8000-000000000001", "loa.send_otp", "It was no phone.")
    answer = api.client("otp").get("/v1/otp/00000000-0000-4000-8000-000000000001")
    assert (answer.status_code, answer.json()["rule"]) == (404, "task_refused")
    assert answer.json()["detail"].endswith("It was no phone.")
