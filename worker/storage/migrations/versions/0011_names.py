"""Columns by the field's names: enqueued_at, send_mode, provider_message, needs_operator, provider_campaign."""

from alembic import op

revision = "0011"
down_revision = "0010"

COLUMNS = {
    "campaign": {"way": "send_mode"},
    "batch": {
        "rung_at": "enqueued_at",
        "look_at": "next_lookup_at",
        "looks": "lookups",
        "held": "needs_operator",
        "placement": "provider_campaign",
        "words": "provider_message",
    },
    "placement": {"words": "provider_message"},
    "attempt": {"words": "provider_message"},
    "message": {"rung_at": "enqueued_at", "ahead": "remaining_route", "words": "provider_message"},
    "message_attempt": {"words": "provider_message"},
    "draft": {"rung_at": "enqueued_at"},
    "reconciliation": {"words": "detail"},
}


def upgrade() -> None:
    """Rename, which touches no row but the few provider campaigns whose creation is unknown."""
    for table, columns in COLUMNS.items():
        for old, new in columns.items():
            op.alter_column(table, old, new_column_name=new)
    op.execute("UPDATE placement SET state = 'unknown' WHERE state = 'doubtful'")
    op.rename_table("placement", "provider_campaign")
    op.execute("ALTER TABLE provider_campaign RENAME CONSTRAINT uq_placement_name TO uq_provider_campaign_name")
    op.execute("ALTER INDEX pk_placement RENAME TO pk_provider_campaign")
    op.execute(
        "ALTER TABLE provider_campaign RENAME CONSTRAINT fk_placement_campaign_id TO fk_provider_campaign_campaign_id"
    )
    op.execute("ALTER INDEX ix_batch_doubtful RENAME TO ix_batch_unknown")


def downgrade() -> None:
    """Name them back."""
    op.execute("ALTER INDEX ix_batch_unknown RENAME TO ix_batch_doubtful")
    op.execute(
        "ALTER TABLE provider_campaign RENAME CONSTRAINT fk_provider_campaign_campaign_id TO fk_placement_campaign_id"
    )
    op.execute("ALTER INDEX pk_provider_campaign RENAME TO pk_placement")
    op.execute("ALTER TABLE provider_campaign RENAME CONSTRAINT uq_provider_campaign_name TO uq_placement_name")
    op.rename_table("provider_campaign", "placement")
    op.execute("UPDATE placement SET state = 'doubtful' WHERE state = 'unknown'")
    for table, columns in COLUMNS.items():
        for old, new in columns.items():
            op.alter_column(table, new, new_column_name=old)
