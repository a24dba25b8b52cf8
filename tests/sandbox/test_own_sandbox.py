"""The sandbox's own provider answers as its document says, section by section."""

import pytest

MESSAGE = {
    "secret": "sandbox-secret",
    "request_id": "r-1",
    "key": "k-1",
    "sender": "LOA",
    "text": "Mã 482913 & 5%",
    "to": "0900000001",
}


def send(sandbox, **fields):
    return sandbox.http.post("/sandbox/messages", json={**MESSAGE, **fields})


def code(answer):
    assert answer.status_code == 200
    return answer.json()["code"]


def test_a_message_is_taken_under_a_number(sandbox):
    answer = send(sandbox)
    assert (code(answer), type(answer.json()["id"])) == ("accepted", int)
    (order,) = sandbox.ledger()["orders"]
    assert (order["sms_id"], order["campaign"], order["text"]) == (str(answer.json()["id"]), "k-1", "Mã 482913 & 5%")


def test_a_repeat_is_answered_as_the_first_and_sends_nothing_for_a_day(sandbox):
    first = send(sandbox).json()
    sandbox.settings(sandbox_senders=[], sandbox_balance=0)
    assert send(sandbox).json() == first
    assert len(sandbox.ledger()["orders"]) == 1
    sandbox.settings(sandbox_senders=["LOA"], sandbox_balance=1000)
    sandbox.http.post("/_sandbox/advance", json={"seconds": 24 * 3600})
    assert send(sandbox).json()["id"] != first["id"]


def test_a_refused_request_id_is_not_remembered(sandbox):
    assert code(send(sandbox, to="1")) == "bad-number"
    assert code(send(sandbox)) == "accepted"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"secret": "wrong"}, "bad-secret"),
        ({"sender": "LOB"}, "unknown-sender"),
        ({"to": "+84900000001"}, "bad-number"),
        ({"text": ""}, "bad-text"),
        ({"text": "a" * 1001}, "bad-text"),
        ({"text": "a" * 1000}, "accepted"),
        ({"request_id": ""}, "bad-request"),
        ({"request_id": "r" * 51}, "bad-request"),
        ({"to": 84900000001}, "bad-request"),
        ({"key": None}, "bad-request"),
    ],
)
def test_each_refusal_has_its_code(sandbox, fields, told):
    assert code(send(sandbox, **fields)) == told
    assert len(sandbox.ledger()["orders"]) == (told == "accepted")


@pytest.mark.parametrize("body", ["", "[]", "{", '"text"'])
def test_a_body_that_is_no_object_is_a_bad_request(sandbox, body):
    assert code(sandbox.http.post("/sandbox/messages", content=body)) == "bad-request"


def test_the_balance_falls_by_the_parts_of_each_text(sandbox):
    sandbox.settings(sandbox_balance=1000)
    send(sandbox, text="a" * 161)
    assert sandbox.http.post("/sandbox/balance", json={"secret": "sandbox-secret"}).json() == {"balance": 310}
    assert code(send(sandbox, request_id="r-2")) == "no-money"
    assert code(sandbox.http.post("/sandbox/balance", json={"secret": "wrong"})) == "bad-secret"


def test_later_says_how_long(sandbox):
    sandbox.settings(sandbox_later_s=7)
    answer = send(sandbox)
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (429, "later", "7")
    sandbox.settings(sandbox_later_s=0)
    assert code(send(sandbox)) == "accepted"


def test_the_page_tells_how_to_point_loa_here(sandbox):
    page = sandbox.http.get("/").text
    assert f"LOA_SANDBOX_BASE_URL={sandbox.url}/sandbox" in page
    assert "LOA_SANDBOX_SECRET=sandbox-secret" in page
