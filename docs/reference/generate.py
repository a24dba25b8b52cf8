"""Writes the reference pages from what they describe: python docs/reference/generate.py [--check]

Settings, commands, HTTP paths, metrics and alerts are read from the code itself; a test sees that the pages are those that this writes.
"""

import re
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import yaml

from worker import config
from worker.api.app import doors
from worker.cli.root import COMMANDS, _imported
from worker.domain import measures

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MADE = "<!-- written by docs/reference/generate.py -->\n"
GAUGES = re.compile(r'GaugeMetricFamily\(\s*"(loa_\w+)",\s*"([^"]+)"')
NAMED = re.compile(r'^\s+\(?"(loa_\w+)"(?::|,)\s*"([^"]+)"', re.MULTILINE)


def cell(text: str) -> str:
    """As a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def settings() -> str:
    """Every variable, its default and its sentence."""
    rows = [
        f"| `{name}` | {f'`{default}`' if str(default) else '–'} | {cell(sentence)} |"
        for name, (default, sentence) in config.variables().items()
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            "Environment variables, read once at the start.",
            "",
            "| variable | default | what it is |",
            "|---|---|---|",
            *rows,
        ]
    )


def commands() -> str:
    """Every command with its options."""
    lines = [
        "# Commands",
        "",
        "Every reading command takes `--json`. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.",
    ]
    for name in COMMANDS:
        lines += _command(f"loa {name}", _imported(name))
    return "\n".join(lines)


def _command(name: str, command: Any) -> list[str]:
    if hasattr(command, "commands"):
        return [line for sub, one in command.commands.items() for line in _command(f"{name} {sub}", one)]
    lines = ["", f"## {name}", "", cell(re.sub(r"\n\s*Example:.*", "", command.help or "", flags=re.DOTALL))]
    rows = []
    for parameter in command.params:
        opts = ", ".join(f"`{one}`" for one in [*parameter.opts, *parameter.secondary_opts])
        shown = opts if parameter.param_type_name == "option" else f"`{parameter.metavar or parameter.name.upper()}`"
        if parameter.name != "help":
            rows.append(f"| {shown} | {cell(getattr(parameter, 'help', '') or '')} |")
    if rows:
        lines += ["", "| option | what it does |", "|---|---|", *rows]
    if example := re.search(r"Example: (.*)", command.help or ""):
        lines += ["", "```", example[1].strip(), "```"]
    return lines


def http() -> str:
    """Every path of the OpenAPI document."""
    app = doors(nullcontext)  # type: ignore[arg-type]
    rows = []
    for path, methods in app.openapi()["paths"].items():
        for method, one in methods.items():
            answers = ", ".join(sorted(one["responses"]))
            rows.append(
                f"| `{method.upper()} {path}` | {cell(one.get('summary') or one.get('description') or '')} | {answers} |"
            )
    return "\n".join(
        [
            "# HTTP",
            "",
            "The document for programs is at `/openapi.json`.",
            "",
            "| path | what it does | answers |",
            "|---|---|---|",
            *rows,
        ]
    )


def metrics() -> str:
    """Everything that /metrics shows."""
    rows = []
    for what in measures.ALL:
        kind = "histogram" if what.buckets else "counter"
        rows.append((what.name, kind, ", ".join(what.labels), what.sentence))
    for source in ("metrics.py", "metrics_of_queues.py"):
        text = (ROOT / "worker/api" / source).read_text()
        found = dict(GAUGES.findall(text)) | dict(NAMED.findall(text))
        rows += [(name, "gauge", "", sentence) for name, sentence in found.items()]
    lines = [
        f"| `{name}` | {kind} | {labels or ' '} | {cell(sentence)} |"
        for name, kind, labels, sentence in sorted(set(rows))
    ]
    return "\n".join(
        [
            "# Metrics",
            "",
            "One scrape of one web process shows the whole installation.",
            "",
            "| name | kind | labels | what it is |",
            "|---|---|---|---|",
            *lines,
        ]
    )


def alerts() -> str:
    """Every rule."""
    lines = [
        "# Alerts",
        "",
        "`page` wakes somebody, `ticket` waits for working hours. Each leads to its page of the [runbook](../runbook.md).",
    ]
    for group in yaml.safe_load((ROOT / "deploy/prometheus/rules.yaml").read_text())["groups"]:
        lines += [
            "",
            f"## {group['name']}",
            "",
            "| alert | severity | for | what it says | runbook |",
            "|---|---|---|---|---|",
        ]
        for rule in group["rules"]:
            anchor = rule["annotations"]["runbook_url"].partition("#")[2]
            lines.append(
                f"| `{rule['alert']}` | {rule['labels']['severity']} | {rule.get('for', 'at once')} | {cell(rule['annotations']['summary'])} |"
                f" [{anchor}](../runbook.md#{anchor}) |"
            )
    return "\n".join(lines)


PAGES = {"settings": settings, "commands": commands, "http": http, "metrics": metrics, "alerts": alerts}

if __name__ == "__main__":
    stale = []
    for page, write in PAGES.items():
        path, text = HERE / f"{page}.md", MADE + write() + "\n"
        if not path.exists() or path.read_text() != text:
            stale.append(page)
            if "--check" not in sys.argv:
                path.write_text(text)
    if stale and "--check" in sys.argv:
        sys.exit(f"out of date: {', '.join(stale)}; run python docs/reference/generate.py")
