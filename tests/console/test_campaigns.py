"""A campaign without a browser and without JavaScript: from the list to the report, by four roles."""

import csv
import io
import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from uuid import UUID

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import text

from tests.console.browserless import Console, Person
from tests.world import World
from worker.domain.zalo import Fallback
from worker.services.operations import overview

TEXT = "[QC] LOA: {ten} giam 20% den 30/11. Tu choi: soan TC gui 8755"


def messy_workbook() -> bytes:
    """What a marketing team keeps: a title, a repeated number, a fixed line, a cell without a number."""
    book = Workbook()
    sheet = book.active
    sheet.append(["Danh sách khách hàng tháng 11"])
    sheet.append(["Tên", "Số điện thoại", "Thành phố"])
    for place in range(60):
        sheet.append(["Lan", f"090 000 {place:04d}", "Huế"])
    sheet.append(["Trùng", "+84900000001", "Huế"])
    sheet.append(["Cố định", "0243 123 4567", "Hà Nội"])
    sheet.append(["Thiếu", "chưa có", ""])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def begun(lan: Person, text: str = TEXT.replace("{ten}", "{Tên}"), **when: str) -> str:
    """The address of a form whose list, text and time are entered and whose list was counted."""
    uploaded = lan.upload("/new", "khách hàng.xlsx", messy_workbook())
    form = str(uploaded.url.path).removesuffix("/list")
    assert lan.post(f"{form}/text", {"kind": "ads", "text": text, "go": "on"}).url.path == f"{form}/when", lan.text()
    entered = {"provider": "esms", "sender": "LOA", "name": "Tri ân", "begin": "now", "go": "on", **when}
    assert lan.post(f"{form}/when", entered).url.path == f"{form}/check", lan.text()
    return form


def submitted(console: Console, lan: Person) -> str:
    """The address of a campaign that waits for its approval."""
    form = begun(lan)
    console.api.plan()
    lan.get(f"{form}/check")
    path = lan.submit(form).url.path
    assert re.fullmatch(r"/campaigns/[0-9a-f-]{36}", path), lan.text()
    return path


def test_the_whole_story_from_a_messy_list_to_the_report(console: Console):
    lan, hoa = console.person("lan", "marketer"), console.person("hoa", "approver")
    uploaded = lan.upload("/new", "khách hàng.xlsx", messy_workbook())
    form = uploaded.url.path.removesuffix("/list")
    assert "Số điện thoại ở Số điện thoại" in lan.text()
    assert "090 000 0000" in lan.text()
    # The faults of what was read show at once; all rows are counted in the last step.
    assert "2 trong 63 hàng đầu sẽ không nhận tin" in lan.text()
    assert "64 0243 123 4567 Đây là số cố định, không nhận được tin nhắn." in lan.text()

    lan.post(f"{form}/text", {"kind": "ads", "text": "Giảm giá cho {Tên}", "go": "on"})
    assert "phải bắt đầu bằng một trong các nhãn [QC], (QC), [AD]" in lan.text()
    lan.post(f"{form}/text", {"kind": "ads", "text": "Giảm giá cho {Tên}", "do": "label"})
    assert ">[QC] Giảm giá cho {Tên}</textarea>" in lan.page.text
    lan.post(f"{form}/text", {"kind": "ads", "text": "[QC] Giảm giá cho {Ten}", "go": "on"})
    assert "không có cột cho biến {Ten}" in lan.text()
    lan.post(f"{form}/text", {"kind": "ads", "text": TEXT.replace("{ten}", "{Tên}"), "go": "on"})

    lan.post(
        f"{form}/when",
        {"provider": "esms", "sender": "LOA", "begin": "at", "date": "2026-03-03", "time": "09:00", "go": "on"},
    )
    assert "Đang đếm danh sách" in lan.text()
    assert console.api.plan() == ["draft"]
    lan.get(f"{form}/check")
    assert "Nhận tin 60 trong 63 hàng" in lan.text()
    assert "Đây là số cố định, không nhận được tin nhắn." in lan.text()
    assert "20.700 ₫" in lan.text().replace("\xa0", " ")
    assert "09:00 Thứ Ba, 03/03/2026" in lan.text()
    path = lan.submit(form).url.path
    assert "Đã trình phê duyệt" in lan.text()

    assert hoa.get("/").text.count("Chờ người thứ hai duyệt.") == 1
    hoa.get(path.replace("campaigns", "approvals"))
    assert "lan đề nghị gửi chiến dịch này" in hoa.text()
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', hoa.page.text)
    assert seen
    hoa.post(path.replace("campaigns", "approvals"), {"verdict": "approve", "comment": "Được", "seen": seen[1]})
    assert "Đã duyệt" in hoa.text()

    console.api.world.clock.tick(days=1)
    console.api.world.go()
    console.api.world.clock.tick(minutes=1)
    console.api.world.poll()
    lan.log_in()
    lan.get(path)
    assert "Đã đến máy 60" in lan.text()
    lan.get(f"{path}?q=0900000007")
    assert "0900 000 007" in lan.text().replace("\xa0", " ")
    assert "Chỉ hiện" not in lan.text()
    lan.get(f"{path}?q=0900")
    assert "Chỉ hiện 50 số đầu" in lan.text()
    assert lan.page is not None
    assert lan.page.text.count('data-l="Hàng"') == 50
    check_workbook(lan.get(f"{path}/report.xlsx").content)
    rows = list(csv.DictReader(io.StringIO(lan.get(f"{path}/report.csv").content.decode("utf-8-sig"))))
    assert {row["state"] for row in rows} == {"delivered"}
    assert len(rows) == 60
    assert set(console.api.world.sandbox.phones().values()) == {1}


