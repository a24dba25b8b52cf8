"""A log line hides what it must hide, and keeps the rest."""

import json
import subprocess
import sys
from uuid import UUID

import pytest

from worker import log

HIDDEN = [
    pytest.param("GET /GetSendStatus?RefId=1&ApiKey=abc123&SecretKey=def%2F456", ["abc123", "def%2F456"], id="a query"),
    pytest.param("u=https%3A%2F%2Fx%3FApiKey%3Dabc123%26SecretKey%3Ddef456", ["abc123", "def456"], id="a URL in a URL"),
    pytest.param('{"ApiKey": "abc 123", "SecretKey":"d\\"ef456"}', ["abc 123", "ef456"], id="JSON"),
    pytest.param('"{\\"ApiKey\\": \\"abc 123\\", \\"x\\": 1}"', ["abc 123"], id="JSON in JSON"),
    pytest.param('{"ApiKey": "abc123', ["abc123"], id="JSON cut off"),
    pytest.param("{'api_key': 'abc123', 'clientPass': b'def456'}", ["abc123", "def456"], id="a dict's repr"),
    pytest.param("call(api_key='abc123', secret_key=\"def456\")", ["abc123", "def456"], id="arguments"),
    pytest.param("<RQST><APIKEY>abc123</APIKEY><SECRETKEY>\ndef456 </SECRETKEY>", ["abc123", "def456"], id="XML"),
    pytest.param('<a:ApiKey xmlns:a="x">abc123</a:ApiKey>', ["abc123"], id="XML with a namespace"),
    pytest.param("clientNo=CL1&clientPass=abc123&x=1", ["abc123"], id="Fibo's password"),
    pytest.param(
        '{"access_token":"abc123","session_id":"def456","client_secret":"g"}', ["abc123", "def456"], id="FPT's"
    ),
    pytest.param("GET /json/GetListBrandname/abc123/def456 200", ["abc123", "def456"], id="keys in a path"),
    pytest.param("GET /callbacks/esms/abc123?SMSID=1", ["abc123"], id="a callback's secret"),
    pytest.param("Authorization: Bearer abc123.def456", ["abc123", "def456"], id="a header"),
    pytest.param("[(b'Authorization', b'Basic YWJjOjEyMw==')]", ["YWJjOjEyMw"], id="a header's repr"),
    pytest.param("headers={'authorization': 'Bearer abc123'}", ["abc123"], id="headers as a dict"),
    pytest.param("redis://:abc123@127.0.0.1:6379/0", ["abc123"], id="Redis"),
    pytest.param("postgresql+psycopg://loa:ab%40c123@db/loa", ["c123"], id="PostgreSQL"),
    pytest.param("host=db password=abc123 dbname=loa", ["abc123"], id="a connection string"),
    pytest.param("LOA_ESMS_API_KEY=abc123 LOA_FLOWER_BASIC_AUTH=u:def456", ["abc123", "def456"], id="the environment"),
    pytest.param("loa.send_otp(sealed='abc123')", ["abc123"], id="a sealed task"),
    pytest.param(
        "to 0901234567, 84901234567 and +84901234567", ["0901234567", "84901234567"], id="numbers in all forms"
    ),
    pytest.param("0084901234567 01201234567 840901234567", ["901234567", "1201234567"], id="odd numbers"),
    pytest.param("[84901234567, 84901234568]", ["84901234567", "84901234568"], id="a list of numbers"),
    pytest.param('["0901234567","0901234568"]', ["0901234567", "0901234568"], id="a JSON list of numbers"),
    pytest.param("'Call\\n0901234567\\t0901234568'", ["0901234567", "0901234568"], id="a repr of a text"),
    pytest.param("Phone=%2B84901234567&to=%200901234568", ["84901234567", "0901234568"], id="numbers in a query"),
    pytest.param(
        "090 123 4567, 0901.234.567, 090-123-4567, +84 90 123 4567",
        ["123 4567", "234.567", "123-4567"],
        id="spaced numbers",
    ),
    pytest.param(
        "phone0901234567 tel:0901234568 _0901234569_", ["0901234567", "0901234568", "0901234569"], id="glued on"
    ),
    pytest.param('{"Phone": 901234567, "phone_number": "901234568"}', ["901234567", "901234568"], id="a lost zero"),
    pytest.param("0901234567-0901234568", ["0901234567", "0901234568"], id="a range"),
]

