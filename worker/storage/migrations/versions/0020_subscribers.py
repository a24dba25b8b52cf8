"""What subscribers sent, who suppressed a number, entries that ended, and when lists were imported."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "incoming_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("phone", sa.BigInteger(), nullable=True),
        sa.Column("service_number", sa.String(), nullable=False),
        sa.Column("keyword", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("meaning", sa.String(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("query", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incoming_message"),
    )
    op.create_index(
        "uq_incoming_message_provider_ref",
        "incoming_message",
        ["provider", "ref"],
        unique=True,
        postgresql_where=sa.text("ref <> '' AND meaning <> 'forged'"),
    )
    op.create_index("ix_incoming_message_received_at", "incoming_message", ["received_at"])
    op.create_index("ix_incoming_message_phone", "incoming_message", ["phone"])
    op.add_column("suppression", sa.Column("added_by", sa.Text(), nullable=True))
    op.create_table(
        "suppression_ended",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("phone", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.Column("added_by", sa.Text(), nullable=True),
        sa.Column("ended_at", TIME, nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_suppression_ended"),
    )
    op.create_index("ix_suppression_ended_phone", "suppression_ended", ["phone"])
    op.create_table(
        "suppression_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("imported_at", TIME, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_suppression_import"),
    )


def downgrade() -> None:
    op.drop_table("suppression_import")
    op.drop_table("suppression_ended")
    op.drop_column("suppression", "added_by")
    op.drop_table("incoming_message")
