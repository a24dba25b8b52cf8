"""The database can be built, taken down and built again, and is what the code thinks it is."""

from uuid import uuid4

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from worker.storage import database, migrate
from worker.storage.tables import METADATA


@pytest.fixture
def engine(database_url):
    engine = database.connect(database_url)
    yield engine
    engine.dispose()


def test_migrations_and_models_agree(engine):
    assert migrate.drift(engine) == []


def test_a_missing_column_is_seen_as_drift(engine):
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE batch DROP COLUMN provider_message"))
    assert "provider_message" in str(migrate.drift(engine))


#: What a schema is made of. `migrate.drift` asks alembic, which compares neither checks nor the conditions of indexes.
CATALOG = """
SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE c.relnamespace = CAST(CAST(:schema AS text) AS regnamespace) AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT c.relname || ' ' || pg_get_constraintdef(o.oid)
  FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
 WHERE c.relnamespace = CAST(CAST(:schema AS text) AS regnamespace)
UNION ALL
SELECT indexdef FROM pg_indexes WHERE schemaname = CAST(:schema AS text)
"""


def schema(connection, name):
    found = connection.execute(text(CATALOG), {"schema": name}).scalars()
    return {line.replace(f"{name}.", "") for line in found if "alembic_version" not in line}


def test_migrations_make_what_the_tables_say_to_the_last_guard(engine):
    """The condition of a unique index decides what can be there twice, and a check which rows can be there at all."""
    by_models = engine.execution_options(schema_translate_map={None: "by_models"})
    with by_models.begin() as connection:
        connection.execute(text("CREATE SCHEMA by_models"))
        METADATA.create_all(connection)
        assert schema(connection, "public") ^ schema(connection, "by_models") == set()


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


def test_what_an_older_version_said_in_sentences_becomes_a_column(engine):
    """A running installation keeps what may be done next with its numbers; back again it finds its sentences."""
    said = {
        1: ("not in the provider's record, so it is called again under the same key", None, "retry_same_key"),
        2: ("a person said that it was not sent, so it is called again", None, "retry_new_key"),
        3: (
            "turned away without a code of the provider's own, so it is called again under the same key",
            "unknown",
            "turned_away",
        ),
        4: (
            "turned away without a code of the provider's own, so it is called again under the same key",
            "accepted",
            None,
        ),
        5: (None, None, None),
    }
    migrate.downgrade(engine, "0008")
    insert = text(
        "INSERT INTO recipient (campaign_id, phone, row, batch_seq, converted, state, reason)"
        " VALUES (:campaign, :phone, 2, 1, false, :state, :reason)"
    )
    with engine.begin() as connection:
        for number, (reason, state, _) in said.items():
            row = {"campaign": uuid4(), "phone": 84900000000 + number, "reason": reason, "state": state}
            connection.execute(insert, row)
    migrate.upgrade(engine)
    with engine.begin() as connection:
        found = dict(connection.execute(text("SELECT phone - 84900000000, next_call FROM recipient")).all())
        connection.execute(text("UPDATE recipient SET reason = 'reworded' WHERE next_call IS NOT NULL"))
    assert found == {number: after for number, (_, _, after) in said.items()}
    migrate.downgrade(engine, "0008")
    with engine.begin() as connection:
        back = dict(connection.execute(text("SELECT phone - 84900000000, reason FROM recipient")).all())
    assert back == {number: reason for number, (reason, _, _) in said.items()}
    migrate.upgrade(engine)
