"""Settings of operation: statements of the database, documents, traces, and where uploaded lists wait."""

from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings


class Operation(BaseSettings):
    """Settings that operators know, and nobody else."""

    database_prepare_after: int = Field(
        default=5,
        ge=0,
        description="Executions after which a statement is prepared on the PostgreSQL server; 0: never. Behind a "
        "connection pooler, which is detected, it is never done.",
    )
    documents_dir: Path | None = Field(
        default=None,
        description="Folder of the built documents that the web process serves at /docs/; empty: var/site of the checkout, "
        "where `make docs` builds them.",
    )
    otel_endpoint: str = Field(
        default="",
        description="Where OpenTelemetry traces are sent, by OTLP over HTTP, like http://collector:4318 (needs "
        "`loa[otel]`; traces never hold numbers, texts or keys); empty: no traces.",
    )
    uploads: Literal["database", "folder"] = Field(
        default="database",
        description="Where uploaded lists are kept until they are planned: database, or folder "
        "(LOA_DATA_DIR/uploads, which the hosts of web and worker-plan then share).",
    )

    @field_validator("otel_endpoint")
    @classmethod
    def _can_be_traced(cls, value: str) -> str:
        url = value.strip().rstrip("/")
        if not url:
            return ""
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise ValueError("it must be an http:// or https:// address, like http://collector:4318")
        try:
            found = find_spec("opentelemetry.exporter.otlp.proto.http")
        except ModuleNotFoundError:
            found = None
        if found is None:
            raise ValueError("OpenTelemetry is not installed here: pip install 'loa[otel]', or unset it")
        return url
