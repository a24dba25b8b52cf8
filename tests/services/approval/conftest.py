"""Four people and a terminal, in an installation where two must agree on an ad."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.world import World
from worker.domain.actor import Actor
from worker.domain.roles import Role
from worker.errors import Refused
from worker.services.deps import Deps, PeoplePolicy
from worker.services.people import users
from worker.storage.tables.people import User


@dataclass
class Office:
    """The world as each of its people acts in it."""

    world: World
    people: dict[str, Deps]

    def __getitem__(self, name: str) -> Deps:
        """What `name` acts with, at the time of the world's clock."""
        return self.world.deps.acting(self.people[name].actor)


@pytest.fixture
def office(loa: World) -> Office:
    loa.change(people=PeoplePolicy(four_eyes=True))
    people = {}
    for name, role in (
        ("lan", "marketer"),
        ("mai", "marketer"),
        ("sep", "approver"),
        ("ong", "approver"),
        ("truc", "operator"),
        ("chi", "admin"),
    ):
        # Nobody logs in here, and hashing six passwords takes longer than all the rest.
        user = User(name=name, role=Role(role), password_hash="none", created_at=loa.clock.now())
        with loa.deps.sessions.begin() as session:
            session.add(user)
        people[name] = loa.deps.acting(users.actor_of(user, "console"))
    people["terminal"] = loa.deps.acting(Actor("cli", "deploy"))
    return Office(loa, people)


def rule_of(act: Callable[..., Any], *words: Any, **named: Any) -> str:
    """By which rule it is refused; `done` when it is not."""
    try:
        act(*words, **named)
    except Refused as fault:
        return fault.rule
    return "done"


def without_policy(deps: Deps) -> Deps:
    """The same where nobody need agree."""
    return replace(deps, people=PeoplePolicy())
