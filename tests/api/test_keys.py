"""Each API key opens the doors of its scopes only, and none once it is revoked or expired."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from dateutil.parser import isoparse
from sqlalchemy import select, text

from tests.api.served import Api
from worker.errors import Misuse
from worker.services.operations import api_keys
from worker.storage.tables.api import ApiKey

NOBODY = uuid4()
OTP, CAMPAIGN = f"/v1/otp/{NOBODY}", f"/v1/campaigns/{NOBODY}"
DOORS = {
    ("POST", "/v1/otp"): {"otp"},
    ("GET", OTP): {"otp", "read"},
    ("POST", "/v1/campaigns"): {"campaigns"},
    ("GET", "/v1/campaigns"): {"campaigns", "read"},
    ("GET", CAMPAIGN): {"campaigns", "read"},
    ("GET", f"{CAMPAIGN}/report.csv"): {"campaigns", "read"},
    ("GET", f"{CAMPAIGN}/report.xlsx"): {"campaigns", "read"},
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
    key = api_keys.create(api.world.deps, ["admin"]).key
    client = api.client()
    for header in (f"Basic {key}", key, "Bearer", f"Bearer {key}x", f"Bearer {key[:-1]}"):
        assert client.get("/v1/campaigns", headers={"Authorization": header}).status_code == 401, header
    assert client.get("/v1/campaigns", headers={"Authorization": f"bearer {key}"}).status_code == 200


def test_a_revoked_key_opens_nothing_from_then_on(api: Api):
    made = api_keys.create(api.world.deps, ["read"])
    client = api.client(key=made.key)
    assert client.get("/v1/campaigns").status_code == 200
    api_keys.revoke(api.world.deps, made.row.id)
    answer = client.get("/v1/campaigns")
    assert (answer.status_code, answer.json()["detail"]) == (401, "The key is unknown, revoked or expired.")


def test_an_expired_key_opens_nothing_from_then_on(api: Api):
    deps, clock = api.world.deps, api.world.clock
    made = api_keys.create(deps, ["read"], expires="1h")
    assert made.row.expires_at == clock.now() + timedelta(hours=1)
    assert api_keys.create(deps, ["read"], expires="2030-01-31").row.expires_at == isoparse("2030-01-30T17:00:00Z")
    clock.tick(minutes=59, seconds=59)
    assert api_keys.find(deps, made.key) is not None
    clock.tick(seconds=1)
    assert api_keys.find(deps, made.key) is None
    assert api.client(key=made.key).get("/v1/campaigns").status_code == 401


def test_the_use_of_a_key_is_written_down_once_a_minute_at_most(api: Api):
    deps, clock = api.world.deps, api.world.clock
    made, began = api_keys.create(deps, ["read"]), clock.now()

    def used():
        api_keys.find(deps, made.key)
        return next(row.last_used_at for row in api_keys.newest(deps) if row.id == made.row.id)

    assert used() == began
    clock.tick(seconds=59)
    assert used() == began
    clock.tick(seconds=1)
    assert used() == began + timedelta(minutes=1)


def test_a_key_whose_use_another_writes_down_is_not_waited_for(api: Api):
    deps = api.world.deps
    made = api_keys.create(deps, ["read"])
    with deps.sessions.begin() as session:
        session.execute(select(ApiKey).with_for_update()).all()
        session.execute(text("SELECT 1"))
        began = time.monotonic()
        assert api_keys.find(deps, made.key) is not None
        assert time.monotonic() - began < 9, "the database would wait ten seconds for the row"


@pytest.mark.parametrize(
    "expires", ["soon", "-1d", "0d", "90", "2020-01-01", "1y", "2026-02-30", "9999-12-31T23:59-12:00"]
)
def test_an_end_that_is_none_is_refused(api: Api, expires: str):
    with pytest.raises(Misuse, match="--expires"):
        api_keys.create(api.world.deps, ["read"], expires=expires)


def test_the_key_shows_in_no_repr(api: Api):
    made = api_keys.create(api.world.deps, ["read"])
    assert made.key not in repr(made)
    assert made.key not in repr(api_keys.find(api.world.deps, made.key))


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/openapi.json"])
def test_the_doors_of_operation_need_no_key(api: Api, path: str):
    assert api.client().get(path).status_code == 200
