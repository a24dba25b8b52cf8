"""Takes the pictures of docs/operations/: Flower with the tasks of campaigns, and a dashboard over what Prometheus scraped.

Run by hand: python -m tests.operations.pictures (needs chromium and prometheus; four minutes). A `loa up` of its own works three
campaigns and some passwords over the providers' emulator, in orders of 50, while a real Prometheus scrapes it. Flower's page is
Flower's. Grafana is no package of Debian, so its dashboard is drawn here: panels, places, expressions, legends, units and
thresholds are those of deploy/grafana/dashboards, the values what Prometheus answers; colours and fonts are ours.
"""

import html
import json
import math
import re
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests.console import browser as browsers
from tests.flows.conftest import Up, free_port, start_up, until
from tests.world import Sandbox

ROOT = Path(__file__).parents[2]
INTO = ROOT / "docs/operations"
DASHBOARD = ROOT / "deploy/grafana/dashboards/loa-campaigns.json"
AUTH = ("watcher", "a-long-password")
SCRAPED_S = 200
STEP_S = 5
COLOURS = ("#73bf69", "#5794f2", "#ff9830", "#b877d9", "#f2495c", "#fade2a", "#8ab8ff", "#ffa6b0")
#: Of a dashboard's grid, in pixels.
COLUMN, ROW = 53, 34
UNITS = {"s": " s", "reqps": " /s", "d": " d"}


def main() -> None:
    """Take them."""
    INTO.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="loa-pictures-")))
        flower, port = free_port(), free_port()
        up, web = _installation(folder, stack, flower)
        _prometheus(folder, stack, web, port)
        began = time.time()
        _work(up, web, folder, began)
        browser = stack.enter_context(browsers.chromium())
        with browsers.session(browser, language="en") as page:
            page.set_extra_http_headers({"Authorization": httpx.BasicAuth(*AUTH)._auth_header})
            page.goto(f"http://127.0.0.1:{flower}/tasks")
            page.get_by_text("loa.send_batch").first.wait_for()
            page.screenshot(path=INTO / "flower-tasks.png", clip={"x": 0, "y": 0, "width": 1280, "height": 640})
        with browsers.session(browser, language="en") as page:
            page.set_content(_drawn(json.loads(DASHBOARD.read_text()), port, began, time.time()))
            page.locator("main").screenshot(path=INTO / "dashboard-campaigns.png")
    print(
        *(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} KiB" for path in sorted(INTO.glob("*.png"))),
        sep="\n",
    )


