"""A request becomes a message: checked whole, sealed, stored in one commit; then a task, and nothing in between.

Requests that come in at the same moment share that commit. Each is decided for itself: what is refused of one, another does not
notice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import psycopg
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlmodel import Session

from worker.domain.idempotency import as_given
from worker.domain.message import MessageState
from worker.domain.playground import PLAYGROUND
from worker.domain.roles import May
from worker.errors import LoaError, Misuse, NotFound, Refused, Unavailable
from worker.sealing import token_key
from worker.services.deps import Deps, no_account
from worker.services.otp import unsent
from worker.services.otp.crowd import Crowd
from worker.services.otp.limits import Counts
from worker.services.otp.made_elsewhere import Held, row_of
from worker.services.otp.request import CheckedRequest, OtpRequest, checked, opened, ready
from worker.storage.otp import intake, messages
from worker.storage.tables.messages import Message

NO_DIGITS: Final = "the text needs one code of 4 to 10 digits, and no other number of that length."
#: Faults of one row, or of waiting for another transaction: nothing was stored, and without the others it may be.
ALONE: Final = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was taken in, and whether its key had stood for it before."""

    message: Message
    repeated: bool
    #: When a task was to be enqueued for it; None: it needs none. A repeat that nobody has called for yet gets one too: whoever
    #: stored it may be finding out just now that it cannot be enqueued.
    enqueue_at: datetime | None = None


def enqueue(deps: Deps, requested: OtpRequest) -> Message:
    """Store a message and enqueue for it; the same key with the same request gives back the first, however often.

    Raises Refused (`bad_phone`, `text_empty`, `text_too_long`, `text_without_digits`, `text_without_code`, `template_unfilled`,
    `text_unfilled`, `no_account`, `no_sender`,
    `key_conflict`, `no_secret_key`, `route_makes_codes`, `too_many_to_number` and `code_still_good` with `retry_after_s`) or
    Misuse; no sentence repeats the number or the text.
    """
    return take_in(deps, requested).message


def take_in(
    deps: Deps, requested: OtpRequest, also: Callable[[Session, Message], None] | None = None, *, surely: bool = False
) -> Taken:
    """`enqueue`, for a caller who wants to know whether it was there before; `also` is done in the same transaction.

    `surely`: for who can take another way; what cannot be enqueued is not taken in, and Unavailable says why (unsent.py).
    """
    request = checked(deps, requested) if also is None else ready(deps, requested)
    return take_in_checked(deps, request, also, surely=surely)


def take_in_checked(
    deps: Deps, request: CheckedRequest, also: Callable[[Session, Message], None] | None = None, *, surely: bool = False
) -> Taken:
    """`take_in` for what was checked."""
    crowd = Crowd(deps) if surely else None
    with deps.sessions.begin() as session:
        # One number's messages come in one after the other, or two at once would both find room for one more.
        intake.lock_number(session, request.phone)
        (taken,) = _decide(deps, session, [request], crowd)
        if not isinstance(taken, Taken):
            raise taken
        if also is not None and not taken.repeated:
            also(session, taken.message)
    if taken.enqueue_at is None:
        return taken
    kept_off = deps.task_queue.enqueue_otps(_useful([taken]))
    if kept_off and surely:
        for fault in unsent.take_back(deps, [taken.message.id], kept_off, taken.enqueue_at).values():
            raise fault
    return taken


