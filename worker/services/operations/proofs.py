"""Proof of consent, with the messages that it covers: shown, exported, kept without the number."""

import hashlib
from typing import Any, Final, TextIO
from uuid import UUID

from worker.domain import phone as phones
from worker.domain.roles import May
from worker.domain.states import BatchState
from worker.domain.window import local
from worker.errors import Refused
from worker.services.deps import Deps
from worker.services.reporting.csv_out import BYTE_ORDER_MARK, CsvWriter
from worker.services.reporting.report import COUNTED_AS, LEFT
from worker.storage.audience import consents

COLUMNS: Final = (
    *(
        "phone",
        "consent_at",
        "consent_source",
        "consent_evidence",
        "campaign",
        "name",
        "kind",
        "sender",
        "provider",
        "text",
    ),
    *("state", "sent_at", "provider_ref"),
)


def of_number(deps: Deps, written: str) -> list[dict[str, Any]]:
    """The proofs of one number, each with the message that it covers; Refused `bad_phone` when it is none."""
    deps.actor.must(May.SEE_PHONES)
    found = phones.read(written)
    if isinstance(found, phones.Fault):
        raise Refused("bad_phone", f"The phone cannot be looked up: {found.sentence}", {"fault": str(found)})
    with deps.sessions() as session:
        return [document(one) for one in consents.proofs(session, phone=found[0])]


def export(deps: Deps, file: TextIO, *, campaign_id: UUID | None = None, phone: int | None = None) -> int:
    """Write the proofs of a campaign, of a number, or all of them as CSV; how many."""
    deps.actor.must(May.SEE_PHONES)
    file.write(BYTE_ORDER_MARK)
    write, lines = CsvWriter(file), 0
    write(COLUMNS)
    with deps.sessions() as session:
        for one in consents.proofs(session, campaign_id=campaign_id, phone=phone):
            proof = document(one)
            write([proof[name] for name in COLUMNS])
            lines += 1
    return lines


def document(one: Any) -> dict[str, Any]:
    """A proof as JSON: the consent, and the message that it covers. The text is that of the campaign, before its variables."""
    state = str(COUNTED_AS[BatchState(one.state)]) if one.state in {str(known) for known in BatchState} else one.state
    return {
        "phone": phones.local(one.phone),
        "consent_at": local(one.consent_at),
        "consent_source": one.consent_source,
        "consent_evidence": one.consent_evidence,
        "campaign": str(one.campaign_id),
        "name": one.campaign,
        "kind": one.kind,
        "sender": one.sender,
        "provider": one.provider,
        "text": one.text,
        "state": state,
        "sent_at": local(one.sent_at) if one.sent_at is not None and state in LEFT else None,
        "provider_ref": one.provider_ref if state in LEFT else "",
    }


def anonymous(one: Any) -> dict[str, Any]:
    """A proof without the number; its evidence as a hash, by which whoever holds it can show that it is this one."""
    proof = document(one)
    evidence = proof.pop("consent_evidence")
    proof["consent_evidence_sha256"] = hashlib.sha256(evidence.encode()).hexdigest() if evidence else None
    return {**proof, "phone": None}