KEPT = [
    "batch=3b1f0c1e-51a4-4a8e-9d55-0e3b8f1f7a10 request=3b1f0c1e-51a4-4a8e-9d55-012345678901-2",
    f"task {UUID(int=0x84901234567849012345678490123456)} of {'0123456789' * 3}ab",
    "SMSID cc955fb8-3c74-4851-ac69-9a2aa0a7cd26134",
    "SMSID cc955fb8-3c74-4851-ac69-084901234567",
    "2026-03-02T08:54:00.012345Z 2026-03-02 08:54:00,123 +07:00 20260302T085400.012345",
    "epoch 1763715240 1705484048995 1763715240.0123456789 /Date(1705484048995+0700)/",
    "took 0.0312345678 s, load 0.5 0.25 0.125 0.0625 0.03125",
    "rows=1000000 valid=999999 price=1691300.0000 cost=790000000 of 10000000000",
    "127.0.0.1:54321 10.0.150.250 version 0.28.1 redis://127.0.0.1:6379/0 https://rest.esms.vn:443/a?b=c",
    "0901***567 8490***4567",
    "the api key is wrong; check LOA_ESMS_API_KEY and LOA_ESMS_SECRET_KEY, and whether the address is let in",
    "Sai ApiKey hoặc SecretKey (“Authorize Failed”); code 101",
    "line 1\nline 2",
    "",
]


@pytest.mark.parametrize(("text", "secrets"), HIDDEN)
def test_what_is_secret_is_hidden(text, secrets):
    found = log.redact(text)
    assert [secret for secret in secrets if secret in found] == [], found
    assert "***" in found


@pytest.mark.parametrize("text", KEPT)
def test_what_is_not_secret_is_kept(text):
    assert log.redact(text) == text


@pytest.mark.parametrize("text", [*(row.values[0] for row in HIDDEN), *KEPT])
def test_masking_twice_is_masking_once(text):
    assert log.redact(log.redact(text)) == log.redact(text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("0901234567", "0901***567"),
        ("84901234567", "8490***4567"),
        ("+84901234567", "+8490***4567"),
        ("090 123 4567", "0901***567"),
        ('{"ApiKey": "abc123", "SMSID": "1"}', '{"ApiKey": "***", "SMSID": "1"}'),
        ("?ApiKey=abc123&RefId=1", "?ApiKey=***&RefId=1"),
        ("redis://:abc123@127.0.0.1:6379/0", "redis://:***@127.0.0.1:6379/0"),
    ],
)
def test_what_is_left_can_still_be_recognised(text, masked):
    assert log.redact(text) == masked


def test_a_told_secret_is_hidden_wherever_and_however_it_stands():
    secret = 'k&y/<"é">+0'
    spellings = [
        "k%26y%2F%3C%22%C3%A9%22%3E%2B0",
        'k&amp;y/&lt;"é"&gt;+0',
        'k&y/<\\"\\u00e9\\">+0',
        'k&y/<\\"é\\">+0',
        secret,
    ]
    for spelling in spellings:
        assert log.redact(f"odd:{spelling}:place", [secret]) == "odd:***:place"
    assert log.redact(f"odd:{secret}:place") != "odd:***:place"
    log.redact_words(secret)
    assert log.redact(f"odd:{secret}:place") == "odd:***:place"


def test_a_longer_secret_leaves_no_tail_of_itself():
    assert log.redact("x longsecret-and-more y", ["longsecret", "longsecret-and-more"]) == "x *** y"


def test_a_short_secret_does_not_blank_out_ordinary_words():
    assert log.redact("loa demo runs", ["demo", ""]) == "loa demo runs"


