"""Codes that Loa makes: their keyed hashes; and by what requests for passwords are counted."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "otp_code",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("message_id", name="pk_otp_code"),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_otp_code_message_id", ondelete="CASCADE"),
    )
    op.add_column("message", sa.Column("client_network", sa.Text(), nullable=True))
    op.create_index(
        "ix_message_api_key_id_queued_at",
        "message",
        ["api_key_id", "queued_at"],
        postgresql_where=sa.text("api_key_id IS NOT NULL"),
    )
    op.create_index(
        "ix_message_client_network_queued_at",
        "message",
        ["client_network", "queued_at"],
        postgresql_where=sa.text("client_network IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_message_client_network_queued_at", "message")
    op.drop_index("ix_message_api_key_id_queued_at", "message")
    op.drop_column("message", "client_network")
    op.drop_table("otp_code")
