"""The text for those whom a Zalo campaign certainly did not reach, and the campaign that sends it."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is to follow a Zalo campaign, and what followed it."""
    op.add_column("campaign", sa.Column("fallback_text", sa.Text(), nullable=True))
    op.add_column("campaign", sa.Column("fallback_sender", sa.Text(), nullable=True))
    op.add_column("campaign", sa.Column("fell_back_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("campaign", sa.Column("fallback_seq", sa.Integer(), server_default="0", nullable=False))
    op.add_column("campaign", sa.Column("fallback_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """The release before lets no text follow."""
    for column in ("fallback_id", "fallback_seq", "fell_back_at", "fallback_sender", "fallback_text"):
        op.drop_column("campaign", column)
