"""Commands given by hand leave an attempt, and an answer is told even where it could not be written down."""

import pytest
from sqlalchemy import text

from worker.domain.calls import Answer
from worker.domain.outcome import Outcome
from worker.services.calling import by_hand


def attempts(loa):
    with loa.deps.sessions() as session:
        return session.execute(text("SELECT call, provider, request_id, outcome FROM attempt")).all()


def test_a_command_leaves_its_attempt(loa):
    async def ask(_adapter):
        assert attempts(loa) == [("direct", "esms", "key-1", None)], "it is committed before the call"
        return Answer(Outcome.ACCEPTED, "100", ref="r-1")

    assert by_hand.make(loa.deps, "esms", "key-1", ask).ref == "r-1"
    assert attempts(loa) == [("direct", "esms", "key-1", "accepted")]


def test_an_answer_that_cannot_be_written_down_is_told_all_the_same(loa):
    """Who reads a fault of the database instead gives the command again, and pays twice."""

    async def ask(_adapter):
        with loa.deps.sessions.begin() as session:
            session.execute(text("ALTER TABLE attempt RENAME TO attempt_elsewhere"))
        return Answer(Outcome.ACCEPTED, "100", ref="r-1")

    assert by_hand.make(loa.deps, "esms", "key-1", ask).ref == "r-1"


def test_a_command_that_is_stopped_in_its_call_leaves_a_call_that_may_have_been_made(loa):
    async def ask(_adapter):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        by_hand.make(loa.deps, "esms", "key-1", ask)
    assert attempts(loa) == [("direct", "esms", "key-1", None)]
