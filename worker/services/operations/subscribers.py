"""What is kept of one person, and its erasure on request (Law 91/2025/QH15): by the number, wherever it stands.

What must be kept is: a number that refused ads stays on the suppression list, or its refusal could not be honoured; entries that
ended, and proofs of consent, are kept without the number, under its keyed hash.
"""

from dataclasses import dataclass
from typing import Any

from worker.domain import phone as phones
from worker.domain.window import local
from worker.errors import Refused
from worker.services.deps import Deps
from worker.services.operations import proofs
from worker.services.planning import written_lists
from worker.storage.audience import consents as kept_consents
from worker.storage.operations import incoming, subscribers, suppression
from worker.storage.operations.suppression import Entry
from worker.storage.otp import messages

#: Of messages and incoming ones, the newest.
MOST = 1000


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: rows by what they were, and whether the number stays on the suppression list."""

    counts: dict[str, int]
    still_suppressed: bool


def show(deps: Deps, written: str) -> dict[str, Any]:
    """Everything that is kept of a number, as JSON; Refused `bad_phone` when it is none."""
    phone = _phone(written)
    hashes = deps.sealer().hash_phones(phone)
    with deps.sessions() as session:
        campaigns = [
            {
                "campaign": str(one.id), "name": one.name, "kind": one.kind, "sender": one.sender, "text": one.text,
                "row": one.row, "state": one.state, "sent_at": local(one.answered_at) if one.answered_at else None,
            }
            for one in subscribers.campaigns_of(session, phone)
        ]  # fmt: skip
        passwords = [
            {"id": str(one.id), "state": str(one.state), "provider": one.provider, "queued_at": local(one.queued_at)}
            for one in messages.to_phone(session, phone, MOST)
        ]
        sent = [
            {"id": str(one.id), "received_at": local(one.received_at), "content": one.content, "meaning": one.meaning}
            for one in incoming.newest(session, MOST, phone=phone)
        ]
        consents = [proofs.document(one) for one in kept_consents.proofs(session, phone=phone)]
        audiences = [
            {"audience": one.name, "row": one.row, "values": one.vars or {}}
            for one in subscribers.audiences_of(session, phone)
        ]
        history = [_entry(one) for one in suppression.history(session, phone)]
        erased = [
            {"erased_at": local(one.erased_at), "counts": one.counts, "kept": one.kept}
            for one in subscribers.erasures(session, hashes)
        ]
    return {
        "phone": phones.local(phone),
        "campaigns": campaigns,
        "otps": passwords,
        "incoming": sent,
        "consents": consents,
        "audiences": audiences,
        "suppression": history,
        "erasures": erased,
    }


def erase(deps: Deps, written: str) -> Erased:
    """Erase a number's data; Refused `still_open` while a campaign or password to it is under way."""
    phone, now = _phone(written), deps.clock.now()
    # Lists are read before the transaction begins: a long one takes seconds.
    lists = written_lists.holding(deps, phone)
    with deps.sessions.begin() as session:
        if open_work := subscribers.open_work(session, phone):
            raise Refused(
                "still_open",
                f"{open_work} campaigns or passwords to this number are under way: suppress it, and erase it when they ended.",
                {"open": open_work},
            )
        history = suppression.history(session, phone)
        kept = [{**_entry(one), "phone": None} for one in history if one.ended_at is not None]
        kept += [proofs.anonymous(one) for one in kept_consents.proofs(session, phone=phone)]
        counts = subscribers.erase(session, phone)
        counts["written_lists"] = written_lists.forget(session, lists) + written_lists.forget_in_heads(session, phone)
        subscribers.note(session, deps.sealer().hash_phones(phone)[0], now, counts, kept)
    for _, path in lists:
        path.unlink(missing_ok=True)
    return Erased(counts, still_suppressed=bool(history) and history[-1].ended_at is None)


def _phone(written: str) -> int:
    found = phones.read(written)
    if isinstance(found, phones.Fault):
        raise Refused("bad_phone", f"The phone cannot be looked up: {found.sentence}", {"fault": str(found)})
    return found[0]


def _entry(one: Entry) -> dict[str, Any]:
    return {
        "reason": one.reason,
        "source": one.source,
        "since": local(one.added_at),
        "by": one.added_by,
        "until": local(one.ended_at) if one.ended_at else None,
        "ended_by": one.ended_by,
    }