def check_workbook(content: bytes) -> None:
    """The report of the story in the reader's language, as a spreadsheet shows it."""
    book = load_workbook(BytesIO(content))
    assert book.sheetnames == ["Tổng hợp", "Người nhận"]
    totals, recipients = (list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets)
    assert ("Tình trạng", "Hoàn tất") in totals
    assert recipients[0][:5] == ("Hàng", "Số điện thoại", "Nhà mạng (theo đầu số)", "Lô", "Trạng thái")
    assert {row[4] for row in recipients[1:]} == {"Đã đến máy"}
    assert len(recipients) == 61
    sheet = book["Người nhận"]
    assert sheet.auto_filter.ref == "A1:K61"
    # A moment takes 19 characters.
    assert sheet.column_dimensions["H"].width >= 19


def test_a_form_can_be_left_and_taken_up_again(console: Console):
    lan = console.person("lan", "marketer")
    form = lan.upload("/new", "a.xlsx", messy_workbook()).url.path.removesuffix("/list")
    assert lan.get(form).url.path == f"{form}/text"
    lan.post(f"{form}/text", {"kind": "ads", "text": TEXT.replace("{ten}", "bạn"), "go": "on"})
    lan.post("/logout")
    lan.log_in()
    assert form in lan.get("/new").text
    assert lan.get(form).url.path == f"{form}/when"
    assert TEXT.replace("{ten}", "bạn") in lan.get(f"{form}/text").text
    lan.post(f"{form}/discard")
    assert form not in lan.get("/new").text
    assert console.api.uploads() == []


def test_nobody_sees_the_form_of_another(console: Console):
    lan, hoa = console.person("lan", "marketer"), console.person("hoa", "admin")
    form = lan.upload("/new", "a.xlsx", messy_workbook()).url.path.removesuffix("/list")
    for step in ("list", "text", "when", "check"):
        assert hoa.get(f"{form}/{step}").status_code == 404
    assert hoa.post(f"{form}/discard").status_code == 404
    assert lan.get(f"{form}/list").status_code == 200


def test_changing_a_counted_form_leaves_one_draft_and_not_two(console: Console):
    lan = console.person("lan", "marketer")
    form = begun(lan)
    console.api.plan()
    assert lan.get("/campaigns?group=drafts").text.count("/campaigns/") == lan.get(
        "/campaigns?group=drafts"
    ).text.count("/campaigns/")
    lan.post(f"{form}/text", {"kind": "ads", "text": TEXT.replace("{ten}", "ban"), "go": "on"})
    lan.post(f"{form}/plan")
    console.api.plan()
    lan.get(f"{form}/check")
    assert "LOA: ban giam" in lan.text()
    with console.api.world.deps.sessions() as session:
        assert session.execute(text("SELECT count(*) FROM campaign")).scalar() == 1
        assert session.execute(text("SELECT count(*) FROM recipient")).scalar() == 60


