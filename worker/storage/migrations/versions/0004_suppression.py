"""Numbers that must not get ads, and when each number got its last ones."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "suppression",
        sa.Column("phone", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("phone", name="pk_suppression"),
    )
    op.create_table(
        "ad_contact",
        sa.Column("phone", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("times", sa.ARRAY(TIME), nullable=False),
        sa.PrimaryKeyConstraint("phone", name="pk_ad_contact"),
    )


def downgrade() -> None:
    for table in ("ad_contact", "suppression"):
        op.drop_table(table)
