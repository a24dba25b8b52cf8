"""What only a person can settle: the page says it in plain words, and the button beside it does what it says."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.console.browserless import Console, Person
from worker.services.planning.plan import Plan
from worker.services.unknown import lookup

Numbers = Callable[..., Path]
ASKED = "a person has to say what became of it"


def unknown(console: Console, path: Path, status: str = "reconciling", **requested: Any) -> tuple[str, Plan]:
    """The address of a campaign whose only batch waits for a person, as a lost answer leaves it; and the campaign."""
    made = console.api.world.create(path, **requested)
    said = f"Fibo: timed out; Fibo keeps no record of single orders: {ASKED}"
    with console.api.world.deps.sessions.begin() as session:
        given = {"id": made.campaign.id, "said": said, "status": status, "at": console.api.world.clock.now()}
        session.execute(
            text(
                "UPDATE batch SET state = 'unknown', needs_operator = true, claimed_at = :at, provider_message = :said,"
                " unknown = CASE WHEN :single THEN size ELSE 0 END WHERE campaign_id = :id"
            ),
            {key: given[key] for key in ("id", "said", "at")} | {"single": made.campaign.send_mode == "single"},
        )
        if made.campaign.send_mode == "single":
            session.execute(
                text("UPDATE recipient SET state = 'unknown' WHERE campaign_id = :id"), {"id": made.campaign.id}
            )
        session.execute(
            text("UPDATE campaign SET status = :status, started_at = :at WHERE id = :id"),
            {key: given[key] for key in ("id", "status", "at")},
        )
    return f"/campaigns/{made.campaign.id}", made


def counts(console: Console, made: Plan) -> dict[str, int]:
    return console.api.world.counts(made)


def test_a_halt_is_told_in_the_providers_words_and_goes_on_by_its_button(alone: Console, numbers: Numbers):
    minh = alone.person("minh", "operator")
    world = alone.api.world
    made = world.create(numbers(60))
    world.sandbox.fault(nth=1, times=1, when="before", do="code", code="103")
    world.go()
    assert world.status(made) == "paused"
    # On the front page with the button, and on its own.
    for path in ("/", f"/campaigns/{made.campaign.id}"):
        minh.get(path)
        assert "103" in minh.text()
        assert "Mọi chiến dịch tại eSMS đã dừng" in minh.text()
        assert f'action="/campaigns/{made.campaign.id}/resume"' in minh.page.text
    assert "Không mất số nào" in minh.text()
    assert "60 số sẽ được gửi tiếp" in minh.post(f"/campaigns/{made.campaign.id}/resume").text
    # A second press says no more than that it goes on.
    assert minh.post(f"/campaigns/{made.campaign.id}/resume").status_code == 200
    world.go()
    assert set(world.sandbox.phones().values()) == {1}
    assert len(world.sandbox.phones()) == 60


@pytest.mark.parametrize(
    ("verdict", "says", "left"), [("sent", "đã gửi", "accepted"), ("not-sent", "chưa gửi, sẽ gửi lại", "planned")]
)
def test_an_order_that_nobody_can_look_up_is_decided_by_an_operator(
    alone: Console, numbers: Numbers, verdict: str, says: str, left: str
):
    minh = alone.person("minh", "operator")
    path, made = unknown(alone, numbers(60))
    minh.get(path)
    assert "hãy hỏi họ có nhận đơn 60 số lúc" in minh.text()
    # Our own words beside the provider's are said in the reader's language.
    assert ASKED not in minh.page.text
    assert "Fibo không giữ bản ghi của từng tin" in minh.text()
    minh.post(f"{path}/resolve", {"batch": "1", "as": verdict})
    assert f"Lô 1: 60 số được tính là {says}" in minh.text()
    assert counts(alone, made) == {left: 60}


def test_of_a_cancelled_campaign_nothing_goes_again_and_the_page_promises_none(alone: Console, numbers: Numbers):
    minh = alone.person("minh", "operator")
    path, made = unknown(alone, numbers(60), "cancelled")
    minh.get("/")
    assert "60 số có thể đã hoặc chưa gửi" in minh.text()
    minh.get(path)
    assert "Lô sẽ được gửi lại" not in minh.text()
    assert "các số của lô này được tính là đã hủy, không gửi lại gì" in minh.text()
    minh.post(f"{path}/resolve", {"batch": "1", "as": "not-sent"})
    assert "60 số được tính là chưa gửi, không gửi nữa" in minh.text()
    assert counts(alone, made) == {"cancelled": 60}
    minh.get("/")
    assert "có thể đã hoặc chưa gửi" not in minh.text()


def test_of_a_paused_campaign_it_goes_when_it_is_resumed(alone: Console, numbers: Numbers):
    minh = alone.person("minh", "operator")
    path, _ = unknown(alone, numbers(60), "paused")
    minh.get(path)
    assert "Lô sẽ được gửi khi chiến dịch được tiếp tục" in minh.text()


def test_single_numbers_are_told_as_such_and_only_a_whole_batch_has_buttons(alone: Console, numbers: Numbers):
    minh = alone.person("minh", "operator")
    path, made = unknown(alone, numbers(30), provider="fibo", kind="care", text="Don hang da gui")
    minh.get(path)
    assert "mỗi số là một yêu cầu gửi riêng" in minh.text()
    assert f'action="{path}/resolve"' in minh.page.text
    # While others of the batch are still being sent nobody can decide it, so that no button promises it.
    with alone.api.world.deps.sessions.begin() as session:
        session.execute(
            text("UPDATE batch SET state = 'planned', unknown = 4 WHERE campaign_id = :id"), {"id": made.campaign.id}
        )
    minh.get(path)
    assert "Các số khác của lô này còn đang gửi" in minh.text()
    assert "4 số" in minh.text()
    assert f'action="{path}/resolve"' not in minh.page.text


def test_a_push_names_the_campaign_at_fpt(alone: Console, numbers: Numbers):
    minh, lan = alone.person("minh", "operator"), alone.person("lan", "approver")
    path, made = unknown(alone, numbers(60), provider="fpt")
    with alone.api.world.deps.sessions.begin() as session:
        session.execute(
            text(
                "INSERT INTO provider_campaign (campaign_id, number, name, text, quota, due, push_by, state, ref, attempts, code,"
                " provider_message, cancel_words) VALUES (:id, 7, 'LOA tháng 12', '', 60, :at, :at, 'open', '', 1, '', '', '')"
            ),
            {"id": made.campaign.id, "at": alone.api.world.clock.now()},
        )
        session.execute(
            text("UPDATE batch SET provider_campaign = 7 WHERE campaign_id = :id"), {"id": made.campaign.id}
        )
    minh.get(path)
    assert "hãy hỏi họ chiến dịch LOA tháng 12 có 60 số được đẩy sang lúc" in minh.text()
    # Who may not decide reads who does.
    lan.get(path)
    assert "Người vận hành sẽ ghi kết quả trên trang này" in lan.text()
    assert f'action="{path}/resolve"' not in lan.page.text
    with alone.api.world.deps.sessions.begin() as session:
        session.execute(
            text("UPDATE batch SET needs_operator = false WHERE campaign_id = :id"), {"id": made.campaign.id}
        )
    minh.get(path)
    assert "Hạn mức còn lại mà FPT báo sau lần đẩy kế tiếp" in minh.text()
    assert "Sẽ tra trong bản ghi" not in minh.text()


def test_the_words_are_english_for_whoever_reads_english(alone: Console, numbers: Numbers):
    minh = alone.person("minh", "operator", "en")
    path, _ = unknown(alone, numbers(30), provider="fibo", kind="care", text="Don hang da gui")
    minh.get(path)
    assert "each number was a call of its own" in minh.text()
    assert "keeps no record of single messages" in minh.text()


def test_what_loa_finds_out_by_itself_needs_nobody_until_only_a_person_can_tell(alone: Console, numbers: Numbers):
    minh, world = alone.person("minh", "operator"), alone.api.world
    minh.post("/language", {"language": "en"})
    world.sandbox.set(sent_data_after_s=1e9)
    world.sandbox.fault(when="after", do="drop", nth=1, times=1)
    made = world.create(numbers(60))
    world.go()
    assert world.status(made) == "reconciling"
    minh.get("/")
    assert "Loa is finding out whether the provider took 60 numbers" in minh.text()
    assert "Needs a person" not in minh.text()
    before = shown(minh)
    # The record never shows it, and the repeat under the same key is turned away as known: no evidence can settle that.
    for _ in range(2):
        world.clock.tick(minutes=10)
        lookup.look_up(world.deps)
        world.go()
    minh.get("/")
    assert "Needs a person" in minh.text()
    assert "60 numbers may or may not have been sent" in minh.text()
    assert "Loa is finding out" not in minh.text()
    # An open page is told that it is another one now.
    assert shown(minh) != before


def shown(person: Person) -> str:
    """What the open page tells its stream that it shows."""
    assert person.page is not None
    found = re.search(r'data-live="/live\?shows=([^"]+)"', person.page.text)
    assert found
    return found[1]
