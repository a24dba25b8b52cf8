"""A copy of a campaign, a test text, a forecast, a stored audience: to whom they go, and what they cost."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dateutil.parser import isoparse
from sqlalchemy import text

from approval.conftest import Office, rule_of, without_policy
from tests.world import World
from worker.errors import Misuse, NotFound
from worker.services import otp
from worker.services.approval import copies, decide, trial
from worker.services.audience import audiences, texts
from worker.services.deps import Deps
from worker.services.operations import control
from worker.services.people import audit
from worker.services.planning import drafts, forecast, plan
from worker.services.planning.plan import Plan
from worker.services.planning.request import CampaignRequest
from worker.services.reporting import report

Numbers = Callable[..., Path]


def create(deps: Deps, path: Path, **changes: Any) -> Plan:
    fields = {"provider": "esms", "sender": "LOA", "kind": "care", "text": "Don hang da gui", "again": True}
    return plan.create(deps, CampaignRequest(list_path=path, **{**fields, **changes}))


def phones(deps: Deps, made: Plan) -> set[str]:
    file = io.StringIO()
    report.write_recipients(deps, made.campaign.id, file, lambda _lines: None)
    return {row["phone"] for row in csv.DictReader(io.StringIO(file.getvalue().lstrip("\ufeff")))}


def mark(loa: World, made: Plan, **states: str) -> None:
    """Say what became of single numbers: `p0900000001='failed'`."""
    with loa.deps.sessions.begin() as session:
        for written, state in states.items():
            session.execute(
                text("UPDATE recipient SET state = :state WHERE campaign_id = :id AND phone = :phone"),
                {"state": state, "id": made.campaign.id, "phone": 84000000000 + int(written[2:])},
            )


def test_a_copy_is_a_draft_to_the_same_with_their_values(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("phone,name\n0900000001,An\n0900000002,Bình\n0900000002,Hai\nnonsense,x\n")
    first = create(office["lan"], path, text="Chao {name}")
    copied = copies.copy(office["lan"], first.campaign.id)
    one = copied.campaign
    assert (one.status, one.valid, one.rows, one.copied_from) == ("draft", 2, 2, first.campaign.id)
    assert phones(office["lan"], copied) == {"0900000001", "0900000002"}
    assert [sample["text"] for sample in one.samples or []][:1] == ["Chao An"]
    assert one.name == "names (copy)"
    control.cancel(office["lan"], first.campaign.id)
    assert decide.submit(office["lan"], one.id).campaign.status == "scheduled"
    office.world.go()
    assert office.world.sandbox.phones()[84900000001] == 1


def test_a_copy_and_its_original_that_are_both_to_leave_are_warned_of(office: Office, numbers: Numbers) -> None:
    def warned(one: Plan) -> list[tuple[str, str]]:
        return [(str(each.code), each.words) for each in report.show(lan, one.campaign.id).warnings]

    lan = office["lan"]
    first = create(lan, numbers(5), text="Don hang da gui", name="March", draft=True)
    copied = copies.copy(lan, first.campaign.id, name="April")
    assert (warned(first), warned(copied)) == ([], [])
    decide.submit(lan, first.campaign.id)
    assert (warned(first), warned(copied)) == ([], [("twin", "March")])
    decide.submit(lan, copied.campaign.id)
    assert (warned(first), warned(copied)) == ([("twin", "April")], [("twin", "March")])
    control.cancel(lan, copied.campaign.id)
    assert (warned(first), warned(copied)) == ([], [])
    office.world.go()
    assert warned(copies.copy(lan, first.campaign.id)) == []


def test_only_those_go_again_who_certainly_did_not_get_it(office: Office, numbers: Numbers) -> None:
    loa = office.world
    first = create(office["lan"], numbers(8))
    states = ("delivered", "failed", "rejected", "unknown", "accepted", "sending", "cancelled")
    mark(loa, first, **{f"p09{n:08d}": state for n, state in enumerate(states)})
    copied = copies.copy(office["lan"], first.campaign.id, failed_only=True)
    assert phones(office["lan"], copied) == {"0900000001", "0900000002", "0900000006"}
    with loa.deps.sessions.begin() as session:
        session.execute(text("UPDATE batch SET state = 'unknown' WHERE campaign_id = :id"), {"id": first.campaign.id})
        session.execute(text("UPDATE recipient SET state = NULL WHERE campaign_id = :id"), {"id": first.campaign.id})
    assert rule_of(copies.copy, office["lan"], first.campaign.id, failed_only=True) == "nobody_without_delivery"
    for state, goes in (
        ("accepted", 0),
        ("reported", 0),
        ("planned", 0),
        ("sending", 0),
        ("rejected", 8),
        ("cancelled", 8),
    ):
        with loa.deps.sessions.begin() as session:
            session.execute(
                text("UPDATE batch SET state = :state WHERE campaign_id = :id"),
                {"id": first.campaign.id, "state": state},
            )
        said = rule_of(copies.request, office["lan"], first.campaign.id, failed_only=True)
        assert said == ("done" if goes else "nobody_without_delivery"), state


def test_a_copy_is_for_whoever_may_see_the_first_and_write_one(office: Office, numbers: Numbers) -> None:
    first = create(office["lan"], numbers(5))
    assert rule_of(copies.copy, office["mai"], first.campaign.id) == "forbidden"
    assert rule_of(copies.copy, office["truc"], first.campaign.id) == "forbidden"
    assert copies.copy(office["sep"], first.campaign.id).campaign.author == "user:sep"


def test_a_copy_that_a_worker_plans_is_one_under_one_key(office: Office, numbers: Numbers) -> None:
    first = create(office["lan"], numbers(5))
    taken = copies.copy_later(office["lan"], first.campaign.id, "k1", name="second")
    again = copies.copy_later(office["lan"], first.campaign.id, "k1", name="second")
    assert (again.repeated, again.campaign.id) == (True, taken.campaign.id)
    assert drafts.plan(office.world.deps, taken.campaign.id) == "draft"
    shown = report.show(office["lan"], taken.campaign.id).campaign
    assert (shown.status, shown.valid, shown.name) == ("draft", 5, "second")


def test_a_test_text_goes_to_one_number_as_a_single_message_and_is_counted(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("phone,name\n0900000001,An\n0900000002,Binh\n")
    made = create(office["lan"], path, text="Chao {name}", draft=True)
    sent = trial.send(office["lan"], made.campaign.id, "0900000077", row=3)
    assert (sent.text, sent.parts, sent.row) == ("Chao Binh", 1, 3)
    office.world.task_queue.otps.clear()
    assert otp.deliver(office.world.deps, sent.message.id) == "accepted"
    assert office.world.sandbox.phones() == {84900000077: 1}
    view = report.show(office["lan"], made.campaign.id)
    assert (view.tests, view.campaign.status, sum(view.counts.values())) == (1, "draft", 2)
    assert trial.send(office["lan"], made.campaign.id, "0900000077").text == "Chao An"
    assert rule_of(trial.send, office["lan"], made.campaign.id, "0900000077", row=9) == "no_row"
    assert rule_of(trial.send, office["lan"], made.campaign.id, "123") == "bad_phone"
    assert rule_of(trial.send, office["mai"], made.campaign.id, "0900000077") == "forbidden"
    entry = audit.newest(office["chi"], 1, act="campaign.test")[0]
    assert "0900000077" not in str(entry.facts)
    assert "84900000077" not in str(entry.facts)


def test_a_test_of_an_ad_keeps_its_hours_and_the_suppression_list(office: Office, numbers: Numbers) -> None:
    made = create(office["lan"], numbers(60), kind="ads", text="[QC] Giam gia 20%", draft=True)
    office.world.clock.moment += timedelta(hours=12)  # 21:00
    assert rule_of(trial.send, office["lan"], made.campaign.id, "0900000077") == "outside_hours"
    assert office.world.task_queue.otps == []
    office.world.clock.moment += timedelta(hours=12)
    with office.world.deps.sessions.begin() as session:
        session.execute(
            text(
                "INSERT INTO suppression (phone, reason, source, added_at) VALUES (84900000077, 'opt_out', 'cli', :now)"
            ),
            {"now": office.world.clock.moment},
        )
    assert rule_of(trial.send, office["lan"], made.campaign.id, "0900000077") == "suppressed"
    assert rule_of(trial.send, office["lan"], made.campaign.id, "0900000078") == "done"


def test_a_forecast_counts_rate_windows_and_what_is_ahead(office: Office, numbers: Numbers) -> None:
    loa = office.world
    loa.limits(requests_per_second=1, max_recipients=50)
    made = create(
        without_policy(office["lan"]),
        numbers(1000),
        kind="ads",
        text="[QC] Giam gia 20%",
        at="2026-03-02T19:59:50+07:00",
    )
    one = forecast.show(office["lan"], made.campaign.id)
    assert (one.calls_left, one.numbers_left, one.calls_ahead) == (20, 1000, 0)
    # Ten of the twenty calls fit into the window that closes at 20:00; the others begin the next morning at 8:00.
    assert one.begin is not None
    assert one.finish is not None
    assert one.begin.isoformat() == "2026-03-02T12:59:50+00:00"
    assert one.finish.isoformat() == "2026-03-03T01:00:10+00:00"
    assert any("will not finish on the day" in note for note in one.notes)
    assert sum(share.numbers for share in one.by_carrier) == 1000
    assert sum(share.cost for share in one.by_carrier) == one.cost == made.campaign.cost_estimate
    other = create(without_policy(office["mai"]), numbers(500, 5000), kind="ads", text="[QC] Giam gia 30%")
    assert forecast.show(office["mai"], other.campaign.id).calls_ahead == 20
    dry = plan.create(
        office["lan"],
        CampaignRequest("esms", "LOA", "ads", "[QC] Giam gia 40%", numbers(500), again=True),
        dry_run=True,
    )
    assert forecast.of_plan(office["lan"], dry.campaign).calls_ahead == 30
    assert rule_of(forecast.show, office["mai"], made.campaign.id) == "forbidden"


def test_an_audience_is_kept_once_and_used_minus_another(office: Office, tmp_path: Path) -> None:
    everybody, some = tmp_path / "all.csv", tmp_path / "some.csv"
    everybody.write_text(
        "phone,name,city\n" + "".join(f"090000{n:04},N{n},Hue\n" for n in range(20)) + "0900000003,x,y\nbad,x,y\n"
    )
    some.write_text("phone\n" + "".join(f"090000{n:04}\n" for n in range(15, 25)))
    kept = audiences.create(office["lan"], "all", everybody)
    assert (kept.rows, kept.size, kept.duplicates, kept.invalid, kept.columns) == (22, 20, 1, 1, ["name", "city"])
    audiences.create(office["lan"], "some", some)
    assert rule_of(audiences.create, office["mai"], "ALL", some) == "name_taken"
    source, name = audiences.source_of(office["lan"], "all", "some")
    made = create(office["lan"], Path(name), source=source, list_name=name, text="Chao {name}")
    assert (made.campaign.valid, made.campaign.rows, made.campaign.list_name) == (15, 15, "all minus some")
    assert "0900000015" not in phones(office["lan"], made)
    assert any("5 numbers of all are left out" in note for note in made.notes)
    shown = audiences.show(office["lan"], "all")
    assert shown.used_by[0][0] == made.campaign.id
    assert shown.sample[0] == (2, "0900000000", {"name": "N0", "city": "Hue"})
    file = io.StringIO()
    assert audiences.write_refused(office["lan"], "all", file) == 2
    taken = drafts.create(
        office["lan"],
        CampaignRequest("esms", "LOA", "care", "Chao", Path("all"), source=source, again=True),
        uploaded=False,
    )
    assert rule_of(audiences.delete, office["lan"], "all") == "audience_in_use"
    assert drafts.plan(office.world.deps, taken.campaign.id) == "scheduled"
    assert rule_of(audiences.delete, office["mai"], "all") == "forbidden"
    audiences.delete(office["lan"], "all")
    with pytest.raises(NotFound):
        audiences.find(office["lan"], "all")
    assert phones(office["lan"], made)
    with office.world.deps.sessions() as session:
        assert session.execute(text("SELECT count(*) FROM audience_member")).scalar_one() == 10


def test_an_audience_of_nobody_is_refused_whole(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "none.csv"
    path.write_text("phone\nnonsense\n")
    assert rule_of(audiences.create, office["lan"], "none", path) == "audience_empty"
    assert audiences.everyone(office["lan"]) == []
    with pytest.raises(Misuse):
        audiences.create(office["lan"], "", path)
    assert rule_of(audiences.create, office["truc"], "none", path) == "forbidden"


def test_texts_are_saved_changed_and_deleted(office: Office) -> None:
    texts.save(office["lan"], "tet", "ads", "[QC] Tet\r\n{name}")
    assert texts.save(office["lan"], "TET", "ads", "[QC] Tet 2").text == "[QC] Tet 2"
    assert [one.name for one in texts.everyone(office["mai"])] == ["tet"]
    assert rule_of(texts.save, office["mai"], "tet", "ads", "mine") == "forbidden"
    assert rule_of(texts.delete, office["mai"], "tet") == "forbidden"
    for kind, said in (("other", "x"), ("ads", ""), ("ads", "x" * 5001)):
        with pytest.raises(Misuse):
            texts.save(office["lan"], "t", kind, said)
    texts.delete(office["lan"], "tet")
    with pytest.raises(NotFound):
        texts.find(office["lan"], "tet")


def test_numbers_are_masked_for_whoever_need_not_read_them(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("phone\n" + "".join(f"090000{n:04}\n" for n in range(30)) + "0243 123 4567\n")
    made = create(office["lan"], path)
    assert "0900000000" in phones(office["lan"], made)
    assert "0900000000" in phones(office["truc"], made)
    assert phones(office["sep"], made) <= {f"8490***{n:04}" for n in range(30)}
    file = io.StringIO()
    report.write_refused(office["sep"], made.campaign.id, file)
    assert "**** *** *567" in file.getvalue()
    own = create(office["sep"], path)
    assert "0900000000" in phones(office["sep"], own)


def test_a_test_of_an_ad_that_is_given_just_before_its_hours_end_does_not_leave_after_them(
    office: Office, numbers: Numbers
) -> None:
    made = create(office["lan"], numbers(60), kind="ads", text="[QC] Giam gia 20%", draft=True)
    office.world.clock.moment = isoparse("2026-03-02T11:29:59+07:00")
    sent = trial.send(office["lan"], made.campaign.id, "0900000077", key="once")
    assert trial.send(office["lan"], made.campaign.id, "0900000077", key="once").repeated
    office.world.clock.tick(seconds=1)
    assert otp.deliver(office.world.deps, sent.message.id) is None
    assert office.world.sandbox.phones() == {}
    assert otp.show(office.world.deps, sent.message.id).state == "expired"
