"""Stored lists: their rows, their members, and what two have in common; bulk SQL over the members."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import CursorResult, Row, delete, func, select, text
from sqlmodel import Session, col

from worker.storage.part import WHOLE, Part, in_part
from worker.storage.tables.audience import Audience

PORTION: Final = 5_000


def get(session: Session, audience_id: UUID) -> Audience | None:
    """One audience by its id, or None."""
    return session.get(Audience, audience_id)


def by_name(session: Session, name: str) -> Audience | None:
    """The audience of that name, in whatever case it is written."""
    return session.scalars(select(Audience).where(func.lower(col(Audience.name)) == func.lower(name))).first()


def everyone(session: Session, part: Part = WHOLE) -> Sequence[Audience]:
    """All of them by name; or a part of them."""
    return session.scalars(in_part(select(Audience), Audience.name, part)).all()


def store_members(session: Session, audience_id: UUID) -> None:
    """Move what was staged and counted (planning.staging) to an audience."""
    session.execute(
        text(
            "INSERT INTO audience_member (audience_id, phone, row, vars)"
            " SELECT :audience, phone, row, vars FROM first_row ORDER BY phone"
        ),
        {"audience": audience_id},
    )


def members(session: Session, audience_id: UUID, minus: UUID | None, most: int | None = None) -> Iterator[Row[Any]]:
    """Row, phone and values of each member that is not one of `minus`, or of the first `most`, in the order of the file."""
    statement = text(
        "SELECT a.row, a.phone, a.vars FROM audience_member a WHERE a.audience_id = :audience AND NOT EXISTS"
        " (SELECT FROM audience_member m WHERE m.audience_id = :minus AND m.phone = a.phone) ORDER BY a.row"
        " LIMIT CAST(:most AS int)"
    )
    given = {"audience": audience_id, "minus": minus, "most": most}
    yield from session.execute(statement, given, execution_options={"yield_per": PORTION})


def sample(session: Session, audience_id: UUID, limit: int) -> Sequence[Row[Any]]:
    """Row, phone and values of some members, by number: the order in which they lie, however many there are."""
    return session.execute(
        text("SELECT row, phone, vars FROM audience_member WHERE audience_id = :audience ORDER BY phone LIMIT :limit"),
        {"audience": audience_id, "limit": limit},
    ).all()


def common(session: Session, one: UUID, other: UUID) -> int:
    """How many numbers two audiences have in common."""
    return int(
        session.execute(
            text(
                "SELECT count(*) FROM audience_member a JOIN audience_member b ON b.phone = a.phone"
                " WHERE a.audience_id = :one AND b.audience_id = :other"
            ),
            {"one": one, "other": other},
        ).scalar_one()
    )


def remove(session: Session, audience_id: UUID) -> bool:
    """Delete an audience with its members and the rows that it refused; False when there is none."""
    of_it = {"audience": audience_id}
    session.execute(text("DELETE FROM audience_member WHERE audience_id = :audience"), of_it)
    session.execute(text("DELETE FROM refused_row WHERE campaign_id = :audience"), of_it)
    gone = delete(Audience).where(col(Audience.id) == audience_id)
    return cast("CursorResult[Any]", session.execute(gone)).rowcount == 1


def waited_for(session: Session, audience_id: UUID) -> bool:
    """Whether a draft that is not planned yet reads this audience."""
    found = session.execute(
        text("SELECT EXISTS (SELECT FROM draft WHERE strpos(options ->> 'source', CAST(:audience AS text)) > 0)"),
        {"audience": str(audience_id)},
    )
    return bool(found.scalar_one())


def used_by(session: Session, audience_id: UUID, limit: int) -> Sequence[Row[Any]]:
    """The latest campaigns that were made of this audience: id, name, status."""
    return session.execute(
        text(
            "SELECT id, name, status, created_at FROM campaign WHERE audience_id = :audience"
            " ORDER BY created_at DESC LIMIT :limit"
        ),
        {"audience": audience_id, "limit": limit},
    ).all()
