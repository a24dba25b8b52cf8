"""Signing in at a provider of OpenID Connect: who comes in, what of its answer is believed, and what happens when it fails."""

import re
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import text

from tests.api.served import served
from tests.console import openid_provider as emulator
from tests.console.browserless import PASSWORD, Console, Person
from tests.console.openid_provider import CLIENT, SECRET, Opener, Provider
from tests.world import UNUSED_TLS, World
from worker.openid.provider import OpenIdProvider
from worker.services.people import audit, users

LAN = {"email": "lan@loa.example", "email_verified": True}
#: What a stranger may never read in an answer.
SECRETS = (SECRET, "Traceback", "invalid_grant", "invalid_client", "joserfc", "Error")


@pytest.fixture
def console(opened: Opener) -> Console:
    return opened()


def known(console: Console, name: str = LAN["email"], role: str = "marketer") -> Person:
    """A user of that name, at a browser where nobody is logged in."""
    users.add(console.api.world.deps, name, role, PASSWORD)
    return console.person(name)


def back(person: Person, path: str = "/login/openid") -> str:
    """Go to the provider, sign in, and stop before the way back: its address."""
    there = person.http.get(path, follow_redirects=False)
    assert there.status_code == 303, there.text
    return person.http.get(there.headers["location"], follow_redirects=False).headers["location"]


def refused(person: Person, address: str, status: int, says: str, case: str = "") -> None:
    """The way back ends at the login form with one sentence, and in nobody's session."""
    person.page = answer = person.http.get(address)
    assert answer.status_code == status, (case, person.text())
    assert says in person.text()
    assert [one for one in SECRETS if one in answer.text] == []
    assert 'name="password"' in answer.text
    assert person.http.get("/me", follow_redirects=False).status_code == 303
    assert "loa_openid" not in person.http.cookies


def calling(console: Console) -> OpenIdProvider:
    """What calls the provider, in the process of this console."""
    pages = next(route for route in console.api.app.router.routes if getattr(route, "name", "") == "console")
    found: OpenIdProvider = pages.app.state.openid  # type: ignore[attr-defined]
    return found


def tries(console: Console) -> int:
    """The sign-ins that count as failed, or are under way."""
    with console.api.world.deps.sessions() as session:
        return int(session.execute(text("SELECT count(*) FROM login_try")).scalar_one())


def acts(console: Console) -> list[tuple[str, str, dict[str, object]]]:
    return [(one.act, one.who, one.facts) for one in audit.newest(console.api.world.deps)]


