"""The emulator of FPT takes, refuses and tells as the manual says, and in either reading where it says nothing."""

import base64
import json
import time

import httpx
import pytest

from tests.sandbox.client import listening, numbers


def refused(answer, status=400):
    """The code of an error, whose HTTP status is another than 200."""
    body = answer.json()
    assert answer.status_code == status, body
    assert body["error_description"]
    return body["error"]


@pytest.fixture
def session(fpt):
    return fpt.session()


@pytest.fixture
def code(fpt, session):
    """A campaign for 14:00 with room for 100 numbers."""
    return fpt.create(session, fpt.at("14:00"), quota=100).json()["CampaignCode"]


# Tokens: manual, section 1.


def test_a_token_is_issued_in_the_shape_of_the_manual_and_counted(fpt):
    body = fpt.token(scope="send_brandname_otp").json()
    assert set(body) == {"access_token", "expires_in", "token_type", "scope"}
    assert (body["expires_in"], body["token_type"], body["scope"]) == (3600, "Bearer", "send_brandname_otp")
    assert fpt.token().json()["access_token"] != body["access_token"]
    calls = fpt.http.get("/_sandbox/calls").json()
    assert calls["functions"] == {"oauth2/token": 2}
    assert calls["sends"]["wall"] == []
    assert fpt.shown()["tokens"] == 2


@pytest.mark.parametrize(
    ("error", "fields"),
    [
        (1015, {"grant_type": "password"}),
        (1009, {"grant_type": ""}),
        (1008, {"client_secret": "wrong"}),
        (1008, {"client_id": ""}),
        (1005, {"scope": "send_everything"}),
        (1005, {"scope": " "}),
        (1001, {"session_id": ""}),
    ],
)
def test_a_token_is_refused_by_its_code(fpt, error, fields):
    assert refused(fpt.token(**fields)) == error
    assert fpt.shown()["refusals"][-1]["code"] == str(error)


def test_a_call_needs_a_token_of_its_session_its_age_and_its_scope(fpt, session):
    other = fpt.session(scope="send_brandname", session_id="fghij")
    assert refused(fpt.otp({**session, "access_token": "never"})) == 1011
    assert refused(fpt.otp({"session_id": "abcde"})) == 1011
    assert refused(fpt.otp({**session, "session_id": other["session_id"]})) == 1012
    assert refused(fpt.otp(other)) == 1010
    assert refused(fpt.create(fpt.session(scope="send_brandname_otp"), fpt.at("14:00"))) == 1010
    assert fpt.otp(session).status_code == 200
    fpt.advance(3600)
    assert refused(fpt.otp(session)) == 1013
    assert fpt.totals()["messages"] == 1


def test_tokens_die_when_the_setting_says_so_and_foreign_sessions_pass_in_the_lax_reading(fpt, session):
    fpt.settings(fpt_foreign_session_code="1011")
    assert refused(fpt.otp({**session, "session_id": "x"})) == 1011
    fpt.settings(fpt_foreign_session_code="")
    assert fpt.otp({**session, "session_id": "x"}).status_code == 200
    fpt.settings(fpt_token_s=0)
    assert refused(fpt.otp(session)) == 1013


def test_a_new_token_ends_the_earlier_ones_in_that_reading(fpt, session):
    newer = fpt.session()
    assert fpt.otp(session).status_code == 200
    fpt.settings(fpt_new_token_ends_others=True)
    assert refused(fpt.otp(session)) == 1012
    assert fpt.otp(newer).status_code == 200


# One-time passwords: manual, section 2.


def test_an_otp_is_taken_and_echoed_decoded(fpt, session):
    text = 'Mã & + % # < > "\n😀'
    body = fpt.otp(session, text).json()
    assert body["MessageId"].isdecimal()
    assert {name: body[name] for name in body if name != "MessageId"} == {
        "BrandName": "FTI", "Phone": "84949123456", "Message": text, "PartnerId": "556", "Telco": "vina",
    }  # fmt: skip
    (order,) = fpt.ledger()["orders"]
    assert (order["provider"], order["sms_id"], order["text"]) == ("fpt", body["MessageId"], text)
    assert fpt.phones() == {84949123456: (1, 1)}


def test_the_sample_of_the_manual_is_read(fpt, session):
    """Section 2's own request; its Message is no clean text, so a clean one stands here."""
    body = {"BrandName": "FTI", "Phone": "0949123456", "Message": "dGVzdCB0aW4gbmjhuq9u"}
    assert fpt.fpt("api/push-brandname-otp", **session, **body).json()["Message"] == "test tin nhắn"


