"""Commands to send, check and show a one-time password, over the same service as every other door."""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Final

import typer

from worker.api import documents
from worker.cli import console, runtime
from worker.cli.options import CallbackUrl, Json, spoken
from worker.domain import phone as phones
from worker.domain.message import DEFAULT_TTL_S, LONGEST_TTL_S, OPEN, SHORTEST_TTL_S, MessageState, parse_route
from worker.domain.otp_code import LONGEST, SHORTEST, CheckStatus, CodePlan
from worker.domain.outcome import with_code
from worker.domain.text import clean
from worker.errors import Misuse, NotFound
from worker.services import otp
from worker.services.operations import refused_tasks
from worker.services.otp import OtpRequest
from worker.storage.tables.campaigns import Message
from worker.wiring import Loa

app = typer.Typer(no_args_is_help=True, help="Send one-time passwords, and see what became of them.")

WAIT_S: Final = 10.0
LOOK_EVERY_S: Final = 0.05
#: What `send` calls a failure; an unknown call is none, for the text may well be there.
FAILED: Final = frozenset({MessageState.REJECTED, MessageState.FAILED, MessageState.EXPIRED})


@app.command()
def send(
    *,
    phone: Annotated[str, typer.Option(help="The number, as people write it.")],
    text: Annotated[
        str, typer.Option(help="The text with the code; - reads it from stdin, where `ps` does not show it.")
    ],
    ttl: Annotated[
        float,
        typer.Option(
            metavar="S",
            min=SHORTEST_TTL_S,
            max=LONGEST_TTL_S,
            help="Seconds after which it is dropped instead of sent.",
        ),
    ] = DEFAULT_TTL_S,
    route: Annotated[
        str,
        typer.Option(
            metavar="esms,fpt",
            help="Providers in the order in which they are tried; by default LOA_OTP_ROUTE, else the first with keys.",
        ),
    ] = "",
    sender: Annotated[
        str,
        typer.Option(metavar="NAME", help="The brandname that the subscriber sees; by default each provider's own."),
    ] = "",
    key: Annotated[str, typer.Option(help="Your own id of the request: repeating it sends nothing new.")] = "",
    callback_url: CallbackUrl = "",
    generate: Annotated[
        bool,
        typer.Option("--generate", help="Let Loa make the code: it stands for {code} in the text; see `otp check`."),
    ] = False,
    length: Annotated[int, typer.Option(min=SHORTEST, max=LONGEST, help="Its characters, with --generate.")] = 6,
    json: Json = False,
) -> None:
    """Send one text with a code to one number, ahead of every campaign; tries the next provider when one refuses or is silent.

    Waits up to ten seconds for what comes of it: exit 1 when it was refused, failed or expired. The text is encrypted where
    it is stored, and wiped when a provider has it. `loa up` or your workers must run.

    Example: echo "Ma xac thuc LOA: 482913" | loa otp send --phone 0900000001 --text - --route esms,fpt
    """
    written = spoken(text)
    requested = OtpRequest(phone, written, ttl, parse_route(route), sender.strip(), key, callback_url=callback_url)
    if generate:
        requested = replace(requested, generate=CodePlan(length))
    with runtime.opened() as loa:
        # Where no Redis runs, it waits in its row for `loa up`.
        message = otp.take_in(loa.deps, requested, surely=loa.redis_url != runtime.NOWHERE).message
        for note in clean(written).notes:
            console.say(note)
        if message.state in OPEN:
            message = _settled(loa, message)
        _tell(message, json=json)
    if message.state in FAILED:
        console.say(_why(message))
        raise typer.Exit(1)


@app.command()
def check(
    message_id: Annotated[str, typer.Argument(metavar="ID", help="The id that `loa otp send --generate` printed.")],
    code: Annotated[str, typer.Option(help="What the person typed; - reads it from stdin.")],
    json: Json = False,
) -> None:
    """Check a code that Loa made: approved once, five tries in all. Exit 1 for anything but approved.

    Example: loa otp check 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11 --code 482913
    """
    with runtime.opened() as loa:
        came = otp.check(loa.deps, otp.identify(message_id), spoken(code))
    if json:
        console.document({"status": str(came.status), "tries_left": came.tries_left})
    else:
        console.answer(f"{came.status}; {console.plural(came.tries_left, 'try', 'tries')} left")
    if came.status is not CheckStatus.APPROVED:
        raise typer.Exit(1)


@app.command()
def show(
    message_id: Annotated[str, typer.Argument(metavar="ID", help="The id that `loa otp send` printed.")],
    json: Json = False,
) -> None:
    """Show what became of a one-time password: its state, the provider that took it, the calls it needed. Never its text.

    Example: loa otp show 5f0c1d3e-8a51-4c53-9d2b-6d3d3a0f9a11 --json
    """
    with runtime.opened(reads=True) as loa:
        try:
            found = otp.show(loa.deps, otp.identify(message_id))
        except (NotFound, Misuse) as missing:
            raise refused_tasks.explain(loa.deps, message_id, missing) from None
        _tell(found, json=json)


def _settled(loa: Loa, message: Message) -> Message:
    """The message once it is settled, or as it is when nobody is there to send it or the wait is over."""
    if not runtime.runs(loa):
        console.say(
            "No running scheduler was seen: it leaves only if `loa up`, or your workers, run before its time is over."
        )
        return message
    ends = time.monotonic() + min(WAIT_S, _left(loa, message) + 1)
    while message.state in OPEN and time.monotonic() < ends:
        time.sleep(LOOK_EVERY_S)
        message = otp.show(loa.deps, message.id)
    if message.state in OPEN:
        console.say(f"It is still {message.state}; `loa otp show {message.id}` tells what becomes of it.")
    return message


def _left(loa: Loa, message: Message) -> float:
    return max((message.expires_at - loa.clock.now()) / timedelta(seconds=1), 0.0)


def _tell(message: Message, *, json: bool) -> None:
    if json:
        console.document(documents.message(message))
        return
    console.answer(f"Message {message.id} to {phones.masked(message.phone)}: {message.state}", style="bold")
    facts = console.facts()
    facts.add_row("route", ", ".join(message.route))
    if message.provider:
        facts.add_row("provider", f"{message.provider} {message.provider_ref}".rstrip())
    facts.add_row("calls", str(message.attempts))
    if message.code or message.provider_message:
        facts.add_row("said", with_code(message.code, message.provider_message))
    facts.add_row("queued", console.moment(message.queued_at))
    facts.add_row("sent", console.moment(message.sent_at) or "–")
    facts.add_row("expires", console.moment(message.expires_at))
    console.out.print(facts)


def _why(message: Message) -> str:
    code = f"{message.provider} code {message.code}: " if message.code else ""
    return f"The message is {message.state}: {code}{message.provider_message or 'no reason was given'}"
