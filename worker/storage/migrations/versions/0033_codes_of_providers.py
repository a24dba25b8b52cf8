"""Codes that the provider of a message makes and checks itself."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A code without a hash has the length that the provider is asked for."""
    op.add_column("otp_code", sa.Column("length", sa.SmallInteger(), nullable=True))
    op.alter_column("otp_code", "hash", existing_type=sa.LargeBinary(), nullable=True)
    op.create_check_constraint("made", "otp_code", "(hash IS NULL) = (length IS NOT NULL)")


def downgrade() -> None:
    """The release before checks every code itself."""
    op.execute("DELETE FROM otp_code WHERE hash IS NULL")
    op.drop_constraint("made", "otp_code", type_="check")
    op.alter_column("otp_code", "hash", existing_type=sa.LargeBinary(), nullable=False)
    op.drop_column("otp_code", "length")
