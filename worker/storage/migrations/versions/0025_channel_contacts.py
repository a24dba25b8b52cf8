"""Ads over calls, Zalo and Viber are counted for themselves, as those by text are."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table beside `ad_contact`, whose key the release before relies on."""
    op.create_table(
        "channel_contact",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("phone", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.ARRAY(sa.DateTime(timezone=True)), nullable=False),
        sa.PrimaryKeyConstraint("channel", "phone", name=op.f("pk_channel_contact")),
    )


def downgrade() -> None:
    """What was counted is forgotten."""
    op.drop_table("channel_contact")
