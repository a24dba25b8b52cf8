"""The latest refusals that came to us ourselves are found without reading the national list."""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index that an import of the national list writes nothing to."""
    op.execute("CREATE INDEX ix_suppression_own ON suppression (added_at DESC, phone) WHERE reason <> 'do_not_call'")


def downgrade() -> None:
    """The release before reads the whole list."""
    op.drop_index("ix_suppression_own", table_name="suppression")