def take_in_together(deps: Deps, requests: Sequence[CheckedRequest]) -> Sequence[Taken | LoaError | None]:
    """`take_in_checked`, surely, for many by one transaction that waits for no other: what each came to, or why it is refused.

    None: it is to be taken in by itself, since its number is just being taken in elsewhere, or one of these could not be stored.
    """
    crowd = Crowd(deps)
    turned_away = crowd.turned_away(requests)
    if len(turned_away) == len(requests):
        return [turned_away[request.id] for request in requests]
    try:
        with deps.sessions.begin() as session:
            inside = [request for request in requests if request.id not in turned_away]
            free = intake.lock_numbers(session, [*{request.phone for request in inside}])
            now = [request for request in inside if request.phone in free]
            decided = dict(zip((request.id for request in now), _decide(deps, session, now, crowd), strict=True))
    except (DataError, IntegrityError):
        return [turned_away.get(request.id) for request in requests]
    except DBAPIError as fault:
        if not isinstance(fault.orig, ALONE):
            raise
        return [turned_away.get(request.id) for request in requests]
    taken = [one for one in decided.values() if isinstance(one, Taken)]
    waits = {one.message.id: one.enqueue_at for one in taken if one.enqueue_at}
    if kept_off := deps.task_queue.enqueue_otps(_useful(taken)):
        taken_back = unsent.take_back(deps, [*waits], kept_off, max(waits.values()))
        # A twin under the same key stands for the same message, and is told the same.
        decided = {
            request_id: taken_back.get(one.message.id, one) if isinstance(one, Taken) else one
            for request_id, one in decided.items()
        }
    return [turned_away.get(request.id) or decided.get(request.id) for request in requests]


def enqueue_sealed(deps: Deps, token: object, task_id: str = "") -> Message:
    """`enqueue` for a token made by `worker.sealing.seal`; delivered twice, it is one message. Raises what `enqueue` raises.

    The message bears the id of the task, so that its producer finds it; where that is taken, or is no UUID, it has its own.
    """
    requested = opened(deps.sealer().open_request(token), token_key(str(token)))
    try:
        wanted = UUID(task_id)
    except ValueError:
        return enqueue(deps, requested)
    try:
        return enqueue(deps, replace(requested, id=wanted))
    except IntegrityError:
        return enqueue(deps, requested)


def show(deps: Deps, message_id: UUID) -> Message:
    """One message as it is now; NotFound names the id."""
    deps.actor.must(May.SEE_OTP)
    with deps.sessions() as session:
        found = messages.get(session, message_id)
    if found is None:
        raise NotFound("message", str(message_id))
    return found


def identify(written: str) -> UUID:
    """The message that a person means: its id."""
    try:
        return UUID(written)
    except ValueError:
        raise Misuse(f"{written!r} is not the id of a message; `loa otp send` prints it.") from None


def _useful(taken: Sequence[Taken]) -> Mapping[UUID, float]:
    """For how many seconds each of those that are to be enqueued is of use."""
    return {
        one.message.id: (one.message.expires_at - one.enqueue_at).total_seconds() for one in taken if one.enqueue_at
    }


def _decide(
    deps: Deps, session: Session, requests: Sequence[CheckedRequest], crowd: Crowd | None = None
) -> Sequence[Taken | LoaError]:
    """Store what may be stored, in the order in which it came; the numbers are locked. `crowd`: for who can take another way."""
    now = deps.clock.now()
    by_key = intake.by_keys(session, [request.requested.key for request in requests if request.requested.key])
    counts, held = Counts(session, deps.otp, requests, now), Held(session, requests, now)
    decided: list[Taken | LoaError] = []
    made: dict[UUID, Message] = {}
    for request in requests:
        try:
            # Before any rule that a setting or a count can change: a repeated request gets the first one's answer.
            if earlier := by_key.get(request.requested.key):
                decided.append(_repeat(request, earlier))
                continue
            route = [PLAYGROUND] if request.requested.test else _route(deps, request)
            if not request.requested.test:
                held.check(request)
                counts.check(request)
                if crowd is not None:
                    crowd.check(request)
        except LoaError as fault:
            decided.append(fault)
            continue
        counts.add(request)
        held.add(request)
        message = made[request.id] = _message(request, route, now)
        decided.append(Taken(message, repeated=False, enqueue_at=now))
        if message.key is not None:
            by_key[message.key] = message
    stored = intake.store(session, list(made.values()))
    if len(stored) < len(made):
        # One key for two numbers at the same moment: another transaction was first.
        by_key |= intake.by_keys(session, [one.key for one in made.values() if one.key and one.id not in stored])
        decided = [
            _repeated(request, by_key.get(request.requested.key))
            if isinstance(one, Taken) and one.message.id in made and one.message.id not in stored
            else one
            for request, one in zip(requests, decided, strict=True)
        ]
    made_codes = (row_of(request, now) for request in requests if request.id in stored)
    intake.keep_codes(session, [one for one in made_codes if one is not None])
    return decided if crowd is None else _waiting(session, decided, made, now)