STORY = """
import logging, warnings, structlog
from worker import log
log.configure({level!r}, json={json})
log.redact_words("a-literal-secret")
ours, theirs = structlog.get_logger("ours"), logging.getLogger("theirs")
ours.info("batch_sent", batch="3b1f0c1e-51a4-4a8e-9d55-0e3b8f1f7a10", phone=84901234567, api_key="abc123", count=1000,
          phones=[84901234567, "0901234568"], inner={{"password": 12345678, "Phone": 901234567}}, took=0.0312345678)
ours.debug("a detail")
theirs.info("GET https://x/?ApiKey=%s for %s", "abc123", 84901234567)
theirs.warning("a-literal-secret")
logging.getLogger("httpx").info("HTTP Request: GET")
logging.getLogger("httpcore.connection").debug("connect_tcp.started")
warnings.warn("about 0901234567")
theirs.info("%d arguments", "abc123 0901234567")
try:
    secret = "abc123"
    raise ValueError("https://x/?SecretKey=abc123 and 0901234567")
except ValueError:
    ours.exception("it_broke", exc_info=True)
    theirs.exception("it broke too")
print("an answer")
raise RuntimeError("redis://:abc123@h/0 0901234567")
"""


def told(level="INFO", json_lines=False):
    """What a process that logs all this writes to stdout and stderr."""
    story = STORY.format(level=level, json=json_lines)
    done = subprocess.run([sys.executable, "-c", story], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert done.stdout == "an answer\n"
    for secret in ("abc123", "a-literal-secret", "0901234567", "84901234567", "0901234568", "12345678 ", "901234567"):
        assert secret not in done.stderr, done.stderr
    return done.stderr


def test_plain_lines_say_everything_but_secrets():
    lines = told()
    for fact in (
        "batch=3b1f0c1e-51a4-4a8e-9d55-0e3b8f1f7a10",
        "phone=8490***4567",
        "count=1000",
        "took=0.0312345678",
        "GET https://x/?ApiKey=*** for 8490***4567",
        "about 0901***567",
        "ValueError: https://x/?SecretKey=*** and 0901***567",
        "RuntimeError: redis://:***@h/0 0901***567",
        "could not be written: TypeError",
        "[theirs]",
    ):
        assert fact in lines
    for noise in ("a detail", "HTTP Request", "connect_tcp", "\x1b["):
        assert noise not in lines


def test_json_lines_are_json():
    lines = told(json_lines=True).splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    assert len(events) == len(lines) - 1 == 7
    first = events[0]
    assert first["event"] == "batch_sent"
    assert (first["phone"], first["api_key"], first["count"], first["took"]) == (
        "8490***4567",
        "***",
        1000,
        0.0312345678,
    )
    assert first["phones"] == ["8490***4567", "0901***568"]
    assert first["inner"] == {"password": "***", "Phone": "9012***67"}
    assert first["timestamp"].endswith("Z")
    assert "Traceback" in events[-1]["exception"]


def test_debug_shows_our_details_and_still_no_requests():
    lines = told("DEBUG")
    assert "a detail" in lines
    assert "HTTP Request" not in lines
    assert "connect_tcp" not in lines


def test_of_a_message_that_celery_could_not_take_no_body_is_written(caplog: pytest.LogCaptureFixture) -> None:
    from celery.worker.consumer import consumer  # noqa: PLC0415 - nothing else here needs Celery

    log.leave_out_bodies()
    body = "[['0900000001', 'Ma xac thuc 482913']]"
    consumer.error(consumer.UNKNOWN_TASK_ERROR, KeyError("loa.send_opt 482913"), body, {"argsrepr": body}, {})
    consumer.error(consumer.INVALID_TASK_ERROR, ValueError(body), body)
    consumer.warn(consumer.UNKNOWN_FORMAT, body)
    consumer.crit(consumer.MESSAGE_DECODE_ERROR, ValueError(body), "a", "b", body, body)
    assert len(caplog.records) == 4
    assert "482913" not in caplog.text
    assert "Received unregistered task; its body" in caplog.text