@pytest.mark.parametrize(
    ("fields", "newer"),
    [
        ({"Message": "not base64!"}, 1014),
        ({"Message": base64.b64encode(b"\xff\xfe").decode()}, 1014),
        ({"Message": "YWJj\n"}, 1014),
        ({"Message": ""}, 1014),
        ({"BrandName": "NOBODY"}, 2504),
        ({"Phone": "+84949123456"}, 53),
        ({"Phone": "0240000000"}, 53),
    ],
)
def test_an_otp_out_of_form_is_refused_in_either_generation(fpt, session, fields, newer):
    assert refused(fpt.otp(session, **fields)) == 1014
    fpt.settings(fpt_generation=2)
    assert refused(fpt.otp(session, **fields)) == newer
    assert fpt.totals()["orders"] == 0


def test_the_five_minute_rule_of_otps_is_a_switch(fpt, session):
    assert [fpt.otp(session).status_code for _ in range(2)] == [200, 200]
    fpt.settings(fpt_repeated_text_code="2501")
    assert fpt.otp(session).status_code == 200
    assert refused(fpt.otp(session)) == 2501
    assert fpt.otp(session, "another").status_code == 200
    fpt.advance(301)
    assert fpt.otp(session).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"access_token"'])
def test_what_is_no_object_is_1001(fpt, body):
    for path in ("oauth2/token", "api/push-brandname-otp", "api/cancel-ads"):
        assert refused(fpt.http.post(f"/fpt/{path}", content=body)) == 1001


# Campaigns: manual, section 3.


def test_a_campaign_messages_nobody_and_its_text_is_seen(fpt, session, code):
    assert code.isalnum()
    assert fpt.totals()["orders"] == 0
    (shown,) = fpt.shown()["campaigns"]
    assert (shown["code"], shown["quota"], shown["remaining"], shown["taken"]) == (code, 100, 100, 0)
    assert shown["text"] == "Giam gia 10% cho hoa don tren 10tr dong"
    assert shown["due"] == f"{fpt.tuesday:%Y-%m-%d}T07:00:00+00:00"


def test_the_message_of_a_campaign_is_plain_or_base64_by_setting(fpt, session):
    written = base64.b64encode("Giảm giá".encode()).decode()
    assert fpt.create(session, fpt.at("14:00"), "a", Message=written).status_code == 200
    fpt.settings(fpt_message_encoding="base64")
    assert fpt.create(session, fpt.at("14:00"), "b", Message=written).status_code == 200
    assert refused(fpt.create(session, fpt.at("14:00"), "c", Message="Giảm giá")) == 1014
    assert [campaign["text"] for campaign in fpt.shown()["campaigns"]] == [written, "Giảm giá"]


def test_a_name_is_used_once_and_says_so_by_a_setting(fpt, session, code):
    assert refused(fpt.create(session, fpt.at("14:00"))) == 1014
    assert fpt.create(session, fpt.at("14:00")).json()["error_description"] == "Các tham số truyền vào bị lỗi"
    fpt.settings(fpt_duplicate_name_code="1001", fpt_duplicate_name_words="Tên campaign đã tồn tại")
    answer = fpt.create(session, fpt.at("14:00"))
    assert (refused(answer), answer.json()["error_description"]) == (1001, "Tên campaign đã tồn tại")
    assert fpt.create(session, fpt.at("14:00"), "another").status_code == 200
    assert len(fpt.shown()["campaigns"]) == 2


@pytest.mark.parametrize(
    ("time", "days", "taken"),
    [
        ("08:00", 1, True), ("11:29", 1, True), ("11:30", 1, False), ("12:00", 1, False), ("13:30", 0, True),
        ("19:59", 0, True), ("20:00", 0, False), ("07:59", 1, False), ("08:00", 4, True), ("10:59", 0, False),
        ("11:10", 0, True), ("08:30", 0, False), ("14:00", -1, False),
    ],
)  # fmt: skip
def test_a_schedule_lies_in_the_hours_of_phones_and_after_the_lead(fpt, session, time, days, taken):
    answer = fpt.create(session, fpt.at(time, days))
    assert (answer.status_code == 200) is taken
    assert taken or refused(answer) == 1014


@pytest.mark.parametrize(
    "fields",
    [
        {"ScheduleTime": "2099/01/01 10:00"}, {"ScheduleTime": ""}, {"Quota": 0}, {"Quota": "many"}, {"Quota": 1.5},
        {"CampaignName": ""}, {"Message": ""}, {"BrandName": "NOBODY"},
    ],
)  # fmt: skip
def test_a_campaign_out_of_form_is_1014(fpt, session, fields):
    assert refused(fpt.create(session, fpt.at("14:00"), **fields)) == 1014
    assert fpt.shown()["campaigns"] == []


