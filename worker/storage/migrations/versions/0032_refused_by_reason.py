"""A campaign keeps how many rows get no message for which reason: its page counted a million of them each time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Campaigns of before have none: their rows are counted when they are shown."""
    op.add_column("campaign", sa.Column("refused", postgresql.JSONB(none_as_null=True), nullable=True))


def downgrade() -> None:
    """The release before counts the rows."""
    op.drop_column("campaign", "refused")
