"""A real Chromium for the tests of the console; where there is none, one line says how to get it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
#: How long a page may take, and what is expected of it, on a machine that is busy with other tests.
PATIENCE_MS = 60_000
MISSING = "There is no Chromium: install it (`apt-get install -y chromium`), or name one in LOA_TEST_CHROMIUM."

# Its own five seconds know nothing of the context's time limit.
expect.set_options(timeout=PATIENCE_MS)


def path() -> str | None:
    """The browser of this machine: LOA_TEST_CHROMIUM, or what is on PATH."""
    named = os.environ.get("LOA_TEST_CHROMIUM", "")
    if named:
        return named if Path(named).exists() else None
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def needed() -> str:
    """The same; without one the test is skipped, and under CI it fails."""
    found = path()
    if found is not None:
        return found
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(MISSING)
    pytest.skip(MISSING)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser."""
    executable = needed()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def session(browser: Browser, *, wide: bool = True, language: str = "vi", script: bool = True) -> Iterator[Page]:
    """A page in a session of its own, on a desk or on a telephone; whatever its console complains of fails the test."""
    size = {"width": 1280, "height": 860} if wide else {"width": 390, "height": 844}
    context: BrowserContext = browser.new_context(viewport=size, locale=language, java_script_enabled=script)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    page.on(
        "console",
        lambda said: (
            complaints.append(said.text) if said.type == "error" and "Failed to load" not in said.text else None
        ),
    )
    try:
        yield page
        assert complaints == []
    finally:
        context.close()


def log_in(page: Page, url: str, name: str, password: str) -> None:
    """From the door of the console at this address to its first page."""
    page.goto(f"{url}/login")
    page.fill("#username", name)
    page.fill("#password", password)
    page.click("form button.primary")
    page.wait_for_url(f"{url}/")


def choose_list(page: Page, url: str, path: Path) -> None:
    """Choose a file in the first step of a new campaign, and send nothing yet."""
    page.goto(f"{url}/new")
    page.set_input_files("#file", str(path))
