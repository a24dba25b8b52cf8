"""Seals again, under the present LOA_SECRET_KEY, what is still sealed under the former, so that the former can go."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from worker.errors import Refused
from worker.sealing import Sealer
from worker.services.deps import Deps
from worker.storage.operations import sealed
from worker.storage.tables.campaigns import Message
from worker.storage.tables.people import User
from worker.storage.tables.webhooks import Webhook

AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Store:
    """A column in which something lies sealed, bound to the `id` of its row, and what seals it anew (None: it is already)."""

    table: Any
    column: str
    anew: Callable[[Sealer, bytes, UUID], bytes | None] = Sealer.reseal_text


#: Everything that is sealed and kept. What is missing here cannot be opened any more once the former key is gone.
STORES: Final = (
    Store(Message, "sealed"),
    Store(Webhook, "secret", Sealer.reseal_secret),
    Store(Webhook, "former_secret", Sealer.reseal_secret),
    Store(User, "totp_sealed"),
)


@dataclass(slots=True)
class Resealed:
    """What became of everything that is stored sealed."""

    resealed: int = 0
    #: Under the present key before.
    current: int = 0
    #: In other hands at that moment; the command may be repeated.
    left: int = 0
    #: Sealed under neither key.
    unreadable: int = 0


def reseal(deps: Deps) -> Resealed:
    """Seal everything again that is under the former key. Safe beside everything else, and to repeat."""
    done, sealer = Resealed(), deps.sealer()
    for store in STORES:
        seen = _one(deps, sealer, store, done)
        with deps.sessions() as session:
            done.left += max(0, sealed.count(session, store.table, store.column) - seen)
    return done


def _one(deps: Deps, sealer: Sealer, store: Store, done: Resealed) -> int:
    """Go through one column; how many rows were looked at."""
    seen, after = 0, UUID(int=0)
    while True:
        with deps.sessions.begin() as session:
            rows = sealed.following(session, store.table, store.column, after, AT_ONCE)
            for row in rows:
                after = row.id
                try:
                    anew = store.anew(sealer, getattr(row, store.column), row.id)
                except Refused:
                    done.unreadable += 1
                    continue
                if anew is None:
                    done.current += 1
                else:
                    setattr(row, store.column, anew)
                    done.resealed += 1
        seen += len(rows)
        if len(rows) < AT_ONCE:
            return seen
