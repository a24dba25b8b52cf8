"""The console in a real Chromium: the whole story by two people, live progress, both languages, no script, accessibility."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from tests.console import browser as browsers
from tests.console.browserless import PASSWORD, Console
from tests.console.test_campaigns import messy_workbook
from tests.services.test_otp import ask, run_tasks
from tests.world import ZALO_ACCOUNT, ZALO_TEMPLATE
from worker.services.people import first

TEXT = "[QC] LOA: {Tên} giảm 20% đến 30/11. Từ chối: soạn TC gửi 8755"


@pytest.fixture
def chromium() -> Iterator[Browser]:
    # One a test: while Playwright runs, this thread has a loop, on which Loa could not close its own.
    with browsers.chromium() as browser:
        yield browser


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "khách hàng tháng 11.xlsx"
    path.write_bytes(messy_workbook())
    return path


def aside(act: Callable[[], object]) -> None:
    """What a worker does, in a thread that has no loop of Playwright's."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(act).result()


def log_in(page: Page, console: Console, name: str) -> None:
    browsers.log_in(page, console.api.url, name, PASSWORD)


def write(page: Page, console: Console, workbook: Path, text: str = TEXT) -> None:
    """From the list to the check."""
    browsers.choose_list(page, console.api.url, workbook)
    page.click("form[data-upload] button.primary")
    page.wait_for_url("**/list")
    page.click("button[name=go]")
    page.wait_for_url("**/text")
    page.fill("#text", text)
    page.click("button[name=go][value=on]")
    page.wait_for_url("**/when")
    page.fill("#sender", "LOA")
    page.click("button[name=go][value=on]")
    page.wait_for_url("**/check")
    console.api.plan()


