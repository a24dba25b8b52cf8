"""What a producer asks for: read, checked whole and sealed before anything is looked up; no sentence repeats it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any, Final
from uuid import UUID, uuid4

from worker.domain import phone as phones
from worker.domain.ads import check_no_consent_request
from worker.domain.message import DEFAULT_TTL_S, LONGEST_TTL_S, SHORTEST_TTL_S
from worker.domain.otp_code import CodePlan, check_filled, why_not_elsewhere
from worker.domain.playground import code_of
from worker.domain.roles import May
from worker.domain.spoken import spoken_code
from worker.domain.text import clean
from worker.errors import Misuse, Refused, about
from worker.sealing import Sealer
from worker.services import webhooks
from worker.services.deps import Deps
from worker.services.otp import codes

LONGEST_TEXT: Final = 1000
LONGEST_KEY: Final = 200
#: The fields of a sealed request.
KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    **dict.fromkeys(("phone", "text", "sender", "key", "asked_at", "callback_url", "template", "client_ip"), (str,)),
    "ttl": (int, float),
    "route": (list,),
    "generate": (dict,),
}


@dataclass(frozen=True, slots=True)
class OtpRequest:
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
    #: Where its events are posted, beside the webhooks; empty: nowhere.
    callback_url: str = field(default="", repr=False)
    #: The API key of the request; None: it came by another door.
    api_key_id: UUID | None = None
    #: The code is made by Loa and stands in place of `{code}`; None: the text has its own.
    generate: CodePlan | None = None
    #: The address of the subscriber, as the caller sees it; empty: not told.
    client_ip: str = field(default="", repr=False)
    #: By a test key: it reaches no provider, its number plays what becomes of it, and no limit counts.
    test: bool = False
    #: The id that the message shall have; None: a new one.
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """A request that may be stored: checked, and its text sealed for the message that it will be."""

    requested: OtpRequest
    id: UUID
    phone: int = field(repr=False)
    sealed: bytes = field(repr=False)
    #: What is the same when it is repeated, the one that is written down first.
    fingerprints: Sequence[str]
    network: str | None
    callback_url: str | None = field(repr=False)
    #: Whether there is one code in the text that can be read out.
    has_digits: bool
    #: Of the code that Loa made; None where the text has its own, or the provider makes it.
    code_hash: bytes | None = field(repr=False)
    #: Whether the provider makes the code.
    made_elsewhere: bool = False


def checked(deps: Deps, requested: OtpRequest) -> CheckedRequest:
    """What the actor asks for, ready to be stored; raises what `enqueue` raises of it alone."""
    deps.actor.must(May.SEND_OTP)
    found = ready(deps, requested)
    if requested.generate is None:
        # After what its route says of such a text.
        check_filled(requested.text)
    return found


def ready(deps: Deps, requested: OtpRequest) -> CheckedRequest:
    """The same for what somebody sends as a part of something else, which that allows."""
    phone, text = _phone(requested.phone), _text(requested.text)
    check_no_consent_request(text, deps.policy)
    _check_words(requested)
    sealer = deps.sealer()
    # Of a template, not of the text: a repeated request must not get a second code.
    # The first is kept; a message of before LOA_SECRET_KEY was changed has another.
    fingerprints = _fingerprints(sealer, requested, phone, text) if requested.key else ("",)
    network, code = network_of(requested.client_ip), ""
    elsewhere = _made_elsewhere(deps, requested, text)
    if requested.generate is not None and not elsewhere:
        made = requested.generate
        code = code_of(made.length, made.alphabet) if requested.test else codes.fresh(made)
        text = _text(requested.generate.fill(text, code))
    callback_url = webhooks.check_callback(deps, requested.callback_url, requested.api_key_id)
    message_id = requested.id or uuid4()
    sealed = sealer.seal_text(text, message_id)
    hashed = sealer.hash_codes(code, message_id)[0] if code else None
    has_digits = spoken_code(text) is not None
    return CheckedRequest(
        requested, message_id, phone, sealed, fingerprints, network, callback_url, has_digits, hashed, elsewhere
    )


def _made_elsewhere(deps: Deps, requested: OtpRequest, text: str) -> bool:
    """Whether the provider of the route makes the code; Refused `route_makes_codes` where it cannot make this one."""
    makers = [name for name in requested.route if name in deps.otp_only and deps.otp_only[name].makes_codes]
    if requested.test or not makers:
        return False
    if fault := why_not_elsewhere(requested.generate, text, alone=len(requested.route) == 1):
        raise Refused("route_makes_codes", f"At {makers[0]} the provider makes the code: {fault}")
    return True


def network_of(written: str) -> str | None:
    """The network of a subscriber's address, as it is kept; None for none, Misuse for what is no address."""
    # IPv4 /24 and IPv6 /48 are one network.
    if not written:
        return None
    try:
        return str(ip_network((written, 48 if ":" in written else 24), strict=False))
    except ValueError:
        raise Misuse("client_ip is no IP address.") from None