@pytest.mark.parametrize("closed", [{"fpt_order_hours": "13:00-16:30"}, {"fpt_order_days": [0, 2, 3, 4]}])
def test_outside_the_order_hours_neither_campaigns_nor_lists_are_taken(fpt, session, code, closed):
    fpt.settings(**closed)
    assert refused(fpt.create(session, fpt.at("14:00"), "another")) == 1014
    assert "fpt_order_hours" in fpt.shown()["refusals"][-1]["why"]
    assert refused(fpt.push(session, code, numbers(20))) == 1014
    assert fpt.cancel(session, code).status_code == 200
    fpt.settings(fpt_order_hours="")
    assert fpt.create(session, fpt.at("14:00"), "another").status_code == 200


def test_hours_and_leads_can_be_left_aside(fpt, session):
    fpt.settings(fpt_windows="", fpt_lead_s=0)
    code = fpt.create(session, fpt.at("12:00"), quota=40).json()["CampaignCode"]
    assert fpt.push(session, code, numbers(20)).status_code == 200
    fpt.settings(fpt_push_lead_s=4 * 3600)
    assert refused(fpt.push(session, code, numbers(20, 21))) == 1014


def test_lists_use_up_the_quota_to_the_last_number(fpt, session, code):
    first = fpt.push(session, code, numbers(60)).json()
    assert first["BatchId"].startswith("qc.")
    assert (first["NumMessageSent"], first["NumRemainQuota"]) == (60, 40)
    assert refused(fpt.push(session, code, numbers(41, 61))) == 1016
    last = fpt.push(session, code, numbers(40, 61)).json()
    assert (last["NumMessageSent"], last["NumRemainQuota"]) == (40, 0)
    assert last["BatchId"] != first["BatchId"]
    assert refused(fpt.push(session, code, numbers(1))) == 1016
    assert fpt.totals()["numbers"] == fpt.totals()["waiting"] == 100
    assert [batch["phones"] for batch in fpt.shown()["campaigns"][0]["batches"]] == [60, 40]
    assert {order["campaign"] for order in fpt.ledger()["orders"]} == {"Chuong trinh khuyen mai"}


def test_a_list_over_the_quota_is_taken_in_part_in_that_reading(fpt, session, code):
    fpt.settings(fpt_partial_over_quota=True)
    body = fpt.push(session, code, numbers(120)).json()
    assert (body["NumMessageSent"], body["NumRemainQuota"]) == (100, 0)
    assert refused(fpt.push(session, code, numbers(1))) == 1016
    assert list(fpt.phones()) == [84900000000 + number for number in range(1, 101)]


@pytest.mark.parametrize("uses", [False, True])
def test_dropped_numbers_are_not_counted_as_sent_and_use_quota_or_not(fpt, session, code, uses):
    fpt.settings(drop_share=0.2, fpt_dropped_use_quota=uses)
    body = fpt.push(session, code, numbers(60)).json()
    dropped = fpt.totals()["dropped"]
    assert 0 < dropped < 30
    assert body["NumMessageSent"] == 60 - dropped == fpt.totals()["messages"]
    assert body["NumRemainQuota"] == (40 if uses else 40 + dropped)


def test_a_list_counts_each_valid_number_once(fpt, session, code):
    listed = "84949123456,84949123457, 0949123456,0240000000,rubbish"
    assert fpt.push(session, code, listed).json()["NumMessageSent"] == 2
    assert fpt.phones() == {84949123456: (1, 0), 84949123457: (1, 0)}
    assert refused(fpt.push(session, code, "rubbish")) == 1014


def test_a_trailing_comma_and_the_size_of_a_list_are_switches(fpt, session, code):
    assert fpt.push(session, code, "84949123456,").json()["NumMessageSent"] == 1
    assert refused(fpt.push(session, code, "84949123456,,84949123457")) == 1014
    fpt.settings(fpt_trailing_comma=False, fpt_min_phones=2, fpt_max_phones=3)
    assert refused(fpt.push(session, code, "84949123458,")) == 1014
    assert refused(fpt.push(session, code, "84949123458")) == 1014
    assert refused(fpt.push(session, code, numbers(4))) == 1014
    assert fpt.push(session, code, numbers(3)).status_code == 200
    assert refused(fpt.push(session, "nobody", numbers(3))) == 1014


