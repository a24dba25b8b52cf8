"""The page of reconciliation shows the first differences of each kind, however many there are of another."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index for both: all of a run, and those of a kind in their order."""
    op.create_index("ix_difference_run_id_kind", "difference", ["run_id", "kind", "id"])
    op.drop_index("ix_difference_run_id", "difference")


def downgrade() -> None:
    """As it was."""
    op.create_index("ix_difference_run_id", "difference", ["run_id"])
    op.drop_index("ix_difference_run_id_kind", "difference")
