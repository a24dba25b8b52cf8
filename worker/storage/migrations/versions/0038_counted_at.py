"""When the ad of a number that is called one by one is counted: another campaign's may be counted in the same run."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of numbers that are unknown now the time is not known: what was counted stays, until it is a day old."""
    op.add_column("recipient", sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """The release before looks for it between the first call and the last."""
    op.drop_column("recipient", "counted_at")