def test_a_campaign_arrives_when_it_is_due(fpt, session, code):
    fpt.push(session, code, numbers(20))
    fpt.advance(5 * 3600 - 120)
    assert fpt.totals()["delivered"] == 0
    fpt.advance(120)
    assert fpt.totals()["delivered"] == 20
    assert set(fpt.phones().values()) == {(1, 1)}


def test_cancel_stops_what_has_not_gone_out_list_by_list(fpt, session, code):
    ids = [fpt.push(session, code, numbers(10, 1 + 10 * turn)).json()["BatchId"] for turn in range(3)]
    fpt.settings(fpt_cancel_fails=1)
    assert fpt.cancel(session, code).json() == {"success": ids[1:], "fail": ids[:1]}
    assert refused(fpt.push(session, code, numbers(10, 50))) == 1014
    fpt.advance(6 * 3600)
    totals = fpt.totals()
    assert (totals["messages"], totals["delivered"], totals["cancelled"]) == (10, 10, 20)
    assert list(fpt.phones().values()) == [(1, 1)] * 10 + [(0, 0)] * 20
    assert fpt.shown()["campaigns"][0]["cancelled"] is True


@pytest.mark.parametrize(("again", "second"), [("success", (1, 0)), ("fail", (0, 1)), ("nowhere", (0, 0))])
def test_a_second_cancel_tells_the_same_or_not(fpt, session, code, again, second):
    fpt.settings(fpt_cancelled_again=again, fpt_push_after_cancel=True)
    fpt.push(session, code, numbers(10))
    assert len(fpt.cancel(session, code).json()["success"]) == 1
    body = fpt.cancel(session, code).json()
    assert (len(body["success"]), len(body["fail"])) == second
    assert fpt.push(session, code, numbers(10, 11)).status_code == 200


def test_what_is_out_cannot_be_cancelled(fpt, session, code):
    ref = fpt.push(session, code, numbers(10)).json()["BatchId"]
    fpt.advance(5 * 3600)
    assert fpt.cancel(fpt.session(), code).json() == {"success": [], "fail": [ref]}
    assert fpt.totals()["delivered"] == 10
    assert refused(fpt.cancel(fpt.session(), "nobody")) == 1014


# Slips and faults.


@pytest.mark.parametrize(
    ("quirk", "name", "value"),
    [("string_numbers", "NumMessageSent", "2"), ("blank_keys", " NumRemainQuota", 98)],
)
def test_answers_slip_as_the_samples_do(fpt, session, code, quirk, name, value):
    fpt.settings(fpt_quirks=[quirk])
    assert fpt.push(session, code, numbers(2)).json()[name] == value


def test_message_ids_and_tokens_slip_too(fpt, session):
    fpt.settings(fpt_quirks=["int_message_id", "no_expires_in"])
    assert type(fpt.otp(session).json()["MessageId"]) is int
    assert "expires_in" not in fpt.token().json()
    fpt.settings(fpt_quirks=["string_numbers"])
    assert fpt.token().json()["expires_in"] == "3600"


def test_errors_slip_in_every_way_that_clients_saw(fpt, session):
    fpt.settings(fpt_quirks=["string_error"], fpt_error_status=401)
    assert refused(fpt.cancel(session, "x"), 401) == "1014"
    fpt.settings(fpt_quirks=["capital_error", "error_with_200"])
    answer = fpt.cancel(session, "x")
    assert (answer.status_code, set(answer.json())) == (200, {"Error", "Error_description"})
    fpt.settings(fpt_quirks=["empty_error"])
    answer = fpt.cancel(session, "x")
    assert (answer.status_code, answer.content) == (401, b"")


@pytest.mark.parametrize(("code_", "status"), [("1006", 500), ("1007", 503), ("1013", 400), ("2507", 400)])
def test_a_fault_says_any_code_in_fpts_shape(fpt, session, code_, status):
    fpt.arm("code", function="push-brandname-otp", code=code_)
    assert refused(fpt.otp(session), status) == int(code_)
    assert fpt.otp(session).status_code == 200