def test_a_list_that_is_too_short_says_so_in_the_readers_language(console: Console):
    lan = console.person("lan", "marketer")
    short = b"phone\n0900000001\n0900000002\nabc\n"
    form = lan.upload("/new", "ngan.csv", short).url.path.removesuffix("/list")
    lan.post(f"{form}/text", {"kind": "ads", "text": TEXT.replace("{ten}", "ban"), "go": "on"})
    lan.post(f"{form}/when", {"provider": "esms", "sender": "LOA", "begin": "now", "go": "on"})
    console.api.plan()
    lan.get(f"{form}/check")
    says = "Danh sách có 2 số có thể gửi, nhà cung cấp cần từ 20 số trở lên"
    assert says in lan.text()
    # The page of the campaign says it in the same words, shows no progress of nobody, and leads back to the form.
    failed = re.search(r'href="(/campaigns/[0-9a-f-]{36})"', lan.get("/campaigns?group=ended").text)
    assert failed
    page = lan.get(failed[1]).text
    assert says in lan.text()
    assert f'href="{form}/text"' in page
    assert "Tiến độ" not in lan.text()
    assert "report.xlsx" not in page


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "trống"),
        (b"PK\x03\x04 nothing", "hỏng"),
        (b"ten\nLan\nHoa\n", "Không thấy cột số điện thoại"),
        (b"phone;so dien thoai\n0900000001;0900000002\n0900000003;0900000004\n", ""),
        (b"\x89PNG\r\n\x1a\n", "không phải danh sách"),
    ],
)
def test_a_file_that_is_no_list_is_explained(console: Console, content: bytes, says: str):
    lan = console.person("lan", "marketer")
    answer = lan.upload("/new", "a.csv", content)
    assert answer.status_code == 200
    assert says in lan.text()


def test_the_measure_counts_marks_and_saves(console: Console):
    lan = console.person("lan", "marketer")
    form = lan.upload("/new", "a.xlsx", messy_workbook()).url.path.removesuffix("/list")
    page = lan.post(
        f"{form}/measure",
        {"kind": "ads", "text": "[QC] Chào {Tên}, giảm giá cực sốc cho khách ở {Thành phố} hôm nay thôi nhé bạn ơi"},
    )
    assert "<mark>ả</mark>" in page.text
    assert '<mark class="var">{Tên}</mark>' in page.text
    assert "2 phần" in lan.text()
    assert "bớt 1 phần" in lan.text()
    # Every row of a short file was looked at: 61 have a number.
    assert re.search(r"Với 61 số là khoảng 61 phần và 21.045\s₫", lan.text()), lan.text()
    assert "Chào Lan, giảm giá" in lan.text()
    page = lan.post(f"{form}/text", {"kind": "ads", "text": "[QC] Chào {Tên}", "do": "accents"})
    assert "[QC] Chao {Tên}</textarea>" in page.text


def test_an_approver_declines_and_the_author_changes_it(console: Console):
    lan, hoa = console.person("lan", "marketer"), console.person("hoa", "approver")
    path = submitted(console, lan)
    asked = path.replace("campaigns", "approvals")
    hoa.post(asked, {"verdict": "decline", "comment": ""})
    assert hoa.page.status_code == 422
    hoa.post(asked, {"verdict": "decline", "comment": "Sai ngày"})
    assert "Đã từ chối" in hoa.text()
    lan.get(path)
    assert "Sai ngày" in lan.text()
    change = re.search(r'href="(/new/[0-9a-f-]{36}/text)"', lan.page.text)
    assert change
    assert lan.get(change[1]).status_code == 200


def test_an_approver_of_a_zalo_campaign_sees_the_text_that_follows(console: Console, loa: World, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("phone,customer_name\n" + "".join(f"09000000{n:02d},An\n" for n in range(30)))
    made = loa.zalo(path, "customer_name", kind="ads", fallback=Fallback("[QC] Giam gia <b>20%</b>", "LOA"))
    hoa = console.person("hoa", "approver")
    shown = hoa.get(f"/approvals/{made.campaign.id}")
    assert shown.status_code == 200
    assert "· Zalo" in shown.text
    assert "Gửi cho những người Zalo không tới được" in shown.text
    assert 'LOA: <span class="quote">[QC] Giam gia &lt;b&gt;20%&lt;/b&gt;</span>' in shown.text


def test_nobody_approves_their_own_by_the_form_either(console: Console):
    hoa = console.person("hoa", "approver")
    path = submitted(console, hoa)
    asked = path.replace("campaigns", "approvals")
    assert "Đây là chiến dịch của bạn" in hoa.get(asked).text
    hoa.post(asked, {"verdict": "approve"})
    assert "Không ai tự duyệt" in hoa.text()
    assert "Chờ duyệt" in hoa.get(path).text


def test_two_approvers_at_once_decide_once(console: Console):
    lan = console.person("lan", "marketer")
    both = [console.person(name, "approver") for name in ("hoa", "binh")]
    asked = submitted(console, lan).replace("campaigns", "approvals")
    for one in both:
        one.get(asked)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda one: one.post(asked, {"verdict": "approve"}).status_code, both))
    assert sorted(answers) == [200, 422]


