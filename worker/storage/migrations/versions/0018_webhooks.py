"""Receivers of events, the outbox of what they are still to be told, and who asked for a message or a campaign."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

TIME = sa.DateTime(timezone=True)
PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    for table in ("message", "campaign"):
        op.add_column(table, sa.Column("api_key_id", sa.Uuid(), nullable=True))
        op.add_column(table, sa.Column("callback_url", sa.Text(), nullable=True))
    op.create_table(
        "webhook",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("events", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("former_secret", sa.LargeBinary(), nullable=True),
        sa.Column("former_until", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
    )
    op.create_index("ix_webhook_live", "webhook", ["api_key_id"], postgresql_where=sa.text("ended_at IS NULL"))
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("not_before", TIME, nullable=False),
        sa.Column("give_up_at", TIME, nullable=False),
        sa.Column("lease_until", TIME, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_delivery"),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name="fk_webhook_delivery_webhook_id"),
    )
    op.create_index("ix_webhook_delivery_due", "webhook_delivery", ["host", "not_before"], postgresql_where=PENDING)
    op.create_index(
        "ix_webhook_delivery_order", "webhook_delivery", ["webhook_id", "subject", "id"], postgresql_where=PENDING
    )
    op.create_index(
        "ix_webhook_delivery_failed", "webhook_delivery", ["id"], postgresql_where=sa.text("state = 'failed'")
    )
    op.create_index("ix_webhook_delivery_at", "webhook_delivery", ["at"], postgresql_using="brin")


def downgrade() -> None:
    op.drop_table("webhook_delivery")
    op.drop_table("webhook")
    for table in ("campaign", "message"):
        op.drop_column(table, "callback_url")
        op.drop_column(table, "api_key_id")