def test_a_user_comes_in_with_the_session_that_a_password_opens(console: Console, provider: Provider):
    provider.person = LAN
    lan = known(console)
    assert "Đăng nhập bằng Công ty" in lan.get("/campaigns").text
    link = re.search(r'href="(/login/openid[^"]*)"', lan.page.text if lan.page else "")
    assert link
    came = lan.http.get(back(lan, link[1]), follow_redirects=False)
    assert (came.status_code, came.headers["location"]) == (303, "/campaigns")
    cookie = next(one for one in came.headers.get_list("set-cookie") if one.startswith("loa_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "lan@loa.example" in lan.get("/me").text
    # Its forms carry the token of the session, and others are refused.
    assert lan.http.post("/language", data={"csrf": "0" * 64, "language": "en"}).status_code == 403
    assert lan.post("/language", {"language": "en"}).status_code == 200
    facts = {"address": "127.0.0.1", "by": "openid", "subject": "so-7"}
    assert ("login", "user:lan@loa.example", facts) in acts(console)
    assert audit.verify(console.api.world.deps).faults == []
    lan.post("/logout")
    assert lan.get("/campaigns").url.path == "/login"


def test_the_code_is_fetched_with_our_secret_and_the_verifier_of_its_challenge(console: Console, provider: Provider):
    provider.person = LAN
    lan = known(console)
    lan.http.get(back(lan))
    asked = dict(provider.asked)
    assert asked["authorize"]["scope"] == "openid email profile"
    assert len(asked["authorize"]["nonce"]) == len(asked["authorize"]["state"]) == 64
    assert asked["authorize"]["redirect_uri"] == f"{console.api.url}/login/openid/callback"
    assert asked["token"]["authorization"].startswith("Basic ")
    assert "client_secret" not in asked["token"]
    assert asked["token"]["code_verifier"] not in str(asked["authorize"])
    # A provider that takes the secret in the form alone gets it there.
    with emulator.provider(console.api.world.clock) as other:
        other.discovery, other.person = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}, LAN
        console.api.world.loa.settings.__dict__["oidc_issuer"] = other.url
        with served(console.api.world) as api:
            hoa = Console(api).person()
            assert hoa.http.get(back(hoa)).url.path == "/"
        assert dict(other.asked)["token"]["client_secret"] == SECRET
        assert dict(other.asked)["token"]["authorization"] == ""


def test_the_way_back_is_the_public_address_where_there_is_one(opened: Opener, provider: Provider):
    provider.person = LAN
    console = opened(public_url="https://loa.example")
    lan = known(console)
    answer = lan.http.get("/login/openid", follow_redirects=False)
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert asked["redirect_uri"] == ["https://loa.example/login/openid/callback"]
    assert "Secure" in answer.headers["set-cookie"]
    assert "HttpOnly" in answer.headers["set-cookie"]


def test_keys_on_a_curve_and_a_key_that_was_changed_are_taken(console: Console, provider: Provider):
    provider.person = LAN
    lan = known(console)
    assert lan.http.get(back(lan)).url.path == "/"
    provider.key, provider.algorithm = emulator.ec(), "ES256"
    assert lan.http.get(back(lan)).url.path == "/"


def test_another_site_is_no_place_to_go_on(console: Console, provider: Provider):
    provider.person = LAN
    lan = known(console)
    for path in ("https://evil.example/", "//evil.example", "/\\evil.example", "/" + "x" * 5000):
        came = lan.http.get(back(lan, f"/login/openid?next={path}"), follow_redirects=False)
        assert came.headers["location"] == "/"


NOW = 1_772_416_800  # the clock of `loa`

WRONG_CLAIMS = {
    "expired": {"exp": NOW - 61, "iat": NOW - 400},
    "no end": {"exp": None},
    "an end that is no number": {"exp": "soon"},
    "of the future": {"iat": NOW + 600},
    "not yet": {"nbf": NOW + 600},
    "another audience": {"aud": "another"},
    "another audience, for us": {"aud": "another", "azp": CLIENT},
    "other audiences, for us": {"aud": ["another", "loan"], "azp": CLIENT},
    "no audience": {"aud": None},
    "several audiences without azp": {"aud": [CLIENT, "another"]},
    "for another party": {"azp": "another"},
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "another nonce": {"nonce": "0" * 64},
    "no nonce": {"nonce": None},
    "nobody": {"sub": None},
    "a hash of another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}
CANNOT_BE_TRUSTED = "Không xác thực được thông tin"


def test_a_token_that_is_not_ours_of_now_is_refused(console: Console, provider: Provider):
    provider.person = LAN
    lan = known(console)
    assert provider.clock.now().timestamp() == NOW
    for name, claims in WRONG_CLAIMS.items():
        provider.claims = claims
        refused(lan, back(lan), 401, CANNOT_BE_TRUSTED, name)


def test_a_token_of_another_key_or_without_one_is_refused(console: Console, provider: Provider):
    provider.person = LAN
    lan = known(console)
    claims = {"iss": provider.url, "aud": CLIENT, "sub": "so-7", "iat": NOW, "exp": NOW + 300, **LAN}
    ours = OctKey.import_key(SECRET.encode() * 3, {"kid": provider.key.kid})
    published = provider.key
    stranger = emulator.rsa()
    named_alike = type(stranger).import_key({**stranger.as_dict(private=True), "kid": published.kid})
    for signs, shown in ((stranger, [published]), (named_alike, [published]), (published, [])):
        provider.key, provider.published = signs, shown
        refused(lan, back(lan), 401, CANNOT_BE_TRUSTED)
    provider.key, provider.published = published, None
    for written in (
        "eyJhbGciOiJub25lIn0." + jwt.encode({"alg": "HS256"}, claims, ours).split(".")[1] + ".",
        jwt.encode({"alg": "HS256", "kid": published.kid}, claims, ours),
        *("", "a.b.c", "....", "é", "x" * 70_000),
    ):
        provider.id_token = written
        refused(lan, back(lan), 401, CANNOT_BE_TRUSTED)


def test_a_provider_that_is_away_or_answers_nonsense_is_one_sentence(console: Console, provider: Provider):
    provider.person = LAN
    lan = known(console)
    away, strange = "Không kết nối được tới nơi đăng nhập", "Nơi đăng nhập trả lời điều mà Loa không dùng được"
    # Before anybody was sent there: nothing is known of it yet.
    faults: list[tuple[int | bytes, str]] = [
        *(
            (500, away),
            (503, away),
            (429, away),
            (404, strange),
            (302, strange),
            (b"<html>", strange),
            (b"[1]", strange),
        ),
        *(
            (b"{}", strange),
            (b"[" * 100_000, strange),
            (b'{"issuer":' + b"9" * 9_000 + b"}", strange),
            (b" " * 300_000, strange),
        ),
    ]
    for fault, says in faults:
        provider.faults = {"discovery": fault}
        refused(lan, "/login/openid", 502, says)
    provider.faults = {}
    for wrong in (
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"padding": "x" * 300_000},
        {"jwks_uri": None},
        {"token_endpoint": "https://evil.example/token"},
        {"token_endpoint": provider.url.replace("http://", "http://x@") + "/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": 7},
        {"token_endpoint": "http://[::1/token"},
        {"token_endpoint": provider.url.replace("localhost", "127.0.0.1") + "/token"},
    ):
        provider.discovery = wrong
        refused(lan, "/login/openid", 502, strange)
    assert provider.calls("token") == provider.calls("keys") == 0
    provider.discovery = {}
    for endpoint in ("token", "keys"):
        for fault, says in faults:
            provider.faults = {endpoint: fault}
            if endpoint == "token" and fault == b"{}":
                continue  # no token in it: said of the token
            refused(lan, back(lan), 502, says)
    assert provider.calls("elsewhere") == 0
    provider.faults = {}
    # None of that was a failure of hers.
    assert tries(console) == 0
    assert lan.http.get(back(lan)).url.path == "/"


def test_nothing_listens_there_is_one_sentence_in_both_languages(opened: Opener, provider: Provider):
    with emulator.provider(provider.clock) as gone:
        url = gone.url
    console = opened(oidc_issuer=url)
    refused(console.person(), "/login/openid", 502, "Không kết nối được tới nơi đăng nhập")
    refused(
        console.person(language="en"), "/login/openid", 502, "The sign-in service cannot be reached: try again soon"
    )


def test_who_cannot_wait_for_ever_does_not(console: Console, provider: Provider):
    provider.person = LAN
    lan = known(console)
    calls = calling(console)
    for endpoint in ("token", "keys"):
        address = back(lan)
        provider.faults = {endpoint: "hang"}
        calls.account = replace(calls.account, timeout_s=1.0)
        refused(lan, address, 502, "Không kết nối được")
        assert provider.calls(endpoint) == 1
        provider.faults = {}
        calls.account = replace(calls.account, timeout_s=60.0)
    calls.account = replace(calls.account, timeout_s=0.5)
    provider.faults = {"discovery": "hang"}
    calls._known = None
    people = [console.person() for _ in range(5)]
    with ThreadPoolExecutor(len(people)) as pool:
        answers = list(pool.map(lambda one: one.http.get("/login/openid"), people))
    assert [one.status_code for one in answers] == [502] * len(people)
    # Together they wait for the same answer.
    assert provider.calls("discovery") < 1 + len(people)


def test_a_provider_that_hangs_holds_up_neither_pages_nor_passwords(console: Console, provider: Provider):
    """More sign-ins hang than the web process has threads; everything else answers, and then they come in."""
    provider.person = LAN
    known(console)

    def person(address: str) -> Person:
        http = httpx.Client(
            base_url=console.api.url,
            transport=httpx.HTTPTransport(local_address=address, verify=UNUSED_TLS),
            timeout=60,
            follow_redirects=True,
            headers={"Accept-Language": "vi"},
        )
        console.api.clients.append(http)
        return Person(http)

    people = [person(f"127.0.0.{2 + n % 4}") for n in range(60)]
    ways = [back(one) for one in people]
    provider.faults = {"token": "hang"}
    with ThreadPoolExecutor(len(people)) as pool:
        waiting = [pool.submit(one.http.get, way) for one, way in zip(people, ways, strict=True)]
        provider.until("token", 8)
        while tries(console) < len(people):
            continue
        assert console.person().get("/login").status_code == 200
        sent = console.api.client("otp").post(
            "/v1/otp", json={"phone": "0900000001", "text": "Ma 123456", "sender": "LOA"}
        )
        assert sent.status_code == 202, sent.text
        # No more calls at once than the pool has.
        assert provider.calls("token") == 8
        assert not any(one.done() for one in waiting)
        provider.go_on()
        assert {one.result().url.path for one in waiting} == {"/"}
    assert tries(console) == 0


def test_an_answer_to_another_sign_in_counts_for_nothing(console: Console, provider: Provider):
    provider.person = LAN
    lan, eve = known(console), console.person()
    stale = "Lần đăng nhập này đã bắt đầu quá lâu"
    # Another browser's answer (a link that somebody sends round), another state, none.
    lan.http.get("/login/openid", follow_redirects=False)
    refused(lan, back(eve), 400, stale)
    address = back(lan)
    refused(lan, re.sub(r"state=\w+", "state=" + "0" * 64, address), 400, stale)
    # Its cookie counts once.
    refused(lan, address, 400, stale)
    refused(console.person(), address, 400, stale)
    refused(lan, back(lan) + "&iss=https://evil.example", 400, stale)
    for odd in ("", "é", "%00", "%ff", "x" * 10_000):
        back(lan)
        refused(lan, f"/login/openid/callback?code=x&state={odd}", 400, stale)
    for cookie in (
        "",
        "x",
        "a" * 43 + ".99999999999999.%2F",
        "a" * 43 + ".999999999999.%2F",
        "é".encode().decode("latin-1"),
    ):
        answer = eve.http.get(
            "/login/openid/callback?code=x&state=y", headers={b"Cookie": f"loa_openid={cookie}".encode("latin-1")}
        )
        assert answer.status_code == 400
    address = back(lan)
    provider.clock.tick(minutes=11)  # type: ignore[attr-defined]
    refused(lan, address, 400, stale)
    # No call, and nothing counted: a page of another site can send browsers here without end.
    assert provider.calls("token") == 0
    assert tries(console) == 0
    # The other language of a refusal, and a bookmark.
    for path in ("/login/openid/callback?language=en", "/login/openid?language=en"):
        assert "Log in" in lan.get(path).text
        assert lan.page is not None
        assert lan.page.url.path == "/login"


def test_a_person_who_says_no_there_and_a_code_that_counts_for_nothing(
    console: Console, provider: Provider, capsys: pytest.CaptureFixture[str]
):
    provider.person = LAN
    lan = known(console)
    declined = "Nơi đăng nhập không cho bạn vào"
    state = parse_qs(urlsplit(back(lan)).query)["state"][0]
    refused(lan, f"/login/openid/callback?error=access_denied%0aforged%20line&state={state}", 401, declined)
    assert "access_denied?forged line" in capsys.readouterr().out
    for code in ("", "guessed", "%C3%A9", "%00", "a b%0d%0ac", "x" * 5_000, "a%26b%3D1"):
        state = parse_qs(urlsplit(back(lan)).query)["state"][0]
        refused(lan, f"/login/openid/callback?code={code}&state={state}", 401, declined)
    # What no provider gives out is not worth a call.
    assert provider.calls("token") == 2


def test_a_secret_that_the_provider_does_not_know_is_for_an_administrator(opened: Opener, provider: Provider):
    provider.person = LAN
    console = opened(oidc_client_id=CLIENT)
    console.api.world.loa.settings.__dict__["oidc_client_secret"] = type(
        console.api.world.loa.settings.oidc_client_secret
    )("wrong")
    with served(console.api.world) as api:
        lan = known(Console(api))
        refused(lan, back(lan), 502, "hãy báo quản trị viên của Loa")


def test_who_is_no_active_user_does_not_come_in(console: Console, provider: Provider):
    lan = known(console)
    unknown = "Bạn chưa có tài khoản đang hoạt động trong Loa"
    for person in (
        "nobody@loa.example",
        "lan",
        "x" * 300,
        "a b@loa.example",
        "ｌａｎ@loa.example",
        "lan@loa.example.evil",
    ):
        provider.person = {"email": person, "email_verified": True}
        refused(lan, back(lan), 403, unknown)
    assert len(users.everyone(console.api.world.deps)) == 1
    provider.person = {"email": "LAN@loa.example", "email_verified": "true"}
    assert lan.http.get(back(lan)).url.path == "/"
    users.add(console.api.world.deps, "boss", "admin", PASSWORD)
    users.disable(console.api.world.deps, LAN["email"])
    refused(lan, back(lan), 403, unknown)
    facts = {"address": "127.0.0.1", "why": "disabled"}
    assert acts(console)[0] == ("login.failed", "loa", facts)


def test_an_address_that_nobody_verified_is_nobodys(console: Console, provider: Provider):
    lan = known(console)
    for verified in (False, None, "false", 1, "yes"):
        provider.person = {"email": LAN["email"], "email_verified": verified}
        refused(lan, back(lan), 403, "chưa được xác minh")
    for nameless in (None, "", 7, ["lan@loa.example"], "\ud800", "a\u0000b"):
        provider.person = {"email": nameless, "email_verified": True}
        refused(lan, back(lan), 403, "không cho biết bạn là ai (thiếu email)")


def test_another_claim_may_be_the_name(opened: Opener, provider: Provider):
    console = opened(oidc_name_claim="preferred_username")
    lan = known(console, "lan")
    provider.person = {"preferred_username": "Lan", "sub": "\ud800so\u00007"}
    assert lan.http.get(back(lan)).url.path == "/"
    assert acts(console)[0][2]["subject"] == "so7"


ROLES = {"oidc_role_claim": "realm_access.roles", "oidc_roles": "boss=admin,sep=approver, loa = marketer"}


def test_a_mapped_role_makes_a_user_and_no_other_does(opened: Opener, provider: Provider):
    console = opened(**ROLES)
    deps = console.api.world.deps
    hoa, unknown = console.person(), "Bạn chưa có tài khoản đang hoạt động"

    def person(roles: object, email: str = "hoa@loa.example") -> None:
        provider.person = {"email": email, "email_verified": True, "realm_access": roles}

    # The first user would make the link of the first administrator void.
    person({"roles": ["loa"]})
    refused(hoa, back(hoa), 403, unknown)
    users.add(deps, "chi", "admin", PASSWORD)
    for roles in (None, [], {}, {"roles": None}, {"roles": ["other", "admin", 7, None]}, {"roles": {"loa": 1}}, "loa"):
        person(roles)
        refused(hoa, back(hoa), 403, unknown)
    # The first of the setting that fits, whatever their order in the token.
    person({"roles": ["loa", "sep"]})
    assert hoa.http.get(back(hoa)).url.path == "/"
    assert users.find(deps, "hoa@loa.example").role == "approver"
    made = next(one for one in acts(console) if one[0] == "user.add" and one[1] == "console:openid")
    assert made[2] == {"role": "approver"}
    # It stays hers: no later sign-in gives another.
    person({"roles": ["boss"]})
    assert hoa.http.get(back(hoa)).url.path == "/"
    assert users.find(deps, "hoa@loa.example").role == "approver"
    person({"roles": "boss"}, "sep@loa.example")
    assert hoa.http.get(back(hoa)).url.path == "/"
    assert users.find(deps, "sep@loa.example").role == "admin"
    # A name that no user can have.
    person({"roles": ["loa"]}, "a b@loa.example")
    stranger = console.person()
    refused(stranger, back(stranger), 403, unknown)


def test_two_tabs_of_a_new_person_make_one_user(opened: Opener, provider: Provider):
    console = opened(**ROLES)
    users.add(console.api.world.deps, "chi", "admin", PASSWORD)
    provider.person = {**LAN, "realm_access": {"roles": ["loa"]}}
    tabs = [console.person() for _ in range(6)]
    ways = [back(one) for one in tabs]
    with ThreadPoolExecutor(len(tabs)) as pool:
        came = list(pool.map(lambda tab, way: tab.http.get(way).url.path, tabs, ways))
    assert came == ["/"] * len(tabs)
    assert len(users.everyone(console.api.world.deps)) == 2


def test_too_many_sign_ins_that_fail_wait_like_passwords(console: Console, provider: Provider):
    provider.person = {"email": "nobody@loa.example", "email_verified": True}
    lan = known(console)
    for _ in range(30):
        assert lan.http.get(back(lan)).status_code == 403
    calls = provider.calls("token")
    refused(lan, back(lan), 429, "mười lăm phút")
    assert provider.calls("token") == calls, "its provider is not asked any more"
    assert lan.log_in().status_code == 429, "passwords of that address wait too"
    provider.clock.tick(minutes=16)  # type: ignore[attr-defined]
    provider.person = LAN
    assert lan.http.get(back(lan)).url.path == "/"


def test_the_second_factor_is_the_providers(console: Console, provider: Provider):
    provider.person = LAN
    lan = known(console)
    with console.api.world.deps.sessions.begin() as session:
        session.execute(text("UPDATE loa_user SET totp_since = now(), totp_sealed = 'x'"))
    assert lan.http.get(back(lan)).url.path == "/"


def test_odd_requests_are_no_fault_of_ours(console: Console, provider: Provider):
    provider.person = LAN
    lan = known(console)
    address = back(lan)
    for path in (
        "/login/openid",
        address.removeprefix(console.api.url),
        "/login/openid?next=%00%ff",
        "/login/openid?next=",
    ):
        for host in ("[", "[::1", "a:b", "é", "a b", "evil.example"):
            with socket.create_connection(("127.0.0.1", urlsplit(console.api.url).port or 0), 60) as line:
                line.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("latin-1"))
                answer = b"".join(iter(lambda: line.recv(65_536), b""))
            assert int(answer.split()[1]) in {303, 400}, (path, host, answer[:500])


def test_without_an_issuer_there_is_no_button_and_no_door(loa: World):
    with served(loa) as api:
        console = Console(api)
        lan = known(console, "lan")
        assert "/login/openid" not in lan.get("/login").text
        for path in ("/login/openid", "/login/openid/callback?state=x&code=y"):
            assert lan.get(path).status_code == 404
        assert lan.log_in().url.path == "/"