def _waiting(
    session: Session, decided: Sequence[Taken | LoaError], made: Mapping[UUID, Message], now: datetime
) -> Sequence[Taken | LoaError]:
    """Of repeats that nobody has called for yet: they are enqueued for once more, unless they were just taken back."""
    repeats = [
        one.message.id
        for one in decided
        if isinstance(one, Taken)
        and one.message.id not in made
        and one.message.state is MessageState.QUEUED
        and not one.message.attempts
    ]
    if not repeats:
        return decided
    there = set(messages.still_waits(session, repeats, now))
    return [
        replace(one, enqueue_at=now) if isinstance(one, Taken) and one.message.id in there else one for one in decided
    ]


def _message(request: CheckedRequest, route: list[str], now: datetime) -> Message:
    requested = request.requested
    asked_at = min(requested.asked_at or now, now)
    return Message(
        id=request.id,
        phone=request.phone,
        sealed=request.sealed,
        sender=requested.sender,
        route=route,
        remaining_route=route,
        key=requested.key or None,
        fingerprint=request.fingerprints[0],
        state=MessageState.QUEUED,
        queued_at=now,
        expires_at=asked_at + timedelta(seconds=requested.ttl_s),
        not_before=asked_at,
        enqueued_at=now,
        api_key_id=requested.api_key_id,
        callback_url=request.callback_url,
        client_network=request.network,
    )


def _route(deps: Deps, request: CheckedRequest) -> list[str]:
    """The providers in their order: each known, with an account, and with a sender, or digits to be read out."""
    requested = request.requested
    usable = [name for name in deps.accounts if name not in deps.missing_settings]
    route = list(requested.route or deps.otp.route or usable[:1])
    if not route:
        variables = "; or ".join(" and ".join(missing) for missing in deps.missing_settings.values())
        raise Refused("no_account", f"No provider has an account yet: set {variables}.")
    if PLAYGROUND in route:
        raise Misuse(f"{PLAYGROUND!r} is the provider of test keys: make one by `loa key create --test`.")
    for name in route:
        account = deps.otp_account(name)
        if name not in usable and name not in deps.otp_only:
            raise no_account(name, deps.missing_settings[name])
        if account.spoken:
            if not request.has_digits:
                raise Refused("text_without_digits", f"{account.title} reads out digits: {NO_DIGITS}")
            continue
        if not (requested.sender or account.otp_sender):
            variable = f"LOA_{(account.part_of or name).upper()}_OTP_SENDER"
            raise Refused(
                "no_sender",
                f"No sender is named, and {account.title} has none of its own: set {variable}, or name one.",
            )
    return route


def _repeat(request: CheckedRequest, earlier: Message) -> Taken:
    """What this idempotency key stands for; a different request under the same key is refused."""
    if earlier.fingerprint not in request.fingerprints:
        raise Refused(
            "key_conflict",
            f"The key {as_given(request.requested.key)!r} already stands for message {earlier.id}, which asked for something "
            "else: use a new key.",
            {"id": str(earlier.id)},
        )
    return Taken(earlier, repeated=True)


def _repeated(request: CheckedRequest, earlier: Message | None) -> Taken | LoaError:
    if earlier is None:
        return Unavailable(unsent.NOT_ENQUEUED)
    try:
        return _repeat(request, earlier)
    except LoaError as fault:
        return fault
