"""How is the database reached? One engine a process, made after the fork."""

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import sessionmaker
from sqlmodel import Session


def connect(url: str, *, pool_size: int = 5) -> Engine:
    """An engine for PostgreSQL; connections that a restart of the server broke are noticed and replaced."""
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=5,
        pool_pre_ping=True,
        # An error's text holds no numbers: it travels in Celery's events, where nothing masks it.
        hide_parameters=True,
        connect_args={
            "connect_timeout": 5,
            # A host that froze must not hold a campaign for longer than this: a pause would wait for it.
            "options": "-c timezone=UTC -c application_name=loa"
            " -c idle_in_transaction_session_timeout=10s -c lock_timeout=10s",
            "keepalives_idle": 30,
            "tcp_user_timeout": 15_000,
        },
    )


def sessions(engine: Engine) -> sessionmaker[Session]:
    """A factory of sessions; `with sessions.begin() as session` is one transaction."""
    return sessionmaker(engine, class_=Session, expire_on_commit=False)