def test_pause_resume_and_cancel_tell_what_they_stopped(console: Console):
    lan, hoa = console.person("lan", "marketer"), console.person("hoa", "approver")
    path = submitted(console, lan)
    hoa.post(path.replace("campaigns", "approvals"), {"verdict": "approve"})
    lan.post(f"{path}/pause")
    assert "60 số đang chờ, chưa gửi." in lan.text()
    lan.post(f"{path}/resume")
    assert "60 số sẽ được gửi tiếp." in lan.text()
    lan.post(f"{path}/cancel")
    assert "60 số sẽ không được gửi." in lan.text()
    # Who did what and when stands in its course, and what never left costs nothing.
    course = lan.text().partition("Diễn biến")[2].partition("Nội dung")[0]
    assert re.findall(r"(Tạm dừng|Tiếp tục|Hủy) · lan", course) == ["Tạm dừng", "Tiếp tục", "Hủy"]
    assert "Chi phí 0 ₫" in lan.text()
    assert lan.post(f"{path}/resume").status_code == 422
    assert "không còn ở trạng thái cho phép" in lan.text()


def test_four_roles_are_refused_by_the_server_and_not_only_hidden(console: Console):
    lan, hoa = console.person("lan", "marketer"), console.person("hoa", "approver")
    minh, khac = console.person("minh", "operator"), console.person("khac", "marketer")
    path = submitted(console, lan)
    asked = path.replace("campaigns", "approvals")
    # Another marketer neither sees nor stops it, and does not learn that it is there.
    assert khac.get(path).status_code == 404
    assert khac.post(f"{path}/cancel").status_code == 404
    assert khac.get(f"{path}/report.csv").status_code == 404
    assert "Tri ân" in lan.http.get("/campaigns").text
    assert "Tri ân" not in khac.get("/campaigns").text
    # A marketer approves nothing, a stranger to the role sees no users, settings, audit.
    for who, paths in (
        (lan, (asked, "/approvals", "/users", "/audit", "/settings", "/passwords", "/reconciliation")),
        (hoa, ("/users", "/audit", "/settings")),
        (minh, ("/new", "/users", "/approvals")),
    ):
        for page in paths:
            assert who.get(page).status_code == 403, (who.name, page)
    assert lan.post(asked, {"verdict": "approve"}).status_code == 403
    assert minh.post(asked, {"verdict": "approve"}).status_code == 403
    assert hoa.post("/users", {"do": "role", "name": "hoa", "role": "admin"}).status_code == 403
    assert lan.post(f"{path}/resolve", {"batch": "1", "as": "sent"}).status_code == 403
    assert minh.upload("/new", "a.csv", b"phone\n0900000001\n").status_code == 403
    # An operator stops anybody's.
    assert minh.post(f"{path}/cancel").status_code == 200
    assert "Đã hủy" in minh.text()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_copy_to_those_who_did_not_get_it_may_say_another_text_at_another_time_by_another_sender(
    console: Console, language: str
):
    lan, hoa = console.person("lan", "marketer", language), console.person("hoa", "approver", language)
    path = submitted(console, lan)
    hoa.post(path.replace("campaigns", "approvals"), {"verdict": "approve"})
    world = console.api.world
    with world.deps.sessions.begin() as session:
        # Of one number it is not known what became of it, and two got it.
        session.execute(text("UPDATE recipient SET state = 'unknown' WHERE phone = 84900000003"))
        session.execute(text("UPDATE recipient SET state = 'delivered' WHERE phone IN (84900000004, 84900000005)"))
    lan.post(f"{path}/cancel")
    copied = lan.post(f"{path}/copy-failed")
    form = copied.url.path.removesuffix("/text")
    assert form.startswith("/new/"), lan.text()
    # The list stands, with where it comes from, and no other takes its place.
    lan.get(f"{form}/list")
    assert ("Số máy 57" if language == "vi" else "Numbers 57") in lan.text()
    assert "0900000007" in lan.text()
    assert "0900000003" not in lan.text()
    assert f'href="{path}"' in lan.page.text
    assert 'type="file"' not in lan.page.text
    lan.upload(f"{form}/file", "other.csv", b"phone\n0900000099\n")
    assert ("Bản sao chỉ gửi tới các số của chiến dịch gốc" if language == "vi" else "A copy goes to") in lan.text()
    assert world.deps.uploads.exists()
    # Only the first campaign's own list was ever kept.
    assert len(console.api.uploads()) == 1
    # What the first one said stands in the steps, and is changed like that of any.
    assert TEXT.replace("{ten}", "{Tên}") in lan.get(f"{form}/text").text
    lan.post(f"{form}/text", {"kind": "ads", "text": "[QC] Lan cuoi cho {Tên}. Tu choi: soan TC gui 8755", "go": "on"})
    assert 'value="LOA"' in lan.page.text
    name = "Tri ân (người chưa nhận)" if language == "vi" else "Tri ân (those who did not get it)"
    assert f'value="{name}"' in lan.page.text
    when = {"begin": "at", "date": "2026-03-04", "time": "10:00"}
    lan.post(f"{form}/when", {"provider": "esms", "sender": "LOADEMO", "name": name, "again": "on", **when, "go": "on"})
    assert console.api.plan() == ["draft"]
    lan.get(f"{form}/check")
    assert ("Nhận tin 57" if language == "vi" else "Get the text 57") in lan.text()
    again = lan.submit(form).url.path
    shown = overview.one(world.deps, UUID(again.rpartition("/")[2])).campaign
    assert (shown.status, shown.sender, shown.text[:13]) == ("awaiting_approval", "LOADEMO", "[QC] Lan cuoi")
    assert (str(shown.copied_from), shown.name) == (path.rpartition("/")[2], name)
    assert shown.scheduled_for.isoformat() == "2026-03-04T03:00:00+00:00"
    # Approved by the other person as any; and nobody gets two.
    assert hoa.post(again.replace("campaigns", "approvals"), {"verdict": "approve"}).status_code == 200
    world.clock.tick(days=2, hours=2)
    world.go()
    assert set(world.sandbox.phones()) == {84900000000 + n for n in range(60)} - {84900000003, 84900000004, 84900000005}
    assert set(world.sandbox.phones().values()) == {1}