def opened(found: Mapping[str, Any], own_key: str) -> OtpRequest:
    """The request in an opened token; Misuse names the field, never its content."""
    for name, value in found.items():
        if name not in KINDS:
            raise Misuse(f"A request has no {name!r}; it has {', '.join(KINDS)}.")
        # A bool is an int to Python, and no time to live to anybody.
        if isinstance(value, bool) or not isinstance(value, KINDS[name]):
            raise Misuse(f"The {name} of a request is of another kind.")
    if not all(isinstance(name, str) for name in found.get("route", ())):
        raise Misuse("The route of a request is a list of names.")
    made = found.get("generate")
    if missing := [name for name in ("phone", "text" if made is None else "template") if name not in found]:
        raise Misuse(f"The request has no {missing[0]}.")
    return OtpRequest(
        phone=found["phone"],
        text=found["text"] if made is None else found["template"],
        generate=None if made is None else code_plan(made),
        client_ip=found.get("client_ip", ""),
        ttl_s=found.get("ttl", DEFAULT_TTL_S),
        route=tuple(found.get("route", ())),
        sender=found.get("sender", ""),
        key=found.get("key") or own_key,
        callback_url=found.get("callback_url", ""),
        asked_at=_moment(found["asked_at"]) if "asked_at" in found else None,
    )


def code_plan(given: Mapping[str, Any]) -> CodePlan:
    """How a code is to be made, by the names of the contract; Misuse for what does not exist or cannot be."""
    kinds = {"length": int, "alphabet": str, "valid": (int, float), "domain": str}
    for name, value in given.items():
        if name not in kinds or isinstance(value, bool) or not isinstance(value, kinds[name]):  # type: ignore[arg-type]
            raise Misuse(f"generate takes {', '.join(kinds)}.")
    return CodePlan(**{"valid_s" if name == "valid" else name: value for name, value in given.items()})


def _fingerprints(sealer: Sealer, requested: OtpRequest, phone: int, text: str) -> tuple[str, ...]:
    """What is the same when a request is repeated; only what was said, so that keys which an older version took still fit."""
    said: list[Any] = [requested.callback_url] if requested.callback_url else []
    if requested.generate is not None:
        said.append(asdict(requested.generate))
    return sealer.fingerprints(phone, text, float(requested.ttl_s), list(requested.route), requested.sender, *said)


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
        # An end of time leaves the calendar of another zone: stored, nobody could read the row again.
        at = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Misuse("The asked_at of a request is no ISO 8601 time.") from None
    if moment.tzinfo is None:
        raise Misuse("The asked_at of a request needs its offset, as in 2026-03-02T09:00:00+07:00.")
    return at


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


def _check_words(requested: OtpRequest) -> None:
    if not SHORTEST_TTL_S <= requested.ttl_s <= LONGEST_TTL_S:  # so that NaN is refused too
        raise Misuse(
            f"The time to live is {SHORTEST_TTL_S} to {LONGEST_TTL_S} seconds, not {str(requested.ttl_s)[:20]}."
        )
    if len(set(requested.route)) < len(requested.route):
        with about("route"):
            raise Misuse("The route names a provider twice.")
    if len(requested.key) > LONGEST_KEY or not requested.key.isprintable():
        raise Misuse(f"The key takes up to {LONGEST_KEY} printable characters.")
