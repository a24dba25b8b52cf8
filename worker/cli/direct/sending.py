"""What did one send come to, and what may the person do next? One request, told in one sentence and an exit code."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import typer

from worker import config, wiring
from worker.cli import parts, screen
from worker.cli.provider import known
from worker.cli.provider.asking import asked
from worker.domain import phone as phones
from worker.domain.outcome import Outcome
from worker.errors import Misuse, Refused
from worker.providers.base import Answer
from worker.providers.esms import Esms

#: Newer documents of eSMS; the manual allows 120.
LONGEST_REQUEST_ID: Final = 50
#: eSMS's answer to a RequestId that it has seen within a day.
SEEN_BEFORE: Final = "124"


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
        screen.say(f"The number was given the prefix that replaced its old one: {phones.masked(phone)}.")
    return phone


def request_key(given: str, *, longest: int = LONGEST_REQUEST_ID) -> str:
    """The id that was given, else a new one; raises Misuse."""
    if not given:
        return str(uuid4())
    if not re.fullmatch(rf"[\w.-]{{1,{longest}}}", given, re.ASCII):
        raise Misuse(f"--request-id takes up to {longest} letters, digits and the signs - _ and a full stop.")
    return given


def send(sent: Sent, ask: Callable[[Esms], Awaitable[Answer]], *, json: bool) -> None:
    """Send once; exit 0 when it was accepted, 1 otherwise. Raises Refused when no account is set."""
    settings = config.load()
    parts.configure_log(settings)
    known.check_account(known.named(settings, "esms"))
    esms = wiring.esms_adapter(settings)
    try:
        answer = asked(esms, ask)
    except (KeyboardInterrupt, SystemExit):
        # Whoever stops us in the middle must know that it may be out, and by which id to find it.
        _tell(sent, Answer(Outcome.UNKNOWN, words="the command was stopped during the call"), json=json)
        raise
    if settings.esms.sandbox and answer.outcome is Outcome.ACCEPTED:
        screen.say("LOA_ESMS_SANDBOX is on: this was a trial, and nothing is delivered.")
    _tell(sent, answer, json=json)
    if answer.outcome is not Outcome.ACCEPTED:
        raise typer.Exit(1)


def _tell(sent: Sent, answer: Answer, *, json: bool) -> None:
    if json:
        screen.document(_document(sent, answer))
    if answer.outcome is not Outcome.ACCEPTED:
        screen.say(sentence(sent, answer))
    elif not json:
        screen.answer(f"eSMS accepted the {sent.what}; that is not delivery yet.", style="bold")
        facts = screen.facts()
        facts.add_row("eSMS's id", answer.ref)
        facts.add_row("request id", sent.request_id or "none: eSMS takes no key here")
        if sent.follow:
            facts.add_row("its result", f"{sent.follow} {answer.ref}")
        screen.out.print(facts)


def _document(sent: Sent, answer: Answer) -> dict[str, Any]:
    return {
        "provider": Esms.name,
        "outcome": str(answer.outcome),
        "code": answer.code,
        "words": answer.words,
        "provider_ref": answer.ref or None,
        "request_id": sent.request_id or None,
        "retry_after_s": answer.retry_after_s,
        "sentence": None if answer.outcome is Outcome.ACCEPTED else sentence(sent, answer),
    }


def sentence(sent: Sent, answer: Answer) -> str:
    """What an answer that is no acceptance means to a person, with the way out."""
    code = f" (code {answer.code})" if answer.code else ""
    words = " ".join(answer.words.split()).rstrip(".")
    named = f" Its request id was {sent.request_id}." if sent.request_id else ""
    match answer.outcome:
        case Outcome.REJECTED if not code:
            return f"The {sent.what} was not sent: {words}."
        case Outcome.REJECTED:
            return f"eSMS refused the {sent.what}{code}: {words}.{named}"
        case Outcome.HALT:
            return f"eSMS refused the {sent.what} for what our account is or has{code}: {words}.{named}"
        case Outcome.RETRY:
            wait = f" after {answer.retry_after_s:g} s" if answer.retry_after_s else " later"
            return f"eSMS did not take the {sent.what}{code}: {words}; it may be sent again{wait}.{named}"
        case _:
            return _doubt(sent, answer.code, words)


def _doubt(sent: Sent, code: str, words: str) -> str:
    said = f"code {code}, {words}" if code else words
    if code == SEEN_BEFORE:
        return (
            f"eSMS has seen request id {sent.request_id} before ({said}) and took nothing new; the {sent.what} of that time "
            "may have been taken, and Loa did not repeat it: look for the number in its history on account.esms.vn."
        )
    doubt = f"eSMS may have taken the {sent.what} ({said}), and Loa did not repeat it"
    if not sent.request_id:
        return (
            f"{doubt}: eSMS takes no key against repeats here, so sending it again may be a second {sent.what}; "
            "look for the number in its history on account.esms.vn first."
        )
    return (
        f"{doubt}: look for the number in its history on account.esms.vn, or within 24 hours give the same command again with "
        f"--request-id {sent.request_id}, which sends it only if eSMS has not seen that id (else it answers {SEEN_BEFORE})."
    )
