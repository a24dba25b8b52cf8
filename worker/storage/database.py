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
        connect_args={"connect_timeout": 5, "options": "-c timezone=UTC -c application_name=loa"},
    )


def sessions(engine: Engine) -> sessionmaker[Session]:
    """A factory of sessions; `with sessions.begin() as session` is one transaction."""
    return sessionmaker(engine, class_=Session, expire_on_commit=False)
