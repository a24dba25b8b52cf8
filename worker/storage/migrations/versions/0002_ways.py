"""Single calls and placements: states of recipients of their own, and the providers' own campaigns."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "placement",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=False),
        sa.Column("due", moment, nullable=False),
        sa.Column("push_by", moment, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=True),
        sa.Column("pushing", sa.Uuid(), nullable=True),
        sa.Column("lease_until", moment, nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("cancel_words", sa.Text(), nullable=False),
        sa.Column("cancelled_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_placement_campaign_id"),
        sa.PrimaryKeyConstraint("campaign_id", "number", name="pk_placement"),
        sa.UniqueConstraint("name", name="uq_placement_name"),
    )
    op.add_column("campaign", sa.Column("way", sa.String(20), nullable=False, server_default="list"))
    op.alter_column("campaign", "way", server_default=None)
    op.add_column("batch", sa.Column("placement", sa.Integer(), nullable=True))
    for counter in ("accepted", "rejected", "unknown", "cancelled"):
        op.add_column("batch", sa.Column(counter, sa.Integer(), nullable=False, server_default="0"))
        op.alter_column("batch", counter, server_default=None)
    op.add_column("recipient", sa.Column("ref", sa.Text(), nullable=True))
    op.add_column("recipient", sa.Column("code", sa.Text(), nullable=True))
    op.add_column("recipient", sa.Column("refusals", sa.SmallInteger(), nullable=True))


def downgrade() -> None:
    for column in ("ref", "code", "refusals"):
        op.drop_column("recipient", column)
    for column in ("placement", "accepted", "rejected", "unknown", "cancelled"):
        op.drop_column("batch", column)
    op.drop_column("campaign", "way")
    op.drop_table("placement")
