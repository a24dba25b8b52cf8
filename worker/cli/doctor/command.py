"""The command `loa doctor`: says what is wrong here, and the way out."""

from collections.abc import Iterator
from itertools import chain
from typing import Annotated

import typer

from worker import config
from worker.cli import console, runtime
from worker.cli.doctor import fix as fixing
from worker.cli.doctor import folders, host, law, openid, producers, providers, servers, variables
from worker.cli.doctor.check import Check
from worker.cli.options import Json
from worker.errors import ConfigError


def doctor(
    fix: Annotated[
        bool,
        typer.Option(
            "--fix", help="First do what is safe: folder and file rights, migrations, Redis' eviction policy."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Check settings, servers, database, keys and room; exit 1 when something is to be done.

    Each provider is asked for the balance, which sends nothing.

    Example: loa doctor --json
    """
    if fix:
        _fix()
    checks: list[Check] = []
    for check in _examine():
        checks.append(check)
        if not json:
            _print(check)
    well = all(check.ok for check in checks)
    if json:
        console.document(
            {
                "ok": well,
                "checks": [_document(one) for one in checks],
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
    runtime.configure_log(settings)
    yield Check("settings", "readable")
    yield from chain(
        variables.accounts(settings),
        producers.addresses(settings),
        providers.all_of(settings),
        openid.checks(settings),
        variables.route(settings),
        [variables.clock(settings)],
    )
    yield from chain(law.checks(settings), folders.checks(settings))
    if locked := list(host.locked(settings)):
        yield from locked
        return
    yield from servers.programs(settings)
    yield from servers.all_of(settings)
    yield from (host.secret(settings), servers.space(settings), *host.data_folder(settings))
    yield from (host.web_port(), servers.flower(settings), host.open_files(), *host.public_address(settings))


def _fix() -> None:
    try:
        settings = config.load()
    except ConfigError:
        return  # the checks say it
    if any(host.locked(settings)):
        return
    for sentence in fixing.safe(settings):
        console.say(sentence)


def _print(check: Check) -> None:
    mark = "problem" if check.way_out else "warning" if check.warning else "ok"
    advice = check.way_out or check.warning
    way_out = f" → {advice}" if advice else ""
    style = {"problem": "red", "warning": "yellow"}.get(mark)
    console.answer(f"{mark:8} {check.name}: {check.found}{way_out}", style=style)


def _document(check: Check) -> dict[str, object]:
    return {
        "name": check.name,
        "ok": check.ok,
        "found": check.found,
        "way_out": check.way_out,
        "warning": check.warning,
    }
