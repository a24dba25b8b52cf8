"""Stored audiences with their members, and saved texts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "audience",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("columns", sa.ARRAY(sa.Text()), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("rows", "size", "duplicates", "invalid")),
        sa.Column("list_hash", sa.Text(), nullable=False),
        sa.Column("list_read", JSONB(), nullable=True),
        sa.Column("notes", JSONB(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audience"),
    )
    op.create_index("uq_audience_lower_name", "audience", [sa.text("lower(name)")], unique=True)
    op.create_table(
        "audience_member",
        sa.Column("audience_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("vars", JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("audience_id", "phone", name="pk_audience_member"),
    )
    op.create_table(
        "saved_text",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_text"),
    )
    op.create_index("uq_saved_text_lower_name", "saved_text", [sa.text("lower(name)")], unique=True)


def downgrade() -> None:
    for table in ("saved_text", "audience_member", "audience"):
        op.drop_table(table)
