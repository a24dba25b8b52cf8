"""What may be done next with a number, as a column: until now a sentence in `reason` said it, and was compared."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

#: The sentences that 0.1 wrote and compared.
SENTENCES = {
    "retry_same_key": "not in the provider's record, so it is called again under the same key",
    "retry_new_key": "a person said that it was not sent, so it is called again",
    "turned_away": "turned away without a code of the provider's own, so it is called again under the same key",
}


def upgrade() -> None:
    op.add_column("recipient", sa.Column("next_call", sa.String(length=20), nullable=True))
    for next_call, sentence in SENTENCES.items():
        op.execute(
            sa.text(
                "UPDATE recipient SET next_call = :next_call WHERE reason = :sentence"
                " AND (state IS NULL OR state IN ('sending', 'unknown'))"
            ).bindparams(next_call=next_call, sentence=sentence)
        )


def downgrade() -> None:
    for next_call, sentence in SENTENCES.items():
        op.execute(
            sa.text("UPDATE recipient SET reason = :sentence WHERE next_call = :next_call").bindparams(
                next_call=next_call, sentence=sentence
            )
        )
    op.drop_column("recipient", "next_call")
