"""The list of guards keeps up with the code: each of them stands where it is said to, and names tests that are there."""

import pytest

from tests.reliability.guards import MUTATIONS
from tests.reliability.mutations import ROOT, mutate


def test_each_guard_stands_where_it_is_dropped():
    missing = []
    for mutation in MUTATIONS:
        try:
            mutate((ROOT / mutation.file).read_text(encoding="utf-8"), mutation)
        except LookupError as fault:
            missing.append(str(fault))
    assert missing == []


@pytest.mark.parametrize("path", sorted({test for mutation in MUTATIONS for test in mutation.tests}))
def test_each_test_of_a_guard_is_there(path):
    file, _, name = path.partition("::")
    assert not name or f"def {name.partition('[')[0]}(" in (ROOT / file).read_text(encoding="utf-8")
    assert (ROOT / file).exists()
