"""What is kept for another time, and who administers: audiences, saved texts, opt-outs, users, keys, the audit log."""

import re
from datetime import timedelta

from sqlalchemy import text

from tests.console.browserless import Console
from tests.console.test_campaigns import messy_workbook
from tests.world import Numbers
from worker.storage.operations import suppression as storage
from worker.storage.tables.incoming import IncomingMessage

TEXT = "[QC] LOA giam 20%. Tu choi: soan TC gui 8755"


def test_a_stored_list_minus_another_becomes_a_campaign(console: Console):
    lan = console.person("lan", "marketer")
    assert "Đã thêm." in lan.upload("/audiences", "khách.xlsx", messy_workbook(), name="Khách quen").text
    few = "phone\n" + "".join(f"09000000{n:02d}\n" for n in range(10))
    lan.upload("/audiences", "bo.csv", few.encode(), name="Đã mua")
    page = lan.get("/new").text
    ids = {name: id_ for id_, name in re.findall(r'<option value="([0-9a-f-]{36})">([^·<]+) ·', page)}
    form = lan.post("/new/stored", {"audience": ids["Khách quen"], "minus": ids["Đã mua"]}).url.path.removesuffix(
        "/list"
    )
    assert form.startswith("/new/")
    assert "Khách quen trừ Đã mua" in lan.text()
    lan.post(f"{form}/text", {"kind": "ads", "text": TEXT + " {Tên}", "go": "on"})
    lan.post(f"{form}/when", {"provider": "esms", "sender": "LOA", "begin": "now", "go": "on"})
    console.api.plan()
    lan.get(f"{form}/check")
    assert "Nhận tin 50 " in lan.text()
    assert "Bỏ qua 10 số của Khách quen vì có trong Đã mua." in lan.text()


def test_a_saved_text_begins_a_campaign(console: Console):
    lan = console.person("lan", "marketer")
    lan.post("/templates", {"name": "Giảm giá", "kind": "ads", "text": TEXT})
    form = lan.upload("/new", "a.xlsx", messy_workbook()).url.path.removesuffix("/list")
    assert "Bắt đầu từ mẫu đã lưu" in lan.get(f"{form}/text").text
    assert f">{TEXT}</textarea>" in lan.get(f"{form}/text?saved=Gi%E1%BA%A3m%20gi%C3%A1").text
    lan.post("/templates", {"name": "Giảm giá", "do": "delete"})
    assert "Giảm giá" not in lan.get("/templates").text


def test_opt_outs_are_typed_imported_found_and_taken_off_by_who_may(console: Console):
    lan, minh = console.person("lan", "marketer"), console.person("minh", "operator")
    lan.post("/suppression", {"phones": "0900 000 001\n0900000002, abc", "reason": "opt_out"})
    assert "Đã thêm: 2; đã có sẵn: 0; không phải số di động: 1. abc : Đây không phải số điện thoại." in lan.text()
    assert "lan, trang web" in lan.text()
    name = "danh sách rất dài " * 10 + ".csv"
    assert "Đã thêm." in lan.upload("/suppression/import", name, b"phone\n0900000003\n", reason="do_not_call").text
    assert "0900 000 003" in lan.get("/suppression?q=0900000003").text.replace("\xa0", " ")
    assert lan.get("/suppression.csv").text.count("\n") >= 4
    assert lan.post("/suppression", {"do": "remove", "phone": "0900000001"}).status_code == 403
    minh.post("/suppression", {"do": "remove", "phone": "0900000001"})
    assert "Không có: số này được nhận quảng cáo." in minh.get("/suppression?q=0900000001").text
    assert [path for path in console.api.world.deps.uploads.parent.iterdir() if path.name.startswith("tmp")] == []


def test_a_list_is_imported_with_its_day_shown_with_its_age_and_taken_back(console: Console):
    lan, minh = console.person("lan", "marketer"), console.person("minh", "operator")
    assert "Chưa nhập danh sách không quảng cáo" in lan.get("/suppression").text
    day = console.api.world.clock.now().date() - timedelta(days=40)
    lan.upload(
        "/suppression/import", "dnc.csv", b"phone\n0900000003\n0900000004\n", reason="do_not_call", as_of=str(day)
    )
    lan.get("/suppression")
    assert f"Danh sách không quảng cáo mới nhất là của ngày {day:%d/%m/%Y}. Cách đây 40 ngày." in lan.text()
    assert "thêm 2 trong 2 hàng" in lan.text()
    # What came from the national list is not among the latest, where it would hide everybody's own word.
    assert "0900 000 003" not in lan.text().replace("\xa0", " ")
    assert "Rút lại" not in lan.text()
    minh.get("/suppression")
    assert minh.page is not None
    at = re.search(r'name="at" value="([^"]+)"', minh.page.text)
    assert at
    minh.post("/suppression", {"do": "undo", "source": "dnc.csv", "at": at[1]})
    assert "0 số không nhận quảng cáo" in minh.text()
    minh.get("/suppression?q=0900000003")
    assert "Lịch sử của số này" in minh.text()


