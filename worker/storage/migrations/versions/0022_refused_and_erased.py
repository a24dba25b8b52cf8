"""Tasks of producers that were refused, and numbers whose data was erased."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "refused_task",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("refused_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_refused_task"),
    )
    op.create_index("ix_refused_task_refused_at", "refused_task", ["refused_at"])
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", TIME, nullable=False),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("kept", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
    )
    op.create_index("ix_erasure_hash", "erasure", ["hash"])


def downgrade() -> None:
    op.drop_table("erasure")
    op.drop_table("refused_task")
