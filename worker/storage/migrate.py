"""Is the database in the shape the code expects? Runs the migrations that the package carries."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from worker.storage.tables import METADATA

FOLDER = Path(__file__).parent / "migrations"


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["engine"] = engine
    return config


def head() -> str:
    """The newest migration that this code knows."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config).get_current_head() or ""


def current(engine: Engine) -> str:
    """The migration that the database is at; empty when it has none."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the database up to a migration; waits for another that does the same."""
    command.upgrade(_config(engine), to)


def downgrade(engine: Engine, to: str) -> None:
    """Take the database back to a migration (`base`: empty)."""
    command.downgrade(_config(engine), to)


def drift(engine: Engine) -> list[str]:
    """Where the database and the tables of the code differ; empty when they agree."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [str(difference) for difference in compare_metadata(context, METADATA)]


def new(engine: Engine, name: str) -> Path:
    """Write a new migration from the difference; returns its file."""
    number = len(list((FOLDER / "versions").glob("[0-9]*.py"))) + 1
    made = command.revision(_config(engine), message=name, autogenerate=True, rev_id=f"{number:04d}")
    assert made is not None  # noqa: S101 - None only for a list of revisions
    assert not isinstance(made, list)  # noqa: S101
    return Path(made.path)