def test_what_subscribers_wrote_is_shown_with_what_it_meant(console: Console):
    lan = console.person("lan", "marketer")
    assert "Tin trả lời như TC sẽ vào đây" in lan.get("/suppression").text
    with console.api.world.deps.sessions.begin() as session:
        session.add(
            IncomingMessage(
                provider="esms",
                received_at=console.api.world.clock.now(),
                phone=84900000005,
                content="<b>TC</b>",
                meaning="opt_out",
                reply="Da tu choi",
                query=b"",
                body=b"",
            )
        )
    lan.get("/suppression")
    assert lan.page is not None
    assert "&lt;b&gt;TC&lt;/b&gt;" in lan.page.text
    assert "từ chối Da tu choi" in lan.text()


def test_many_replies_are_read_a_page_a_time_by_number_and_by_meaning(console: Console):
    lan, now = console.person("lan", "marketer"), console.api.world.clock.now()
    with console.api.world.deps.sessions.begin() as session:
        for n in range(130):
            # Three came at each moment.
            session.add(
                IncomingMessage(
                    provider="esms",
                    ref=str(n),
                    received_at=now - timedelta(minutes=n // 3),
                    phone=84900000000 + n,
                    content=f"reply {n:03d}",
                    meaning="opt_out" if n % 2 else "other",
                    query=b"",
                    body=b"",
                )
            )
    page = lan.get("/suppression").text
    assert page.count("reply ") == 8
    assert 'href="/suppression/replies"' in page
    seen: list[str] = []
    address = "/suppression/replies"
    while address:
        page = lan.get(address).text
        seen += re.findall(r"reply (\d+)", page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert sorted(seen) == [f"{n:03d}" for n in range(130)]
    assert seen[:3] != []
    assert max(map(int, seen[:3])) == 2
    assert re.findall(r"reply (\d+)", lan.get("/suppression/replies?q=0900000077").text) == ["077"]
    odd = re.findall(r"reply (\d+)", lan.get("/suppression/replies?meaning=opt_out").text)
    assert len(odd) == 50
    assert {int(one) % 2 for one in odd} == {1}
    assert lan.get("/suppression/replies?q=abc").status_code == 422
    assert "Nam có thể nhắn tin" in lan.text()


def test_a_long_list_is_estimated_and_not_counted(console: Console, monkeypatch):
    lan = console.person("lan", "marketer")
    lan.post("/suppression", {"phones": "\n".join(f"09000000{n:02d}" for n in range(50)), "reason": "opt_out"})
    with console.api.world.deps.sessions.begin() as session:
        session.execute(text("ANALYZE suppression"))
    monkeypatch.setattr(storage, "MANY", 40)
    lan.get("/suppression")
    assert "Khoảng 50 số không nhận quảng cáo" in lan.text()


def test_the_audit_log_says_in_words_what_was_told_with_an_act(console: Console, numbers: Numbers):
    boss = console.person("boss", "admin")
    boss.post("/users", {"do": "add", "name": "mai", "role": "marketer"})
    boss.post("/users", {"do": "role", "name": "mai", "role": "approver"})
    boss.post("/suppression", {"phones": "0900000001", "reason": "opt_out"})
    made = console.api.world.create(numbers(30), name="Khai trương")
    boss.get("/audit")
    assert "Vai trò: Nhân viên tiếp thị" in boss.text()
    assert "Từ: Nhân viên tiếp thị Thành: Người duyệt" in boss.text()
    assert "Lý do: khách từ chối" in boss.text()
    assert "Tên: Khai trương Nhà cung cấp: eSMS Loại tin: Quảng cáo" in boss.text()
    assert boss.page is not None
    assert f'<a href="/campaigns/{made.campaign.id}">Khai trương</a>' in boss.page.text
    with console.api.world.deps.sessions.begin() as session:
        session.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        session.execute(text("UPDATE audit SET facts = '{}' WHERE seq = 2"))
        session.execute(text("ALTER TABLE audit ENABLE TRIGGER USER"))
    boss.post("/audit")
    assert "Dòng 2 đã bị sửa: mã băm không khớp nội dung." in boss.text()
    boss.post("/language", {"language": "en"})
    boss.get("/audit")
    assert "From: Marketer To: Approver" in boss.text()


def test_an_administrator_adds_resets_and_disables_and_all_of_it_is_in_the_log(console: Console):
    boss = console.person("boss", "admin")
    boss.post("/users", {"do": "add", "name": "mai", "role": "marketer"})
    secret = re.search(r'class="secret">([^<]+)<', boss.page.text)
    assert secret
    mai = console.person("mai")
    assert mai.log_in(secret[1]).url.path == "/"
    boss.post("/users", {"do": "key", "label": "cửa hàng", "name": "mai", "scope": "campaigns"})
    key = re.search(r'class="secret">(loa_[^<]+)<', boss.page.text)
    assert key
    answer = boss.http.get("/v1/campaigns", headers={"Authorization": f"Bearer {key[1]}"})
    assert answer.status_code == 200
    keys = boss.get("/users").text
    assert '<span class="tag">chiến dịch</span>' in keys
    assert '<td data-l="Thay mặt">mai</td>' in keys
    assert boss.post("/users", {"do": "add", "name": "mai", "role": "operator"}).status_code == 422
    assert "Đã có người dùng mang tên này" in boss.text()
    boss.post("/users", {"do": "disable", "name": "boss"})
    assert "quản trị viên cuối cùng" in boss.text()
    boss.post("/users", {"do": "disable", "name": "mai"})
    assert mai.get("/").url.path == "/login"
    assert "vô hiệu hóa người dùng" in boss.get("/audit").text
    assert "đều nguyên vẹn và đúng thứ tự" in boss.post("/audit").text
    assert boss.get("/audit.csv").text.startswith("\ufeffseq,") or boss.get("/audit.csv").text.startswith("seq,")


def test_a_list_of_a_day_to_come_and_an_audience_of_no_name_are_refused_for_that(console: Console):
    lan = console.person("lan", "marketer")
    lan.upload("/suppression/import", "dnc.csv", b"phone\n0900000003\n", reason="do_not_call", as_of="2099-01-01")
    assert "Ngày này chưa đến" in lan.text()
    lan.upload("/audiences", "vip.csv", b"phone\n0900000003\n", name="x" * 500)
    assert "Hãy đặt một tên không quá dài" in lan.text()
    lan.post("/me/password", {"old": "wrong", "new": "ngan"})
    assert "Mật khẩu" in lan.text()


def test_what_was_typed_stays_in_the_form_of_a_user_or_key_that_is_refused(console: Console):
    boss = console.person("boss", "admin")
    refused = boss.post("/users", {"do": "add", "name": "Mai Anh", "role": "operator"})
    assert refused.status_code == 422
    assert 'value="Mai Anh"' in refused.text
    assert 'value="operator" checked' in refused.text
    refused = boss.post("/users", {"do": "key", "label": "kho", "name": "nobody", "scope": "read"})
    assert refused.status_code in {404, 422}
    assert 'id="label" name="label" type="text" maxlength="100" value="kho"' in refused.text
    assert '<option value="read" selected>' in refused.text
    assert 'value="Mai Anh"' not in refused.text


def test_settings_are_shown_with_where_they_come_from_and_without_secrets(console: Console):
    minh = console.person("minh", "operator")
    page = minh.get("/settings").text
    assert "LOA_ESMS_SECRET_KEY" in page
    assert "sandbox-secret" not in page
    assert "môi trường" in page
    assert "mặc định" in page
    # What was chosen here stands first, and a word finds the others.
    assert page.index("môi trường") < page.index("mặc định")
    found = minh.get("/settings?q=loa_otp_max").text
    assert "LOA_OTP_MAX_PER_KEY_PER_HOUR" in found
    assert "LOA_ESMS_SECRET_KEY" not in found
    assert "Không có mục nào phù hợp." in minh.get("/settings?q=no+such+setting").text
    # What each is stands there in the reader's language, and is found by it.
    assert "LOA_APPROVAL" in minh.get("/settings?q=người+khác+người+soạn").text
    minh.post("/language", {"language": "en", "next": "/settings"})
    assert "LOA_APPROVAL" in minh.get("/settings?q=somebody+other+than+its+author").text
