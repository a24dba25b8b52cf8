"""Campaigns over Zalo: by what a campaign and each of its batches reach people, and the template of a Zalo campaign."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Whatever is there goes by text."""
    for table in ("campaign", "batch"):
        op.add_column(table, sa.Column("channel", sa.String(length=20), server_default="sms", nullable=False))
    op.add_column("campaign", sa.Column("oa_id", sa.Text(), nullable=True))
    op.add_column("campaign", sa.Column("template_id", sa.Text(), nullable=True))
    op.add_column("campaign", sa.Column("template_values", postgresql.JSONB(none_as_null=True), nullable=True))


def downgrade() -> None:
    """The release before would send a Zalo campaign as texts: cancel those that are not over first."""
    op.execute(
        "UPDATE campaign SET status = 'cancelled', status_reason = 'Zalo campaigns ended with the release that knew them'"
        " WHERE channel <> 'sms' AND status NOT IN ('done', 'cancelled', 'failed')"
    )
    for column in ("template_values", "template_id", "oa_id", "channel"):
        op.drop_column("campaign", column)
    op.drop_column("batch", "channel")
