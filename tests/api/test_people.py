"""By HTTP: a key acts as its user, an ad waits for another person, audiences and copies; what a role may not do is refused."""

import csv
import io
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.api.served import Api, served
from tests.world import World
from worker.domain.roles import Role
from worker.services.deps import PeoplePolicy
from worker.services.operations import api_keys
from worker.services.people import audit, users
from worker.storage.tables.people import User

AD = {"provider": "esms", "sender": "LOA", "kind": "ads", "text": "[QC] Giam gia 20% hom nay"}
PEOPLE = [f"09{n:08d}" for n in range(30)]


@dataclass
class Office:
    """One client a person, each with a key of their own."""

    api: Api
    lan: httpx.Client
    mai: httpx.Client
    sep: httpx.Client
    ong: httpx.Client
    truc: httpx.Client

    def create(self, by: httpx.Client, **changes: Any) -> str:
        answer = by.post("/v1/campaigns", json={**AD, "recipients": PEOPLE, "again": True, **changes})
        assert answer.status_code == 202, answer.text
        self.api.plan()
        return str(answer.json()["id"])

    def status(self, campaign: str) -> str:
        return str(self.sep.get(f"/v1/campaigns/{campaign}").json()["status"])


ROLES = {"lan": "marketer", "mai": "marketer", "sep": "approver", "ong": "approver", "truc": "operator"}


@pytest.fixture
def office(loa: World):
    loa.change(people=PeoplePolicy(four_eyes=True))
    with served(loa) as api:
        clients = {}
        for name, role in ROLES.items():
            with loa.deps.sessions.begin() as session:
                # Nobody logs in here, and hashing a password takes its time.
                session.add(User(name=name, role=Role(role), password_hash="none", created_at=loa.clock.now()))
            clients[name] = api.client(key=api_keys.create(loa.deps, [], user=name).key)
        yield Office(api, **clients)


def test_an_ad_waits_until_another_person_has_approved_what_they_saw(office: Office):
    campaign = office.create(office.lan)
    shown = office.lan.get(f"/v1/campaigns/{campaign}").json()
    assert (shown["status"], shown["author"], shown["approval"]["verdict"]) == ("awaiting_approval", "user:lan", None)
    facts, seen = shown["approval"]["facts"], shown["approval"]["facts_hash"]
    assert (facts["valid"], facts["text"], facts["list_hash"][:3]) == (30, AD["text"], "30:")
    for nobody in (office.lan, office.mai, office.truc, office.api.client("campaigns"), office.api.client("admin")):
        answer = nobody.post(f"/v1/campaigns/{campaign}/approve", json={})
        assert answer.status_code in {403, 422}, answer.text
        assert answer.json()["rule"] in {"forbidden", "approver_unknown"}
    answer = office.sep.post(f"/v1/campaigns/{campaign}/approve", json={"seen": "0" * 64})
    assert (answer.status_code, answer.json()["rule"]) == (409, "facts_changed")
    answer = office.sep.post(
        f"/v1/campaigns/{campaign}/approve", json={"seen": seen, "comment": "ok"}, headers={"Idempotency-Key": "a1"}
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "scheduled"), answer.text
    assert answer.json()["approval"]["decided_by"] == "user:sep"
    again = office.sep.post(
        f"/v1/campaigns/{campaign}/approve", json={"seen": seen, "comment": "ok"}, headers={"Idempotency-Key": "a1"}
    )
    assert (again.json(), again.headers["idempotent-replayed"]) == (answer.json(), "true")
    answer = office.ong.post(f"/v1/campaigns/{campaign}/approve")
    assert (answer.status_code, answer.json()["rule"]) == (409, "wrong_status")
    office.api.world.go()
    assert len(office.api.world.sandbox.phones()) == 30
    who = [(one.who, one.door, one.act) for one in audit.newest(office.api.world.deps, object_id=campaign)]
    assert who == [("user:sep", "http", "campaign.approve"), ("user:lan", "http", "campaign.create")]


def test_nobody_approves_their_own(office: Office):
    campaign = office.create(office.sep)
    answer = office.sep.post(f"/v1/campaigns/{campaign}/approve", json={})
    assert (answer.status_code, answer.json()["rule"]) == (403, "own_campaign")
    assert office.ong.post(f"/v1/campaigns/{campaign}/approve").status_code == 200


