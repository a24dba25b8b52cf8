"""Measures what an upload costs the web process: a long list by a real browser, beside the same by the command line."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import psutil
from playwright.sync_api import Browser

from tests.bench import lists
from tests.bench.figures import Row, say
from tests.bench.onlookers import PASSWORD, web_process
from tests.bench.stage import ROOT, Scene, Stage
from tests.bench.watch import MIB
from tests.console import browser as browsers
from worker.services.people import users

KINDS: Final = (("CSV", "upload.csv"), ("XLSX", "shared.xlsx"))
#: Notes from the press to what then shows: the bar, a figure on it, and the last byte.
WATCH: Final = """() => {
  const form = document.querySelector("form[data-upload]"), box = form.querySelector(".uploading");
  const share = box.querySelector("[data-share]");
  let began;
  const note = (name) => { if (began && !sessionStorage[name]) sessionStorage[name] = performance.now() - began; };
  form.addEventListener("submit", () => { began = performance.now(); }, {capture: true});
  new MutationObserver(() => {
    if (!box.hidden) note("shown");
    if (share.textContent !== "0 %") note("moved");
    if (!box.querySelector("[data-reading]").hidden) note("sent");
  }).observe(box, {subtree: true, attributes: true, childList: true, characterData: true});
}"""


def run(stage: Stage, scale: float) -> list[Row]:
    """Each kind of list once: uploaded until its first rows are shown, and planned by the command line without storing."""
    rows = max(2000, round(1_000_000 * scale))
    found = []
    for kind, name in KINDS:
        path = lists.three_columns(stage.folder / name, rows)
        with (
            stage.scene("http://127.0.0.1:9") as scene,
            web_process(scene) as (port, web),
            browsers.chromium() as browser,
        ):
            users.add(scene.deps, "boss", "admin", PASSWORD)
            uploaded = _upload(stage, browser, f"http://127.0.0.1:{port}", web, path)
            commanded = _command(stage, scene, path)
        say(f"{kind}: {uploaded}; by command {commanded}")
        found.append(
            Row(
                "uploads",
                f"{kind} of {rows:,} rows ({path.stat().st_size / MIB:.0f} MiB) into the console, by Chromium",
                f"{uploaded['grew'] / MIB:.0f} MiB more in the web process ({uploaded['peak'] / MIB:.0f} MiB in all)",
                f"`loa campaign create --dry-run`: {commanded / MIB:.0f} MiB in all",
                f"{uploaded['grew'] / commanded:.2f}×",
                "≤ 1×, progress ≤ 1 s",
                "Resident, process and reading child together. From the press to the bar {shown:.0f} ms, to a figure on it "
                "{moved:.0f} ms, to the last byte {sent:.0f} ms, to the first rows on the page {seconds:.1f} s.".format(
                    **uploaded
                ),
                {"uploaded": uploaded, "commanded": commanded},
            )
        )
        path.unlink()
    return found


def _upload(stage: Stage, browser: Browser, url: str, web: psutil.Process, path: Path) -> dict[str, float]:
    with browsers.session(browser) as page:
        browsers.log_in(page, url, "boss", PASSWORD)
        browsers.choose_list(page, url, path)
        page.evaluate(WATCH)
        before, peak = web.memory_info().rss, _Peak(stage, "web", web.pid)
        began = time.perf_counter()
        page.click("form[data-upload] button.primary")
        page.wait_for_url("**/list", timeout=300_000)
        seconds = time.perf_counter() - began
        noted = {name: float(page.evaluate(f"sessionStorage.{name}")) for name in ("shown", "moved", "sent")}
    most = peak.most()
    return {**noted, "seconds": seconds, "peak": most, "grew": most - before}


def _command(stage: Stage, scene: Scene, path: Path) -> float:
    words = [sys.executable, "-P", "-m", "worker.cli", "campaign", "create", "--provider", "esms", "--sender", "LOA"]
    words += ["--kind", "ads", "--text", "[QC] Giam gia 20%", "--list", str(path), "--dry-run", "--json"]
    with subprocess.Popen(words, cwd=ROOT, env=dict(scene.environment), stdout=subprocess.DEVNULL) as process:
        peak = _Peak(stage, "command", process.pid)
        if process.wait():
            raise SystemExit("the command line did not plan the list; this is a fault, not a figure")
    return peak.most()


class _Peak:
    """The largest memory of a process and of its largest child from now on, as the bench's thread sees it."""

    def __init__(self, stage: Stage, name: str, pid: int) -> None:
        self._watch, self._name = stage.watch, name
        for label in self._labels:
            self._watch.peaks.pop(label, None)
        self._watch.processes[name] = pid

    @property
    def _labels(self) -> tuple[str, str]:
        return self._name, f"{self._name}, largest child"

    def most(self) -> float:
        """What it came to; nobody looks any longer."""
        del self._watch.processes[self._name]
        peaks: list[Any] = [self._watch.peaks.get(label, (0, 0)) for label in self._labels]
        return float(sum(rss for rss, _uss in peaks))