def test_a_copy_of_nobody_and_of_deleted_numbers_is_refused_in_a_sentence(console: Console):
    lan = console.person("lan", "marketer")
    path = submitted(console, lan)
    assert lan.post(f"{path}/copy-failed").status_code == 422
    assert "Không có ai chắc chắn chưa nhận được" in lan.text()
    with console.api.world.deps.sessions.begin() as session:
        session.execute(text("DELETE FROM recipient"))
    for act in ("copy", "copy-failed"):
        lan.post(f"{path}/{act}")
        assert "Các số của chiến dịch này đã bị xóa theo thời hạn lưu giữ" in lan.text()
    assert "/new/" not in lan.get("/new").text


def test_what_one_number_got_is_found_over_all_campaigns(console: Console):
    lan, khac = console.person("lan", "marketer"), console.person("khac", "marketer")
    submitted(console, lan)
    assert "Tri ân" in lan.get("/numbers?q=0900000003").text
    assert "Tri ân" not in khac.get("/numbers?q=0900000003").text
    assert "Đây không phải số di động" in lan.get("/numbers?q=abc").text


def test_a_bound_in_the_address_breaks_nothing(console: Console):
    lan = console.person("lan", "marketer")
    path = submitted(console, lan)
    for query in (
        "after=-5",
        "q=%00",
        "q=" + "9" * 500,
        "did=pause&stopped=9999999999999999",
        "did=resolve",
        "after=99999999999999999999",
    ):
        assert lan.get(f"{path}?{query}").status_code in {200, 404}, query
    for page in (
        "/campaigns?before=x&group=nothing&q=%25",
        "/campaigns/not-an-id",
        "/new/not-an-id",
        "/audiences/none",
        "/months?by=x",
    ):
        assert lan.get(page).status_code in {200, 404}, page


