"""Every command that a page writes is one that there is, with options that it has; those of the how-tos and the tutorial run."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import typer
from sqlalchemy import create_engine, make_url, text
from typer.core import TyperGroup

from tests.operations.conftest import ROOT, Host
from worker.cli.root import app
from worker.services.operations import api_keys, control

PAGES = sorted({*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")} - {ROOT / "CHANGELOG.md"})
HOW_TOS = [*sorted((ROOT / "docs/how-to").glob("*.md")), ROOT / "docs/tutorial.md"]
#: They run until they are stopped, or wait for workers, or lose data: what they do is tried elsewhere.
NOT_RUN = ("up", "demo", "sandbox", "run", "campaign wait", "migrate --to")
#: Sentences name them on every page: blocks are enough.
TRIED_ENOUGH = {"loa doctor", "loa campaign list", "loa campaign show ID"}
#: Its exit code says whether something is wrong, and where a test stands something is.
MAY_FAIL = ("doctor",)
#: The moment at which the pages were written: their dates are in its future, a working day at FPT.
WRITTEN = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
#: What stands for the reader's own.
WORDS = {"BRANDNAME": "LOA", "T": "2026-11-30T00:00:00+07:00", "before.tar": "loa-monday.tar"}
COMMANDS = typer.main.get_command(app)


def fenced(page: Path) -> list[str]:
    """The lines of its blocks; those of a how-to stand in a list."""
    blocks = re.findall(r"^( *)```(?:sh)?\n(.*?)^\1```", page.read_text(), re.MULTILINE | re.DOTALL)
    return [line.strip() for _, block in blocks for line in block.splitlines()]


def inline(page: Path) -> list[str]:
    """What stands between backquotes in its text."""
    prose = re.sub(r"^ *```.*?^ *```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`(loa [a-z][^`]*)`", prose)


def words_of(line: str) -> list[str]:
    """The words of a command, without its name, a remark behind it, or what takes its output."""
    line = re.sub(r"\[(--[^\]]*)\]", r"\1", line)  # what may be left out is there too
    try:
        words = shlex.split(line, comments=True)
    except ValueError:  # an apostrophe of prose
        return []
    ends = next((n for n, word in enumerate(words) if word in {"|", ">", "<", "&&"}), None)
    return words[1:ends]


def misread(words: list[str]) -> str:
    """What the real command line says against it; empty: it understands."""
    command, context, name = COMMANDS, typer.Context(COMMANDS, info_name="loa"), "loa"
    try:
        while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
            name, command, words = command.resolve_command(context, words)
            context = typer.Context(command, parent=context, info_name=name)
        if not isinstance(command, TyperGroup):
            command.make_context(name, list(words), parent=context.parent)
    except Exception as fault:  # noqa: BLE001 - click is carried by typer, under a name of its own
        return f"{type(fault).__name__}: {getattr(fault, 'message', '') or fault}"
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_command_line_understands_what_is_written(page):
    whole = [one for one in fenced(page) if one.startswith("loa ") and not re.search(r"…|─►", one)]
    wrong = [f"{line}: {fault}" for line in whole if (fault := misread(words_of(line)))]
    # In a sentence a command may stand without what it needs, or with what a reader is to put there.
    excused = ("Exit: 0", "MissingParameter", "BadParameter", "BadOptionUsage")
    for line in inline(page):
        fault = misread(words_of(re.split(r"[…|]", line)[0]))
        wrong += [f"{line}: {fault}"] if fault and not fault.startswith(excused) else []
    assert wrong == []


def test_a_word_that_is_none_is_seen():
    assert misread(["campaing", "list"]).startswith("UsageError: No such command 'campaing'")
    assert misread(["campaign", "lst"]).startswith("UsageError: No such command 'lst'")
    assert misread(["campaign", "list", "--jsn"]).startswith("NoSuchOption: No such option: --jsn")
    assert misread(["campaign", "create", "--kind", "ads"]).startswith("MissingParameter")


# They run


@pytest.fixture
def empty_database(postgres) -> Iterator[str]:
    """For a restore."""
    admin, name = create_engine(postgres.superuser_url, isolation_level="AUTOCOMMIT"), f"test_{uuid4().hex}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} OWNER loa_app"))
        yield make_url(postgres.url).set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


class Reader:
    """Somebody who does what a page says, on a host beside the emulators; in a folder with the files that it names."""

    def __init__(self, host: Host, loa, numbers, folder: Path, empty: str) -> None:
        self.host, self.loa, self.numbers, self.folder, self.empty = host, loa, numbers, folder, empty
        self.first, self.made = 1000, ""
        (folder / "backups").mkdir()
        for name in ("my-number.csv", "do-not-call-2026-11.csv"):
            (folder / name).write_text("phone\n0912345678\n")
        (folder / "numbers.csv").write_text(numbers(100, first=5000).read_text())

    def campaign(self) -> str:
        """A fresh one: its id."""
        self.first += 100
        return str(self.loa.create(self.numbers(25, first=self.first)).campaign.id)

    def paused(self) -> str:
        made = self.campaign()
        control.pause(self.loa.deps, made)
        return made

    def unknown(self) -> str:
        """One whose only batch waits for a person."""
        made = self.campaign()
        with self.loa.deps.sessions.begin() as session:
            values = {"id": made}
            session.execute(
                text("UPDATE batch SET state = 'unknown', needs_operator = true WHERE campaign_id = :id"), values
            )
            session.execute(text("UPDATE campaign SET status = 'reconciling' WHERE id = :id"), values)
        return made

    def meant(self, line: str) -> str:
        """The line with the reader's own words."""
        for word, own in WORDS.items():
            line = re.sub(rf"(?<=[ /]){re.escape(word)}(?=$| )", own, line)
        if "campaign resolve" in line:
            return line.replace("ID", self.unknown()).replace("--batch 7", "--batch 1")
        if "campaign resume" in line:
            return line.replace("ID", self.paused())
        if "key revoke" in line:
            return line.replace("ID", str(api_keys.create(self.loa.deps, ("otp",)).row.id))
        line = re.sub(r"\bID\b", self.made or self.campaign(), line)
        return line.replace("user add NAME", "user add lan").replace("NAME", "esms")

    def does(self, line: str) -> "subprocess.CompletedProcess[str]":
        """Run it as a shell would, and remember the campaign that it made, by as many characters as the page says are enough."""
        line = self.meant(line).replace(" /backups/", f" {self.folder}/backups/")
        more = {"LOA_DATABASE_URL": self.empty} if line.startswith("loa restore") and "--replace" not in line else {}
        done = subprocess.run(
            ["sh", "-c", line], env=self.host.env | more, cwd=self.folder, capture_output=True, text=True, check=False
        )
        if line.startswith("loa campaign create") and "--dry-run" not in line:
            (self.made,) = re.findall(r"\b([0-9a-f]{8})-[0-9a-f-]{27}\b", done.stdout.splitlines()[0])
        return done


