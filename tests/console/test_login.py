"""Getting in and out: cookies, forms of other sites, stolen sessions, the one-time link, languages."""

import re

import pyotp

from tests.console.browserless import PASSWORD, Console
from worker.services.people import first, users


def test_nobody_sees_a_page_without_a_session(console: Console):
    stranger = console.person()
    for path in (
        "/",
        "/campaigns",
        "/new",
        "/approvals",
        "/suppression",
        "/users",
        "/audit",
        "/settings",
        "/months",
        "/me",
    ):
        answer = stranger.http.get(path, follow_redirects=False)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/login"), path
    assert stranger.http.post("/logout", follow_redirects=False).headers["location"] == "/login"


def test_the_login_goes_on_to_where_one_wanted_and_never_to_another_site(console: Console):
    users.add(console.api.world.deps, "lan", "marketer", PASSWORD)
    lan = console.person("lan")
    assert "/login?next=%2Fcampaigns%3Fgroup%3Ddone" in str(lan.get("/campaigns?group=done").url)
    fields = {"username": "lan", "password": PASSWORD}
    assert lan.http.post("/login", data={**fields, "next": "/months"}).url.path == "/months"
    for other in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        lan.post("/logout")
        assert (
            lan.http.post("/login", data={**fields, "next": other}, follow_redirects=False).headers["location"] == "/"
        )


def test_who_comes_back_after_the_session_has_ended_reads_so(console: Console):
    lan = console.person("lan", "marketer")
    ended = "Phiên đăng nhập đã hết"
    lan.post("/logout")
    lan.get("/campaigns")
    assert ended not in lan.text()
    lan.log_in()
    console.api.world.clock.tick(days=90)
    lan.get("/campaigns?group=done")
    assert ended in lan.text()
    assert lan.page is not None
    assert 'name="next" value="/campaigns?group=done"' in lan.page.text
    # A form that was open meanwhile leads there too.
    lan.post("/suppression", {"phones": "0900000001"})
    assert ended in lan.text()
    lan.log_in()
    assert ended not in lan.get("/").text


def test_what_was_not_done_is_said_on_a_page_in_the_readers_language(console: Console):
    for language, foreign, stale, large in (
        ("vi", "đến từ một trang web khác", "Biểu mẫu này đã cũ", "gửi ít hơn mỗi lần"),
        ("en", "came from another site, and nothing was done", "form is out of date", "send less at a time"),
    ):
        lan = console.person(f"lan-{language}", "marketer", language)
        lan.page = lan.http.post(
            "/suppression", data={"phones": "0900000001"}, headers={"Origin": "https://evil.example"}
        )
        assert (lan.page.status_code, lan.page.headers["content-type"]) == (403, "text/html; charset=utf-8")
        assert foreign in lan.text()
        lan.page = lan.http.post("/suppression", data={"phones": "0900000001"})
        assert lan.page.status_code == 403
        assert stale in lan.text()
        assert "<h1>" + ("Chưa thực hiện được" if language == "vi" else "It was not done") in lan.page.text
        lan.post("/suppression", {"phones": "x" * 3_000_000})
        assert lan.page.status_code == 413
        assert large in lan.text()


def test_a_wrong_password_says_nothing_about_the_name(console: Console):
    users.add(console.api.world.deps, "lan", "marketer", PASSWORD)
    known, unknown = console.person("lan"), console.person("khong-co")
    assert known.log_in("sai mat khau 12").status_code == 401
    assert unknown.log_in("sai mat khau 12").status_code == 401
    assert known.text() == unknown.text().replace("khong-co", "lan")
    assert "Tên hoặc mật khẩu không đúng." in known.text()


