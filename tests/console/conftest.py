"""One web process a test, and people who are logged in."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.api.served import served
from tests.console.browserless import Console
from tests.world import World


@pytest.fixture
def console(loa: World) -> Iterator[Console]:
    """The console of a Loa where ads need a second person."""
    loa.change(people=replace(loa.deps.people, four_eyes=True))
    with served(loa) as api:
        yield Console(api)


@pytest.fixture
def alone(loa: World) -> Iterator[Console]:
    """The same where one person is enough."""
    with served(loa) as api:
        yield Console(api)
