"""The role by which Loa uses the embedded database: it owns it and may do nothing else on the server.

The role that `initdb` made (`loa`) is a superuser for ever, and nobody works as it: a statement that an attacker smuggled in
could read files and start programs. `loa_app` is plain. Its password is derived from the superuser's, not the other way round.
"""

import hashlib
import hmac
from typing import Final

import psycopg
from psycopg import sql

SUPERUSER: Final = "loa"
ROLE: Final = "loa_app"

#: Whatever an older Loa made as the superuser; what belongs to a table follows it.
_HAND_OVER: Final = """
DO $$
DECLARE one record;
BEGIN
    FOR one IN
        SELECT c.oid::regclass AS name, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW'
            WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END AS kind
        FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'S', 'v', 'm')
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i'))
    LOOP
        EXECUTE format('ALTER %s %s OWNER TO loa_app', one.kind, one.name);
    END LOOP;
    FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('ALTER ROUTINE %s OWNER TO loa_app', one.name);
    END LOOP;
    FOR one IN SELECT t.oid::regtype AS name FROM pg_type t
        WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd')
    LOOP
        EXECUTE format('ALTER TYPE %s OWNER TO loa_app', one.name);
    END LOOP;
END $$
"""


def password(superusers: str) -> str:
    """The plain role's password; it tells nothing of the superuser's."""
    return hmac.new(superusers.encode(), b"password of loa_app", hashlib.sha256).hexdigest()[:40]


def is_there(connection: "psycopg.Connection") -> bool:
    """Whether the role was made; everything in the database is its own then."""
    found = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE])
    return found.rowcount == 1


def make(connection: "psycopg.Connection", superusers: str, database: str) -> None:
    """Make the role and give it the database with all that is in it, at once; the connection is the superuser's, to it."""
    with connection.transaction():
        create = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {}")
        connection.execute(create.format(sql.Identifier(ROLE), sql.Literal(password(superusers))))
        connection.execute(
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(database), sql.Identifier(ROLE))
        )
        connection.execute(_HAND_OVER)
