"""The key of a number is a UUID of version 5, as every key that was ever given out."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from worker.domain.attempts import number_request_id


@given(st.uuids(), st.integers(1, 10**7), st.integers(0, 100))
def test_the_key_of_a_number_is_the_uuid_of_its_row(campaign: UUID, row: int, refusals: int) -> None:
    assert number_request_id(campaign, row, refusals) == str(uuid5(campaign, f"{row}-{refusals}"))
