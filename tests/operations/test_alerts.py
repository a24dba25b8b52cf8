"""The rules fire in their time and are silent otherwise, by Prometheus' judge; nothing names a metric that is not there."""

import json
import re
import subprocess

import pytest
import yaml

from tests.api.served import served
from tests.operations.test_deploy import DEPLOY, found

RULES = DEPLOY / "prometheus/rules.yaml"
DASHBOARDS = sorted((DEPLOY / "grafana/dashboards").glob("*.json"))
#: Prometheus makes it of each scrape.
ITS_OWN = {"up"}
NAME = re.compile(r"\b(?:loa_[a-z_]+|flower_[a-z_]+)\b")


def alerts() -> list[dict]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def test_the_rules_fire_and_are_silent():
    promtool = found("promtool", "prometheus")
    done = subprocess.run(
        [promtool, "test", "rules", "rules_test.yaml"], cwd=RULES.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    checked = subprocess.run(
        [promtool, "check", "config", "prometheus.yaml"], cwd=RULES.parent, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_has_a_test_a_severity_a_sentence_and_a_page():
    tests = yaml.safe_load((RULES.parent / "rules_test.yaml").read_text())["tests"]
    fires, silent = set(), set()
    for one in tests:
        for asked in one["alert_rule_test"]:
            (fires if asked["exp_alerts"] else silent).add(asked["alertname"])
    names = {one["alert"] for one in alerts()}
    assert fires == names
    assert silent == names
    for one in alerts():
        assert one["labels"]["severity"] in ("page", "ticket")
        assert one["annotations"]["summary"].endswith((".", ".'"))
        assert "/docs/runbook/#" in one["annotations"]["runbook_url"]


@pytest.mark.parametrize("page", ["runbook.md", "vi/runbook.md"])
def test_whoever_is_called_finds_the_alert_in_his_language(page: str):
    written = (DEPLOY.parent / "docs" / page).read_text()
    assert [one["alert"] for one in alerts() if f"`{one['alert']}`" not in written] == []


def test_metrics_named_by_rules_and_dashboards_are_there(loa):
    with served(loa) as api:
        answer = api.client().get("/metrics").text
    there = set(re.findall(r"^# TYPE (\S+)", answer, re.MULTILINE))
    sentences = dict(re.findall(r"^# HELP (\S+) (.*)$", answer, re.MULTILINE))
    assert [name for name in there if not sentences[name].strip()] == []
    named: dict[str, set[str]] = {RULES.name: set()}
    for rule in alerts():
        named[RULES.name] |= set(NAME.findall(rule["expr"]))
    (source,) = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/loa.yaml").read_text())["datasources"]
    for path in DASHBOARDS:
        board = json.loads(path.read_text())
        expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
        named[path.name] = {name for expression in expressions for name in NAME.findall(expression)}
        assert board["uid"] == path.stem
        sources = {one["datasource"]["uid"] for panel in board["panels"] for one in (panel, *panel["targets"])}
        assert sources == {source["uid"]}, "Grafana would find no data"
        # Over a span of time Grafana would show the last value of what is over for good: one campaign open, hours after its end.
        figures = [target for panel in board["panels"] if panel["type"] == "stat" for target in panel["targets"]]
        assert all(target["instant"] for target in figures)
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert len(DASHBOARDS) == 4
    for file, names in named.items():
        missing = {one for one in names if re.sub(r"_(?:bucket|sum|count)$", "", one) not in there} - ITS_OWN
        assert missing == set(), f"{file} names what /metrics has not"
        assert names
