"""Authors of campaigns, approvals with what was frozen, and test texts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"

TIME = sa.DateTime(timezone=True)
CAMPAIGN = ("author", "author_id", "copied_from", "audience_id", "list_hash", "carriers")


def upgrade() -> None:
    op.add_column("campaign", sa.Column("author", sa.Text(), nullable=False, server_default=""))
    op.add_column("campaign", sa.Column("author_id", sa.Uuid(), nullable=True))
    op.add_column("campaign", sa.Column("copied_from", sa.Uuid(), nullable=True))
    op.add_column("campaign", sa.Column("audience_id", sa.Uuid(), nullable=True))
    op.add_column("campaign", sa.Column("list_hash", sa.Text(), nullable=False, server_default=""))
    op.add_column("campaign", sa.Column("carriers", JSONB(), nullable=True))
    for column in ("author", "list_hash"):
        op.alter_column("campaign", column, server_default=None)
    op.create_index(
        "ix_campaign_audience_id", "campaign", ["audience_id"], postgresql_where=sa.text("audience_id IS NOT NULL")
    )
    op.create_index("ix_campaign_author_id", "campaign", ["author_id", "created_at"])
    op.create_table(
        "approval",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("submitted_at", TIME, nullable=False),
        sa.Column("submitted_by", sa.Text(), nullable=False),
        sa.Column("submitter_id", sa.Uuid(), nullable=True),
        sa.Column("facts", JSONB(), nullable=False),
        sa.Column("facts_hash", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decider_id", sa.Uuid(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_approval"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_approval_campaign_id"),
    )
    op.create_index(
        "uq_approval_open", "approval", ["campaign_id"], unique=True, postgresql_where=sa.text("verdict IS NULL")
    )
    op.create_index("ix_approval_campaign_id", "approval", ["campaign_id"])
    op.create_table(
        "campaign_test",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_campaign_test"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_campaign_test_campaign_id"),
    )
    op.create_index("ix_campaign_test_campaign_id", "campaign_test", ["campaign_id"])


def downgrade() -> None:
    for table in ("campaign_test", "approval"):
        op.drop_table(table)
    op.drop_index("ix_campaign_author_id", "campaign")
    op.drop_index("ix_campaign_audience_id", "campaign")
    for column in CAMPAIGN:
        op.drop_column("campaign", column)
