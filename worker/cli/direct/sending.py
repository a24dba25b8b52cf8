"""Sends one request by hand, and tells its result, and what to do next, in one sentence and an exit code."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import structlog
import typer
from sqlalchemy.exc import OperationalError

from worker import adapters, config, wiring
from worker.cli import console, runtime
from worker.cli.provider import known
from worker.cli.provider.asking import asked
from worker.config import Settings
from worker.domain import phone as phones
from worker.domain.calls import Answer
from worker.domain.outcome import HaltScope, Outcome
from worker.errors import Misuse, Refused, Unavailable
from worker.providers.esms import Esms
from worker.services.calling import by_hand
from worker.services.calling.hand_ads import HandAd

log = structlog.get_logger(__name__)

#: Newer documents of eSMS; the manual allows 120.
LONGEST_REQUEST_ID: Final = 50
#: eSMS's answer to a RequestId that it has seen within a day.
SEEN_BEFORE: Final = "124"
AT_FAULT: Final = {
    HaltScope.ACCOUNT: "what our account is or has",
    HaltScope.KIND: "its kind of message",
    HaltScope.SENDER: "its sender",
    HaltScope.TEMPLATE: "its template or official account",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """What is being sent: its name in sentences, and the key by which it may safely be sent again."""

    what: str
    #: Empty where eSMS takes no key: then a repeat is a second one.
    request_id: str
    #: The command that tells what became of it, before its reference; empty where there is none.
    follow: str = ""


def number(written: str) -> int:
    """The phone in 84 form; raises Refused `bad_phone`, whose sentence does not repeat it."""
    found = phones.read(written)
    if isinstance(found, phones.Fault):
        raise Refused("bad_phone", f"--phone: {found.sentence}", {"fault": str(found)})
    phone, renumbered = found
    if renumbered:
        console.say(f"The number was given the prefix that replaced its old one: {phones.masked(phone)}.")
    return phone


def request_key(given: str, *, longest: int = LONGEST_REQUEST_ID) -> str:
    """The id that was given, else a new one; raises Misuse."""
    if not given:
        return str(uuid4())
    if not re.fullmatch(rf"[\w.-]{{1,{longest}}}", given, re.ASCII):
        raise Misuse(f"--request-id takes up to {longest} letters, digits and the signs - _ and a full stop.")
    return given


def send(sent: Sent, ask: Callable[[Esms], Awaitable[Answer]], *, json: bool, ad: HandAd | None = None) -> None:
    """Send once; exit 0 when it was accepted, 1 otherwise. Raises Refused when no account is set or an `ad` may not go."""
    settings = config.load()
    runtime.configure_log(settings)
    known.check_account(known.named(settings, "esms"))
    if ad is not None:
        _check_clock(settings)
    try:
        answer = _recorded(settings, sent, ask, ad)
        if answer is None:
            answer = asked(adapters.esms_adapter(settings), ask)
    except (KeyboardInterrupt, SystemExit):
        # Whoever stops us in the middle must know that it may be out, and by which id to find it.
        _tell(sent, Answer(Outcome.UNKNOWN, provider_message="the command was stopped during the call"), json=json)
        raise
    if settings.esms.sandbox and answer.outcome is Outcome.ACCEPTED:
        console.say("LOA_ESMS_SANDBOX is on: this was a trial, and nothing is delivered.")
    _tell(sent, answer, json=json)
    if answer.outcome is not Outcome.ACCEPTED:
        raise typer.Exit(1)


def _check_clock(settings: Settings) -> None:
    """An ad by hand keeps hours, and a shifted clock has others: it goes to a sandbox only. Raises Misuse naming the address."""
    for variable, url in settings.provider_urls().items():
        if settings.clock_offset_s and variable.startswith("LOA_ESMS_") and not config.on_loopback(url):
            raise Misuse(
                f"LOA_CLOCK_OFFSET_S is set, and {variable} is not on loopback: an ad would leave "
                "at the wrong hour. Unset one of them."
            )


def _recorded(
    settings: Settings, sent: Sent, ask: Callable[[Esms], Awaitable[Answer]], ad: HandAd | None
) -> Answer | None:
    """Send within the shared rate limit, and keep the attempt; None: no database runs here, and nothing was sent.

    An ad is never sent without the database, in which it is counted: Unavailable says what is missing.
    """
    try:
        database_url, redis_url = config.addresses(settings)
        loa = wiring.build(settings, database_url, redis_url)
    except Unavailable:
        if ad is not None:
            raise
        return None
    try:
        runtime.shape(loa.engine, given=config.embedded_database(settings) is False)
    except (Unavailable, OperationalError) as fault:
        loa.close()
        if ad is not None:
            raise
        # The call goes out all the same: only its trace is lost.
        log.info("direct_call_not_recorded", reason=str(fault).splitlines()[0])
        return None
    try:
        return by_hand.make(loa.deps, Esms.name, sent.request_id, ask, ad)
    finally:
        loa.close()


def _tell(sent: Sent, answer: Answer, *, json: bool) -> None:
    if json:
        console.document(_document(sent, answer))
    if answer.outcome is not Outcome.ACCEPTED:
        console.say(sentence(sent, answer))
    elif not json:
        console.answer(f"eSMS accepted the {sent.what}; that is not delivery yet.", style="bold")
        facts = console.facts()
        facts.add_row("eSMS's id", answer.ref)
        facts.add_row("request id", sent.request_id or "none: eSMS takes no key here")
        if sent.follow:
            facts.add_row("its result", f"{sent.follow} {answer.ref}")
        console.out.print(facts)


def _document(sent: Sent, answer: Answer) -> dict[str, Any]:
    return {
        "provider": Esms.name,
        "outcome": str(answer.outcome),
        "code": answer.code,
        "words": answer.provider_message,
        "provider_ref": answer.ref or None,
        "request_id": sent.request_id or None,
        "retry_after_s": answer.retry_after_s,
        "sentence": None if answer.outcome is Outcome.ACCEPTED else sentence(sent, answer),
    }


def sentence(sent: Sent, answer: Answer) -> str:
    """What an answer that is no acceptance means to a person, with the way out."""
    code = f" (code {answer.code})" if answer.code else ""
    words = " ".join(answer.provider_message.split()).rstrip(".")
    named = f" Its request id was {sent.request_id}." if sent.request_id else ""
    match answer.outcome:
        case Outcome.REJECTED if not code:
            return f"The {sent.what} was not sent: {words}."
        case Outcome.REJECTED:
            return f"eSMS refused the {sent.what}{code}: {words}.{named}"
        case Outcome.HALT:
            return f"eSMS refused the {sent.what} for {AT_FAULT[answer.scope]}{code}: {words}.{named}"
        case Outcome.RETRY:
            wait = f" after {answer.retry_after_s:g} s" if answer.retry_after_s else " later"
            return f"eSMS did not take the {sent.what}{code}: {words}; it may be sent again{wait}.{named}"
        case _:
            return _unknown(sent, answer.code, words)


def _unknown(sent: Sent, code: str, words: str) -> str:
    said = f"code {code}, {words}" if code else words
    if code == SEEN_BEFORE:
        return (
            f"eSMS has seen request id {sent.request_id} before ({said}) and took nothing new; the {sent.what} of that time "
            "may have been taken, and Loa did not repeat it: look for the number in its history on account.esms.vn."
        )
    unknown = f"eSMS may have taken the {sent.what} ({said}), and Loa did not repeat it"
    if not sent.request_id:
        return (
            f"{unknown}: eSMS takes no key against repeats here, so sending it again may be a second {sent.what}; "
            "look for the number in its history on account.esms.vn first."
        )
    return (
        f"{unknown}: look for the number in its history on account.esms.vn, or within 24 hours give the same command again with "
        f"--request-id {sent.request_id}, which sends it only if eSMS has not seen that id (else it answers {SEEN_BEFORE})."
    )
