"""What a list was read as, filled examples, the last moment of a campaign, and by what a repetition is found."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

CAMPAIGN = ("list_read", "samples", "notes")


def upgrade() -> None:
    for column in CAMPAIGN:
        op.add_column("campaign", sa.Column(column, postgresql.JSONB(), nullable=True))
    op.add_column("campaign", sa.Column("until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("campaign", sa.Column("finish_estimate", sa.DateTime(timezone=True), nullable=True))
    op.add_column("campaign", sa.Column("repeat_key", sa.String(length=64), nullable=True))
    op.create_index("ix_campaign_repeat_key", "campaign", ["repeat_key", "created_at"])
    op.add_column("draft", sa.Column("options", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("draft", "options")
    op.drop_index("ix_campaign_repeat_key", table_name="campaign")
    for column in (*CAMPAIGN, "until", "finish_estimate", "repeat_key"):
        op.drop_column("campaign", column)
