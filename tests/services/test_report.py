"""The campaign that a person means is found by its id or the first characters of it."""

from uuid import UUID

import pytest
from sqlalchemy import text

from worker.errors import Misuse, NotFound
from worker.services.reporting import report
from worker.storage.sending import recipients
from worker.storage.tables.campaigns import Campaign

ONE, TWO = UUID("5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11"), UUID("5f0c1d3e-9a51-4c53-9d2b-6d3d3a0f9a12")


@pytest.fixture
def two(loa, numbers):
    """Two campaigns whose ids begin alike."""
    for id_ in (ONE, TWO):
        made = loa.create(numbers(20), again=True)
        with loa.deps.sessions.begin() as session:
            kept = session.get_one(Campaign, made.campaign.id).model_dump()
            session.add(Campaign(**kept | {"id": id_, "key": None}))
    return loa.deps


@pytest.mark.parametrize("written", [str(ONE), ONE.hex, "5f0c1d3e-8", " 5F0C1D3E-8A51 "])
def test_an_id_or_its_first_characters_where_only_one_begins_so(two, written):
    assert report.identify(two, written) == ONE


@pytest.mark.parametrize(
    ("written", "fault", "said"),
    [
        ("5f0c1d3e", Misuse, "More than one"),
        ("5f0d1d3e", NotFound, "5f0d1d3e"),
        ("5f0c1d3", Misuse, "'5f0c1d3' is not the id"),
        ("March", Misuse, "'March' is not the id"),
        ("5f0c1d3e%", Misuse, "is not the id"),
        ("", Misuse, "is not the id"),
    ],
)
def test_whatever_is_not_one_is_refused(two, written, fault, said):
    with pytest.raises(fault, match=said):
        report.identify(two, written)


def test_who_reads_a_report_may_stop_longer_between_two_portions_than_who_writes(loa, numbers):
    made = loa.create(numbers(20))
    limit = text("SELECT current_setting('idle_in_transaction_session_timeout')")
    with loa.deps.sessions() as session:
        rows = recipients.stream(session, made.campaign.id)
        next(rows)
        assert session.execute(limit).scalar_one() == "10min"
        assert len(list(rows)) == 19
    with loa.deps.sessions() as session:
        assert session.execute(limit).scalar_one() == "10s"
