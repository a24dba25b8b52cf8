"""The database can be built, taken down and built again, and is what the code thinks it is."""

from uuid import uuid4

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from worker.storage import database, migrate


@pytest.fixture
def engine(database_url):
    engine = database.connect(database_url)
    yield engine
    engine.dispose()


def test_migrations_and_models_agree(engine):
    assert migrate.drift(engine) == []


def test_a_missing_column_is_seen_as_drift(engine):
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE batch DROP COLUMN words"))
    assert "words" in str(migrate.drift(engine))


def test_everything_can_be_taken_down_and_built_again(engine):
    migrate.downgrade(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    assert migrate.current(engine) == ""
    migrate.upgrade(engine)
    assert migrate.current(engine) == migrate.head()
    assert migrate.drift(engine) == []


def test_migrations_form_one_line(engine):
    line = [one.revision for one in ScriptDirectory(migrate.FOLDER).walk_revisions()]
    assert line == [f"{n:04d}" for n in range(len(line), 0, -1)]
    assert len(line) == len(list((migrate.FOLDER / "versions").glob("0*.py")))
    assert migrate.head() == line[0]


def test_a_number_stands_once_in_a_campaign_by_the_database_itself(engine):
    row = {"campaign": uuid4(), "phone": 84900000000}
    insert = text(
        "INSERT INTO recipient (campaign_id, phone, row, batch_seq, converted) VALUES (:campaign, :phone, 2, 1, false)"
    )
    with engine.begin() as connection:
        connection.execute(insert, row)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert, row)
