"""Questions about a campaign keep their order, also those of one moment."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Number them: of one moment the one that was decided first is the earlier one, and one that waits is the last."""
    op.execute("ALTER TABLE approval ADD COLUMN seq bigint")
    op.execute(
        "UPDATE approval SET seq = numbered.place FROM (SELECT id, row_number() OVER (ORDER BY submitted_at,"
        " decided_at NULLS LAST, id) AS place FROM approval) numbered WHERE numbered.id = approval.id"
    )
    op.execute("ALTER TABLE approval ALTER COLUMN seq SET NOT NULL")
    op.execute("ALTER TABLE approval ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY")
    op.execute(
        "SELECT setval(pg_get_serial_sequence('approval', 'seq'), coalesce(max(seq), 0) + 1, false) FROM approval"
    )


def downgrade() -> None:
    """The release before sorts by the moment alone."""
    op.drop_column("approval", "seq")
