"""Which settings does the operation of an installation have? How its servers are reached, what is measured, where lists wait."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings


class Operation(BaseSettings):
    """Settings that operators know, and nobody else."""

    database_prepare_after: int = Field(
        default=5,
        ge=0,
        description="Executions after which PostgreSQL is given a statement to prepare; 0: never, as behind a connection "
        "pooler, which is recognised by itself.",
    )
    documents_dir: Path | None = Field(
        default=None,
        description="Folder of the built documents that the web process serves at /docs/; empty: var/site of the checkout, "
        "where `make docs` builds them.",
    )
    uploads: Literal["database", "folder"] = Field(
        default="database",
        description="Where uploaded lists wait for their plan: in the database, or in LOA_DATA_DIR/uploads, which the hosts "
        "of web and worker-plan then share.",
    )
