"""Takes the pictures of docs/console/: a Loa of its own with sample data, its pages in both languages, wide and narrow."""

import json
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from dateutil.parser import isoparse
from playwright.sync_api import Page

from tests.api.served import Api, served
from tests.console import browser as browsers
from tests.console.browserless import PASSWORD
from tests.world import FixedClock, RecordedTasks, Sandbox, World
from worker import config
from worker.config.accounts import EsmsSettings
from worker.engine.postgres import Postgres
from worker.engine.redis import Redis
from worker.services import otp
from worker.services.operations import suppression
from worker.services.otp import OtpRequest
from worker.services.people import users
from worker.services.planning.plan import create
from worker.services.planning.request import CampaignRequest
from worker.storage import database, migrate
from worker.wiring import Loa

INTO = Path(__file__).parents[2] / "docs/console"
NAMES = ("Nguyễn Thị Lan", "Trần Văn Minh", "Lê Hoàng Anh", "Phạm Thu Hà", "Đặng Quốc Bảo", "Võ Ngọc Ánh")
EVENING = range(11, 16)
TEXT = "[QC] LOA: giam 20% toan bo cua hang den 30/11. Tu choi: soan TC gui 8755"


def main() -> None:
    """Take them all."""
    INTO.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        world = _world(folder, stack)
        _fill(world)
        api = stack.enter_context(served(world))
        browser = stack.enter_context(browsers.chromium())
        for language in ("vi", "en"):
            with browsers.session(browser, language=language) as page:
                _tour(page, api, language, folder)
            with browsers.session(browser, wide=False, language=language) as page:
                _log_in(page, api, "lan", language)
                _take(page, f"home-phone-{language}")
    print(f"{len(list(INTO.glob('*.png')))} pictures in {INTO}")