def test_a_declined_one_can_be_changed_and_submitted_again(office: Office):
    campaign = office.create(office.lan)
    answer = office.sep.post(f"/v1/campaigns/{campaign}/decline", json={})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "comment")
    answer = office.sep.post(f"/v1/campaigns/{campaign}/decline", json={"comment": "wrong price"})
    assert (answer.json()["status"], answer.json()["status_reason"]) == ("draft", "declined by sep: wrong price")
    answer = office.lan.patch(
        f"/v1/campaigns/{campaign}", json={"name": "second try", "at": "2026-03-03T09:00:00+07:00"}
    )
    assert (answer.status_code, answer.json()["scheduled_for"]) == (200, "2026-03-03T09:00:00+07:00"), answer.text
    assert office.mai.post(f"/v1/campaigns/{campaign}/submit").status_code == 403
    assert office.lan.post(f"/v1/campaigns/{campaign}/submit").json()["status"] == "awaiting_approval"
    assert office.lan.post(f"/v1/campaigns/{campaign}/take-back").json()["status"] == "draft"
    assert office.lan.post(f"/v1/campaigns/{campaign}/submit", content=b"").json()["status"] == "awaiting_approval"
    assert office.sep.post(f"/v1/campaigns/{campaign}/approve").json()["status"] == "scheduled"
    answer = office.lan.patch(f"/v1/campaigns/{campaign}", json={"at": "2026-03-04T09:00:00+07:00"})
    assert answer.json()["status"] == "awaiting_approval"


def test_a_marketer_sees_and_stops_their_own_alone(office: Office):
    mine, theirs = office.create(office.lan), office.create(office.mai)
    assert [one["id"] for one in office.lan.get("/v1/campaigns").json()["campaigns"]] == [mine]
    for method, path in (
        ("GET", ""),
        ("GET", "/report.csv"),
        ("GET", "/forecast"),
        ("POST", "/cancel"),
        ("POST", "/pause"),
        ("POST", "/copy"),
        ("PATCH", ""),
        ("POST", "/test"),
    ):
        body = {"PATCH": {"name": "x"}}.get(method, {"phone": "0900000077"} if path == "/test" else {})
        answer = office.lan.request(method, f"/v1/campaigns/{theirs}{path}", json=body if method != "GET" else None)
        assert (answer.status_code, answer.json()["rule"]) == (403, "forbidden"), (method, path, answer.text)
    assert office.truc.post("/v1/campaigns", json={**AD, "recipients": PEOPLE}).status_code == 403
    assert office.lan.post("/v1/otp", json={"phone": "0900000001", "text": "Ma 1234"}).status_code == 403
    assert office.truc.post(f"/v1/campaigns/{theirs}/cancel").json()["status"] == "cancelled"
    assert office.lan.post(f"/v1/campaigns/{mine}/cancel").json()["status"] == "cancelled"


def test_a_disabled_user_has_no_key(office: Office):
    users.disable(office.api.world.deps, "lan")
    answer = office.lan.get("/v1/campaigns")
    assert (answer.status_code, answer.json()["detail"]) == (401, "The key is unknown, revoked or expired.")


def test_old_keys_work_as_before(office: Office):
    shop = office.api.client("campaigns")
    campaign = office.create(shop, kind="care", text="Don hang da gui")
    assert shop.get(f"/v1/campaigns/{campaign}").json()["status"] == "scheduled"
    assert shop.get(f"/v1/campaigns/{campaign}").json()["author"].startswith("key:")
    assert shop.post(f"/v1/campaigns/{campaign}/cancel").status_code == 200


def test_a_dry_run_tells_what_it_would_come_to_and_stores_nothing(office: Office):
    answer = office.lan.post("/v1/campaigns", json={**AD, "recipients": [*PEOPLE, "nonsense"], "dry_run": True})
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["id"], said["valid"], said["invalid"], said["batches"]) == (None, 30, 1, 1)
    assert sum(share["numbers"] for share in said["forecast"]["by_carrier"]) == 30
    assert said["forecast"]["finish"] is not None
    answer = office.lan.post("/v1/campaigns", json={**AD, "recipients": PEOPLE[:3], "dry_run": True})
    assert (answer.status_code, answer.json()["rule"]) == (422, "too_few_numbers")
    assert office.sep.get("/v1/campaigns").json()["campaigns"] == []
    assert office.api.uploads() == []


