"""Keys whose requests reach no provider, and what is still to be played for them."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("api_key", sa.Column("test", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("api_key", "test", server_default=None)
    op.create_index(
        "ix_message_playground",
        "message",
        ["sent_at"],
        postgresql_where=sa.text("provider = 'test' AND state = 'accepted'"),
    )


def downgrade() -> None:
    op.drop_index("ix_message_playground", "message")
    op.drop_column("api_key", "test")