def _installation(folder: Path, stack: ExitStack, flower: int) -> tuple[Up, str]:
    """A running `loa up` over the emulator, and where its web is."""
    process = subprocess.Popen(
        [sys.executable, "-m", "worker.sandbox.serve", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    stack.callback(process.terminate)
    assert process.stdout is not None
    url = json.loads(process.stdout.readline())["url"]
    sandbox = Sandbox(url, stack.enter_context(httpx.Client(base_url=url, timeout=60, trust_env=False)))
    sandbox.set(latency_s=0.1, done_after_s=20.0, fail_share=0.03)
    settings = {
        "LOA_FLOWER_PORT": flower,
        "LOA_FLOWER_BASIC_AUTH": ":".join(AUTH),
        "LOA_ESMS_MAX_BATCH": 50,
        "LOA_ESMS_REQUESTS_PER_SECOND": 2,
        "LOA_ESMS_OTP_SENDER": "LOA",
    }
    up = start_up(folder, sandbox, **settings)
    stack.callback(up.stop)
    return up, next(line.split()[1] for line in up.output if line.startswith("web "))


def _prometheus(folder: Path, stack: ExitStack, web: str, port: int) -> None:
    program = shutil.which("prometheus")
    assert program, "Prometheus is missing (Debian: apt-get install prometheus)"
    config = folder / "prometheus.yaml"
    target = web.removeprefix("http://")
    config.write_text(
        f"global: {{ scrape_interval: {STEP_S}s }}\n"
        f'scrape_configs: [{{ job_name: loa, static_configs: [{{ targets: ["{target}"] }}] }}]\n'
    )
    data, where = f"--storage.tsdb.path={folder}/tsdb", f"--web.listen-address=127.0.0.1:{port}"
    command = [program, f"--config.file={config}", data, where]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stack.callback(process.wait)
    stack.callback(process.terminate)


def _work(up: Up, web: str, folder: Path, began: float) -> None:
    """Three campaigns, one after the other, and passwords meanwhile, until enough was scraped."""
    key = up.json("key", "create", "--scope", "otp")["key"]
    with httpx.Client(base_url=web, headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=30) as client:
        for turn, size in enumerate((4000, 2500, 6000)):
            path = folder / f"list-{turn}.csv"
            path.write_text("phone\n" + "".join(f"09{turn}{number:07d}\n" for number in range(size)))
            up.create(path)
            until_s = began + SCRAPED_S * (turn + 1) / 3
            while time.time() < until_s:
                phone = f"09{time.time_ns() // 1000 % 10**8:08d}"
                words = {"phone": phone, "text": "Ma LOA: 482913", "sender": "LOA", "route": ["esms"]}
                client.post("/v1/otp", json=words).raise_for_status()
                time.sleep(1.0)
    until("the last campaign is on its way", lambda: up.ask("SELECT 1 FROM batch WHERE state = 'accepted' LIMIT 1"))


def _drawn(dashboard: dict[str, Any], port: int, began: float, ended: float) -> str:
    """The dashboard as a page."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as prometheus:
        panels = [_panel(one, prometheus, began, ended) for one in dashboard["panels"]]
    height = max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in dashboard["panels"]) * ROW
    style = (
        "body{margin:0;background:#111217}"
        "main{display:inline-block;padding:12px;font:12px sans-serif;color:#ccccdc;background:#111217}"
        "h1{font-size:16px;margin:0 0 10px}h2{font-size:12px;margin:0 0 4px}"
        "section{position:absolute;box-sizing:border-box;padding:6px 8px;overflow:hidden;"
        "background:#181b1f;border:1px solid #25272c;border-radius:3px}"
        "b{display:block;font-size:30px;line-height:80px;text-align:center}small{margin-right:12px}"
    )
    size = f"position:relative;width:{24 * COLUMN}px;height:{height}px"
    return (
        f"<style>{style}</style><main><h1>{html.escape(dashboard['title'])}</h1>"
        f'<div style="{size}">{"".join(panels)}</div></main>'
    )


def _panel(panel: dict[str, Any], prometheus: httpx.Client, began: float, ended: float) -> str:
    place, shown = panel["gridPos"], panel["fieldConfig"]["defaults"]
    width, height = place["w"] * COLUMN - 6, place["h"] * ROW - 6
    style = f"left:{place['x'] * COLUMN}px;top:{place['y'] * ROW}px;width:{width}px;height:{height}px"
    series = [
        (_legend(target.get("legendFormat", ""), one["metric"]), [(at, float(value)) for at, value in one["values"]])
        for target in panel["targets"]
        for one in _answer(prometheus, target["expr"], ended if target.get("instant") else began, ended)
    ]
    body = _stat(series, shown) if panel["type"] == "stat" else _graph(series, shown, width - 16, height - 52)
    return f'<section style="{style}"><h2>{html.escape(panel["title"])}</h2>{body}</section>'


def _answer(prometheus: httpx.Client, expression: str, began: float, ended: float) -> list[dict[str, Any]]:
    asked = {"query": expression, "start": str(began), "end": str(ended), "step": str(STEP_S)}
    answer = prometheus.get("/api/v1/query_range", params=asked).raise_for_status().json()
    found: list[dict[str, Any]] = answer["data"]["result"]
    return found


def _legend(pattern: str, labels: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), pattern)


def _stat(series: list[tuple[str, list[tuple[float, float]]]], shown: dict[str, Any]) -> str:
    if not series:
        return '<b style="color:#8e8e8e">No data</b>'
    value = series[0][1][-1][1]
    reached = [
        step["color"] for step in shown["thresholds"]["steps"] if step["value"] is None or value >= step["value"]
    ]
    colour = {"green": "#73bf69", "orange": "#ff9830", "red": "#f2495c"}[reached[-1]]
    return f'<b style="color:{colour}">{value:.3g}{UNITS.get(shown["unit"], "")}</b>'


def _graph(series: list[tuple[str, list[tuple[float, float]]]], shown: dict[str, Any], width: int, height: int) -> str:
    series = [(name, [one for one in values if math.isfinite(one[1])]) for name, values in series]
    series = [(name, values) for name, values in series if values]
    if not series:
        return "No data"
    left, ceiling, floor = 46, 8, height - 16
    began = min(values[0][0] for _, values in series)
    span = max(values[-1][0] for _, values in series) - began or 1
    top = max(value for _, values in series for _, value in values) * 1.1 or 1
    parts, names = [], []
    for part in range(5):
        y, label = floor - (floor - ceiling) * part / 4, f"{top * part / 4:.3g}{UNITS.get(shown['unit'], '')}"
        parts.append(f'<path d="M{left} {y}H{width}" stroke="#2c2f35"/><text x="{left - 4}" y="{y + 4}">{label}</text>')
    for part in range(5):
        at = time.strftime("%H:%M:%S", time.gmtime(began + span * part / 4))
        parts.append(f'<text x="{left + 24 + (width - left - 26) * part / 4}" y="{height - 2}">{at}</text>')
    for number, (name, values) in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(
            f"{left + (width - left) * (at - began) / span:.1f},{floor - (floor - ceiling) * value / top:.1f}"
            for at, value in values
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        names.append(f'<small><span style="color:{colour}">▬</span> {html.escape(name)}</small>')
    style = "<style>text{fill:#8e8e8e;font-size:10px;text-anchor:end}</style>"
    return f'<svg width="{width}" height="{height}">{style}{"".join(parts)}</svg><div>{"".join(names)}</div>'


if __name__ == "__main__":
    main()
