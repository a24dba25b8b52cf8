"""The list of a campaign that is being written lies in the database too: a proxy sends its author to any web host."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forms of before have none: their list is on the host that took it in."""
    op.create_table(
        "form_piece",
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["campaign_form.id"], name="fk_form_piece_form_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("form_id", "seq"),
    )
    # A person waits for it, and to compress it takes longer than to write it.
    op.execute("ALTER TABLE form_piece ALTER COLUMN data SET STORAGE EXTERNAL")


def downgrade() -> None:
    """The release before looks on its own disk."""
    op.drop_table("form_piece")