def test_an_audience_is_stored_used_and_deleted(office: Office):
    content = "phone;ten\n" + "".join(f"{n};A\n" for n in PEOPLE) + "bad;B\n"
    answer = office.lan.post("/v1/audiences", data={"name": "khách"}, files={"list": ("khach.csv", content)})
    assert answer.status_code == 201, answer.text
    assert (answer.json()["size"], answer.json()["invalid"], answer.json()["columns"]) == (30, 1, ["ten"])
    assert office.api.uploads() == []
    again = office.mai.post("/v1/audiences", data={"name": "Khách"}, files={"list": ("khach.csv", content)})
    assert (again.status_code, again.json()["rule"]) == (409, "name_taken")
    office.lan.post("/v1/audiences", data={"name": "few"}, files={"list": ("few.txt", "\n".join(PEOPLE[:5]))})
    request = {**AD, "again": True, "audience": "khách", "minus": "few"}
    answer = office.lan.post("/v1/campaigns", json=request)
    assert answer.status_code == 202, answer.text
    office.api.plan()
    shown = office.lan.get(f"/v1/campaigns/{answer.json()['id']}").json()
    assert (shown["valid"], shown["status"], shown["name"]) == (25, "awaiting_approval", "khách minus few")
    listed = office.lan.get("/v1/audiences").json()["audiences"]
    assert [one["name"] for one in listed] == ["few", "khách"]
    assert office.lan.get("/v1/audiences/khách").json()["used_by"][0]["id"] == shown["id"]
    for wrong in ({"audience": "none"}, {"audience": "khách", "recipients": PEOPLE}, {"minus": "few"}, {}):
        answer = office.lan.post("/v1/campaigns", json={**AD, **wrong})
        assert answer.status_code in {404, 422}, answer.text
    assert office.mai.delete("/v1/audiences/few").status_code == 403
    assert office.lan.delete("/v1/audiences/few").status_code == 204
    assert office.lan.get("/v1/audiences/few").status_code == 404


def test_a_copy_a_test_and_a_forecast(office: Office):
    campaign = office.create(
        office.lan, kind="care", text="Chao {ten}", recipients=[{"phone": n, "ten": n[-2:]} for n in PEOPLE]
    )
    office.api.world.clock.tick(seconds=1)
    office.api.world.go()
    assert office.lan.post(f"/v1/campaigns/{campaign}/copy", json={"failed_only": True}).json()["rule"] == (
        "nobody_without_delivery"
    )
    headers = {"Idempotency-Key": "c1"}
    answer = office.lan.post(f"/v1/campaigns/{campaign}/copy", json={"name": "again"}, headers=headers)
    assert answer.status_code == 202, answer.text
    assert (
        office.lan.post(f"/v1/campaigns/{campaign}/copy", json={"name": "again"}, headers=headers).json()
        == answer.json()
    )
    copied = answer.json()["id"]
    assert office.api.plan() == ["draft"]
    shown = office.lan.get(f"/v1/campaigns/{copied}").json()
    assert (shown["status"], shown["copied_from"], shown["valid"], shown["name"]) == ("draft", campaign, 30, "again")
    row_of_true = office.lan.post(f"/v1/campaigns/{copied}/test", json={"phone": "0900000077", "row": True})
    assert [one["field"] for one in row_of_true.json()["errors"]] == ["row"]
    sent = office.lan.post(
        f"/v1/campaigns/{copied}/test", json={"phone": "0900000077", "row": 5}, headers={"Idempotency-Key": "t"}
    )
    assert sent.status_code == 202, sent.text
    assert (sent.json()["text"], sent.json()["row"]) == ("Chao 03", 5)
    once = office.lan.post(
        f"/v1/campaigns/{copied}/test", json={"phone": "0900000077", "row": 5}, headers={"Idempotency-Key": "t"}
    )
    assert once.headers["idempotent-replayed"] == "true"
    assert office.lan.get(f"/v1/campaigns/{copied}").json()["tests"] == 1
    found = office.lan.get(f"/v1/campaigns/{copied}/forecast").json()
    assert (found["numbers_left"], found["calls_left"]) == (30, 30)
    assert office.lan.post(f"/v1/campaigns/{copied}/submit").json()["status"] == "scheduled"
    rows = list(csv.DictReader(io.StringIO(office.lan.get(f"/v1/campaigns/{copied}/report.csv").text.lstrip("\ufeff"))))
    assert [row["ten"] for row in rows][:2] == ["00", "01"]
