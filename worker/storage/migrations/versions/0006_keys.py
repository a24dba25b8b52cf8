"""API keys, lists that wait for their plan, kept answers, and how often a number was sent to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.UniqueConstraint("hash", name="uq_api_key_hash"),
    )
    op.create_table(
        "draft",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("uploaded", sa.Boolean(), nullable=False),
        sa.Column("at", sa.String(), nullable=True),
        sa.Column("rung_at", TIME, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_draft"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_draft_campaign_id"),
    )
    op.create_table(
        "answer",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("document", JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_answer"),
    )
    op.create_index("ix_answer_began_at", "answer", ["began_at"])
    # A number's latest messages; and the latest of all, for which the blocks in their own order are index enough.
    op.create_index("ix_message_phone_queued_at", "message", ["phone", "queued_at"])
    op.create_index("ix_message_queued_at", "message", ["queued_at"], postgresql_using="brin")


def downgrade() -> None:
    op.drop_index("ix_message_queued_at", "message")
    op.drop_index("ix_message_phone_queued_at", "message")
    for table in ("answer", "draft", "api_key"):
        op.drop_table(table)
