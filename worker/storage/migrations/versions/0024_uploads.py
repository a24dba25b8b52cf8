"""Uploaded lists wait in the database, so that the hosts of web and worker-plan share no folder."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of pieces, which goes with the drafts. Lists are not compressed: they come and go within a minute."""
    op.create_table(
        "upload_piece",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["draft.campaign_id"], name=op.f("fk_upload_piece_campaign_id_draft"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "seq", name=op.f("pk_upload_piece")),
    )
    op.execute("ALTER TABLE upload_piece ALTER COLUMN data SET STORAGE EXTERNAL")


def downgrade() -> None:
    """Lists that wait are lost with it: their campaigns fail and say so."""
    op.drop_table("upload_piece")
