"""What tests of services share."""

import pytest

from worker.services.planning import care, senders, zalo_template


@pytest.fixture
def lists_come_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever plans a campaign waits for a provider's lists as long as a busy machine needs to bring them."""
    for module in (senders, zalo_template, care):
        monkeypatch.setattr(module, "READ_WITHIN_S", 30.0)
