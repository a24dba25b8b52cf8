"""The tree of `loa` commands, and the one place where a fault becomes an exit code."""

import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Annotated, Any, Final, NoReturn

import typer
from typer.core import TyperGroup

from worker.cli import faults

INTERRUPTED = 130
TERMINATED = 143

#: Each command: where it is, and what the list of commands says of it.
COMMANDS: Final = {
    "demo": (
        "demo.command:demo",
        "Run the whole main job here: a campaign to 10,000 messy numbers, sent to an emulated provider.",
    ),
    "up": (
        "up:up",
        "Start PostgreSQL and Redis (unless their URLs are set), workers, scheduler, web and Flower; restart what dies.",
    ),
    "run": (
        "run:run",
        "Run one process of the Procfile in the foreground, for systemd, containers and Kubernetes.",
    ),
    "sandbox": (
        "sandbox:sandbox",
        "Run the providers' emulators in the foreground, and show the variables that point Loa at them.",
    ),
    "reconcile": (
        "reconcile:reconcile",
        "Compare our rows with the providers' records: missing there, missing here, another state, another price, money.",
    ),
    "migrate": (
        "migrate:migrate",
        "Bring the database to the newest migration. Embedded databases are migrated by every command by itself.",
    ),
    "backup": (
        "backup:backup",
        "Write the database, and the secret key that Loa made, into one file for your eyes alone. Nothing need be stopped.",
    ),
    "restore": (
        "backup:restore",
        "Bring a backup back into the database that is set, and release nothing that may have left since it was taken.",
    ),
    "doctor": (
        "doctor.command:doctor",
        "Check settings, servers, database, keys and room; exit 1 when something is to be done.",
    ),
    "campaign": ("campaign.commands:app", "Create campaigns, follow them, stop them, and fetch their reports."),
    "otp": ("otp:app", "Send one-time passwords, and see what became of them."),
    "call": ("direct.call:app", "Call one number through eSMS, and ask what became of it."),
    "zalo": ("direct.zalo_info:zalo", "Send a Zalo message by template through eSMS, and ask what became of it."),
    "viber": ("direct.messages:viber", "Send a Viber message through eSMS."),
    "multichannel": ("direct.messages:multichannel", "Send over Zalo, and by text when that fails, through eSMS."),
    "provider": (
        "provider.commands:app",
        "List the providers, and ask one for its balance, its senders or its totals.",
    ),
    "suppress": ("suppress:app", "Keep numbers out of ads: opt-outs and do-not-call lists."),
    "consent": ("consent:app", "Show and export the proof of consent, with every message that it covered."),
    "subscriber": ("subscriber:app", "Show what is kept of one number, and erase it on request."),
    "inbox": ("inbox:inbox", "Show what subscribers sent, and what it was taken for."),
    "webhook": ("webhook:app", "Let backends hear what becomes of their passwords and campaigns."),
    "reseal": (
        "reseal:reseal",
        "Seal what is stored under LOA_SECRET_KEY_OLD again under LOA_SECRET_KEY; exit 1 when something is left.",
    ),
    "user": ("people.users:app", "Add the people who use Loa, and say what each may do."),
    "audit": ("people.audit:app", "Read who did what, and check that nobody has changed it since."),
    "audience": ("audience:app", "Keep lists for campaigns to come: `campaign create --audience NAME`."),
    "key": ("key:app", "Give programs keys to the HTTP API, and take them back."),
}


class Lazy(TyperGroup):
    """Imports a command when it is called: all together they take a second of CPU, which most calls need little of."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Put the command itself in the place of its line in the list."""
        if args[0] in COMMANDS:
            self.commands[args[0]] = _imported(args[0])
        return super().resolve_command(ctx, args)


def _imported(name: str) -> Any:
    module, _, attribute = COMMANDS[name][0].partition(":")
    found = getattr(import_module(f"worker.cli.{module}"), attribute)
    alone = typer.Typer()
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
    else:
        alone.command(name)(found)
    return typer.main.get_group(alone).commands[name]


app = typer.Typer(
    cls=Lazy,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _name, (_, _line) in COMMANDS.items():
    app.command(_name, help=_line)(lambda: None)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - most calls do not ask

        typer.echo(f"loa {version('loa')}")
        raise typer.Exit


@app.callback()
def loa(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Run bulk SMS campaigns and one-time passwords over the Vietnamese providers.

    Begin with: loa demo
    """


def main() -> NoReturn:
    """Run one command; exits 0 when done, 1 when refused or failed, 2 for wrong usage, 130 after Ctrl-C."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        # As Ctrl-C: servers are stopped and half-written files removed on the way out. `nohup` ignores a hang-up, so we do.
        if signal.getsignal(ending) is not signal.SIG_IGN:
            signal.signal(ending, _leave)
    words = sys.argv[1:]
    try:
        code = app(args=words, prog_name="loa", standalone_mode=False)
    except BrokenPipeError:
        # Whoever read us (`| head`) has enough; nothing more can be said on stdout, not even by Python at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as fault:  # noqa: BLE001 - a person gets a sentence, whatever it was
        told = faults.tell(fault)
        # Asked of the words themselves: a fault in reading them comes before any option is known.
        faults.show(told, as_json="--json" in words)
        code = told.exit_code
    sys.exit(code or 0)


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(TERMINATED)
