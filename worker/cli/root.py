"""Which commands are there? The tree of `loa`, and the one place where a fault becomes an exit code."""

import os
import signal
import sys
from importlib.metadata import version
from types import FrameType
from typing import Annotated, NoReturn

import typer

from worker.cli import faults
from worker.cli.campaign.commands import app as campaign
from worker.cli.demo.command import demo
from worker.cli.direct import messages
from worker.cli.direct.call import app as call
from worker.cli.doctor.command import doctor
from worker.cli.key import app as key
from worker.cli.migrate import migrate
from worker.cli.otp import app as otp
from worker.cli.provider.commands import app as provider
from worker.cli.reconcile import reconcile
from worker.cli.sandbox import sandbox
from worker.cli.suppress import app as suppress
from worker.cli.up import up

INTERRUPTED = 130
TERMINATED = 143

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo)
app.command()(up)
app.command()(sandbox)
app.add_typer(campaign, name="campaign")
app.add_typer(otp, name="otp")
app.add_typer(call, name="call")
app.add_typer(messages.zalo, name="zalo")
app.add_typer(messages.viber, name="viber")
app.add_typer(messages.multichannel, name="multichannel")
app.add_typer(provider, name="provider")
app.add_typer(suppress, name="suppress")
app.add_typer(key, name="key")
app.command()(reconcile)
app.command()(migrate)
app.command()(doctor)


def _version(wanted: bool) -> None:
    if wanted:
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
