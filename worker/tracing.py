"""What is traced where LOA_OTEL_ENDPOINT is set: requests, tasks, statements and calls to providers, and which was within which.

Otherwise nothing of OpenTelemetry is imported. Spans hold nothing but what `ALLOWED` names: no statement, no address with its
query, no text of an error. OpenTelemetry's own instrumentation of Celery is not used: it finds tasks in Celery's current app,
which ours is not in a web process, and a span of its own then never ends. Nor is that of httpx: it knows clients and pools, and
our calls go over neither (providers/wire.py).
"""

# ruff: noqa: PLC0415

import logging
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from celery import signals

from worker.clock import Clock

if TYPE_CHECKING:
    from fastapi import FastAPI
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Tracer
    from sqlalchemy import Engine

    from worker.config import Settings

#: What may leave this process of a span, beside its name, its times and its place in the trace.
ALLOWED: Final = frozenset(
    {
        *("http.request.method", "http.method", "http.response.status_code", "http.status_code", "http.route"),
        *(
            "db.system",
            "db.name",
            "db.system.name",
            "db.namespace",
            "loa.task",
            "loa.queue",
            "loa.provider",
            "loa.result",
        ),
    }
)
#: Whatever it is called: a number of a subscriber, or a code, is never a part of it.
_DIGITS: Final = re.compile(r"\d{4}")
_HEADER: Final = "traceparent"

_provider: "TracerProvider | None" = None
#: The span of the task in hand, and what takes it off the context: a process has one at a time.
_task: list[Any] = []


def start(settings: "Settings", process: str) -> None:
    """Trace this process, if that is wanted."""
    global _provider  # noqa: PLW0603 - one per process is the point
    if not settings.otel_endpoint:
        return
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # A receiver that is away is told of once a batch, and not at each try.
    logging.getLogger("opentelemetry.exporter.otlp").setLevel(logging.ERROR)
    about = Resource.create({SERVICE_NAME: "loa", "loa.process": process})
    _provider = TracerProvider(sampler=_begun_by_work(), resource=about)
    _provider.add_span_processor(BatchSpanProcessor(_exporter(f"{settings.otel_endpoint}/v1/traces")))
    signals.before_task_publish.connect(_carry, weak=False)


def trace_statements(engine: "Engine") -> None:
    """Trace what the database is asked, without the statements themselves."""
    if _provider is None:
        return
    from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor

    # Its range of versions ends before SQLAlchemy 2.1, whose events are the same: tests/operations/test_tracing.py sees spans.
    SQLAlchemyInstrumentor().instrument(engine=engine, tracer_provider=_provider, skip_dep_check=True)


def trace_requests(app: "FastAPI") -> None:
    """Trace what comes by HTTP; health checks and metrics are not worth a trace."""
    if _provider is None:
        return
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

    FastAPIInstrumentor.instrument_app(
        app, tracer_provider=_provider, excluded_urls="/healthz,/readyz,/metrics", exclude_spans=["receive", "send"]
    )


def provider_call(provider: str, seconds: float, result: str) -> None:
    """A call to a provider has ended just now."""
    if _provider is None:
        return
    from opentelemetry import context
    from opentelemetry.trace import SpanKind, Status, StatusCode

    # The loop of a process keeps the context in which it was made: the task in hand is the parent, wherever we are.
    within = _task[1] if _task else context.get_current()
    ends = round(Clock().now().timestamp() * 1e9)  # in real time, as all other spans
    span = _tracer().start_span("provider call", within, SpanKind.CLIENT, start_time=ends - int(seconds * 1e9))
    span.set_attributes({"loa.provider": provider, "loa.result": result})
    if result != "answered":
        span.set_status(Status(StatusCode.ERROR))
    span.end(ends)


def stop() -> None:
    """Send what was not sent yet; a receiver that is away holds nobody up for long."""
    global _provider  # noqa: PLW0603
    if _provider is not None:
        _provider.shutdown()
        _provider = None


def _carry(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """A task belongs to the request or the task that enqueued it."""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    if headers is not None:
        TraceContextTextMapPropagator().inject(headers)


def task_begins(task: Any) -> None:
    """A task of this process begins."""
    if _provider is None or not getattr(task, "send_events", False):  # sweeps send none
        return
    from opentelemetry import context, trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    task_ends()
    sent = getattr(task.request, _HEADER, None)
    parent = TraceContextTextMapPropagator().extract({_HEADER: sent} if isinstance(sent, str) else {})
    span = _tracer().start_span(task.name, parent, trace.SpanKind.CONSUMER)
    span.set_attributes(
        {"loa.task": task.name, "loa.queue": str((task.request.delivery_info or {}).get("routing_key"))}
    )
    within = trace.set_span_in_context(span)
    _task[:] = [span, within, context.attach(within)]


def task_ends(*, failed: bool = False) -> None:
    """It has ended; nothing to do where none began."""
    if not _task:
        return
    from opentelemetry import context
    from opentelemetry.trace import Status, StatusCode

    span, _, token = _task
    _task.clear()
    if failed:
        span.set_status(Status(StatusCode.ERROR))
    span.end()
    context.detach(token)


def _tracer() -> "Tracer":
    assert _provider is not None  # noqa: S101 - the callers looked
    return _provider.get_tracer("loa")


def _begun_by_work() -> Any:
    """Requests and tasks begin a trace; a statement or a call outside of either does not."""
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Decision, ParentBased, Sampler, SamplingResult
    from opentelemetry.trace import SpanKind

    class Begun(Sampler):  # type: ignore[misc]  # an extra, unknown to mypy
        def should_sample(self, *asked: Any, kind: Any = None, **more: Any) -> SamplingResult:
            if kind not in {SpanKind.SERVER, SpanKind.CONSUMER}:
                return SamplingResult(Decision.DROP)
            return ALWAYS_ON.should_sample(*asked, kind=kind, **more)

        def get_description(self) -> str:
            return "begun by requests and tasks"

    return ParentBased(Begun())


def _exporter(endpoint: str) -> "SpanExporter":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class Clean(SpanExporter):  # type: ignore[misc]  # the same
        """Sends spans on without whatever may tell who got what."""

        def __init__(self) -> None:
            self._to = OTLPSpanExporter(endpoint, timeout=3)

        def export(self, spans: "Sequence[ReadableSpan]") -> SpanExportResult:
            return self._to.export([clean(span) for span in spans])

        def shutdown(self) -> None:
            self._to.shutdown()

    return Clean()


def clean(span: "ReadableSpan") -> "ReadableSpan":
    """The same span, with nothing in it but what is allowed."""
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import Status

    return ReadableSpan(
        name=span.name if not _DIGITS.search(span.name) else span.name.split(" ", 1)[0][:7],
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        kind=span.kind,
        attributes={
            name: value
            for name, value in (span.attributes or {}).items()
            if name in ALLOWED and not _DIGITS.search(str(value))
        },
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
