"""Bodies of requests: what a careless program sends costs nobody else."""

import json

import psutil
import pytest

from tests.api.served import Api

WISH = {"provider": "esms", "sender": "LOA", "kind": "care", "text": "Chao {ten}, don hang da giao."}
JSON = {"Content-Type": "application/json"}


def test_of_many_wrong_recipients_the_first_fifty_are_named_and_memory_stays(api: Api):
    body = json.dumps({**WISH, "recipients": [{"x": 1}] * 480_000}).encode()
    before = psutil.Process().memory_info().rss
    answer = api.client("campaigns").post("/v1/campaigns", content=body, headers=JSON)
    grown = psutil.Process().memory_info().rss - before
    assert answer.status_code == 422
    print(f"grown by {grown / 2**20:.0f} MiB")
    assert [one["field"] for one in answer.json()["errors"]] == [f"recipients.{place}" for place in range(50)]
    assert answer.json()["detail"].endswith("recipients.49 and more.")
    # This process is the web process and the caller, whose body was made before.
    assert grown < 150 * 2**20, grown


def test_of_many_unknown_fields_fifty_are_told_and_none_is_repeated(api: Api):
    body = {**WISH, "recipients": ["0900000001"], **{f"090{n:07}": 1 for n in range(10_000)}}
    answer = api.client("campaigns").post("/v1/campaigns", json=body)
    assert (answer.status_code, len(answer.json()["errors"])) == (422, 50)
    assert "0900000" not in answer.text


def test_a_password_has_a_small_limit_of_its_own(api: Api):
    ask = {"phone": "0900000001", "text": "Ma 482913", "route": ["esms"], "sender": "LOA"}
    answer = api.client("otp").post("/v1/otp", json={**ask, "x": "y" * 17_000})
    assert (answer.status_code, answer.json()["rule"]) == (413, "too_large")


def test_values_that_the_text_does_not_use_and_a_byte_order_mark_are_passed_over(api: Api):
    recipients = [{"phone": "0900000001", "ten": "An", "vip": True, "tags": ["a"], "more": {"b": 1}}]
    body = b"\xef\xbb\xbf" + json.dumps({**WISH, "recipients": recipients}).encode()
    answer = api.client("campaigns").post("/v1/campaigns", content=body, headers=JSON)
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize("odd", [{"": "x"}, {"ghi\nchu": "x"}, {"n" * 101: "x"}, {"note": "y" * 1001}, {"note": "a\0"}])
def test_what_the_text_does_not_use_is_no_fault_whatever_it_is(api: Api, odd):
    recipients = [{"phone": "0900000001", "ten": "An", **odd}]
    answer = api.client("campaigns").post("/v1/campaigns", json={**WISH, "recipients": recipients})
    assert answer.status_code == 202, answer.text
    wrong = [{"phone": "0900000001", "ten": "y" * 1001}]
    answer = api.client("campaigns").post("/v1/campaigns", json={**WISH, "recipients": wrong})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "recipients.0.ten"), answer.text


@pytest.mark.parametrize("field", ["name", "sender", "provider", "sheet", "phone_column", "text"])
def test_a_nul_is_the_fault_of_its_field_and_no_outage(api: Api, field):
    body = {**WISH, "recipients": [{"phone": "0900000001", "ten": "An"}], field: "LOA\0"}
    answer = api.client("campaigns").post("/v1/campaigns", json=body)
    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, [field]), answer.text


@pytest.mark.parametrize("odd", ["a\x1b[2J", "a\nb", "a\tb", "a\u202eb"])
def test_names_are_printable(api: Api, odd):
    for field in ("name", "sender"):
        body = {**WISH, "recipients": [{"phone": "0900000001", "ten": "An"}], field: odd}
        answer = api.client("campaigns").post("/v1/campaigns", json=body)
        assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, [field]), answer.text
