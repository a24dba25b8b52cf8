"""The registered senders of each account, as the provider last said them; until when a key opens, and its last use."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

TIME = sa.DateTime(timezone=True)
KEY_TIMES = ("expires_at", "last_used_at")


def upgrade() -> None:
    op.create_table(
        "sender_list",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("tried_at", TIME, nullable=False),
        sa.Column("read_at", TIME, nullable=True),
        sa.Column("senders", postgresql.JSONB(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("provider_message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name="pk_sender_list"),
    )
    for column in KEY_TIMES:
        op.add_column("api_key", sa.Column(column, TIME, nullable=True))


def downgrade() -> None:
    for column in KEY_TIMES:
        op.drop_column("api_key", column)
    op.drop_table("sender_list")
