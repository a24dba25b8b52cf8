"""Raw callbacks, and the providers' references by which they are matched."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

REFERENCES = (
    ("ix_batch_provider_ref", "batch", "provider_ref", "provider_ref <> ''"),
    ("ix_recipient_ref", "recipient", "ref", "ref IS NOT NULL"),
    ("ix_message_provider_ref", "message", "provider_ref", "provider_ref <> ''"),
)


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "callback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("received_at", moment, nullable=False),
        sa.Column("query", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("handled_at", moment, nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_callback"),
    )
    op.create_index("ix_callback_due", "callback", ["due_at"], postgresql_where=sa.text("handled_at IS NULL"))
    for name, table, column, where in REFERENCES:
        op.create_index(name, table, [column], postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, table, _, _ in REFERENCES:
        op.drop_index(name, table_name=table)
    op.drop_table("callback")
