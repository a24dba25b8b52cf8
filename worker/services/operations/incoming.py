"""A subscriber's message is taken: kept whatever it says, and a refusal counts from this very transaction on, for all campaigns.

A repeat changes nothing and gets the same answer; a forged call is kept as such and does nothing at all.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from worker.domain import phone
from worker.domain.callback import Receipt
from worker.domain.incoming import Incoming
from worker.domain.opt_out import Meaning, Rules
from worker.errors import LoaError, Misuse, Refused
from worker.providers.incoming import IncomingProvider
from worker.services import otp
from worker.services.deps import Deps
from worker.services.otp import OtpRequest
from worker.storage.operations import incoming as rows
from worker.storage.operations import suppression
from worker.storage.operations.suppression import OPT_OUT
from worker.storage.tables.incoming import IncomingMessage

log = structlog.get_logger(__name__)

FORGED: Final = "forged"
UNREADABLE: Final = "unreadable"
#: What a message may mean.
MEANINGS: Final = (*Meaning, FORGED, UNREADABLE)
#: A confirmation that is a message of its own is worth sending for so long.
REPLY_TTL_S: Final = 3600


def take(deps: Deps, rules: Rules, provider: str, by: IncomingProvider, query: bytes, body: bytes) -> Receipt | None:
    """Keep and obey one call; what the provider is answered, None for a forged call."""
    said, now = by.read_incoming(query, body), deps.clock.now()
    forged = by.forged(query, body)
    meaning = FORGED if forged else _meaning(rules, said)
    reply = rules.replies.get(Meaning(meaning), "") if meaning in set(Meaning) else ""
    ref = said.ref if said else ""
    with deps.sessions.begin() as session:
        earlier = None if forged else rows.same(session, provider, ref)
        if earlier is not None:
            return by.incoming_receipt(said, earlier.reply if by.answers else "")
        row = IncomingMessage(
            provider=provider,
            ref=ref,
            received_at=now,
            phone=said.phone if said else None,
            service_number=said.service_number if said else "",
            keyword=said.keyword if said else "",
            content=(said.content if said else "").replace("\0", ""),
            meaning=meaning,
            reply=reply,
            query=query,
            body=body,
        )
        session.add(row)
        source = f"{provider} {said.service_number}".strip() if said else provider
        if said is not None and said.phone is not None and meaning == Meaning.OPT_OUT:
            suppression.add(session, [said.phone], OPT_OUT, source, now, by="subscriber")
        elif said is not None and said.phone is not None and meaning == Meaning.OPT_IN:
            # The national list is not his word to us, nor ours to overrule: only his own refusal ends.
            suppression.remove(session, [said.phone], now, by=f"subscriber, {source}", only=OPT_OUT)
        session.flush()
        row_id = row.id
    log.info("incoming_message", provider=provider, message=str(row_id), meaning=meaning)
    if forged:
        return None
    if reply and said is not None and said.phone is not None and not by.answers:
        _confirm(deps, provider, said, reply, row_id)
    return by.incoming_receipt(said, reply)


def newest(
    deps: Deps, limit: int, meaning: str = "", *, written: str = "", after: tuple[datetime, UUID] | None = None
) -> Sequence[IncomingMessage]:
    """The latest messages, the newest first, also those of one number or behind one of them; Misuse for a meaning that does not
    exist, Refused `bad_phone` for what is no number.
    """
    if meaning and meaning not in MEANINGS:
        raise Misuse(f"There is no meaning {meaning!r}; take from {', '.join(MEANINGS)}.")
    read = phone.read(written) if written else None
    if isinstance(read, phone.Fault):
        raise Refused("bad_phone", f"The phone cannot be looked up: {read.sentence}", {"fault": str(read)})
    with deps.sessions() as session:
        return rows.newest(session, limit, meaning=meaning, phone=read and read[0], after=after)


def replies_to(deps: Deps) -> str:
    """The number to which the latest message came that was no forgery; empty: none came yet."""
    with deps.sessions() as session:
        latest = rows.newest(session, 1, meaning=Meaning.OPT_OUT)
    return latest[0].service_number if latest else ""


def _meaning(rules: Rules, said: Incoming | None) -> str:
    if said is None or said.phone is None:
        return UNREADABLE
    return str(rules.words.judge(said.content, said.keyword, said.service_number))


def _confirm(deps: Deps, provider: str, said: Incoming, reply: str, row_id: UUID) -> None:
    """Where the provider's answer carries no text, the confirmation is a message of its own; without it he is still heard."""
    try:
        asked = OtpRequest(str(said.phone), reply, REPLY_TTL_S, (provider,), key=f"incoming:{row_id}")
        otp.enqueue(deps, asked)
    except LoaError as fault:
        log.warning("confirmation_not_sent", message=str(row_id), reason=str(fault))
        with deps.sessions.begin() as session:
            rows.unanswered(session, row_id)
