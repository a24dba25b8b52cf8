"""Traces reach a real receiver of OTLP, hang together, and hold no number, no text, no code and no key."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tests.operations.conftest import Host, free_port, until
from worker import tracing

trace = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
sdk = pytest.importorskip("opentelemetry.sdk.trace")
export = pytest.importorskip("opentelemetry.sdk.trace.export")

TEXT, CODE, PHONE = "Ma xac thuc cua ban la 845921", "845921", "0912345678"


class Receiver:
    """Takes what a collector takes: the bytes as they came, and the spans in them."""

    def __init__(self) -> None:
        self.bytes, self.spans = b"", []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked = trace.ExportTraceServiceRequest.FromString(body)
                receiver.bytes += body
                for one in asked.resource_spans:
                    about = {item.key: item.value.string_value for item in one.resource.attributes}
                    receiver.spans += [
                        (about.get("loa.process"), span) for scope in one.scope_spans for span in scope.spans
                    ]
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def named(self, name: str) -> list:
        return [span for _, span in list(self.spans) if span.name == name]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


def test_a_campaign_and_a_password_are_traced_and_tell_nothing(host: Host, receiver, sandbox_by_day, numbers):
    sandbox, offset = sandbox_by_day
    port = free_port()
    host.env |= {
        "LOA_OTEL_ENDPOINT": receiver.url,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "LOA_ESMS_BASE_URL": sandbox.esms_url,
        "LOA_ESMS_MIN_AD_RECIPIENTS": "20",
        "LOA_CLOCK_OFFSET_S": str(offset),
        "LOA_POLL_FIRST_S": "0.5",
        "PORT": str(port),
    }
    web = host.procfile("web")
    for name in ("worker-sweep", "worker-report", "worker-esms", "worker-otp", "scheduler"):
        host.procfile(name, LOA_OTP_PROCESSES="1", LOA_SEND_PROCESSES="1")
    key = host.run("key", "create", "--scope", "otp", "--json").stdout
    secret = json.loads(key)["key"]
    words = (
        "--provider",
        "esms",
        "--sender",
        "LOA",
        "--kind",
        "ads",
        "--text",
        "[QC] Giam gia 20%",
        "--list",
        numbers(40),
    )
    campaign = json.loads(host.run("campaign", "create", *words, "--json").stdout)["id"]

    def taken_in() -> bool:
        try:
            answer = httpx.post(
                f"http://127.0.0.1:{port}/v1/otp?trace={PHONE}",
                json={"phone": PHONE, "text": TEXT, "sender": "LOA"},
                headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": "once"},
                trust_env=False,
            )
        except httpx.TransportError:
            return False
        assert answer.status_code in {200, 202}, answer.text + web.text
        return True

    until("a password is taken in", taken_in)
    until("both are with the provider", lambda: len(sandbox.phones()) == 41)
    host.run("campaign", "wait", campaign, "--timeout", 60)
    until("the request was traced", lambda: receiver.named("POST /v1/otp"))
    for task in ("loa.send_batch", "loa.deliver_otp", "loa.poll_batch"):
        ran = until(f"{task} was traced", lambda name=task: receiver.named(name))[0]
        within = {span.name for _, span in list(receiver.spans) if span.parent_span_id == ran.span_id}
        assert "provider call" in within, within
        assert any(name.startswith(("UPDATE", "SELECT", "INSERT")) for name in within), within
    # The password's task says where it was enqueued, and no tick of the scheduler is there.
    assert {process for process, _ in receiver.spans} == {"web", "worker"}
    assert not [span.name for _, span in receiver.spans if span.name in {"loa.release", "loa.poll", "loa.canary"}]
    host.stop()
    for told in (
        PHONE,
        PHONE[1:],
        "84" + PHONE[1:],
        TEXT,
        CODE,
        "Giam gia",
        "0900000001",
        "900000001",
        secret,
        "sandbox-",
    ):
        assert told.encode() not in receiver.bytes, told
    for leak in (b"SET ", b"WHERE", b"trace=", b"/otp?", b"MainService", b"Traceback"):
        assert leak not in receiver.bytes, leak


def test_what_is_not_allowed_does_not_leave(receiver):
    """Whatever an instrumentation of tomorrow writes into a span."""
    provider = sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(tracing._exporter(f"{receiver.url}/v1/traces")))
    with suppress(RuntimeError), provider.get_tracer("t").start_as_current_span(f"GET /{PHONE}") as span:
        span.set_attributes(
            {"db.statement": TEXT, "url.full": f"http://a/?p={PHONE}", "loa.provider": "esms", "http.route": PHONE}
        )
        span.add_event(TEXT)
        raise RuntimeError(TEXT)
    (only,) = receiver.spans
    assert only[1].name == "GET"
    assert [item.key for item in only[1].attributes] == ["loa.provider"]
    assert not only[1].events
    assert TEXT.encode() not in receiver.bytes
    assert PHONE.encode() not in receiver.bytes


def test_a_receiver_that_is_away_holds_nothing_up(host: Host, sandbox_by_day):
    sandbox, offset = sandbox_by_day
    host.env |= {
        "LOA_OTEL_ENDPOINT": f"http://127.0.0.1:{free_port()}",
        "LOA_ESMS_BASE_URL": sandbox.esms_url,
        "LOA_CLOCK_OFFSET_S": str(offset),
    }
    host.procfile("worker-otp", LOA_OTP_PROCESSES="1")
    host.run("otp", "send", "--phone", PHONE, "--text", TEXT, "--sender", "LOA")
    until("it is with the provider", lambda: 84912345678 in sandbox.phones())


def test_nothing_of_it_is_imported_by_default(host: Host):
    code = (
        "import sys, worker.tasks, worker.api.app; worker.api.app.create_app(); "
        "print([one for one in sys.modules if one.startswith(('opentelemetry.sdk.trace', 'opentelemetry.inst'))])"
    )
    child = host.start(sys.executable, "-c", code)
    assert child.process.wait(60) == 0
    until("it said so", lambda: child.said("[]"), 10)
