"""A person at the console who makes mistakes: each ends in a sentence that says what to do, and nothing written is lost."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.api.served import served
from tests.console.browserless import Console, Person
from tests.console.test_campaigns import begun, messy_workbook
from tests.world import World
from worker.services.planning import senders

WHEN = {"provider": "esms", "sender": "LOA", "begin": "now", "go": "on"}
AD = "[QC] LOA: {Tên} giam 20%. Tu choi: soan TC gui 8755"


def written(lan: Person, **when: str) -> str:
    """The address of a form with a list and a text."""
    form = lan.upload("/new", "a.xlsx", messy_workbook()).url.path.removesuffix("/list")
    lan.post(f"{form}/text", {"kind": "ads", "text": AD, "go": "on"})
    return form


def seen(lan: Person, form: str) -> str:
    """What stands in the form that submits."""
    found = re.search(r'name="seen" value="([0-9a-f-]+)"', lan.get(f"{form}/check").text)
    assert found, lan.text()
    return found[1]


def test_what_was_changed_in_another_window_is_not_submitted_unseen(alone: Console):
    lan = alone.person("lan", "marketer")
    form = begun(lan)
    alone.api.plan()
    first = seen(lan, form)
    # In another window the text is changed: what was counted is not what the form says, and is offered no more.
    lan.post(f"{form}/text", {"kind": "ads", "text": "[QC] Noi dung khac. Tu choi: soan TC gui 8755"})
    assert "Đếm danh sách" in lan.get(f"{form}/check").text
    lan.post(f"{form}/submit", {"seen": first})
    assert "Bản soạn đã thay đổi sau khi bạn mở trang này" in lan.text()
    # Also when the other window went on to the check.
    lan.post(f"{form}/when", WHEN)
    alone.api.plan()
    assert seen(lan, form) != first
    lan.post(f"{form}/submit", {"seen": first})
    assert "Bản soạn đã thay đổi sau khi bạn mở trang này" in lan.text()
    assert "Noi dung khac" in lan.text()
    assert lan.submit(form).url.path.startswith("/campaigns/")
    alone.api.world.go()
    assert {order["text"] for order in alone.api.world.sandbox.orders()} == {
        "[QC] Noi dung khac. Tu choi: soan TC gui 8755"
    }


def test_another_reading_of_the_list_is_counted_anew(alone: Console):
    lan = alone.person("lan", "marketer")
    form = begun(lan)
    alone.api.plan()
    first = seen(lan, form)
    lan.upload(f"{form}/file", "other.csv", b"Ten,phone\n" + b"".join(b"Lan,09000002%02d\n" % n for n in range(40)))
    lan.post(f"{form}/submit", {"seen": first})
    assert "Bản soạn đã thay đổi" in lan.text()
    assert "Đếm danh sách" in lan.text()


def test_who_presses_submit_twice_sees_the_campaign(alone: Console):
    lan = alone.person("lan", "marketer")
    form = begun(lan)
    alone.api.plan()
    shown = seen(lan, form)
    token = lan.token()
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(lan.http.post, f"{form}/submit", data={"csrf": token, "seen": shown}) for _ in range(2)]
    assert [(one.result().url.path, one.result().status_code) for one in answers] == [(f"/campaigns/{shown}", 200)] * 2
    # Much later, from a page that was left open.
    assert lan.post(f"{form}/submit", {"seen": shown}).url.path == f"/campaigns/{shown}"
    alone.api.world.go()
    assert set(alone.api.world.sandbox.phones().values()) == {1}


def test_who_presses_on_twice_gets_one_draft(alone: Console):
    lan = alone.person("lan", "marketer")
    form = written(lan)
    token = lan.token()
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(lan.http.post, f"{form}/when", data={"csrf": token, **WHEN}) for _ in range(2)]
    assert [one.result().url.path for one in answers] == [f"{form}/check"] * 2
    alone.api.plan()
    assert lan.get("/campaigns?group=drafts").text.count('href="/campaigns/') - lan.page.text.count("group=") <= 1


def test_a_change_after_the_campaign_was_submitted_is_refused_and_kept_on_the_page(console: Console):
    lan = console.person("lan", "marketer")
    form = begun(lan)
    console.api.plan()
    lan.submit(form)
    page = lan.post(f"{form}/text", {"kind": "ads", "text": "[QC] Sua lai", "go": "on"})
    assert page.status_code == 422
    assert "[QC] Sua lai</textarea>" in page.text
    assert "đã được trình phê duyệt hoặc đang gửi" in lan.text()
    page = lan.post(f"{form}/when", {**WHEN, "name": "Tên khác"})
    assert 'value="Tên khác"' in page.text
    assert "đã được trình phê duyệt hoặc đang gửi" in lan.text()
    lan.upload(f"{form}/file", "other.csv", b"phone\n0900000099\n")
    assert "đã được trình phê duyệt hoặc đang gửi" in lan.text()
    assert "Tri ân" in lan.get(f"{form}/when").text


def test_a_draft_that_is_gone_says_so(alone: Console):
    lan = alone.person("lan", "marketer")
    form = begun(lan)
    alone.api.plan()
    lan.submit(form)
    page = lan.post(f"{form}/text", {"kind": "ads", "text": "[QC] Sua lai"})
    assert page.status_code == 404
    assert "Bản soạn này không còn" in lan.text()


def test_a_saved_text_is_put_in_once_and_not_again_by_going_back(alone: Console):
    lan = alone.person("lan", "marketer")
    lan.post("/templates", {"name": "tet", "kind": "ads", "text": "[QC] Tet"})
    form = written(lan)
    assert str(lan.get(f"{form}/text?saved=tet").url).endswith(f"{form}/text")
    assert "[QC] Tet</textarea>" in lan.page.text


def test_a_misspelt_sender_is_refused_where_it_is_typed(alone: Console):
    lan = alone.person("lan", "marketer")
    form = written(lan)
    page = lan.post(f"{form}/when", {**WHEN, "sender": "LOAA"})
    assert page.url.path == f"{form}/when"
    assert "eSMS không có tên gửi LOAA; theo danh sách lúc" in lan.text()
    assert "Hãy chọn một tên trong đó" in lan.text()
    assert 'value="LOAA"' in page.text
    # A refused sender is offered to nobody.
    assert '<option value="LOAA"' not in page.text
    assert '<option value="LOADEMO"' in page.text


@pytest.mark.parametrize(
    ("language", "says"), [("vi", "Loa chưa hỏi eSMS danh sách tên gửi"), ("en", "eSMS has not been asked")]
)
def test_senders_that_are_not_read_yet_are_read_by_a_press(alone: Console, language: str, says: str):
    lan = alone.person("lan", "marketer", language)
    form = written(lan)
    lan.get(f"{form}/when")
    assert says in lan.text()
    page = lan.post(f"{form}/when", {"provider": "esms", "sender": "LO", "begin": "now", "read": "esms"})
    assert page.status_code == 200
    assert "LOADEMO" in lan.text()
    assert says not in lan.text()
    # What was typed stays.
    assert 'value="LO"' in page.text


def test_a_provider_that_does_not_tell_its_senders_is_quoted(alone: Console):
    lan = alone.person("lan", "marketer")
    world = alone.api.world
    world.sandbox.fault(function="GetListBrandname", nth=1, times=-1, do="status", status=500)
    form = written(lan)
    lan.post(f"{form}/when", {"provider": "esms", "sender": "LOA", "begin": "now", "read": "esms"})
    assert "eSMS chưa cho biết danh sách tên gửi" in lan.text()
    world.sandbox.heal()
    # Nobody asks twice in a minute.
    lan.post(f"{form}/when", {"provider": "esms", "sender": "LOA", "begin": "now", "read": "esms"})
    assert "eSMS chưa cho biết danh sách tên gửi" in lan.text()
    world.clock.tick(minutes=2)
    lan.post(f"{form}/when", {"provider": "esms", "sender": "LOA", "begin": "now", "read": "esms"})
    assert "eSMS chưa cho biết" not in lan.text()
    account = world.deps.accounts["esms"]
    world.change(accounts={"esms": replace(account, senders=None)})
    assert senders.listed(world.deps)[0].state == "never"


@pytest.mark.parametrize("role", ["marketer", "admin"])
def test_without_any_keys_the_step_says_what_is_missing_and_keeps_what_is_written(loa: World, role: str):
    lacks = {"esms": ("LOA_ESMS_API_KEY", "LOA_ESMS_SECRET_KEY"), "fpt": ("LOA_FPT_CLIENT_ID",)}
    loa.change(missing_settings=lacks, accounts={"esms": loa.deps.accounts["esms"]})
    with served(loa) as api:
        without_keys(Console(api).person("lan", role), role)


def without_keys(lan: Person, role: str) -> None:
    form = written(lan)
    page = lan.get(f"{form}/when")
    assert "Chưa có khóa của nhà cung cấp nào nên chưa gửi được gì" in lan.text()
    assert '<select id="provider"' not in page.text
    assert ("LOA_ESMS_API_KEY" in page.text) is (role == "admin")
    entered = {"sender": "LOA", "name": "Tháng 12", "begin": "at", "date": "2026-03-05", "time": "09:00", "go": "on"}
    assert lan.post(f"{form}/when", entered).url.path == f"{form}/when"
    assert "Chưa có tài khoản nhà cung cấp: quản trị viên cần đặt LOA_ESMS_API_KEY" in lan.text()
    kept = lan.get(f"{form}/when").text
    assert 'value="Tháng 12"' in kept
    assert 'value="2026-03-05"' in kept


def test_an_hour_without_a_day_or_in_the_past_is_refused_and_stays_a_chosen_time(alone: Console):
    lan = alone.person("lan", "marketer")
    form = written(lan)
    for date, says in (("", "Hãy chọn ngày gửi."), ("2026-02-01", "đã qua, bây giờ là")):
        page = lan.post(f"{form}/when", {**WHEN, "begin": "at", "date": date, "time": "09:00"})
        assert page.url.path == f"{form}/when"
        assert says in lan.text()
        # Who goes on without looking does not send it at once.
        assert 'id="begin-at" name="begin" value="at" checked' in page.text


def test_a_list_of_one_number_is_refused_with_its_counts(alone: Console):
    lan = alone.person("lan", "marketer")
    form = lan.upload("/new", "a.csv", "Tên,phone\nLan,0900000001\n".encode()).url.path.removesuffix("/list")
    lan.post(f"{form}/text", {"kind": "ads", "text": AD, "go": "on"})
    lan.post(f"{form}/when", WHEN)
    alone.api.plan()
    lan.get(f"{form}/check")
    assert "Danh sách có 1 số" in lan.text()
    assert "Chưa gửi gì và không mất gì" in lan.text()
    # The same draft goes on with another list.
    assert AD in lan.get(f"{form}/text").text


def test_a_stored_list_that_was_deleted_meanwhile_says_so(alone: Console):
    lan = alone.person("lan", "marketer")
    numbers = b"".join(b"09000003%02d\n" % n for n in range(60))
    kept = lan.upload("/audiences", "khach.csv", b"phone\n" + numbers, name="Khách").url.path
    stored = kept.rpartition("/")[2]
    form = lan.post("/new/stored", {"audience": stored, "minus": ""}).url.path.removesuffix("/list")
    lan.post(f"{kept}/delete")
    lan.post(f"{form}/text", {"kind": "ads", "text": "[QC] Giam gia. Tu choi: soan TC gui 8755", "go": "on"})
    lan.post(f"{form}/when", WHEN)
    alone.api.plan()
    lan.get(f"{form}/check")
    assert "Danh sách đã lưu không còn" in lan.text()


def test_a_worker_on_another_host_counts_the_list_that_the_console_took_in(alone: Console):
    """The list of a form lies where it was uploaded; the draft's waits in the database, as every upload's."""
    lan = alone.person("lan", "marketer")
    form = begun(lan)
    there = [path for path in alone.api.world.deps.uploads.iterdir() if path.suffix == ".list"]
    assert len(there) == 1
    elsewhere = alone.api.world.folder / "the other host.list"
    there[0].rename(elsewhere)
    assert alone.api.plan() == ["draft"]
    # Counted again the list is still the form's.
    elsewhere.rename(there[0])
    lan.post(f"{form}/plan")
    assert alone.api.plan() == ["draft"]
    lan.post(f"{form}/discard")
    assert alone.api.uploads() == []


def test_a_page_that_is_not_there_keeps_the_navigation(alone: Console):
    lan = alone.person("lan", "marketer", language="en")
    page = lan.get("/khong-co-trang-nay")
    assert page.status_code == 404
    assert "Not found" in page.text
    assert 'href="/audiences"' in page.text
    assert 'action="/logout"' in page.text
    nobody = alone.person(language="en").get("/khong-co-trang-nay")
    assert nobody.status_code == 404
    assert 'action="/logout"' not in nobody.text


def test_a_broken_file_offers_another_file_first(alone: Console):
    lan = alone.person("lan", "marketer")
    page = lan.upload("/new", "a.xlsx", b"PK\x03\x04 nothing").text
    assert "<details open><summary><strong>Chọn tệp khác" in page
    assert "<details><summary><strong>Đọc theo cách khác" in page
    page = lan.upload("/new", "a.csv", "Tên,Tuổi\nLan,3\n".encode()).text
    assert "<details open><summary><strong>Đọc theo cách khác" in page