@pytest.mark.parametrize("function", ["push-brandname-otp", "push-brandname-ads", "create-campaign", "cancel-ads"])
def test_a_call_is_taken_and_its_answer_lost(fpt, session, code, function):
    fpt.push(session, code, numbers(10))
    fpt.arm("drop", function=function, when="after")
    calls = {
        "push-brandname-otp": lambda: fpt.otp(session),
        "push-brandname-ads": lambda: fpt.push(session, code, numbers(10, 11)),
        "create-campaign": lambda: fpt.create(session, fpt.at("14:00"), "lost"),
        "cancel-ads": lambda: fpt.cancel(session, code),
    }
    with pytest.raises(httpx.RemoteProtocolError):
        calls[function]()
    campaigns, totals = fpt.shown()["campaigns"], fpt.totals()
    assert len(campaigns) == (2 if function == "create-campaign" else 1)
    assert totals["orders"] == (2 if function.startswith("push") else 1)
    assert campaigns[0]["cancelled"] is (function == "cancel-ads")
    assert campaigns[0]["remaining"] == (80 if function == "push-brandname-ads" else 90)


# Delivery reports of the newer interface.


def test_an_otp_is_reported_by_post(fpt, session):
    fpt.settings(callback_states=True, fpt_pending_status=-11)
    with listening() as (url, arrived):
        fpt.settings(fpt_report_url=f"{url}/reports/s3cr3t")
        ref = fpt.otp(session).json()["MessageId"]
        reports = [arrived.get(timeout=60) for _ in range(2)]
    assert {(method, path) for method, path, _ in reports} == {("POST", "/reports/s3cr3t")}
    pending, final = (json.loads(body) for _, _, body in reports)
    assert final == {"smsid": int(ref), "status": 1, "telco": "vina", "error": "", "mt_count": 1}
    assert pending["status"] == -11


def test_a_declined_report_comes_again_or_not(fpt, session):
    fpt.settings(callback_pause_s=0, fail_share=1)
    with listening(lambda turn: (200, b'{"status":%d}' % (turn == 3))) as (url, arrived):
        fpt.settings(fpt_report_url=url)
        fpt.otp(session)
        statuses = [json.loads(arrived.get(timeout=60)[2])["status"] for _ in range(3)]
        fpt.settings(fpt_repeats_declined_reports=False)
        fpt.otp(session)
        arrived.get(timeout=60)
    assert statuses == [0, 0, 0]
    assert fpt.callbacks()[0]["answers"] == [200, 200, 200]
    assert arrived.empty()


def test_ads_are_reported_by_batch_and_number_in_that_reading_but_not_when_cancelled(fpt, session, code):
    with listening() as (url, arrived):
        fpt.settings(fpt_report_url=url, fpt_ads_reports=True)
        ref = fpt.push(session, code, numbers(3)).json()["BatchId"]
        fpt.advance(5 * 3600)
        names = {json.loads(arrived.get(timeout=60)[2])["smsid"] for _ in range(3)}
        session = fpt.session()
        other = fpt.create(session, fpt.at("15:00"), "other").json()["CampaignCode"]
        fpt.push(session, other, numbers(3))
        fpt.cancel(session, other)
        fpt.advance(24 * 3600)
        last = fpt.otp(fpt.session()).json()["MessageId"]
        assert json.loads(arrived.get(timeout=60)[2])["smsid"] == int(last)
    assert names == {f"{ref}{phone}" for phone in (84900000001, 84900000002, 84900000003)}


def test_the_address_of_reports_stays_on_this_machine(fpt):
    for url in ("http://192.0.2.1/x", "https://127.0.0.1/x", "http://example.test/", "nonsense"):
        answer = fpt.http.patch("/_sandbox/settings", json={"fpt_report_url": url})
        assert answer.status_code == 400
        assert "fpt_report_url" in answer.text


def test_lists_of_five_thousand_go_fast(fpt, session):
    code = fpt.create(session, fpt.at("14:00"), quota=200_000).json()["CampaignCode"]
    bodies = [",".join(numbers(5000, 1 + 5000 * turn)) for turn in range(40)]
    began = time.monotonic()
    for phones in bodies:
        assert fpt.push(session, code, phones).status_code == 200
    rate = 200_000 / (time.monotonic() - began)
    print(f"\n{rate:,.0f} numbers/s in lists of 5,000, one connection")
    assert fpt.shown()["campaigns"][0]["remaining"] == 0
    # Several times as much on a machine that has nothing else to do.
    assert rate > 20_000


def test_esms_knows_nothing_of_what_fpt_took(fpt, session, code):
    batch = fpt.push(session, code, numbers(20)).json()["BatchId"]
    otp = fpt.otp(session).json()["MessageId"]
    assert {fpt.status(ref)["CodeResponse"] for ref in (batch, otp)} == {"105"}
    assert {fpt.receivers(ref)["CodeResult"] for ref in (batch, otp)} == {"105"}
    assert fpt.sent(SmsType="")["CountTotal"] == 0
    assert fpt.totals()["messages"] == 21
