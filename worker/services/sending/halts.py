"""Pauses what the provider's code in a HALT speaks of, and no other campaign, with a sentence for a person."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session

from worker.domain.calls import Answer
from worker.domain.outcome import HALT_SCOPES, HaltScope, Outcome
from worker.services.calling.terms import describe
from worker.services.deps import Account
from worker.storage import campaigns

#: What is paused, and how it goes on. `listed` names the command that shows the registered senders, where there is one.
SENTENCES: Final[Mapping[HaltScope, str]] = {
    HaltScope.TEMPLATE: (
        "Paused is this text by {sender} alone (scope: template). Have its template or official account registered at "
        "{title} and resume, or cancel and create it with another text."
    ),
    HaltScope.SENDER: (
        "Paused are {kind} campaigns by {sender} alone (scope: sender). Have {sender} registered for {kind} at {title} and "
        "resume, or cancel and create it with a registered sender{listed}."
    ),
    HaltScope.KIND: (
        "Paused are {kind} campaigns at {title} alone (scope: kind). Ask {title} to open {kind} for this account, then resume "
        "each."
    ),
    HaltScope.ACCOUNT: "Paused are all campaigns at {title} (scope: account). Mend it there or here, then resume each.",
}


def widest(answers: Iterable[Answer]) -> Answer | None:
    """Of several answers the HALT that speaks of most, which holds what the others speak of; None without any."""
    halts = [answer for answer in answers if answer.outcome is Outcome.HALT]
    return max(halts, key=lambda answer: HALT_SCOPES.index(answer.scope), default=None)


def pause(session: Session, account: Account, campaign_id: UUID, call_began: datetime, answer: Answer) -> None:
    """Pause what a HALT speaks of, with what it said and the way out as the reason; nothing for any other answer.

    To be called before the batch is touched: campaign first, batch second, as the claim does, or two workers could deadlock.
    """
    if answer.outcome is not Outcome.HALT:
        return
    kind, sender = campaigns.kind_and_sender(session, campaign_id)
    listed = f" (`loa provider senders {account.name}` lists them)" if account.senders is not None else ""
    sentence = SENTENCES[answer.scope].format(kind=kind, sender=sender, title=account.title, listed=listed)
    said = describe(account, answer).rstrip(".")
    campaigns.halt(session, campaign_id, answer.scope, call_began, f"{said}. {sentence}")
