"""One web process a test, over real HTTP."""

from collections.abc import Iterator

import pytest

from tests.api.served import Api, served
from tests.world import World


@pytest.fixture
def api(loa: World) -> Iterator[Api]:
    with served(loa) as made:
        yield made
