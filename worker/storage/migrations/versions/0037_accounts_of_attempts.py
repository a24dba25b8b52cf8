"""By which account of its provider a call was made: another one's record shows nothing of it, and knows none of its keys."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of attempts of before it is not known, and they are looked up as before."""
    op.add_column("attempt", sa.Column("account", sa.String(), nullable=True))


def downgrade() -> None:
    """The release before asks whichever account is set."""
    op.drop_column("attempt", "account")
