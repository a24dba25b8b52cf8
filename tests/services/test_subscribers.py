"""Everything that is kept of a number is shown, and erased on request but for what must be kept."""

import pytest
from sqlalchemy import text

from worker.errors import NotFound, Refused
from worker.services import otp
from worker.services.operations import refused_tasks, subscribers, suppression
from worker.services.otp import OtpRequest

PHONE = "0900000003"


def test_all_of_a_number_is_shown_and_erased(loa, numbers):
    made = loa.create(numbers(40))
    message = otp.enqueue(loa.deps, OtpRequest(PHONE, "Ma: 482913", route=("esms",), sender="LOA"))
    suppression.add(loa.deps, [PHONE], source="letter")
    suppression.remove(loa.deps, [PHONE])
    with pytest.raises(Refused) as fault:
        subscribers.erase(loa.deps, PHONE)
    assert (fault.value.rule, fault.value.details) == ("still_open", {"open": 2})
    loa.go()
    otp.deliver(loa.deps, message.id)
    loa.clock.tick(minutes=1)
    loa.poll()
    suppression.add(loa.deps, [PHONE])
    shown = subscribers.show(loa.deps, "+84 900 000 003")
    assert [one["campaign"] for one in shown["campaigns"]] == [str(made.campaign.id)]
    assert [one["id"] for one in shown["otps"]] == [str(message.id)]
    assert [one["source"] for one in shown["suppression"]] == ["letter", "cli"]
    assert "482913" not in str(shown)
    done = subscribers.erase(loa.deps, PHONE)
    assert (done.counts["recipients"], done.counts["messages"], done.still_suppressed) == (1, 1, True)
    after = subscribers.show(loa.deps, PHONE)
    assert (after["campaigns"], after["otps"]) == ([], [])
    # His refusal is still honoured, and the one that he withdrew is provable without his number.
    assert [one["source"] for one in after["suppression"]] == ["cli"]
    assert [one["source"] for one in after["erasures"][0]["kept"]] == ["letter"]
    with loa.deps.sessions() as session:
        for table in ("recipient", "message", "suppression_ended", "erasure", "incoming_message"):
            assert "84900000003" not in str(session.execute(text(f"SELECT t::text FROM {table} t")).all())
    # Nobody else's data went.
    assert len(subscribers.show(loa.deps, "0900000004")["campaigns"]) == 1


def test_texts_that_a_plan_shows_are_erased_too(loa, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("phone,name\n0900000003,An Anh\n0900000004,Binh Binh\n")
    made = loa.create(path, kind="care", text="Chao {name}")
    loa.go()
    with loa.deps.sessions.begin() as session:
        session.execute(text("UPDATE campaign SET status = 'done'"))
    subscribers.erase(loa.deps, PHONE)
    assert [one["text"] for one in loa.show(made).campaign.samples] == ["Chao Binh Binh"]


def test_a_refused_task_is_found_by_its_id(loa):
    refused_tasks.note(loa.deps, "8d1f", "loa.send_otp", "The wish has no phone.")
    refused_tasks.note(loa.deps, "8d1f", "loa.send_otp", "The wish has no phone.")
    missing = NotFound("message", "8d1f")
    said = refused_tasks.explain(loa.deps, "8d1f", missing)
    assert (said.rule, "no phone" in str(said)) == ("task_refused", True)
    assert refused_tasks.explain(loa.deps, "other", missing) is missing
