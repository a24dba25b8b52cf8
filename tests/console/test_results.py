"""Pages that tell what came of things: the night's differences with their campaigns and money, months, audiences."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from dateutil.parser import isoparse
from sqlalchemy import text

from tests.console.browserless import Console
from tests.console.test_campaigns import messy_workbook
from worker.services import reconcile
from worker.services.audience import audiences
from worker.services.operations import nightly
from worker.storage.people import audit as log
from worker.storage.tables.campaigns import Campaign
from worker.storage.tables.reconcile import Difference, Reconciliation


def run(console: Console, state: str, **counts: object) -> Reconciliation:
    """A comparison of a night, kept."""
    now = console.api.world.clock.now()
    kept = Reconciliation(
        provider="esms",
        since=now - timedelta(days=1),
        until=now,
        state=state,
        counts=counts,
        started_at=now,
        seen_at=now,
    )
    with console.api.world.deps.sessions.begin() as session:
        session.add(kept)
        session.flush()
        session.expunge(kept)
    return kept


def test_the_nights_differences_name_campaign_number_and_money(alone: Console, numbers):
    world, minh = alone.api.world, alone.person("minh", "operator")
    made = world.create(numbers(60), name="Tết dương lịch")
    night = run(alone, "done", missing_here={"rows": 1, "numbers": 1, "money": 345})
    with world.deps.sessions.begin() as session:
        session.add(
            Difference(
                run_id=night.id,
                kind="missing_here",
                campaign_id=made.campaign.id,
                phone=84900000001,
                theirs="delivered",
                money=345,
            )
        )
    page = minh.get("/reconciliation").text
    words = minh.text().replace("\xa0", " ")
    assert "không có ở chúng ta : 1 · 345 ₫" in words
    assert "0900 000 001" in words
    link = re.search(r'href="(/campaigns/[^"]+)">Tết dương lịch<', page)
    assert link
    assert "0900 000 001" in minh.get(link[1].removesuffix("#numbers")).text.replace("\xa0", " ")


def test_a_night_whose_record_could_not_be_read_is_not_said_to_be_without_differences(alone: Console):
    minh = alone.person("minh", "operator")
    run(alone, "unread")
    page = minh.get("/reconciliation").text
    assert "không đọc được" in page
    assert "b-done" not in page
    run(alone, "done")
    assert "b-done" in minh.get("/reconciliation").text


def test_months_name_the_provider_as_people_do(alone: Console, numbers):
    world, minh = alone.api.world, alone.person("minh", "operator")
    world.create(numbers(60))
    world.go()
    assert "<td>eSMS</td>" in minh.get("/months?by=provider").text


def test_an_audience_shows_some_of_its_members(alone: Console, tmp_path: Path):
    lan = alone.person("lan", "marketer")
    path = tmp_path / "vip.csv"
    path.write_text("phone,city\n" + "".join(f"09000000{n:02d},Hue\n" for n in range(59, 0, -1)))
    audiences.create(alone.api.world.deps, "VIP", path, list_name="vip.csv")
    lan.get("/audiences/VIP")
    assert "Một số người trong danh sách" in lan.text()
    assert re.search(r"Hàng Số city 60 0900000001 Hue 59 0900000002", lan.text()) is not None


def test_refused_rows_are_counted_once_and_those_of_an_older_release_when_they_are_shown(
    alone: Console, tmp_path: Path
):
    world, minh = alone.api.world, alone.person("minh", "operator")
    path = tmp_path / "messy.csv"
    path.write_text(
        "phone\n" + "".join(f"09000000{n:02d}\n" for n in range(60)) + "0900000001\nabc\n0243 123 4567\nxyz\n"
    )
    made = world.create(path)
    with world.deps.sessions.begin() as session:
        counted = session.get_one(Campaign, made.campaign.id).refused
        assert counted is not None
        assert sum(counted.values()) == 4
        assert counted["duplicate"] == 1
    shown = []
    for _ in range(2):
        minh.get(f"/campaigns/{made.campaign.id}")
        shown.append(minh.text().partition("Vì sao hàng bị loại")[2].partition("Ai đã nhận")[0])
        with world.deps.sessions.begin() as session:
            session.execute(text("UPDATE campaign SET refused = NULL"))
    assert shown[0] == shown[1]
    assert "Đây không phải số điện thoại." in shown[0]


def test_the_calendar_of_fpt_shows_hours_of_every_day_and_where_no_order_is_taken(alone: Console):
    """FPT takes orders Monday to Friday, and what it took leaves on Saturdays, Sundays and holidays too."""
    alone.api.world.clock.moment = isoparse("2026-12-30T09:00:00+07:00")
    lan = alone.person("lan", "marketer")
    form = lan.upload("/new", "a.xlsx", messy_workbook()).url.path.removesuffix("/list")
    lan.post(f"{form}/text", {"kind": "ads", "text": "[QC] LOA giam 20%. Tu choi: soan TC gui 8755", "go": "on"})
    lan.post(f"{form}/when", {"provider": "fpt", "sender": "LOA", "begin": "now"})
    lan.get(f"{form}/when")
    days = dict(re.findall(r"(\d\d/\d\d/\d{4}) (08:00–11:30 và 13:30–20:00(?: [^/]*? mới)?)", lan.text()))
    hours = "08:00–11:30 và 13:30–20:00"
    assert days["31/12/2026"] == hours
    assert days["01/01/2027"] == f"{hours} Tết Dương lịch: không nhận đơn mới"
    assert days["02/01/2027"] == f"{hours} không nhận đơn mới"
    lan.post(f"{form}/when", {"provider": "fpt", "sender": "LOA", "begin": "at", "date": "2027-01-02", "time": "09:00"})
    lan.get(f"{form}/when")
    assert "09:00 Thứ Bảy, 02/01/2027" in lan.text()


def test_an_operator_has_some_days_compared_and_reads_what_differs(alone: Console, numbers):
    world = alone.api.world
    world.create(numbers(60))
    world.go()
    world.clock.tick(hours=1)
    minh = alone.person("minh", "operator")
    minh.get("/reconciliation")
    sent = {"from": "2026-03-02", "to": "2026-03-02", "provider": "esms"}
    assert "bắt đầu trong vòng một phút" in minh.post("/reconciliation", sent).text
    # Pressed twice it is asked for once, and the page looks again by itself.
    minh.post("/reconciliation", sent)
    assert minh.page is not None
    assert minh.page.text.count("chờ bắt đầu") == 1
    assert 'data-again="5"' in minh.page.text
    assert '<meta http-equiv="refresh"' in minh.page.text
    assert nightly.nightly(world.deps) == ["asked"]
    assert nightly.nightly(world.deps) == []
    page = minh.get("/reconciliation").text
    assert "chờ bắt đầu" not in page
    assert "data-again" not in page
    (run,) = reconcile.latest(world.deps, 9)
    assert (run.provider, run.state, run.ours) == ("esms", "done", 60)
    assert run.since == isoparse("2026-03-02T00:00+07:00")
    with world.deps.sessions() as session:
        (entry,) = log.newest(session, 9, act="reconcile")
    assert (entry.who, entry.door, entry.facts["providers"]) == ("user:minh", "console", ["esms"])


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"from": "2026-03-05", "to": "2026-03-06"}, "Không có gì để đối soát"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "Không có gì để đối soát"),
        ({"from": "hôm qua", "to": ""}, "không phải ngày giờ hợp lệ"),
        ({"from": "2026-03-02", "to": "2026-03-02", "provider": "nobody"}, "Không có nhà cung cấp này"),
    ],
)
def test_days_that_cannot_be_compared_are_refused_and_what_was_entered_stays(alone: Console, sent, says: str):
    minh = alone.person("minh", "operator")
    assert minh.post("/reconciliation", sent).status_code == 422
    assert says in minh.text()
    assert minh.page is not None
    assert f'value="{sent["from"]}"' in minh.page.text
    assert reconcile.latest(alone.api.world.deps, 9) == []


def test_who_may_not_reconcile_starts_nothing(alone: Console):
    for name, role in (("lan", "marketer"), ("hoa", "approver")):
        person = alone.person(name, role)
        assert person.post("/reconciliation", {"from": "2026-03-02", "to": "2026-03-02"}).status_code == 403
    stranger = alone.person("minh", "operator")
    assert stranger.http.post("/reconciliation", data={"from": "2026-03-02", "to": "2026-03-02"}).status_code == 403
    assert reconcile.latest(alone.api.world.deps, 9) == []


def test_of_many_differences_of_one_kind_those_of_another_are_seen_and_each_kind_can_be_read(alone: Console, numbers):
    world, minh = alone.api.world, alone.person("minh", "operator")
    made = world.create(numbers(60), name="Tết dương lịch")
    night = run(
        alone,
        "done",
        missing_there={"rows": 120, "numbers": 120, "money": 41400},
        money={"rows": 1, "numbers": 120, "money": -125000},
    )
    with world.deps.sessions.begin() as session:
        for n in range(120):
            session.add(
                Difference(
                    run_id=night.id,
                    kind="missing_there",
                    campaign_id=made.campaign.id,
                    phone=84900000000 + n,
                    ours="accepted",
                    money=345,
                )
            )
        session.flush()
        session.add(Difference(run_id=night.id, kind="money", numbers=120, ours="", theirs="", money=-125000))
    page = minh.get("/reconciliation").text
    assert "-125.000" in minh.text().partition("Những khác biệt đầu tiên")[2]
    assert page.count("?q=0900") == 5
    seen: list[str] = []
    address = f"/reconciliation/{night.id}?kind=missing_there"
    while address:
        page = minh.get(address).text
        seen += re.findall(r"q=(09\d+)#", page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 120
    assert "-125.000" in minh.get(f"/reconciliation/{night.id}?kind=money").text
    assert len(minh.get(f"/reconciliation.csv?run={night.id}").text.splitlines()) == 122
    assert minh.get("/reconciliation/00000000-0000-4000-8000-000000000000").status_code == 404


def test_months_are_shown_by_carrier_with_what_its_prefixes_tell(alone: Console, tmp_path: Path):
    world, minh = alone.api.world, alone.person("minh", "operator")
    path = tmp_path / "carriers.csv"
    path.write_text("phone\n" + "".join(f"0{(n % 3 and '96') or '91'}00000{n:02d}\n" for n in range(60)))
    world.create(path)
    world.go()
    page = minh.get("/months?by=carrier").text
    words = minh.text().replace("\xa0", " ")
    assert re.search(r"Viettel 1 40 – – 13\.800 ₫ ước tính VinaPhone 1 20 – – 6\.900 ₫ ước tính", words), words
    assert page.count('class="s-v0"') == 2
    # Whole months, with what became of the messages.
    assert "s-delivered" in minh.get("/months").text