def test_another_recipient_is_shown_without_losing_what_was_written(console: Console):
    lan = console.person("lan", "marketer")
    form = lan.upload("/new", "a.xlsx", messy_workbook()).url.path.removesuffix("/list")
    for line, show, shown in (("3", "next", 4), ("4", "next", 5), ("5", "line", 5), ("12", "line", 12), ("12", "", 12)):
        written = f"[QC] Giam {{Số điện thoại}} {line} {show}"
        page = lan.post(f"{form}/text", {"kind": "ads", "text": written, "line": line, "show": show})
        assert f">{written}</textarea>" in page.text
        assert f"hàng {shown} của danh sách" in lan.text()
    lan.post(f"{form}/text", {"kind": "ads", "text": "{Tên}", "line": "12", "show": "longest"})
    assert "hàng 64 của danh sách" in lan.text()
    lan.post(f"{form}/text", {"kind": "ads", "text": "{Tên}", "line": "65", "show": "next"})
    assert "hàng 3 của danh sách" in lan.text()
    assert 'data-line="64"' in lan.post(f"{form}/measure", {"text": "{Tên}", "line": "3", "show": "longest"}).text


def test_an_ad_that_names_everybody_is_doubted_before_its_list_is_counted(console: Console):
    lan = console.person("lan", "marketer")
    form = lan.upload("/new", "a.xlsx", messy_workbook()).url.path.removesuffix("/list")
    lan.post(f"{form}/measure", {"kind": "ads", "text": "[QC] {Số điện thoại}"})
    assert "{Số điện thoại} tạo ra 63 nội dung khác nhau trong 63 hàng đầu" in lan.text()
    assert "eSMS chỉ nhận quảng cáo khi mỗi nội dung tới ít nhất 20 số" in lan.text()
    # What goes one by one may name everybody, and what is the same for all is one text.
    for kind, written in (("care", "{Số điện thoại}"), ("ads", "[QC] {Thành phố}")):
        lan.post(f"{form}/measure", {"kind": kind, "text": written})
        assert "nội dung khác nhau" not in lan.text()
    lan.post(f"{form}/text", {"kind": "ads", "text": "[QC] {Số điện thoại}", "go": "on"})
    lan.post(f"{form}/when", {"provider": "esms", "sender": "LOA", "begin": "now", "go": "on"})
    console.api.plan()
    lan.get(f"{form}/check")
    assert "eSMS chỉ nhận quảng cáo khi mỗi nội dung tới ít nhất 20 số, nhưng {Số điện thoại} tạo ra" in lan.text()


def test_the_campaigns_of_a_month_are_those_that_were_sent_in_it(alone: Console):
    lan = alone.person("lan", "marketer")
    for name in ("một", "hai"):
        form = begun(lan, f"[QC] LOA {name}. Tu choi: soan TC gui 8755", name=f"Tin {name}")
        alone.api.plan()
        lan.submit(form)
        alone.api.world.go()
        alone.api.world.clock.tick(days=31)
        lan.log_in()
    first = re.search(r"/campaigns\?month=([0-9-]+)", lan.get("/months").text.rpartition("/campaigns?month=")[0])
    assert first
    assert {"Tin một", "Tin hai"} & set(
        re.findall(r"<strong>([^<]+)</strong></a>", lan.get(f"/campaigns?month={first[1]}").text)
    ) == {"Tin hai"}
    assert "Đã gửi trong tháng" in lan.text()
    for none in ("month=nonsense", "month=9999-12", "month=0001-01", "before=0001-01-01T00:00:00%2B14:00"):
        lan.get(f"/campaigns?{none}")
        assert "Tin một" in lan.text()


def test_how_to_refuse_is_added_and_any_recipient_is_shown(console: Console):
    lan = console.person("lan", "marketer")
    form = lan.upload("/new", "a.xlsx", messy_workbook()).url.path.removesuffix("/list")
    page = lan.post(
        f"{form}/text", {"kind": "ads", "text": "[QC] Giảm giá {Số điện thoại}", "do": "refusal", "refusal": "8755"}
    )
    assert "[QC] Giảm giá {Số điện thoại} Từ chối: soạn TC gửi 8755</textarea>" in page.text
    assert 'value="refusal"' not in page.text
    page = lan.post(f"{form}/text", {"kind": "ads", "text": "[QC] Giam gia", "do": "refusal", "refusal": "8755"})
    assert "[QC] Giam gia Tu choi: soan TC gui 8755</textarea>" in page.text
    page = lan.post(
        f"{form}/text", {"kind": "ads", "text": "[QC] Giam {Số điện thoại}", "do": "refusal", "refusal": "<b>"}
    )
    assert "[QC] Giam {Số điện thoại}</textarea>" in page.text
    lan.get(f"{form}/text?line=12")
    assert "[QC] Giam 090 000 0009" in lan.text()
    assert "hàng 12 của danh sách" in lan.text()
    lan.get(f"{form}/text?line=99999")
    assert "hàng 3 của danh sách" in lan.text()
