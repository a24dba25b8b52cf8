"""Every command's help says what it does and shows an example that works, and it takes less than a second."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperGroup

from worker.cli.root import COMMANDS as LINES
from worker.cli.root import app


def commands(group: TyperGroup, *path: str) -> Iterator[tuple[str, str]]:
    """Every command with its help, by its words."""
    for name in list(group.commands):
        _, command, _ = group.resolve_command(typer.Context(group), [name])
        if isinstance(command, TyperGroup):
            yield from commands(command, *path, name)
        else:
            yield " ".join(("loa", *path, name)), command.help or ""


ROOT = typer.main.get_command(app)
COMMANDS = dict(commands(ROOT))


def test_the_commands_are_those_of_the_contract() -> None:
    campaign = ("create", "list", "show", "wait", "pause", "resume", "cancel", "resolve", "report")
    agreed = ("submit", "approve", "decline", "take-back", "change", "copy", "test", "forecast")
    zalo = tuple(f"zalo {name}" for name in ("send", "status", "template", "quota", "accounts"))
    direct = (*zalo, "viber send", "multichannel send")
    names = (
        *(
            "backup",
            "restore",
            "inbox",
            "subscriber show",
            "subscriber erase",
            "subscriber failing",
            "consent show",
            "consent export",
            "demo",
            "up",
            "run",
            "sandbox",
            "reconcile",
            "migrate",
            "reseal",
            "doctor",
            *direct,
        ),
        *(f"campaign {name}" for name in (*campaign, *agreed)),
        *(f"user {name}" for name in ("add", "list", "disable", "enable", "role", "reset")),
        *(f"audience {name}" for name in ("create", "list", "show", "delete")),
        "audit verify",
        *(f"otp {name}" for name in ("send", "check", "show")),
        *(f"call {name}" for name in ("template", "record", "otp", "status")),
        *(f"provider {name}" for name in ("list", "balance", "senders", "totals")),
        *(f"key {name}" for name in ("create", "celery", "list", "revoke")),
        *(f"webhook {name}" for name in ("add", "list", "remove", "rotate", "callbacks", "test", "deliveries")),
        *(f"suppress {name}" for name in ("add", "remove", "import", "undo", "list", "history")),
    )
    assert set(COMMANDS) == {f"loa {name}" for name in names}


@pytest.mark.parametrize("words", COMMANDS)
def test_the_help_has_an_example_of_the_command(words: str) -> None:
    example = COMMANDS[words].partition("Example:")[2]
    assert words in example


@pytest.mark.parametrize("name", LINES)
def test_the_list_of_commands_says_of_each_what_it_says_of_itself(name: str) -> None:
    own = ROOT.commands[name].help or ""
    assert own.partition("\n\n")[0] == LINES[name][1]


#: What takes long to import: the first are of no use to any command but those that send, migrate, read a workbook or serve.
HEAVY = {"aiohttp", "alembic", "fastapi", "httpx", "openpyxl", "uvicorn", "worker.sandbox"}


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        pytest.param(["--version"], HEAVY | {"celery", "redis", "sqlalchemy"}, id="--version"),
        pytest.param(["--help"], HEAVY | {"celery", "redis", "sqlalchemy"}, id="--help"),
        pytest.param(["campaign", "show", "--help"], HEAVY | {"celery"}, id="campaign show"),
        # It keeps what it imports for its whole life, and only watches.
        pytest.param(["up", "--help"], HEAVY | {"celery", "sqlalchemy", "worker.wiring"}, id="up"),
    ],
)
def test_a_command_imports_no_more_than_it_needs(words: list[str], heavy: set[str]) -> None:
    ran = "import sys; from worker.cli.root import app; app(sys.argv[1:], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", ran, *words], capture_output=True, text=True, check=True, timeout=180)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "typer" in loaded
    assert loaded & heavy == set()


def test_every_option_says_what_it_is_for() -> None:
    group = ROOT.commands["campaign"]
    options = [option for command in group.commands.values() for option in command.params]
    assert options
    assert [option.name for option in options if not option.help] == []
