"""What is wrong here, and what is the way out?"""

from collections.abc import Iterator
from itertools import chain

import typer

from worker import config
from worker.cli import parts, screen
from worker.cli.doctor import servers, variables
from worker.cli.doctor.check import Check
from worker.cli.options import Json
from worker.errors import ConfigError


def doctor(json: Json = False) -> None:
    """Check settings, servers, database, keys and room; exit 1 when something is to be done.

    Example: loa doctor --json
    """
    checks: list[Check] = []
    for check in _examine():
        checks.append(check)
        if not json:
            _print(check)
    well = all(check.ok for check in checks)
    if json:
        screen.document(
            {
                "ok": well,
                "checks": [
                    {"name": one.name, "ok": one.ok, "found": one.found, "way_out": one.way_out} for one in checks
                ],
            }
        )
    if not well:
        raise typer.Exit(1)


def _examine() -> Iterator[Check]:
    yield from variables.unknown()
    try:
        settings = config.load()
    except ConfigError as fault:
        yield from variables.problems_of(fault)
        return
    parts.configure_log(settings)
    yield Check("settings", "readable")
    yield from chain(variables.provider(settings), [variables.clock(settings)], servers.programs(settings))
    yield from servers.all_of(settings)
    yield from (servers.space(settings), servers.flower(settings))


def _print(check: Check) -> None:
    mark, style = ("ok", "green") if check.ok else ("problem", "red")
    way_out = f" → {check.way_out}" if check.way_out else ""
    screen.answer(f"{mark:8} {check.name}: {check.found}{way_out}", style=None if check.ok else style)
