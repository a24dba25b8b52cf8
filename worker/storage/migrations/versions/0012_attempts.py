"""One table of attempts for every call that costs money or reaches a phone."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

SHARED = "number, request_id, began_at, deadline, ended_at, outcome, code, provider_message, raw"


def upgrade() -> None:
    """An attempt belongs to an owner: a batch, a message, a provider campaign, a command given by hand."""
    op.drop_constraint("fk_attempt_batch_id", "attempt", type_="foreignkey")
    op.alter_column("attempt", "batch_id", new_column_name="owner_id")
    op.add_column("attempt", sa.Column("call", sa.String(20), nullable=True))
    op.add_column("attempt", sa.Column("provider", sa.String(), nullable=True))
    op.execute(
        "UPDATE attempt a SET provider = c.provider,"
        " call = CASE c.send_mode WHEN 'list' THEN 'order' ELSE c.send_mode END"
        " FROM batch b JOIN campaign c ON c.id = b.campaign_id WHERE b.id = a.owner_id"
    )
    op.execute(
        f"INSERT INTO attempt (owner_id, call, provider, {SHARED})"  # noqa: S608 - our own words
        f" SELECT message_id, 'otp', provider, {SHARED} FROM message_attempt"
    )
    op.drop_table("message_attempt")
    op.alter_column("attempt", "call", nullable=False)
    op.alter_column("attempt", "provider", nullable=False)


def downgrade() -> None:
    """Two tables again; calls for provider campaigns and by hand had none."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "message_attempt",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("began_at", time, nullable=False),
        sa.Column("deadline", time, nullable=False),
        sa.Column("ended_at", time, nullable=True),
        sa.Column("outcome", sa.String(20), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("provider_message", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_message_attempt_message_id"),
        sa.PrimaryKeyConstraint("message_id", "number", name="pk_message_attempt"),
    )
    op.execute(
        f"INSERT INTO message_attempt (message_id, provider, {SHARED})"  # noqa: S608 - our own words
        f" SELECT owner_id, provider, {SHARED} FROM attempt WHERE call = 'otp'"
    )
    op.execute("DELETE FROM attempt WHERE call NOT IN ('order', 'push', 'single')")
    op.drop_column("attempt", "provider")
    op.drop_column("attempt", "call")
    op.alter_column("attempt", "owner_id", new_column_name="batch_id")
    op.create_foreign_key("fk_attempt_batch_id", "attempt", "batch", ["batch_id"], ["id"])
