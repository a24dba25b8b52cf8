"""Receivers of events by HTTP: each key its own; and requests that name an address of their own."""

from tests.api.served import Api, served
from worker.services import webhooks
from worker.services.deps import Receivers

ASK = {"phone": "0900000001", "text": "Ma xac thuc LOA: 482913", "route": ["esms"], "sender": "LOA"}
URL = "http://127.0.0.1:9/hook"


def test_a_key_adds_lists_rotates_and_removes_its_receivers_and_no_other(loa):
    loa.change(receivers=Receivers(allow_private=True))

    with served(loa) as api:
        shop, bank, admin = api.client("otp"), api.client("campaigns"), api.client("admin")
        made = shop.post("/v1/webhooks", json={"url": URL, "events": ["otp.*"]})
        assert made.status_code == 201, made.text
        document = made.json()
        assert document["secret"].startswith("whsec_")
        assert set(document["events"]) == {f"otp.{one}" for one in
            ("accepted", "delivered", "failed", "rejected", "expired", "unknown")}  # fmt: skip
        assert made.headers["location"] == f"/v1/webhooks/{document['id']}"
        again = shop.post("/v1/webhooks", json={"url": URL})
        assert (again.status_code, again.json()["rule"], again.json()["details"]["id"]) == (
            409,
            "webhook_exists",
            document["id"],
        )
        listed = shop.get("/v1/webhooks").json()
        assert [one["id"] for one in listed["webhooks"]] == [document["id"]]
        assert "secret" not in listed["webhooks"][0]
        assert listed["callback_secret"].startswith("whsec_")
        assert bank.get("/v1/webhooks").json()["webhooks"] == []
        assert [one["id"] for one in admin.get("/v1/webhooks").json()["webhooks"]] == [document["id"]]
        path = f"/v1/webhooks/{document['id']}"
        assert bank.delete(path).status_code == 404
        assert bank.post(path + "/rotate").status_code == 404
        fresh = shop.post(path + "/rotate").json()
        assert fresh["secret"] != document["secret"]
        assert fresh["former_secret_until"] == "2026-03-03T09:00:00+07:00"
        assert shop.get("/v1/webhooks/deliveries").json() == {"deliveries": []}
        assert shop.delete(path).status_code == 204
        assert shop.get("/v1/webhooks").json()["webhooks"] == []
        assert api.client("read").get("/v1/webhooks").status_code == 403


def test_what_is_wrong_is_named_by_its_field(api: Api):
    client = api.client("otp")
    for body, field in (
        ({"url": "ftp://x"}, "url"),
        ({"url": URL}, "url"),
        ({"url": "http://8.8.8.8/x", "events": ["otp.sent"]}, "events"),
        ({"events": []}, "url"),
        ({"url": URL, "secret": "x"}, "secret"),
    ):
        answer = client.post("/v1/webhooks", json=body)
        assert answer.status_code == 422, answer.text
        assert [one["field"] for one in answer.json()["errors"]] == [field]
    for path, body in (("/v1/otp", ASK), ("/v1/campaigns", CAMPAIGN)):
        answer = api.client("admin").post(path, json={**body, "callback_url": "http://10.0.0.1/x"})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "callback_url"), answer.text
    assert api.uploads() == []


CAMPAIGN = {
    "provider": "esms", "sender": "LOA", "kind": "care", "text": "Chao {name}",
    "recipients": [{"phone": "0900000001", "name": "An"}],
}  # fmt: skip


def test_a_request_keeps_its_address_and_its_key(loa):

    loa.change(receivers=Receivers(allow_private=True))
    with served(loa) as api:
        client = api.client("admin")
        headers = {"Idempotency-Key": "1"}
        first = client.post("/v1/otp", json={**ASK, "callback_url": URL}, headers=headers)
        assert first.status_code == 202, first.text
        assert client.post("/v1/otp", json={**ASK, "callback_url": URL}, headers=headers).json() == first.json()
        other = client.post("/v1/otp", json={**ASK, "callback_url": URL + "2"}, headers=headers)
        assert other.json()["rule"] == "key_conflict"
        made = client.post("/v1/campaigns", json={**CAMPAIGN, "callback_url": URL})
        assert made.status_code == 202, made.text
        api.plan()
        loa.go()
        secret = client.get("/v1/webhooks").json()["callback_secret"]
        (row,) = webhooks.deliveries(loa.deps)
        assert (row.type, row.url) == ("campaign.started", URL)
        assert secret.startswith("whsec_")
