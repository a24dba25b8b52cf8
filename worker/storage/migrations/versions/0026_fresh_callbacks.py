"""Callbacks that nobody has looked at are found without passing by those that lead nowhere."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index over them alone."""
    op.create_index(
        "ix_callback_fresh", "callback", ["due_at"], postgresql_where=sa.text("handled_at IS NULL AND tries = 0")
    )


def downgrade() -> None:
    """The index on all that are due stays."""
    op.drop_index("ix_callback_fresh", "callback")