def test_the_whole_story_by_two_people(console: Console, chromium: Browser, workbook: Path):  # noqa: PLR0915 - a story has an order
    token = first.new_link(console.api.world.deps)
    with browsers.session(chromium) as boss:
        boss.goto(f"{console.api.url}/first/{token}")
        boss.fill("#username", "boss")
        boss.fill("#password", PASSWORD)
        boss.click("form button.primary")
        boss.wait_for_url(f"{console.api.url}/")
        secrets = {}
        for name, role in (("lan", "marketer"), ("hoa", "approver")):
            boss.goto(f"{console.api.url}/users")
            boss.fill("#name", name)
            boss.check(f"#new-{role}")
            boss.click("form:has(#name) button.primary")
            secrets[name] = boss.inner_text(".secret")
        # A new password is made only when asked twice, for the old one is dead at once.
        boss.click("tr:has-text('lan') summary:has-text('Mật khẩu mới')")
        expect(boss.locator("tr:has-text('lan')")).to_contain_text("Mật khẩu của lan mất hiệu lực ngay")
        boss.click("tr:has-text('lan') button.sure:visible")
        secrets["lan"] = boss.inner_text(".secret")
    with browsers.session(chromium) as lan, browsers.session(chromium, wide=False) as hoa:
        for page, name in ((lan, "lan"), (hoa, "hoa")):
            page.goto(f"{console.api.url}/login")
            page.fill("#username", name)
            page.fill("#password", secrets[name])
            page.click("form button.primary")
            page.wait_for_url(f"{console.api.url}/")
        # The list, as it was read.
        lan.goto(f"{console.api.url}/new")
        lan.set_input_files("#file", str(workbook))
        lan.click("form[data-upload] button.primary")
        lan.wait_for_url("**/list")
        expect(lan.locator("main")).to_contain_text("090 000 0000")
        lan.click("button[name=go]")
        lan.wait_for_url("**/text")
        # The text is measured while it is written, and a chip puts the name where the cursor is.
        lan.fill("#text", "[QC] LOA: ")
        lan.click("button[data-insert='{Tên}']")
        lan.locator("#text").press_sequentially(" giảm 20%. Từ chối: soạn TC gửi 8755")
        expect(lan.locator("#measure")).to_contain_text("[QC] LOA: Lan giảm 20%")
        expect(lan.locator("#measure mark").first).to_be_visible()
        # Another recipient is shown in place, and what was written stays.
        lan.click("button[name=show][value=next]")
        expect(lan.locator("#line")).to_have_value("4")
        expect(lan.locator("#measure")).to_contain_text("hàng 4 của danh sách")
        lan.fill("#line", "12")
        lan.press("#line", "Enter")
        expect(lan.locator("#measure")).to_contain_text("hàng 12 của danh sách")
        assert lan.url.endswith("/text")
        lan.click("button[name=do][value=accents]")
        expect(lan.locator("#text")).to_have_value("[QC] LOA: {Tên} giam 20%. Tu choi: soan TC gui 8755")
        lan.click("button[name=go][value=on]")
        lan.wait_for_url("**/when")
        # A day that was not chosen is not shown, so that nobody takes it for the time at which it leaves.
        expect(lan.locator("#date")).to_be_hidden()
        lan.check("#begin-at")
        expect(lan.locator("#date")).to_be_visible()
        lan.check("#begin-now")
        lan.fill("#sender", "LOA")
        lan.click("button[name=go][value=on]")
        lan.wait_for_url("**/check")
        # The page looks again by itself when the list was counted.
        console.api.plan()
        lan.wait_for_selector("form[action$='/submit'] button")
        expect(lan.locator("main")).to_contain_text("trong 63 hàng")
        lan.click("form[action$='/submit'] button")
        lan.wait_for_url("**/campaigns/*")
        campaign = lan.url.partition("?")[0]
        # The boss approves on a telephone.
        hoa.goto(f"{console.api.url}/")
        hoa.click(".tasks a.button")
        hoa.fill("#comment", "Được")
        hoa.click("button[value=approve]")
        hoa.wait_for_url("**/approvals?done=approved")
        # Watched while it is sent, without a click.
        lan.goto(campaign)
        world = console.api.world
        lan.click("form[action$='/pause'] button")
        expect(lan.locator(".notice.n-good")).to_contain_text("60 số đang chờ")
        aside(world.go)
        lan.click("form[action$='/resume'] button")
        expect(lan.locator(".notice.n-good")).to_contain_text("60 số sẽ được gửi tiếp")
        aside(world.go)
        world.clock.tick(minutes=1)
        aside(world.poll)
        # Its status changed, so that the page comes anew by itself.
        expect(lan.locator("h1")).to_contain_text("Hoàn tất")
        with lan.expect_download() as waiting:
            lan.click("a[href$='report.xlsx']")
        book = load_workbook(BytesIO(Path(waiting.value.path()).read_bytes()))
        cells = [cell.value for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
        assert "0900000007" in cells
    assert set(console.api.world.sandbox.phones().values()) == {1}


def test_progress_moves_while_somebody_watches(alone: Console, chromium: Browser, workbook: Path):
    alone.person("lan", "marketer")
    with browsers.session(chromium) as lan:
        log_in(lan, alone, "lan")
        write(lan, alone, workbook)
        lan.wait_for_selector("form[action$='/submit'] button")
        lan.click("form[action$='/submit'] button")
        lan.wait_for_url("**/campaigns/*")
        expect(lan.locator("#progress")).to_contain_text("Chờ gửi")
        aside(alone.api.world.go)
        expect(lan.locator("#progress")).to_contain_text("Nhà cung cấp đã nhận")


@pytest.mark.parametrize(("language", "wide"), [("vi", True), ("en", False)])
def test_a_copy_opens_the_steps_and_gets_another_text_time_and_sender(
    alone: Console, chromium: Browser, workbook: Path, language: str, wide: bool
):
    alone.person("lan", "marketer", language)
    with browsers.session(chromium, wide=wide, language=language) as lan:
        log_in(lan, alone, "lan")
        write(lan, alone, workbook)
        lan.wait_for_selector("form[action$='/submit'] button")
        lan.click("form[action$='/submit'] button")
        lan.wait_for_url("**/campaigns/*")
        lan.click("form[action$='/copy'] button")
        lan.wait_for_url("**/new/*/text*")
        expect(lan.locator(".notice.n-good")).to_contain_text("Đã tạo bản sao" if language == "vi" else "Copied")
        expect(lan.locator("#text")).to_have_value(TEXT)
        assert serious(lan) == []
        lan.click(".steps a")
        lan.wait_for_url("**/list")
        expect(lan.locator("main")).to_contain_text("Đây là bản sao" if language == "vi" else "This is a copy")
        expect(lan.locator("input[type=file]")).to_have_count(0)
        assert serious(lan) == []
        assert sideways(lan) <= 0
        lan.click("button[name=go]")
        lan.wait_for_url("**/text")
        lan.fill("#text", "[QC] LOA: nhac {Tên} lan cuoi. Tu choi: soan TC gui 8755")
        expect(lan.locator("#measure")).to_contain_text("nhac Lan lan cuoi")
        lan.click("button[name=go][value=on]")
        lan.wait_for_url("**/when")
        expect(lan.locator("#sender")).to_have_value("LOA")
        expect(lan.locator("#again")).to_be_checked()
        lan.fill("#sender", "LOADEMO")
        lan.check("#begin-at")
        lan.fill("#date", "2026-03-05")
        lan.fill("#time", "09:30")
        lan.click("button[name=go][value=on]")
        lan.wait_for_url("**/check")
        alone.api.plan()
        lan.wait_for_selector("form[action$='/submit'] button")
        shown = lan.locator("main")
        for said in ("nhac Lan lan cuoi", "LOADEMO", "09:30", "60"):
            expect(shown).to_contain_text(said)
        lan.click("form[action$='/submit'] button")
        lan.wait_for_url("**/campaigns/*")
        expect(lan.locator("h1")).to_contain_text("Đã lên lịch" if language == "vi" else "Scheduled")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_everything_works_without_javascript(console: Console, chromium: Browser, workbook: Path, language: str):
    console.person("lan", "marketer", language)
    with browsers.session(chromium, script=False, language=language) as lan:
        log_in(lan, console, "lan")
        write(lan, console, workbook)
        # The page that counts looks again by itself.
        lan.wait_for_selector("form[action$='/submit'] button")
        lan.click("form[action$='/submit'] button")
        lan.wait_for_url("**/campaigns/*")
        expect(lan.locator("h1")).to_contain_text("Chờ duyệt" if language == "vi" else "Awaiting approval")
        lan.click("summary:has-text('Hủy')" if language == "vi" else "summary:has-text('Cancel')")
        lan.click("button.sure")
        expect(lan.locator("h1")).to_contain_text("Đã hủy" if language == "vi" else "Cancelled")


@pytest.mark.parametrize(("language", "script", "wide"), [("vi", True, True), ("vi", True, False), ("en", False, True)])
def test_a_campaign_over_zalo_is_written_in_the_steps(
    alone: Console, chromium: Browser, tmp_path: Path, language: str, script: bool, wide: bool
):
    alone.person("lan", "marketer", language)
    path = tmp_path / "orders.csv"
    path.write_text("phone,customer_name,Mã đơn\n" + "".join(f"09000000{n:02d},Lan {n},DH{n}\n" for n in range(30)))
    with browsers.session(chromium, script=script, language=language, wide=wide) as lan:
        log_in(lan, alone, "lan")
        lan.goto(f"{alone.api.url}/new")
        lan.set_input_files("#file", str(path))
        lan.click("form[data-upload] button.primary")
        lan.wait_for_url("**/list")
        lan.click("button[name=go]")
        lan.wait_for_url("**/text")
        # With the keyboard alone: the first button that Tab reaches in the form is that of the channel.
        lan.focus("button[value=zalo]")
        lan.keyboard.press("Enter")
        lan.wait_for_selector("#oa_id")
        lan.fill("#oa_id", ZALO_ACCOUNT)
        lan.check("#kind-care")
        # Enter in a field keeps what was written, and the channel.
        lan.fill("#template_id", ZALO_TEMPLATE)
        lan.press("#template_id", "Enter")
        lan.wait_for_url("**done=saved*")
        lan.click("button[value=read]")
        lan.wait_for_selector("#name-1[value=order_code]")
        lan.select_option("#column-1", "Mã đơn")
        lan.fill("#fallback_text", "Chao {customer_name}")
        lan.fill("#fallback_sender", "LOA")
        if script:
            # The preview follows what is written.
            expect(lan.locator("#measure")).to_contain_text("DH0")
            expect(lan.locator("#measure .bubble")).to_contain_text("Chao Lan 0")
            assert serious(lan) == []
        assert sideways(lan) <= 0
        lan.click("button[name=go][value=on]")
        lan.wait_for_url("**/when")
        assert not script or serious(lan) == []
        lan.click("button[name=go][value=on]")
        lan.wait_for_url("**/check")
        alone.api.plan()
        lan.reload()
        filled = "Mẫu Zalo 200300 của" if language == "vi" else "Zalo template 200300 of"
        expect(lan.locator(".bubble").first).to_contain_text(filled)
        assert not script or serious(lan) == []
        lan.click("form[action$='/submit'] button")
        lan.wait_for_url("**/campaigns/*")
    aside(alone.api.world.go)
    sent = {tuple(one["details"]["Params"]) for one in alone.api.world.sandbox.orders()}
    assert sent == {(f"Lan {n}", f"DH{n}") for n in range(30)}


PAGES = (
    *("/", "/campaigns", "/new", "/approvals", "/audiences", "/templates", "/suppression", "/months"),
    *(
        "/suppression/replies",
        "/months?by=carrier",
        "/reconciliation",
        "/passwords",
        "/settings",
        "/users",
        "/audit",
        "/me",
        "/numbers?q=0900000001",
    ),
)


@pytest.mark.parametrize("wide", [True, False], ids=["desk", "telephone"])
def test_nothing_serious_stands_in_the_way_of_a_reader_by_ear(
    console: Console, chromium: Browser, workbook: Path, wide: bool
):
    world = console.api.world
    world.clock.tick(hours=-2)
    for _ in range(2):
        ask(world)
        aside(lambda: run_tasks(world))
        world.clock.tick(hours=1)
    console.person("boss", "admin")
    with browsers.session(chromium, wide=wide) as boss:
        boss.goto(f"{console.api.url}/login")
        assert serious(boss) == []
        log_in(boss, console, "boss")
        write(boss, console, workbook)
        boss.wait_for_selector("form[action$='/submit'] button")
        form = boss.url.rsplit("/", 1)[0]
        for step in ("list", "text", "when", "check"):
            boss.goto(f"{form}/{step}")
            assert serious(boss) == [], step
        boss.click("form[action$='/submit'] button")
        boss.wait_for_url("**/campaigns/*")
        assert serious(boss) == []
        for path in PAGES:
            boss.goto(f"{console.api.url}{path}")
            assert serious(boss) == [], path
            assert sideways(boss) <= 0, f"{path} is wider than the window"
            assert boss.locator(".chart").count() == (path == "/passwords")


#: What the Tab key has to reach: everything that does something and is seen; of radio buttons one.
REACHED: Final = """() => {
  const all = document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']");
  return [...all].filter((one) => one.tabIndex >= 0 && !one.disabled && one.getClientRects().length
      && !(one.type === "radio" && !one.checked) && !one.closest("details:not([open]) > :not(summary)"))
    .filter((one) => !window.seen.has(one)).map((one) => one.outerHTML.slice(0, 120));
}"""
#: Whether the element that has the focus was met before, and what shows that it has it.
FOCUSED: Final = """() => {
  // A date has a stop for its day, its month, its year and its calendar.
  const one = document.activeElement, met = window.seen.has(one) && one !== window.last;
  const label = one.type === "file" && one.nextElementSibling;
  window.seen.add(one);
  window.last = one;
  const shown = getComputedStyle(label ? label.querySelector(".button") : one), box = one.getBoundingClientRect();
  return {over: met || one === document.body, html: one.outerHTML.slice(0, 120), inside: box.right > 0 && box.bottom > 0,
    ring: shown.outlineStyle !== "none" && parseFloat(shown.outlineWidth) >= 2};
}"""


def test_everything_is_reached_and_seen_by_the_keyboard_alone(console: Console, chromium: Browser, workbook: Path):
    console.person("boss", "admin")
    with browsers.session(chromium) as boss:
        log_in(boss, console, "boss")
        write(boss, console, workbook)
        boss.wait_for_selector("form[action$='/submit'] button")
        form = boss.url.rsplit("/", 1)[0]
        steps = [f"{form}/{step}" for step in ("list", "text", "when", "check")]
        for path in [*steps, *(f"{console.api.url}{path}" for path in PAGES)]:
            boss.goto(path)
            by_tab(boss)
        boss.goto(f"{form}/check")
        boss.click("form[action$='/submit'] button")
        boss.wait_for_url("**/campaigns/*")
        by_tab(boss)
        # The link that skips the menu does.
        boss.reload()
        boss.keyboard.press("Tab")
        expect(boss.locator(".skip")).to_be_in_viewport()
        boss.keyboard.press("Enter")
        boss.keyboard.press("Tab")
        assert boss.evaluate("document.querySelector('main').contains(document.activeElement)")


def by_tab(page: Page) -> None:
    """Go through a page with Tab: all of it is reached, the focus shows everywhere, and nothing keeps it."""
    page.evaluate("window.seen = new Set()")
    for _ in range(400):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found["over"]:
            break
        assert found["ring"], f"{page.url}: the focus does not show on {found['html']}"
        assert found["inside"], f"{page.url}: the focus is out of sight on {found['html']}"
    else:
        pytest.fail(f"{page.url}: the focus goes on for ever")
    assert page.evaluate(REACHED) == [], page.url


def serious(page: Page) -> list[str]:
    """What axe finds that is serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in {"serious", "critical"}
    ]


def sideways(page: Page) -> int:
    """By how many points the page is wider than the window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width
