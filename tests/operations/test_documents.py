"""The documents build without a dead link, the reference is what the code says, and the runbook's commands do what it says."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text

from tests.distributed import table as hosts
from tests.distributed import variants
from tests.environment import plain_environment
from tests.operations import drill
from tests.operations.conftest import ROOT, Host
from tests.operations.test_deploy import DEPLOY
from worker.services.operations import api_keys, control
from worker.supervisor import procfile, read_procfile

RUNBOOK = ROOT / "docs/runbook.md"
#: Its exit code says whether something is wrong, and where a test stands something is.
MAY_FAIL = {"doctor"}


def sections() -> dict[str, str]:
    """The pages of the runbook by their anchors."""
    parts = re.split(r"^## (.+)$", RUNBOOK.read_text(), flags=re.MULTILINE)[1:]
    return {
        re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-"): body
        for title, body in zip(parts[::2], parts[1::2], strict=True)
    }


def commands(body: str) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", body, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def test_the_documents_build_strictly(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path],
        cwd=ROOT,
        env=plain_environment() | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "runbook/index.html").read_text()
    assert "Wrong list sent" in page
    assert not re.search(r'(?:src|href)="https?://(?:fonts|cdn|unpkg)', page), "nothing is fetched from elsewhere"


def test_the_reference_is_what_the_code_says():
    done = subprocess.run(
        [sys.executable, ROOT / "docs/reference/generate.py", "--check"],
        cwd=ROOT,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_alert_leads_to_a_page_that_is_there():
    there = sections()
    for group in yaml.safe_load((DEPLOY / "prometheus/rules.yaml").read_text())["groups"]:
        for rule in group["rules"]:
            anchor = rule["annotations"]["runbook_url"].partition("#")[2]
            assert anchor in there, f"{rule['alert']} leads to nothing"
            assert f"`{rule['alert']}`" in there[anchor], f"the page {anchor} does not name {rule['alert']}"


def test_the_tables_of_several_hosts_are_those_of_their_ledgers():
    told = (ROOT / "docs/distributed.md").read_text()
    for table in (*hosts.table(hosts.LEDGER).split("\n\n"), variants.table()):
        assert table in told


def test_the_table_of_the_drill_is_that_of_its_ledger():
    assert drill.table() in RUNBOOK.read_text()


def test_every_page_looks_before_it_acts_and_names_units_that_are_there():
    for anchor, body in sections().items():
        if anchor == "how-fast-do-alerts-come":
            continue
        assert "**You see**" in body, anchor
        assert "**Look**" in body, anchor
        assert "**Act**" in body, anchor
        for unit in re.findall(r"loa-[a-z@]+", "".join(re.findall(r"systemctl [^`]*", body))):
            name = unit.removeprefix("loa-").replace("@", "-")
            assert name in read_procfile(procfile()), unit


@pytest.fixture
def night(host: Host, loa, numbers, tmp_path: Path, sandbox) -> dict[str, str]:
    """A database in which something is wrong with each of three campaigns, and the ids that the runbook's words stand for."""
    loa.create(numbers(25))
    paused = loa.create(numbers(25, first=100))
    control.pause(loa.deps, paused.campaign.id)
    unknown = loa.create(numbers(25, first=200))
    with loa.deps.sessions.begin() as session:
        session.execute(
            text("UPDATE batch SET state = 'unknown', needs_operator = true WHERE campaign_id = :id"),
            {"id": unknown.campaign.id},
        )
        session.execute(text("UPDATE campaign SET status = 'reconciling' WHERE id = :id"), {"id": unknown.campaign.id})
    key = api_keys.create(loa.deps, ("otp",))
    host.env |= {"LOA_ESMS_BASE_URL": sandbox.esms_url, "LOA_FLOWER_PORT": "0", "LOA_DATA_DIR": str(tmp_path / "var")}
    return {"paused": str(paused.campaign.id), "unknown": str(unknown.campaign.id), "key": str(key.row.id)}


#: What becomes of the campaign that ID stands for on a page.
AFTER = {
    "stuck-campaign": "scheduled",
    "balance-out": "scheduled",
    "unknown-orders": "done",
    "wrong-list-sent": "cancelled",
}


@pytest.mark.parametrize("page", [page for page, body in sections().items() if commands(body)])
def test_the_commands_of_the_runbook_do_what_it_says(page, host, night, tmp_path):
    campaign = night["unknown"] if page == "unknown-orders" else night["paused"]
    if page in {"wrong-list-sent", "tasks-fail"}:
        host.run("campaign", "resume", night["paused"])
    for line in commands(sections()[page]):
        words = line.split()
        assert words[0] == "loa", line
        words = [campaign if word == "ID" else night["key"] if word == "KEY" else word for word in words[1:]]
        words = [str(tmp_path / word) if word.endswith(".csv") else word for word in words]
        done = host.run(*words, check=False)
        assert done.returncode == 0 or words[0] in MAY_FAIL, f"{line}: {done.stderr}"
        assert "Traceback" not in done.stderr
    if page in AFTER:
        shown = json.loads(host.run("campaign", "show", campaign, "--json").stdout)
        assert shown["status"] == AFTER[page]


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_files_of_deploy_that_a_page_names_are_there(page):
    named = set(re.findall(r"deploy/[\w./@*-]+", page.read_text()))
    made_by_the_reader = {"deploy/loa.env"}
    missing = [one for one in named - made_by_the_reader if not list(ROOT.glob(one.rstrip("./")))]
    assert missing == []


def test_every_command_and_option_in_the_documents_is_there():
    """Compared with the reference, which is written from the commands themselves."""
    reference = (ROOT / "docs/reference/commands.md").read_text()
    sections = re.split(r"^#+ `?loa ", reference, flags=re.MULTILINE)[1:]
    there = {
        part.splitlines()[0].strip("` "): set(re.findall(r"--[a-z][a-z-]+", part)) | {"--help"} for part in sections
    }
    wrong = []
    for path in [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]:
        if path.name in {"commands.md", "CHANGELOG.md"}:
            continue
        for line in re.findall(r"\bloa ([a-z][^`\n|]*)", path.read_text()):
            words = re.match(r"[a-z-]+(?: [a-z-]+)*", line)[0].split()
            named = next((" ".join(words[:n]) for n in (3, 2, 1) if " ".join(words[:n]) in there), None)
            said = re.findall(r"--[a-z][a-z-]+", line) if named else []
            wrong += [f"{path.name}: loa {named} {option}" for option in said if option not in there[named]]
    assert wrong == []
