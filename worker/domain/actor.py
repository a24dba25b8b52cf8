"""The one who acts, as the audit log names it: a person, a program's key, somebody at a terminal, or Loa itself."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from worker.domain.roles import MAY, May, Role
from worker.errors import Refused


class Forbidden(Refused):
    """The one who acts may not do that."""

    def __init__(self, sentence: str) -> None:
        super().__init__("forbidden", sentence)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and through which door."""

    #: `cli`, `http`, `console`, `celery` or `loa` (by itself).
    door: str
    #: The account of the system behind a terminal, or what a key without a user is called.
    name: str = ""
    #: Of a person who is known to Loa: proven by a password, a session or a key of theirs.
    user_id: UUID | None = None
    role: Role | None = None
    #: The key by which it came.
    key_id: UUID | None = None

    @property
    def label(self) -> str:
        """What the audit log and `author` say: `user:lan`, `key:5f0c1d3e`, `cli:deploy`, `celery`, `loa`."""
        if self.user_id is not None:
            return f"user:{self.name}"
        if self.key_id is not None:
            return f"key:{str(self.key_id)[:8]}"
        return f"{self.door}:{self.name}" if self.name else self.door

    def may(self, what: May) -> bool:
        """Whether the role allows it. Who has no role is bounded by the door: a key by its scopes, a terminal by its host."""
        return self.role is None or what in MAY[self.role]

    def must(self, *either: May) -> None:
        """Forbidden when the role allows none of these."""
        if not any(self.may(one) for one in either):
            wanted = ", ".join(role for role in Role if not MAY[role].isdisjoint(either))
            raise Forbidden(f"{self.name} has the role {self.role} and may not do that: it takes the role {wanted}.")

    def must_own(self, author_id: UUID | None, any_one: May, own: May) -> None:
        """Forbidden unless the role allows it for everybody's (`any_one`), or for the own ones and this is one of them."""
        mine = self.user_id is not None and author_id == self.user_id
        self.must(*([any_one, own] if mine else [any_one]))


#: Sweeps, workers, and whoever calls services without a door.
LOA: Final = Actor("loa")
CELERY: Final = Actor("celery")
