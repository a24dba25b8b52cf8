"""The provider's id of what a command by hand came to, so that its repeat can be answered."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Attempts of before have none."""
    op.add_column("attempt", sa.Column("ref", sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    """The release before asks the provider again."""
    op.drop_column("attempt", "ref")