def _world(folder: Path, stack: ExitStack) -> World:
    servers = Postgres(folder), Redis(folder)
    for server in servers:
        server.start()
        stack.callback(server.stop)
    command = [sys.executable, "-m", "worker.sandbox.serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    stack.callback(process.terminate)
    assert process.stdout is not None
    url = json.loads(process.stdout.readline())["url"]
    sandbox = Sandbox(url, stack.enter_context(httpx.Client(base_url=url, timeout=60, trust_env=False)))
    engine = database.connect(servers[0].url)
    migrate.upgrade(engine)
    engine.dispose()
    esms = EsmsSettings(api_key="sandbox-key", secret_key="sandbox-secret", base_url=sandbox.esms_url)
    loa = Loa(config.Settings(esms=esms, data_dir=folder, approval="four_eyes"), servers[0].url, servers[1].url)
    stack.callback(loa.close)
    world = World(loa, FixedClock(isoparse("2026-11-30T09:10:00+07:00")), RecordedTasks(), sandbox, folder)
    sandbox.set(fail_share=0.03)
    return world


def _fill(world: World) -> None:
    people = {name: users.add(world.deps, name, role, PASSWORD).user for name, role in _people()}
    lan = world.deps.acting(users.actor_of(people["lan"], "console"))
    alone = replace(lan, people=replace(lan.people, four_eyes=False))
    suppression.add(world.deps, [f"09009990{n:02d}" for n in range(12)])
    for months_ago, name in enumerate(("Black Friday – miền Nam", "Tri ân khách hàng", "Khai giảng", "Hè rực rỡ")):
        now = world.clock.moment
        world.clock.tick(days=-30 * months_ago)
        _create(alone, world.folder, name, 9000 - 1700 * months_ago, 10_000 * (months_ago + 1))
        world.go()
        world.clock.tick(minutes=1)
        world.poll()
        world.clock.moment = now
    _passwords(world)
    _create(alone, world.folder, "Sinh nhật cửa hàng", 6000, 300_000)
    world.release()
    world.task_queue.sends[1:] = []
    world.run_tasks()
    _create(alone, world.folder, "Khai trương Cần Thơ", 2500, 500_000, at="2026-12-01T09:00")
    _create(lan, world.folder, "Tết dương lịch", 4200, 700_000, at="2026-12-28T09:00")


def _passwords(world: World) -> None:
    """A day of one-time passwords, slower in the evening."""
    now = world.clock.moment
    for hours_ago in range(23, 0, -1):
        world.clock.moment = now - timedelta(hours=hours_ago)
        for number in range(5):
            sent_at = world.clock.moment
            wish = OtpRequest(
                f"0977{hours_ago:03d}{number:03d}", "Ma xac thuc LOA: 482913", route=("esms",), sender="LOA"
            )
            message = otp.enqueue(world.deps, wish)
            busy = 3 if hours_ago in EVENING else 1
            world.clock.moment = sent_at + timedelta(
                seconds=(0.08 + 0.02 * (hours_ago % 4)) * busy * (1 + number % 5 // 4 * 4)
            )
            otp.deliver(world.deps, message.id)
    world.clock.moment = now


def _people() -> tuple[tuple[str, str], ...]:
    return ("admin", "admin"), ("lan", "marketer"), ("hoa", "approver"), ("minh", "operator")


def _create(deps: object, folder: Path, name: str, count: int, first: int, at: str | None = None) -> None:
    path = _list(folder / f"{name}.csv", count, first)
    wish = CampaignRequest("esms", "LOADEMO", "ads", TEXT, path, name=name, at=at, again=True)
    create(deps, wish)  # type: ignore[arg-type]


def _list(path: Path, count: int, first: int) -> Path:
    rows = (f"09{(first + n):08d},{NAMES[n % len(NAMES)]},{'Hà Nội' if n % 3 else 'Cần Thơ'}\n" for n in range(count))
    spoilt = "0243 123 4567,Công ty ABC,Huế\nchưa có,Hoa,Huế\n"
    path.write_text("Số điện thoại,Họ tên,Thành phố\n" + "".join(rows) + spoilt, encoding="utf-8")
    return path


def _tour(page: Page, api: Api, language: str, folder: Path) -> None:
    page.goto(f"{api.url}/login?language={language}")
    _take(page, f"login-{language}")
    _log_in(page, api, "hoa", language)
    page.goto(f"{api.url}/approvals")
    page.click(".tasks a.button")
    _take(page, f"approval-{language}")
    page.context.clear_cookies()
    _log_in(page, api, "admin", language)
    for path in ("", "campaigns", "months", "passwords", "audit"):
        page.goto(f"{api.url}/{path}")
        _take(page, f"{path or 'home'}-{language}")
    page.goto(f"{api.url}/campaigns?q=Black")
    page.click("tbody a")
    _take(page, f"campaign-{language}")
    page.goto(f"{api.url}/new")
    page.set_input_files("#file", str(_list(folder / "khach-hang.csv", 3200, 800_000)))
    page.click("form[data-upload] button.primary")
    page.wait_for_url("**/list")
    _take(page, f"list-{language}")
    page.click("button[name=go]")
    page.wait_for_url("**/text")
    page.fill("#text", "[QC] LOA: Chào {Họ tên}, giảm 20% tại {Thành phố} đến 30/11. Từ chối: soạn TC gửi 8755")
    page.wait_for_selector("#measure mark")
    _take(page, f"text-{language}")
    page.click("button[name=go][value=on]")
    page.wait_for_url("**/when")
    page.fill("#sender", "LOADEMO")
    page.check("#again")
    page.click("button[name=go][value=on]")
    page.wait_for_url("**/check")
    api.plan()
    page.wait_for_selector("form[action$='/submit'] button")
    _take(page, f"check-{language}")


def _log_in(page: Page, api: Api, name: str, language: str) -> None:
    browsers.log_in(page, api.url, name, PASSWORD)
    if page.get_attribute("html", "lang") != language:
        # On a telephone the menu is opened first; on a desk it is open.
        page.evaluate("document.getElementById('opener').checked = true")
        page.click(f"button[name=language][value={language}]")
        page.wait_for_selector(f"html[lang={language}]")


def _take(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.screenshot(path=INTO / f"{name}.png", full_page=True, scale="css")


if __name__ == "__main__":
    main()
