"""The command that runs the emulated providers by hand."""

from collections.abc import Iterable
from typing import Annotated

import typer

from worker.cli import console
from worker.clock import Clock
from worker.config import on_loopback
from worker.sandbox import serve
from worker.sandbox.app import emulators
from worker.sandbox.emulator import Emulator
from worker.sandbox.world import World


def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Its port; 0 takes a free one.")] = 9090,
    host: Annotated[
        str,
        typer.Option(
            help="The address of this machine at which Loa on other hosts calls it. Whoever reaches it reads numbers and texts."
        ),
    ] = "127.0.0.1",
    clock_offset_s: Annotated[
        float, typer.Option(envvar="LOA_CLOCK_OFFSET_S", help="Shifts its clock, as it shifts Loa's.")
    ] = 0,
) -> None:
    """Run the providers' emulators in the foreground, and show the variables that point Loa at them.

    Example: loa sandbox --port 9090
    """

    def announce(url: str) -> None:
        world = World(Clock())
        console.answer(f"The sandbox listens on {url}, where its page shows what subscribers got. Point Loa at it by:")
        for line in exports(url, emulators(world)):
            console.answer(line)
        console.answer(f"Its senders are {' and '.join(world.settings.brandnames)}. Stop it with Ctrl-C.")

        if not on_loopback(url):
            console.say("No password guards it: let only the hosts of Loa reach it, and give it no real numbers.")

    serve.serve(port, host, announce=announce, clock=Clock(clock_offset_s))


def exports(url: str, served: Iterable[Emulator]) -> list[str]:
    """The lines of a shell that point Loa at these emulators."""
    return [
        f"export {' '.join(f'{name}={value}' for name, value in emulator.variables(url).items())}"
        for emulator in served
    ]
