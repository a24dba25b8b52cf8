"""One web process a test, and people who are logged in."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from tests.api.served import served
from tests.console import openid_provider
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


@pytest.fixture
def provider(loa: World) -> Iterator[openid_provider.Provider]:
    with openid_provider.provider(loa.clock) as made:
        yield made


@pytest.fixture
def opened(loa: World, provider: openid_provider.Provider) -> Iterator[openid_provider.Opener]:
    """Opens the console with the provider, and other settings where a test wants them."""
    with ExitStack() as stack:

        def console(**settings: object) -> Console:
            ours = {
                "oidc_issuer": provider.url,
                "oidc_client_id": openid_provider.CLIENT,
                "oidc_client_secret": type(loa.loa.settings.oidc_client_secret)(openid_provider.SECRET),
                "oidc_title": "Công ty",
                "oidc_timeout_s": 60.0,
                **settings,
            }
            loa.loa.settings.__dict__.update(ours)
            loa.change(people=replace(loa.deps.people, openid=loa.loa.settings.openid_rules))
            return Console(stack.enter_context(served(loa)))

        yield console
