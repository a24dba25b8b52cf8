"""Commands for our accounts at providers: the list of them, and the balance, senders and totals of one."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Final

import typer

from worker import adapters, config
from worker.cli import console, runtime
from worker.cli.options import Json
from worker.cli.provider import balances, callback_urls, circuits, known
from worker.cli.provider.asking import A, T, asked
from worker.cli.provider.balances import LastBalance
from worker.cli.provider.known import Known
from worker.config import Settings
from worker.domain.account import Reading
from worker.errors import Refused
from worker.providers.base import BalanceProvider
from worker.throttle import Circuit

app = typer.Typer(
    no_args_is_help=True, help="List the providers, and ask one for its balance, its senders or its totals."
)

#: The adapters that can be asked what is left.
BALANCES: Final[Mapping[str, Callable[[Settings], BalanceProvider]]] = {
    "esms": adapters.esms_adapter,
    "fibo": adapters.fibo_adapter,
    "sandbox": adapters.sandbox_adapter,
}

Name = Annotated[str, typer.Argument(metavar="NAME", help="The provider; `loa provider list` shows all.")]


CallbackUrls = Annotated[
    bool,
    typer.Option("--callback-urls", help="Show where they reach us with reports instead; each address is a secret."),
]


@app.command("list")
def list_(json: Json = False, reached_at: CallbackUrls = False) -> None:
    """List the providers: whether an account is set, the last balance, whether calls fail (circuit open), and its use.

    Example: loa provider list
    """
    settings = config.load()
    if reached_at:
        callback_urls.show(settings, json=json)
        return
    found = known.providers(settings).values()
    seen, left = circuits.circuits(settings, found), balances.last(settings)
    if json:
        console.document([_entry(one, seen.get(one.name), left.get(one.name)) for one in found])
        return
    lines = console.table("name", "title", "account", "balance", "circuit", "address", "use")
    for one in found:
        circuit = circuits.words(seen.get(one.name))
        lines.add_row(one.name, one.title, _account(one), str(left.get(one.name, "")), circuit, one.address, one.use)
    console.out.print(lines)


@app.command()
def balance(name: Name, json: Json = False) -> None:
    """Ask what is left on the account.

    Example: loa provider balance esms
    """
    provider, reading = _asked(name, "balance", BALANCES, lambda adapter: adapter.balance())
    found = reading.value
    if json:
        amount, unit = (found.amount, found.unit) if found else (None, None)
        _document(name, reading, amount=amount, unit=unit)
    elif found:
        console.answer(f"{console.number(found.amount):,} {found.unit} are left at {provider.title}.")
    _end(provider, reading)


@app.command()
def senders(name: Name, json: Json = False) -> None:
    """List the registered senders, once for each kind of message.

    Example: loa provider senders esms
    """
    provider, reading = _asked(name, "senders", {"esms": adapters.esms_adapter}, lambda esms: esms.senders())
    found = reading.value
    if json:
        rows = None if found is None else [{"name": one.name, "kind": one.kind} for one in found]
        _document(name, reading, senders=rows)
    elif found:
        lines = console.table("sender", "kind")
        for one in found:
            lines.add_row(one.name, one.kind)
        console.out.print(lines)
    elif found is not None:
        console.answer(f"No sender is registered at {provider.title}.")
    _end(provider, reading)


@app.command()
def totals(name: Name, json: Json = False) -> None:
    """Ask how many messages of the whole account arrived, failed, and wait; only Fibo tells.

    Example: loa provider totals fibo
    """
    provider, reading = _asked(name, "totals", {"fibo": adapters.fibo_adapter}, lambda fibo: fibo.totals())
    found = reading.value
    if json:
        counts = {"ok": found.ok, "failed": found.failed, "waiting": found.waiting} if found else {}
        _document(name, reading, **counts)
    elif found:
        console.answer(f"{found.ok:,} arrived, {found.failed:,} failed, {found.waiting:,} wait at {provider.title}.")
    _end(provider, reading)


def _asked(
    name: str, what: str, makers: Mapping[str, Callable[[Settings], A]], ask: Callable[[A], Awaitable[Reading[T]]]
) -> tuple[Known, Reading[T]]:
    """The provider of that name and its answer, where its adapter is one of those that can be asked."""
    settings = config.load()
    provider = known.named(settings, name)
    runtime.configure_log(settings)
    if name not in makers:
        words = f"{provider.title} has no function that tells its {what}: see your account's page there, or ask them."
        raise Refused("no_such_function", words)
    known.check_account(provider)
    return provider, asked(makers[name](settings), ask)


def _document(name: str, reading: Reading[Any], **found: object) -> None:
    console.document({"provider": name, **found, "code": reading.code, "words": reading.provider_message})


def _end(provider: Known, reading: Reading[Any]) -> None:
    """Exit 1, with what the provider said, where it did not tell."""
    if reading.value is None:
        code = f" (code {reading.code})" if reading.code else ""
        console.say(f"{provider.title} did not tell{code}: {reading.provider_message}.")
        raise typer.Exit(1)


def _entry(one: Known, circuit: Circuit | None, left: LastBalance | None) -> dict[str, object]:
    return {
        "name": one.name,
        "title": one.title,
        "account": one.account_set,
        "missing": list(one.missing),
        "circuit": circuit and circuit.gate,
        "circuit_since": circuit and circuit.since and circuit.since.isoformat(timespec="seconds"),
        "balance": left and left.document(),
        "address": one.address,
        "use": one.use,
    }


def _account(one: Known) -> str:
    return "set" if one.account_set else f"not set ({', '.join(one.missing)})"
