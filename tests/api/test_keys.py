"""Who is let in at which door?"""

from uuid import uuid4

import pytest

from tests.api.served import Api
from worker.services import keys

NOBODY = uuid4()
OTP, CAMPAIGN = f"/v1/otp/{NOBODY}", f"/v1/campaigns/{NOBODY}"
DOORS = {
    ("POST", "/v1/otp"): {"otp"},
    ("GET", OTP): {"otp", "read"},
    ("POST", "/v1/campaigns"): {"campaigns"},
    ("GET", "/v1/campaigns"): {"campaigns", "read"},
    ("GET", CAMPAIGN): {"campaigns", "read"},
    ("GET", f"{CAMPAIGN}/report.csv"): {"campaigns", "read"},
    ("POST", f"{CAMPAIGN}/pause"): {"campaigns"},
    ("POST", f"{CAMPAIGN}/resume"): {"campaigns"},
    ("POST", f"{CAMPAIGN}/cancel"): {"campaigns"},
}


def test_no_door_opens_without_a_key_and_each_opens_for_its_scopes_only(api: Api):
    nobody, wrong = api.client(), api.client(key="loa_" + "x" * 43)
    callers = {scope: api.client(scope) for scope in ("otp", "campaigns", "read", "admin")}
    for (method, path), scopes in DOORS.items():
        for stranger in (nobody, wrong):
            answer = stranger.request(method, path, content=b"{not even JSON")
            assert answer.status_code == 401, (method, path)
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.headers["content-type"] == "application/problem+json"
        for scope, caller in callers.items():
            answer = caller.request(method, path)
            allowed = scope in {*scopes, "admin"}
            assert (answer.status_code != 403) == allowed, (method, path, scope, answer.text)
            if not allowed:
                assert answer.json()["rule"] == "forbidden"
                assert scopes & set(answer.json()["detail"].replace(".", "").split())


def test_what_is_no_bearer_key_is_no_key(api: Api):
    key = keys.create(api.world.deps, ["admin"]).key
    client = api.client()
    for header in (f"Basic {key}", key, "Bearer", f"Bearer {key}x", f"Bearer {key[:-1]}"):
        assert client.get("/v1/campaigns", headers={"Authorization": header}).status_code == 401, header
    assert client.get("/v1/campaigns", headers={"Authorization": f"bearer {key}"}).status_code == 200


def test_a_revoked_key_opens_nothing_from_then_on(api: Api):
    made = keys.create(api.world.deps, ["read"])
    client = api.client(key=made.key)
    assert client.get("/v1/campaigns").status_code == 200
    keys.revoke(api.world.deps, made.row.id)
    answer = client.get("/v1/campaigns")
    assert (answer.status_code, answer.json()["detail"]) == (401, "The key is unknown or revoked.")


def test_the_key_shows_in_no_repr(api: Api):
    made = keys.create(api.world.deps, ["read"])
    assert made.key not in repr(made)
    assert made.key not in repr(keys.find(api.world.deps, made.key))


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/openapi.json"])
def test_the_doors_of_operation_need_no_key(api: Api, path: str):
    assert api.client().get(path).status_code == 200