@pytest.fixture
def reader(host: Host, loa, numbers, tmp_path, sandbox, empty_database) -> Reader:
    shift = round((WRITTEN - datetime.now(UTC)) / timedelta(seconds=1))
    host.env |= {
        "LOA_ESMS_BASE_URL": sandbox.esms_url,
        "LOA_FPT_BASE_URL": sandbox.fpt_url,
        "LOA_FPT_CLIENT_ID": "sandbox-client",
        "LOA_FPT_CLIENT_SECRET": "sandbox-secret",
        "LOA_PUBLIC_URL": "https://loa.example",
        "LOA_FLOWER_PORT": "0",
        "LOA_CLOCK_OFFSET_S": str(shift),
    }
    return Reader(host, loa, numbers, tmp_path, empty_database)


def runs(page: Path) -> list[str]:
    """Its commands that can be tried by themselves, in their order."""
    text_of = page.read_text()
    spoken = {one for one in inline(page) if not misread(words_of(one))} - TRIED_ENOUGH
    block = [one for one in fenced(page) if one.startswith(("loa ", "python -c "))]
    lines = sorted({*block, *spoken}, key=text_of.index)
    return [one for one in lines if not one.removeprefix("loa ").startswith(NOT_RUN)]


@pytest.mark.parametrize("page", [page for page in HOW_TOS if runs(page)], ids=lambda page: page.name)
def test_the_commands_of_a_how_to_run(page, reader):
    for line in runs(page):
        done = reader.does(line)
        failed = done.returncode != 0 and not line.removeprefix("loa ").startswith(MAY_FAIL)
        assert not failed, f"{line}: {done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
