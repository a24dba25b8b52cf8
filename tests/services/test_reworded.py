"""Rewording a sentence changes nothing that is sent: what may be done next with a number is a column, never a sentence."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.test_lookup import CARE, later, settled_time
from worker.clock import Clock
from worker.domain.window import ALWAYS
from worker.services.operations import control
from worker.services.sending import release, singles
from worker.services.unknown import lookup
from worker.storage.sending import singles as single_rows
from worker.storage.unknown import lookup as lookup_rows


@pytest.fixture
def loa(loa):
    loa.clock.moment = Clock().now()
    loa.limits(windows=ALWAYS)
    return loa


def reword(monkeypatch):
    """As an upgrade or a translation would: every sentence that these modules name is another one."""
    changed = 0
    for module in (single_rows, lookup_rows, lookup, singles, release):
        for name, value in vars(module).items():
            if name.isupper() and isinstance(value, str) and " " in value:
                monkeypatch.setattr(module, name, f"đổi lời: {value[::-1]}")
                changed += 1
    assert changed >= 3


def test_numbers_that_were_absent_from_a_lagging_record_get_no_second_text_after_an_upgrade(loa, numbers, monkeypatch):
    loa.sandbox.set(sent_data_after_s=3600.0)
    made = loa.create(numbers(30), kind="care", text="Chao ban")
    loa.sandbox.fault(function=CARE, when="after", do="drop", times=4)
    loa.release()
    loa.run_tasks()
    settled_time(loa)
    release.expire_claims(loa.deps)
    lookup.look_up(loa.deps)
    control.pause(loa.deps, made.campaign.id)
    reword(monkeypatch)
    later(loa, hours=25)
    control.resume(loa.deps, made.campaign.id)
    loa.go()
    twice = [phone for phone, number in loa.sandbox.phones().items() if number > 1]
    assert twice == []


@pytest.mark.skipif("tests.reliability.reworded" in sys.modules, reason="it is reworded already")
def test_an_installation_that_speaks_other_words_since_its_upgrade_does_the_same():
    """Every sentence of services, storage and domain is reworded; lost, refused and killed calls of an older version are settled.

    The test that runs so looks at nothing but states, counts and the provider's ledger.
    """
    root = Path(__file__).parents[2]
    words = ["-q", "-p", "tests.reliability.reworded", "-p", "no:cacheprovider", "tests/reliability/test_upgrade.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
    found = re.search(r"reworded sentences: (\d+)", done.stdout)
    assert found is not None
    assert int(found[1]) > 150, "the sentences are found at all"
