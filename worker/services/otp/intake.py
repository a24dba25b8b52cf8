"""How does a wish become a message? Checked whole, sealed, stored in one commit; then a bell, and nothing in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from worker.domain import phone as phones
from worker.domain.message import DEFAULT_TTL_S, LONGEST_TTL_S, SHORTEST_TTL_S, MessageState
from worker.domain.text import clean
from worker.errors import Misuse, NotFound, Refused
from worker.sealing import token_key
from worker.services.deps import Deps, Limit
from worker.storage import messages
from worker.storage.tables import Message

LONGEST_TEXT: Final = 1000
LONGEST_KEY: Final = 200
#: The fields of a sealed wish.
KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    **dict.fromkeys(("phone", "text", "sender", "key", "asked_at"), (str,)),
    "ttl": (int, float),
    "route": (list,),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a producer asks for; neither number nor text shows in its repr."""

    #: As people write it.
    phone: str = field(repr=False)
    text: str = field(repr=False)
    ttl_s: float = DEFAULT_TTL_S
    #: Providers in their order; empty: LOA_OTP_ROUTE, else the first account with keys.
    route: Sequence[str] = ()
    #: Empty: each account's own.
    sender: str = ""
    #: The caller's idempotency key; empty: none.
    key: str = ""
    #: From when the time to live counts; None: now.
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was taken in, and whether its key had stood for it before."""

    message: Message
    repeated: bool


def enqueue(deps: Deps, wish: Wish) -> Message:
    """Store a message and ring for it; the same key with the same wish gives back the first, however often.

    Raises Refused (`bad_phone`, `text_empty`, `text_too_long`, `no_account`, `no_sender`, `key_conflict`, `no_secret_key`,
    `too_many_to_number` with `retry_after_s`) or Misuse; no sentence repeats the number or the text.
    """
    return take_in(deps, wish).message


def take_in(deps: Deps, wish: Wish) -> Taken:
    """`enqueue`, for a caller who wants to know whether it was there before."""
    phone, text = _phone(wish.phone), _text(wish.text)
    _check_words(wish)
    sealer = deps.sealer()
    fingerprint = sealer.fingerprint(phone, text, float(wish.ttl_s), list(wish.route), wish.sender) if wish.key else ""
    message_id = uuid4()
    sealed = sealer.seal_text(text, message_id)
    try:
        with deps.sessions.begin() as session:
            # One number's messages come in one after the other, or two at once would both find room for one more.
            messages.take_turns(session, phone)
            # Before any rule that a setting or a count can change: a repeated request gets the first one's answer.
            if earlier := _earlier(session, wish.key, fingerprint):
                return Taken(earlier, repeated=True)
            route = _route(deps, wish)
            now = deps.clock.now()
            _check_limits(session, deps.otp.limits, phone, now)
            asked_at = min(wish.asked_at or now, now)
            message = Message(
                id=message_id,
                phone=phone,
                sealed=sealed,
                sender=wish.sender,
                route=route,
                ahead=route,
                key=wish.key or None,
                fingerprint=fingerprint,
                state=MessageState.QUEUED,
                queued_at=now,
                expires_at=asked_at + timedelta(seconds=wish.ttl_s),
                not_before=asked_at,
                rung_at=now,
            )
            session.add(message)
    except IntegrityError:
        # One key for two numbers at the same moment: the other was first.
        with deps.sessions() as session:
            if earlier := _earlier(session, wish.key, fingerprint):
                return Taken(earlier, repeated=True)
        raise
    deps.bells.ring_otp(message_id)
    return Taken(message, repeated=False)


def enqueue_sealed(deps: Deps, token: object) -> Message:
    """`enqueue` for a token made by `worker.sealing.seal`; delivered twice, it is one message. Raises what `enqueue` raises."""
    found = deps.sealer().open_wish(token)
    return enqueue(deps, _wish(found, token_key(str(token))))


def show(deps: Deps, message_id: UUID) -> Message:
    """One message as it is now; NotFound names the id."""
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


def _wish(found: Mapping[str, Any], own_key: str) -> Wish:
    """The wish in an opened token; Misuse names the field, never its content."""
    for name, value in found.items():
        if name not in KINDS:
            raise Misuse(f"A wish has no {name!r}; it has {', '.join(KINDS)}.")
        if not isinstance(value, KINDS[name]):
            raise Misuse(f"The {name} of a wish is of another kind.")
    if not all(isinstance(name, str) for name in found.get("route", ())):
        raise Misuse("The route of a wish is a list of names.")
    if missing := [name for name in ("phone", "text") if name not in found]:
        raise Misuse(f"The wish has no {missing[0]}.")
    return Wish(
        phone=found["phone"],
        text=found["text"],
        ttl_s=found.get("ttl", DEFAULT_TTL_S),
        route=tuple(found.get("route", ())),
        sender=found.get("sender", ""),
        key=found.get("key") or own_key,
        asked_at=_moment(found["asked_at"]) if "asked_at" in found else None,
    )


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise Misuse("The asked_at of a wish is no ISO 8601 time.") from None
    if moment.tzinfo is None:
        raise Misuse("The asked_at of a wish needs its offset, as in 2026-03-02T09:00:00+07:00.")
    return moment


def _phone(written: str) -> int:
    read = phones.read(written)
    if isinstance(read, phones.Fault):
        raise Refused("bad_phone", f"The phone cannot be messaged: {read.sentence}", {"fault": str(read)})
    return read[0]


def _text(written: str) -> str:
    text = clean(written).text
    if not text:
        raise Refused("text_empty", "The text is empty.")
    if len(text) > LONGEST_TEXT:
        raise Refused("text_too_long", f"The text has {len(text)} characters; {LONGEST_TEXT} are the most.")
    return text


def _check_words(wish: Wish) -> None:
    if not SHORTEST_TTL_S <= wish.ttl_s <= LONGEST_TTL_S:  # so that NaN is refused too
        raise Misuse(f"The time to live is {SHORTEST_TTL_S} to {LONGEST_TTL_S} seconds, not {wish.ttl_s:g}.")
    if len(set(wish.route)) < len(wish.route):
        raise Misuse("The route names a provider twice.")
    if len(wish.key) > LONGEST_KEY or not wish.key.isprintable():
        raise Misuse(f"The key takes up to {LONGEST_KEY} printable characters.")


def _route(deps: Deps, wish: Wish) -> list[str]:
    """The providers in their order: each known, with an account, and with a sender."""
    usable = [name for name in deps.accounts if name not in deps.unset]
    route = list(wish.route or deps.otp.route or usable[:1])
    if not route:
        variables = "; or ".join(" and ".join(missing) for missing in deps.unset.values())
        raise Refused("no_account", f"No provider has an account yet: set {variables}.")
    for name in route:
        account = deps.account(name)
        if name not in usable:
            missing = " and ".join(deps.unset[name])
            raise Refused("no_account", f"There is no account at {name} yet: set {missing}.", {"missing": missing})
        if not (wish.sender or account.otp_sender):
            variable = f"LOA_{name.upper()}_OTP_SENDER"
            raise Refused(
                "no_sender",
                f"No sender is named, and {account.title} has none of its own: set {variable}, or name one.",
            )
    return route


def _check_limits(session: Session, limits: Sequence[Limit], phone: int, now: datetime) -> None:
    """Refuse one more message to a number that had enough, and say when there is room again."""
    room_at = now
    for limit in limits:
        if limit.most and (found := messages.nth_latest(session, phone, limit.most, now - limit.within)):
            room_at = max(room_at, found + limit.within)
    if room_at > now:
        wait_s = ceil((room_at - now) / timedelta(seconds=1))
        raise Refused(
            "too_many_to_number",
            f"This number was sent too many messages of late; there is room for the next in {wait_s} seconds.",
            {"retry_after_s": wait_s},
        )


def _earlier(session: Session, key: str, fingerprint: str) -> Message | None:
    """What this idempotency key stands for; a different wish under the same key is refused."""
    found = messages.by_key(session, key) if key else None
    if found is not None and found.fingerprint != fingerprint:
        raise Refused(
            "key_conflict",
            f"The key {key!r} already stands for message {found.id}, which asked for something else: use a new key.",
            {"id": str(found.id)},
        )
    return found
