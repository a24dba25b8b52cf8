"""Does every command teach? Its help says what it does and shows one that works."""

from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperGroup

from worker.cli.root import app


def commands(group: TyperGroup, *path: str) -> Iterator[tuple[str, str]]:
    """Every command with its help, by its words."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, *path, name)
        else:
            yield " ".join(("loa", *path, name)), command.help or ""


ROOT = typer.main.get_command(app)
COMMANDS = dict(commands(ROOT))


def test_the_commands_are_those_of_the_contract() -> None:
    campaign = ("create", "list", "show", "wait", "pause", "resume", "cancel", "resolve", "report")
    direct = ("zalo send", "viber send", "multichannel send")
    names = (
        *("demo", "up", "sandbox", "reconcile", "migrate", "doctor", *direct),
        *(f"campaign {name}" for name in campaign),
        *(f"otp {name}" for name in ("send", "show")),
        *(f"call {name}" for name in ("template", "record", "otp", "status")),
        *(f"provider {name}" for name in ("list", "balance", "senders", "totals")),
        *(f"key {name}" for name in ("create", "list", "revoke")),
        *(f"suppress {name}" for name in ("add", "remove", "import", "list")),
    )
    assert set(COMMANDS) == {f"loa {name}" for name in names}


@pytest.mark.parametrize("words", COMMANDS)
def test_the_help_has_an_example_of_the_command(words: str) -> None:
    example = COMMANDS[words].partition("Example:")[2]
    assert words in example


def test_every_option_says_what_it_is_for() -> None:
    group = ROOT.commands["campaign"]
    options = [option for command in group.commands.values() for option in command.params]
    assert options
    assert [option.name for option in options if not option.help] == []
