"""Proof of consent, for each number and campaign, which outlives the numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of its own, and how many numbers of a campaign have a proof."""
    op.create_table(
        "consent_proof",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.BigInteger(), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent_source", sa.Text(), nullable=False),
        sa.Column("consent_evidence", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("campaign_id", "phone", name=op.f("pk_consent_proof")),
    )
    op.create_index("ix_consent_proof_phone", "consent_proof", ["phone"])
    op.add_column("campaign", sa.Column("consents", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Proofs are lost with it: export them first."""
    op.drop_column("campaign", "consents")
    op.drop_table("consent_proof")
