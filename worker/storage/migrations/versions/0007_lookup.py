"""When a doubtful batch is looked up in the provider's record, how often it was, and whether it waits for a person."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("batch", sa.Column("look_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("batch", sa.Column("looks", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("batch", sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("batch", "looks", server_default=None)
    op.alter_column("batch", "held", server_default=None)
    op.create_index("ix_batch_doubtful", "batch", ["look_at"], postgresql_where=sa.text("state = 'unknown'"))


def downgrade() -> None:
    op.drop_index("ix_batch_doubtful", table_name="batch")
    for column in ("held", "looks", "look_at"):
        op.drop_column("batch", column)
