"""Ten thousand of what a company keeps by name: users, keys, stored lists, saved texts, entries of the audit log."""

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

MANY: Final = 10_000
ROWS: Final = (
    """
    INSERT INTO loa_user (id, name, role, password_hash, language, created_at, totp_step)
    SELECT gen_random_uuid(), 'u' || lpad(n::text, 5, '0'), 'marketer', '', 'vi', :now, 0 FROM generate_series(1, :many) n
    """,
    # Three were made at one moment.
    """
    INSERT INTO api_key (id, name, hash, scopes, created_at, user_id, test)
    SELECT gen_random_uuid(), 'key ' || n, n::text, '{}', CAST(:now AS timestamptz) - (n / 3) * interval '1 minute', u.id, false
    FROM generate_series(1, :many) n JOIN loa_user u ON u.name = 'u' || lpad(n::text, 5, '0')
    """,
    """
    INSERT INTO audience (id, name, columns, rows, size, duplicates, invalid, list_hash, author, created_at)
    SELECT gen_random_uuid(), 'list ' || lpad(n::text, 5, '0'), '{city}', 9, 9, 0, 0, '', 'lan', :now
    FROM generate_series(1, :many) n
    """,
    """
    INSERT INTO saved_text (id, name, kind, text, author, created_at, changed_at)
    SELECT gen_random_uuid(), 'text ' || lpad(n::text, 5, '0'), 'care', 'Chao ' || n, 'lan', :now,
    CAST(:now AS timestamptz) - n * interval '1 minute' FROM generate_series(1, :many) n
    """,
    """
    INSERT INTO audit (seq, at, who, door, act, object_kind, object_id, facts, previous, hash)
    SELECT l.last + n, :now, CASE WHEN n % 100 = 0 THEN 'user:boss' ELSE 'loa' END, 'console',
    CASE WHEN n % 2 = 0 THEN 'user.add' ELSE 'campaign.pause' END, 'user', n::text, '{}', '', ''
    FROM generate_series(1, :many) n, (SELECT max(seq) AS last FROM audit) l
    """,
)


def fill(session: Session, now: datetime) -> None:
    """Store them; some of the log are acts of the user boss."""
    for statement in ROWS:
        given = {"now": now, "many": MANY}
        session.execute(text(statement), {name: value for name, value in given.items() if f":{name}" in statement})
