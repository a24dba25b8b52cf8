"""Reconciliations and their differences, readings of balances and totals, and the jobs of the night."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TIME = sa.DateTime(timezone=True)
MONEY = sa.Numeric(16, 2)


def upgrade() -> None:
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("ours", sa.Integer(), nullable=False),
        sa.Column("theirs", sa.Integer(), nullable=False),
        sa.Column("counts", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation"),
    )
    op.create_table(
        "difference",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("phone", sa.BigInteger(), nullable=True),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("numbers", sa.Integer(), nullable=False),
        sa.Column("ours", sa.Text(), nullable=False),
        sa.Column("theirs", sa.Text(), nullable=False),
        sa.Column("money", MONEY, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_difference"),
        sa.ForeignKeyConstraint(["run_id"], ["reconciliation.id"], name="fk_difference_run_id", ondelete="CASCADE"),
    )
    op.create_index("ix_difference_run_id", "difference", ["run_id"])
    op.create_table(
        "record_row",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("phone", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("cost", MONEY, nullable=True),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "ref", "phone", name="pk_record_row"),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "balance_reading",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("amount", sa.Numeric(18, 2), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "at", name="pk_balance_reading"),
    )
    op.create_table(
        "totals_reading",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("ok", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "at", name="pk_totals_reading"),
    )
    op.create_table(
        "due_job",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("hour", sa.String(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("lease_until", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_due_job"),
    )


def downgrade() -> None:
    for table in ("due_job", "totals_reading", "balance_reading", "record_row", "difference", "reconciliation"):
        op.drop_table(table)
