"""Codes are made here, sent inside a text that nobody keeps, and checked; only a keyed hash of each is stored.

Those that a provider makes are checked there (check_elsewhere.py).
"""

import hmac
import secrets
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from worker.domain.otp_code import MOST_TRIES, CheckStatus, CodePlan
from worker.errors import NotFound, Refused
from worker.services.deps import Deps
from worker.services.otp import check_elsewhere
from worker.services.otp.check_elsewhere import Checked
from worker.storage.otp import codes, messages
from worker.storage.tables.messages import OtpCode


def fresh(plan: CodePlan) -> str:
    """A new code; each character is drawn evenly from the alphabet by the machine's own randomness."""
    return "".join(secrets.choice(plan.alphabet) for _ in range(plan.length))


def check(
    deps: Deps, message_id: UUID, written: str, *, api_key_id: UUID | None = None, everyone: bool = True
) -> Checked:
    """Say whether this is the code of a message. Five tries in all; a right one is approved once.

    A key checks what it asked for itself (`everyone`: any). NotFound for no such message, Refused `no_code` for one whose
    code was the caller's own, `not_checked` where its provider makes it and did not answer.
    """
    now = deps.clock.now()
    # Before anything is known of it, and compared in constant time: no answer is faster for a better guess.
    hashes = deps.sealer().hash_codes(written.strip(), message_id)
    with deps.sessions.begin() as session:
        message = messages.get(session, message_id)
        if message is None or not (everyone or message.api_key_id == api_key_id):
            raise NotFound("message", str(message_id))
        kept = codes.lock(session, message_id)
        if kept is None:
            raise Refused("no_code", f"The code of message {message_id} was not made by Loa, so Loa cannot check it.")
        if kept.hash is not None:
            right = [hmac.compare_digest(kept.hash, one) for one in hashes]
            return _checked(session, kept, now, right=any(right))
    return check_elsewhere.check(deps, message, written.strip())


def _checked(session: Session, kept: OtpCode, now: datetime, *, right: bool) -> Checked:
    status = _status(kept, right=right, over=now >= kept.expires_at)
    if status is CheckStatus.APPROVED:
        kept.used_at = now
    elif status is CheckStatus.WRONG:
        kept.tries += 1
    left = 0 if status in {CheckStatus.USED, CheckStatus.EXPIRED} else max(MOST_TRIES - kept.tries, 0)
    session.add(kept)
    return Checked(status, left)


def _status(kept: OtpCode, *, right: bool, over: bool) -> CheckStatus:
    if kept.used_at is not None:
        return CheckStatus.USED
    if over:
        return CheckStatus.EXPIRED
    if kept.tries >= MOST_TRIES:
        return CheckStatus.TOO_MANY
    return CheckStatus.APPROVED if right else CheckStatus.WRONG
