"""Whether a provider paused a campaign is a column, so that no sentence tells it from an operator's pause.

The sentence is the one that the versions before this wrote.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

PAUSED_BY_HAND = "paused by an operator"


def upgrade() -> None:
    op.add_column("campaign", sa.Column("halted", sa.Boolean(), nullable=False, server_default=sa.false()))
    campaign = sa.table("campaign", sa.column("halted"), sa.column("status"), sa.column("status_reason"))
    by_provider = sa.and_(campaign.c.status == "paused", campaign.c.status_reason != PAUSED_BY_HAND)
    op.execute(sa.update(campaign).where(by_provider).values(halted=True))
    op.alter_column("campaign", "halted", server_default=None)


def downgrade() -> None:
    op.drop_column("campaign", "halted")
