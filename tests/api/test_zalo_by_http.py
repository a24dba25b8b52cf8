"""Campaigns over Zalo by HTTP: the fields that belong to a channel, and what comes of them."""

import pytest

from tests.api.served import Api
from tests.world import ZALO_ACCOUNT, ZALO_TEMPLATE

ZALO = {"provider": "esms", "kind": "care", "channel": "zalo", "oa_id": ZALO_ACCOUNT, "template_id": ZALO_TEMPLATE}
PARAMS = ["customer_name", "order_code=code"]
PEOPLE = [{"phone": f"090000000{n}", "customer_name": f"Ban {n}", "code": f"DH{n}", "note": None} for n in range(3)]


def post(api: Api, **fields):
    return api.client("campaigns").post("/v1/campaigns", json={**ZALO, "recipients": PEOPLE, **fields})


def test_recipients_in_json_fill_the_template(api: Api):
    answer = post(api, params=PARAMS)
    assert answer.status_code == 202, answer.text
    assert api.plan() == ["scheduled"]
    shown = api.client("read").get(f"/v1/campaigns/{answer.json()['id']}").json()
    assert (shown["channel"], shown["sender"]) == ("zalo", ZALO_ACCOUNT)
    assert shown["template"] == {
        "oa_id": ZALO_ACCOUNT,
        "template_id": ZALO_TEMPLATE,
        "params": [
            {"name": "customer_name", "column": "customer_name"},
            {"name": "order_code", "column": "code"},
        ],
    }
    api.world.go()
    assert {tuple(one["details"]["Params"]) for one in api.world.sandbox.orders()} == {
        (f"Ban {n}", f"DH{n}") for n in range(3)
    }


def test_a_list_as_a_file_names_its_values_with_commas(api: Api):
    content = b"phone,customer_name,code\n0900000001,An,DH1\n0900000002,,DH2\n"
    fields = {**ZALO, "params": ",".join(PARAMS)}
    answer = api.client("campaigns").post("/v1/campaigns", data=fields, files={"list": ("orders.csv", content)})
    assert answer.status_code == 202, answer.text
    api.plan()
    shown = api.client("read").get(f"/v1/campaigns/{answer.json()['id']}").json()
    assert (shown["valid"], shown["invalid"]) == (1, 1)


def test_a_dry_run_shows_the_values_filled(api: Api):
    answer = post(api, params=PARAMS, dry_run=True)
    assert answer.status_code == 200, answer.text
    assert answer.json()["samples"][0]["text"].endswith("customer_name: Ban 0\norder_code: DH0")


def test_the_text_that_follows_is_taken_and_shown(api: Api):
    answer = post(api, params=PARAMS, fallback_text="Chao {customer_name}", fallback_sender="LOA")
    assert answer.status_code == 202, answer.text
    assert api.plan() == ["scheduled"]
    shown = api.client("read").get(f"/v1/campaigns/{answer.json()['id']}").json()
    assert shown["fallback"] == {
        "text": "Chao {customer_name}",
        "sender": "LOA",
        "decided_at": None,
        "campaign": None,
    }


def test_a_campaign_of_texts_says_that_it_is_one(api: Api):
    fields = {"provider": "esms", "kind": "care", "sender": "LOA", "text": "Chao", "recipients": ["0900000001"]}
    answer = api.client("campaigns").post("/v1/campaigns", json=fields)
    shown = api.client("read").get(f"/v1/campaigns/{answer.json()['id']}").json()
    assert (shown["channel"], shown["template"]) == ("sms", None)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"oa_id": ""}, "oa_id"),
        ({"template_id": ""}, "template_id"),
        ({"text": "Chao"}, "text"),
        ({"sender": "LOA"}, "sender"),
        ({"params": ["a{b"]}, "params"),
        ({"channel": "sms"}, "sender"),
        ({"channel": "fax"}, "channel"),
        ({"provider": "fibo"}, "provider"),
        ({"fallback_text": "Chao"}, "fallback_text"),
        ({"fallback_text": "Chao {", "fallback_sender": "LOA"}, "brace"),
    ],
)
def test_what_does_not_belong_to_the_channel_is_named(api: Api, fields, where):
    answer = post(api, **fields)
    assert answer.status_code == 422
    assert where in answer.text


def test_a_rule_of_texts_names_the_field_that_broke_it(api: Api):
    answer = post(api, params=PARAMS, fallback_text="Chao {", fallback_sender="LOA")
    assert [one["field"] for one in answer.json()["errors"]] == ["fallback_text"]
    texts = {"provider": "esms", "kind": "care", "sender": "LOA", "text": "Chao {", "recipients": ["0900000001"]}
    answer = api.client("campaigns").post("/v1/campaigns", json=texts)
    assert [one["field"] for one in answer.json()["errors"]] == ["text"]
