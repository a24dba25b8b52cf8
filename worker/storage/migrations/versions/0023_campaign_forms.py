"""Campaigns that somebody is still writing in the console."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0023"
down_revision = "0022"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "campaign_form",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("entered", JSONB(none_as_null=True), nullable=False),
        sa.Column("head", JSONB(none_as_null=True), nullable=True),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_form"),
        sa.ForeignKeyConstraint(["user_id"], ["loa_user.id"], name="fk_campaign_form_user_id"),
    )
    op.create_index("ix_campaign_form_user_id", "campaign_form", ["user_id"])


def downgrade() -> None:
    op.drop_table("campaign_form")
