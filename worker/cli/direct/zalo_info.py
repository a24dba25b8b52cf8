"""Commands that ask about Zalo: our official accounts, their room and quality, a template, and what became of a message."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from worker import adapters, config
from worker.cli import console, runtime
from worker.cli.direct.messages import Account, Template, zalo
from worker.cli.options import Json
from worker.cli.provider import known
from worker.cli.provider.asking import asked
from worker.domain.account import Reading
from worker.domain.window import local
from worker.providers.esms import Esms

T = TypeVar("T")


def _ask(ask: Callable[[Esms], Awaitable[Reading[T]]]) -> Reading[T]:
    """One question to eSMS."""
    settings = config.load()
    provider = known.named(settings, "esms")
    runtime.configure_log(settings)
    known.check_account(provider)
    return asked(adapters.esms_adapter(settings), ask)


def _tell(reading: Reading[T], facts: dict[str, object], *, json: bool) -> None:
    """The facts, or why they are not known (exit 1)."""
    if json:
        console.document({**facts, "code": reading.code, "words": reading.provider_message})
    elif reading.value is not None:
        lines = console.facts()
        for name, value in facts.items():
            lines.add_row(name, str(value))
        console.out.print(lines)
    if reading.value is None:
        code = f" (code {reading.code})" if reading.code else ""
        console.say(f"eSMS did not tell{code}: {reading.provider_message}.")
        raise typer.Exit(1)


@zalo.command("accounts")
def accounts(json: Json = False) -> None:
    """List our official accounts.

    Example: loa zalo accounts
    """
    reading = _ask(lambda esms: esms.zalo_accounts())
    found = reading.value or []
    _tell(
        reading,
        {"accounts": [{"oa": one.id, "name": one.name} for one in found]}
        if json
        else {one.id: one.name for one in found},
        json=json,
    )


@zalo.command("quota")
def quota(oa: Account, json: Json = False) -> None:
    """Ask how many messages an official account may send today, and how well its messages are received.

    Example: loa zalo quota --oa 436181207180
    """
    reading, quality = _ask(lambda esms: esms.zalo_quota(oa)), _ask(lambda esms: esms.zalo_quality(oa))
    facts: dict[str, object] = {}
    if found := reading.value:
        facts |= {"daily": found.daily, "remaining": found.remaining}
    if good := quality.value:
        facts |= {"quality": good.now, "quality_7_days": good.last_7_days}
    _tell(reading, facts, json=json)


@zalo.command("template")
def template(template: Template, oa: Account, json: Json = False) -> None:
    """Ask what a template wants, and whether it may be used.

    Example: loa zalo template --template 200300 --oa 436181207180
    """
    reading = _ask(lambda esms: esms.zalo_template(oa, template))
    facts: dict[str, object] = {}
    if found := reading.value:
        facts = {"template": found.id, "name": found.name, "status": found.status, "reason": found.reason}
        facts["params"] = list(found.params) if json else ", ".join(found.params)
    _tell(reading, facts, json=json)


@zalo.command("status")
def status(
    ref: Annotated[str, typer.Argument(metavar="ID", help="The id that eSMS gave (`loa zalo send` prints it).")],
    sms_type: Annotated[str, typer.Option(metavar="24|25", help="24 of high priority, 25 as usual.")] = "25",
    oa: Annotated[str, typer.Option(metavar="ID", help="The official account: Zalo itself is asked too.")] = "",
    json: Json = False,
) -> None:
    """Ask what became of a Zalo message.

    Example: loa zalo status cc955fb8-3c74-4851-ac69-9a2aa0a7cd26134 --oa 436181207180
    """
    reading = _ask(lambda esms: esms.zalo_status(ref, sms_type))
    facts: dict[str, object] = {}
    if found := reading.value:
        facts = {"stage": str(found.stage), "final": found.final, "delivered": found.delivered, "error": found.error}
        facts |= {"cost": None if found.cost is None else str(found.cost), "zalo_id": found.message_id}
        if oa and found.message_id and (there := _ask(lambda esms: esms.zalo_delivery(oa, found.message_id)).value):
            facts |= {"on_phone": there.status == 1, "at": there.at and local(there.at)}
    _tell(reading, facts, json=json)
