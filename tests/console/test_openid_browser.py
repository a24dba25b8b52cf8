"""Signing in at a provider of OpenID Connect in a real Chromium, in which provider and console are two sites."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.console import browser as browsers
from tests.console.browserless import PASSWORD
from tests.console.openid_provider import Opener, Provider
from worker.services.people import users


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_person_signs_in_at_the_company_and_comes_back(opened: Opener, provider: Provider, script: bool):
    console = opened()
    users.add(console.api.world.deps, "lan@loa.example", "marketer", PASSWORD)
    with browsers.chromium() as chromium, browsers.session(chromium, wide=script, script=script) as lan:
        lan.goto(f"{console.api.url}/campaigns")
        expect(lan.locator("main")).to_contain_text("hoặc")
        if script:
            found = Axe().run(lan).response["violations"]
            assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
        lan.click("text=Đăng nhập bằng Công ty")
        # The page of another site: our policy let the browser go there, and its cookie waits here.
        lan.wait_for_url(f"{provider.url}/authorize?**")
        lan.fill("#email", "lan@loa.example")
        lan.click("button")
        lan.wait_for_url(f"{console.api.url}/campaigns")
        expect(lan.locator(".who")).to_contain_text("lan@loa.example")
        cookies = {one["name"]: one for one in lan.context.cookies(console.api.url)}
        assert (cookies["loa_session"]["httpOnly"], cookies["loa_session"]["sameSite"]) == (True, "Lax")
        assert "loa_openid" not in cookies
        # The back button leads nowhere that still counts, and the session ends like any other.
        lan.goto(f"{console.api.url}/me")
        if not script:
            lan.click("label[for=opener]")
        lan.click("form[action='/logout'] button")
        lan.wait_for_url(f"{console.api.url}/login")


def test_who_is_nobody_here_reads_why_in_both_languages_and_may_try_again(opened: Opener, provider: Provider):
    console = opened()
    users.add(console.api.world.deps, "lan@loa.example", "marketer", PASSWORD)
    with browsers.chromium() as chromium, browsers.session(chromium, wide=False, language="en") as person:
        person.goto(f"{console.api.url}/login")
        person.click("text=Log in with Công ty")
        person.fill("#email", "hoa@loa.example")
        person.click("button")
        person.wait_for_url(f"{console.api.url}/login/openid/callback?**")
        expect(person.locator("main")).to_contain_text("You have no active user in Loa")
        person.click("text=Tiếng Việt")
        person.click("text=Đăng nhập bằng Công ty")
        person.fill("#email", "lan@loa.example")
        person.click("button")
        person.wait_for_url(f"{console.api.url}/")
        expect(person.locator("main")).to_be_visible()
