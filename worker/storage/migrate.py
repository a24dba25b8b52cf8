"""Brings the database to the shape that the code expects, by the migrations that the package carries.

Alembic is imported where something is migrated: every command asks whether the database is up to date, and almost always it is.
"""

# ruff: noqa: PLC0415

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, text

from worker.storage.tables import METADATA

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"


def _config(engine: Engine) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["engine"] = engine
    return config


def head() -> str:
    """The newest migration that this code knows: they are numbered, and their files named by it."""
    return max(path.name[:4] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def current(engine: Engine) -> str:
    """The migration that the database is at; empty when it has none."""
    with engine.connect() as connection:
        if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
            return ""
        return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the database up to a migration; waits for another that does the same."""
    from alembic import command

    command.upgrade(_config(engine), to)


def downgrade(engine: Engine, to: str) -> None:
    """Take the database back to a migration (`base`: empty)."""
    from alembic import command

    command.downgrade(_config(engine), to)


def drift(engine: Engine) -> list[str]:
    """Where the database and the tables of the code differ; empty when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [str(difference) for difference in compare_metadata(context, METADATA)]


def new(engine: Engine, name: str) -> Path:
    """Write a new migration from the difference; returns its file."""
    from alembic import command

    number = int(head()) + 1
    made = command.revision(_config(engine), message=name, autogenerate=True, rev_id=f"{number:04d}")
    assert made is not None  # noqa: S101 - None only for a list of revisions
    assert not isinstance(made, list)  # noqa: S101
    return Path(made.path)
