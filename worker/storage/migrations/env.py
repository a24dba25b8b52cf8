"""Runs under Alembic: migrations on the engine that `worker/storage/migrate.py` hands over."""

from alembic import context
from sqlalchemy import text

from worker.storage.tables import METADATA

engine = context.config.attributes["engine"]

with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=METADATA, compare_type=True)
    with context.begin_transaction():
        # Two that migrate at once (web and release of one deployment) take turns.
        connection.execute(text("SELECT pg_advisory_xact_lock(7023)"))
        context.run_migrations()
    connection.commit()
