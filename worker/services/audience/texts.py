"""Saved texts: kept under a name, changed, deleted; checked when a campaign uses them."""

from collections.abc import Sequence
from typing import Final

from worker.domain.roles import May
from worker.domain.text import clean
from worker.errors import Misuse, NotFound
from worker.services.audience.audiences import checked_name
from worker.services.deps import Deps
from worker.services.people import audit
from worker.storage.audience import texts
from worker.storage.part import WHOLE, Part
from worker.storage.tables.audience import SavedText

LONGEST_TEXT: Final = 5_000
KINDS: Final = ("ads", "care")


def save(deps: Deps, name: str, kind: str, text: str) -> SavedText:
    """Save a text under a name, in the place of the one that was there; Misuse for a name, kind or text that cannot be."""
    deps.actor.must(May.DRAFT)
    name, cleaned, now = checked_name(name), clean(text).text, deps.clock.now()
    if kind not in KINDS:
        raise Misuse(f"There is no kind {kind!r} of text: it is ads or care.")
    if not 0 < len(cleaned) <= LONGEST_TEXT:
        raise Misuse(f"The text takes 1 to {LONGEST_TEXT:,} characters; this one has {len(cleaned):,}.")
    with deps.sessions.begin() as session:
        found = texts.by_name(session, name)
        if found is None:
            found = SavedText(
                name=name,
                kind=kind,
                text=cleaned,
                author=deps.actor.label,
                author_id=deps.actor.user_id,
                created_at=now,
                changed_at=now,
            )
            session.add(found)
        else:
            deps.actor.must_own(found.author_id, May.USERS, May.DRAFT)
            found.kind, found.text, found.changed_at = kind, cleaned, now
        audit.record(session, deps, "text.save", about=("text", name), facts={"kind": kind})
    return found


def everyone(deps: Deps, part: Part = WHOLE) -> Sequence[SavedText]:
    """All of them by name; or a part of them, whose words may also stand in the text."""
    deps.actor.must(May.DRAFT, May.SEE_ALL)
    with deps.sessions() as session:
        return texts.everyone(session, part)


def latest(deps: Deps, limit: int) -> Sequence[SavedText]:
    """Those that were changed last."""
    deps.actor.must(May.DRAFT, May.SEE_ALL)
    with deps.sessions() as session:
        return texts.latest(session, limit)


def find(deps: Deps, name: str) -> SavedText:
    """The saved text of that name; NotFound for none."""
    deps.actor.must(May.DRAFT, May.SEE_ALL)
    with deps.sessions() as session:
        found = texts.by_name(session, name.strip())
    if found is None:
        raise NotFound("saved text", name)
    return found


def delete(deps: Deps, name: str) -> SavedText:
    """Delete one; NotFound for none."""
    deps.actor.must(May.DRAFT)
    found = find(deps, name)
    deps.actor.must_own(found.author_id, May.USERS, May.DRAFT)
    with deps.sessions.begin() as session:
        texts.remove(session, found.name)
        audit.record(session, deps, "text.delete", about=("text", found.name))
    return found
