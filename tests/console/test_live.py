"""What an open page is told: also what changed after it was drawn and before its stream connected."""

import re
from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import expect

from tests.console import browser as browsers
from tests.console.browserless import PASSWORD, Console, Person
from tests.console.test_campaigns import TEXT, messy_workbook
from worker.console import render
from worker.console.app import Console as Mounted
from worker.console.live import Hub
from worker.services.people import users


def scheduled(console: Console, lan: Person) -> str:
    """The path of a campaign that waits for its time."""
    form = lan.upload("/new", "a.xlsx", messy_workbook()).url.path.removesuffix("/list")
    lan.post(f"{form}/text", {"kind": "ads", "text": TEXT.replace("{ten}", "bạn"), "go": "on"})
    lan.post(f"{form}/when", {"provider": "esms", "sender": "LOA", "begin": "now", "go": "on"})
    console.api.plan()
    return str(lan.submit(form).url.path)


def told(lan: Person, path: str) -> str:
    """The name of the first event of the stream that this page opens."""
    source = re.search(r'data-live="([^"]+)"', lan.get(path).text)
    assert source
    return first_event(lan, source[1])


def first_event(lan: Person, source: str) -> str:
    """The name of the first event of this stream."""
    with lan.http.stream("GET", source) as answer:
        return next(line for line in answer.iter_lines() if line.startswith("event: "))


def test_a_page_is_told_of_what_changed_before_its_stream_connected(alone: Console):
    lan = alone.person("lan", "marketer")
    path = scheduled(alone, lan)
    for page in (path, "/"):
        assert told(lan, page) == "event: parts"
    sources = [re.search(r'data-live="([^"]+)"', lan.get(page).text) for page in (path, "/")]
    alone.api.world.go()
    alone.api.world.clock.tick(minutes=1)
    alone.api.world.poll()
    for source in sources:
        assert source
        assert first_event(lan, source[1]) == "event: changed"


def hub_of(console: Console) -> Hub:
    routes = console.api.app.router.routes
    found: Hub = next(one for one in routes if isinstance(one, Mounted)).app.state.hub  # type: ignore[attr-defined]
    return found


def test_however_many_watch_there_is_one_look_a_second_and_one_drawing(alone: Console, monkeypatch):
    lan = alone.person("lan", "marketer")
    path = scheduled(alone, lan)
    source = re.search(r'data-live="([^"]+)"', lan.get(path).text)
    assert source
    drawn = []
    fragment = render.fragment
    monkeypatch.setattr(
        render, "fragment", lambda name, *rest, **named: drawn.append(name) or fragment(name, *rest, **named)
    )
    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(lambda _: first_event(lan, source[1]), range(20))) == {"event: parts"}
    hub = hub_of(alone)
    assert drawn.count("campaign_progress.html") <= hub.looks <= 10


def test_a_session_that_is_over_ends_its_streams_and_nobody_elses(alone: Console):
    lan, minh = alone.person("lan", "marketer"), alone.person("minh", "operator")
    source = re.search(r'data-live="([^"]+)"', lan.get(scheduled(alone, lan)).text)
    assert source
    hub = hub_of(alone)
    hub._every_s = 0.05
    with lan.http.stream("GET", source[1]) as mine, minh.http.stream("GET", source[1]) as other:
        ours, others = mine.iter_lines(), other.iter_lines()
        assert next(line for line in ours if line.startswith("event: ")) == "event: parts"
        assert next(line for line in others if line.startswith("event: ")) == "event: parts"
        alone.person("lan").log_in()
        lan.post("/logout")
        assert next(line for line in ours if line.startswith("event: ")) == "event: gone"
        checks = hub.checks
        # The other goes on: what changes is told.
        alone.api.world.go()
        assert next(line for line in others if line.startswith("event: ")) == "event: changed"
    assert hub.checks >= checks


def test_a_page_that_is_open_when_its_session_ends_shows_the_login_form_and_why(alone: Console):
    lan = alone.person("lan", "marketer")
    path = scheduled(alone, lan)
    with browsers.chromium() as chromium, browsers.session(chromium) as page:
        browsers.log_in(page, alone.api.url, "lan", PASSWORD)
        for shown in ("/", path):
            page.goto(f"{alone.api.url}{shown}")
            page.wait_for_selector("[data-live]")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(users.disable, alone.api.world.deps, "lan").result()
        page.wait_for_url(f"{alone.api.url}/login?**")
        expect(page.locator("[role=status]")).to_contain_text("Phiên đăng nhập đã hết")
        assert f"next={path.replace('/', '%2F')}" in page.url