def test_the_cookie_is_for_no_script_and_no_other_site(console: Console):
    users.add(console.api.world.deps, "lan", "marketer", PASSWORD)
    lan = console.person("lan")
    answer = lan.http.post("/login", data={"username": "lan", "password": PASSWORD}, follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie  # plain HTTP on loopback


def test_behind_tls_the_cookie_is_secure(console: Console):
    console.api.world.loa.settings.__dict__["public_url"] = "https://loa.example"
    users.add(console.api.world.deps, "lan", "marketer", PASSWORD)
    lan = console.person("lan")
    answer = lan.http.post("/login", data={"username": "lan", "password": PASSWORD}, follow_redirects=False)
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"]


def test_a_session_that_was_stolen_opens_nothing_after_the_logout(console: Console):
    lan = console.person("lan", "marketer")
    stolen = console.person()
    stolen.http.cookies.update(lan.http.cookies)
    assert stolen.get("/campaigns").url.path == "/campaigns"
    lan.post("/logout")
    assert stolen.get("/campaigns").url.path == "/login"


def test_a_disabled_user_is_out_at_the_next_click(console: Console):
    admin, lan = console.person("boss", "admin"), console.person("lan", "marketer")
    admin.post("/users", {"do": "disable", "name": "lan"})
    assert lan.get("/campaigns").url.path == "/login"


def test_a_form_without_the_token_of_the_session_does_nothing(console: Console):
    lan, hoa = console.person("lan", "marketer"), console.person("hoa", "marketer")
    for token in ("", "0" * 64, hoa.token()):
        answer = lan.http.post("/language", data={"csrf": token, "language": "en"})
        assert answer.status_code == 403
    assert 'lang="vi"' in lan.get("/").text
    assert (
        lan.http.post("/new", data={"csrf": "x"}, files={"list": ("a.csv", b"phone\n0900000001\n")}).status_code == 403
    )
    assert console.api.uploads() == []


def test_a_form_of_another_site_is_turned_away_before_anything_is_read(console: Console):
    lan = console.person("lan", "marketer")
    fields = {"csrf": lan.token(), "language": "en"}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert lan.http.post("/language", data=fields, headers=headers).status_code == 403
    own = {"Origin": console.api.url, "Sec-Fetch-Site": "same-origin"}
    assert lan.http.post("/language", data=fields, headers=own).status_code == 200


def test_too_many_failed_logins_wait(console: Console):
    users.add(console.api.world.deps, "lan", "marketer", PASSWORD)
    lan = console.person("lan")
    statuses = [lan.log_in("sai mat khau 12").status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    assert "mười lăm phút" in lan.text()


def test_the_one_time_link_makes_the_first_administrator_once(console: Console):
    token = first.new_link(console.api.world.deps)
    boss = console.person("boss")
    assert "Chào mừng" in boss.get(f"/first/{token}").text
    weak = boss.http.post(f"/first/{token}", data={"username": "boss", "password": "12345"})
    assert weak.status_code == 422
    boss.page = boss.http.post(f"/first/{token}", data={"username": "boss", "password": PASSWORD})
    assert boss.page.url.path == "/"
    assert "Quản trị viên" in boss.text()
    assert console.person().get(f"/first/{token}").status_code == 422


def test_the_language_is_the_users_on_every_machine(console: Console):
    lan = console.person("lan", "marketer")
    assert 'lang="vi"' in lan.get("/").text
    lan.post("/language", {"language": "en", "next": "/campaigns"})
    other = console.person("lan")
    other.log_in()
    assert 'lang="en"' in other.get("/").text
    assert "New campaign" in other.text()


def test_who_is_not_logged_in_gets_the_language_of_the_browser_or_the_one_chosen(console: Console):
    assert "Đăng nhập" in console.person().get("/login").text
    english = console.person(language="en-GB,en;q=0.9")
    assert "Log in" in english.get("/login").text
    assert "Đăng nhập" in english.get("/login?language=vi").text
    assert "Đăng nhập" in english.get("/login").text  # it is kept


def test_a_second_factor_is_asked_for_and_each_code_counts_once(console: Console):
    console.api.world.loa.__dict__["sealer"] = console.api.world.deps.sealer()
    lan = console.person("lan", "marketer")
    page = lan.post("/me/totp", {"step": "begin"})
    secret = re.search(r'class="secret">([A-Z2-7]+)<', page.text)
    assert secret
    assert '<div class="qr" role="img" aria-label="Mã QR cho ứng dụng xác thực"><svg viewBox=' in page.text
    clock = console.api.world.clock
    code = pyotp.TOTP(secret[1]).at(clock.now())
    # A mistyped code leaves the secret that the telephone has by now.
    wrong = lan.post("/me/totp", {"step": "confirm", "code": "000000" if code != "000000" else "000001"})
    assert wrong.status_code == 422
    assert f'class="secret">{secret[1]}<' in wrong.text
    assert "Đã bật" in lan.post("/me/totp", {"step": "confirm", "code": code}).text
    assert secret[1] not in lan.post("/me/totp", {"step": "confirm", "code": "000000"}).text
    lan.post("/logout")
    answer = lan.log_in()
    assert answer.status_code == 401
    assert 'name="code"' in answer.text
    fields = {"username": "lan", "password": PASSWORD, "code": code}
    assert lan.http.post("/login", data=fields).status_code == 401
    clock.tick(seconds=30)
    fields["code"] = pyotp.TOTP(secret[1]).at(clock.now())
    assert lan.http.post("/login", data=fields).url.path == "/"


def test_every_answer_carries_the_strict_policy(console: Console):
    lan = console.person("lan", "marketer")
    for path in ("/", "/login", "/static/console.css", "/static/console.js", "/nowhere"):
        answer = lan.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", answer.text), path


def test_the_apis_paths_stay_the_apis(console: Console):
    stranger = console.person()
    assert stranger.get("/v1/nothing").headers["content-type"] == "application/problem+json"
    assert stranger.http.put("/v1/campaigns").status_code == 405
    assert stranger.get("/healthz").json() == {"status": "ok"}
