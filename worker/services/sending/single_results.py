"""What the call of one number came to: its state, and under which key it may be called again."""

from collections.abc import Sequence
from typing import Final

from worker.domain.calls import Answer
from worker.domain.outcome import DEFINITE_REFUSALS, Outcome
from worker.domain.states import NextCall, RecipientState
from worker.services.calling.terms import NOT_BEGUN
from worker.services.deps import Account
from worker.storage.sending import singles
from worker.storage.sending.singles import Addressee, Result

LONGEST_RAW: Final = 2_000
STATES: Final = {
    Outcome.REJECTED: RecipientState.REJECTED,
    Outcome.UNKNOWN: RecipientState.UNKNOWN,
    # Certainly not taken: to be called again.
    Outcome.RETRY: None,
    Outcome.HALT: None,
}
#: Outcomes whose words a person needs to read of a batch.
TOLD: Final = frozenset({Outcome.UNKNOWN, Outcome.REJECTED})
#: What a wave is reported as.
WORST_FIRST: Final = (Outcome.HALT, Outcome.UNKNOWN, Outcome.RETRY, Outcome.REJECTED, Outcome.ACCEPTED)


def certainly_refused(result: Result) -> bool:
    """Whether the number did not get this ad, and will not but by another call that is counted."""
    return result.state in {None, RecipientState.REJECTED} and result.next_call is not NextCall.RETRY_SAME_KEY


def result_of(account: Account, to: Addressee, answer: Answer) -> Result:
    """Where the answer to its call puts a number, and what may be done next with it."""
    if to.vouched and not account.accepts_idempotency_key and answer.code in account.duplicate_codes:
        # Without a key the text itself is known again: the call that a person gave up had been taken.
        return Result(
            to.phone, RecipientState.ACCEPTED, answer.code, f"it was taken after all: {answer.provider_message}"
        )
    if answer.outcome is Outcome.ACCEPTED:
        return Result(to.phone, RecipientState.ACCEPTED, answer.code, ref=answer.ref)
    state = STATES[answer.outcome]
    turned_away = to.next_call is NextCall.TURNED_AWAY
    # After a gateway's refusal its key is kept, whatever the provider says of the next call: the gateway may have been wrong.
    refused = answer.outcome in {Outcome.RETRY, Outcome.HALT} and bool(answer.code) and not turned_away
    if to.repeat and answer.outcome in DEFINITE_REFUSALS:
        if not answer.code and answer.outcome is Outcome.RETRY:
            # It never left: still to be repeated, under the same key.
            return Result(to.phone, None, reason=singles.ABSENT, next_call=NextCall.RETRY_SAME_KEY)
        # Only the repeat was refused; the call before it may have been taken.
        return Result(
            to.phone, RecipientState.UNKNOWN, answer.code, f"its repeat was refused: {answer.provider_message}"
        )
    reason = "" if state is None else answer.provider_message
    next_call = None
    if state is None and account.accepts_idempotency_key and (turned_away or not (refused or answer is NOT_BEGUN)):
        reason, next_call = singles.REFUSED_BY_A_GATEWAY, NextCall.TURNED_AWAY
    elif state is None and to.vouched:
        # Not called, or refused: what a person said of the call before this one stays to be borne out.
        reason, next_call = singles.VOUCHED, NextCall.RETRY_NEW_KEY
    return Result(to.phone, state, answer.code, reason, next_call, answer.ref, refused)


def of_all(worst: Outcome | None, evidence: Sequence[Answer]) -> Answer:
    """The calls of a run as one: the worst outcome, and what was said of those that were not taken."""
    raw = "\n".join(dict.fromkeys(one.raw for one in evidence if one.raw))
    first = evidence[0] if evidence else Answer(Outcome.ACCEPTED)
    return Answer(worst or Outcome.RETRY, first.code, first.provider_message, raw=raw[:LONGEST_RAW])
