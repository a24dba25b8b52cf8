"""What is asked and what is answered, without any connection: requests as data, answers as objects, faults as exceptions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import httpx

#: States in which nothing more will be done for a password; a report may still turn some of them.
SETTLED: Final = frozenset({"accepted", "delivered", "failed", "rejected", "expired", "unknown"})
#: Gateways and servers that say "not now".
AGAIN: Final = frozenset({502, 503, 504})
FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 5.0


class LoaError(Exception):
    """Loa said no; `rule` is a stable word for programs, `errors` name the fields, `retry_after_s` when to ask again."""

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after_s: float | None = None) -> None:
        super().__init__(str(problem.get("detail") or f"Loa answered {status}"))
        self.status = status
        self.rule = str(problem.get("rule", ""))
        self.errors: list[Mapping[str, str]] = list(problem.get("errors") or [])
        self.details: Mapping[str, Any] = problem.get("details") or {}
        self.retry_after_s = retry_after_s


class Unreachable(Exception):
    """No answer came: of a call under an idempotency key, repeat it under the same `key`."""

    def __init__(self, sentence: str, key: str = "") -> None:
        super().__init__(sentence)
        self.key = key


@dataclass(frozen=True, slots=True)
class Otp:
    """A one-time password as Loa knows it."""

    id: str
    state: str
    provider: str | None = None
    provider_ref: str | None = None
    attempts: int = 0
    code: str | None = None
    words: str | None = None
    route: Sequence[str] = ()
    queued_at: datetime | None = None
    expires_at: datetime | None = None
    sent_at: datetime | None = None

    @property
    def settled(self) -> bool:
        """Whether Loa will do nothing more for it."""
        return self.state in SETTLED

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Otp":
        """From an answer, whatever newer fields are in it."""
        times: dict[str, Any] = {
            name: datetime.fromisoformat(found[name])
            for name in ("queued_at", "expires_at", "sent_at")
            if found.get(name)
        }
        plain = ("id", "state", "provider", "provider_ref", "attempts", "code", "words", "route")
        return cls(**{name: found[name] for name in plain if name in found}, **times)


@dataclass(frozen=True, slots=True)
class Check:
    """What a check of a code came to: `approved`, `wrong`, `expired`, `used` or `too_many`."""

    status: str
    tries_left: int

    @property
    def approved(self) -> bool:
        """Whether it was the code."""
        return self.status == "approved"


@dataclass(frozen=True, slots=True)
class Call:
    """One request."""

    method: str
    path: str
    json: Mapping[str, Any] | None = field(default=None, repr=False)
    data: Mapping[str, str] | None = field(default=None, repr=False)
    files: Mapping[str, tuple[str, bytes]] | None = field(default=None, repr=False)
    params: Mapping[str, Any] | None = None
    #: Under which a POST may be repeated; empty: it may not.
    key: str = ""

    @property
    def repeatable(self) -> bool:
        """Whether it does no harm to make it twice."""
        return self.method == "GET" or bool(self.key)

    def headers(self) -> dict[str, str]:
        """Its own headers."""
        return {"Idempotency-Key": self.key} if self.key else {}


def fresh_key() -> str:
    """An idempotency key for one call."""
    return str(uuid4())


def send_otp(phone: str, key: str | None, **fields: Any) -> Call:
    """Send a password; fields that are None or empty are left to Loa."""
    body = {"phone": phone, **{name: value for name, value in fields.items() if value not in (None, "", (), [])}}
    return Call("POST", "/v1/otp", json=body, key=key or fresh_key())


def command(campaign_id: str, name: str, key: str | None) -> Call:
    """`pause`, `resume` or `cancel` a campaign."""
    return Call("POST", f"/v1/campaigns/{campaign_id}/{name}", key=key or fresh_key())


def suppress(phones: Sequence[str], reason: str) -> Call:
    """Keep numbers out of ads."""
    return Call("POST", "/v1/suppressions", json={"phones": list(phones), "reason": reason})


def add_webhook(url: str, events: Sequence[str]) -> Call:
    """Let an address hear of events."""
    return Call("POST", "/v1/webhooks", json={"url": url, "events": list(events)})


def create_campaign(
    recipients: Sequence[Any] | None,
    list_file: tuple[str, bytes] | None,
    key: str | None,
    *,
    dry_run: bool,
    **fields: Any,
) -> Call:
    """Create a campaign, from recipients or from a list as a file; or only count what it would come to."""
    if (recipients is None) is (list_file is None):
        raise ValueError("name recipients, or list_file as (name, bytes)")
    params = {"dry_run": "true"} if dry_run else None
    key = "" if dry_run else key or fresh_key()
    asked = {name: value for name, value in fields.items() if value not in (None, "", False)}
    if list_file is not None:
        form = {name: "true" if value is True else str(value) for name, value in asked.items()}
        return Call("POST", "/v1/campaigns", data=form, files={"list": list_file}, params=params, key=key)
    return Call("POST", "/v1/campaigns", json={**asked, "recipients": list(recipients or ())}, params=params, key=key)


def read(answer: httpx.Response) -> Any:
    """The document in an answer; LoaError where it is no success."""
    try:
        found = answer.json()
    except ValueError:
        found = {"detail": "the answer is no JSON: this address is not Loa's"} if answer.is_success else {}
    else:
        if answer.is_success:
            return found
    problem = found
    raise LoaError(answer.status_code, problem if isinstance(problem, dict) else {}, retry_after(answer))


def retry_after(answer: httpx.Response) -> float | None:
    """Seconds of Retry-After."""
    written = answer.headers.get("Retry-After", "")
    return float(written) if written.isascii() and written.isdigit() else None


def pause_before_next(call: Call, answer: httpx.Response | None, tries: int) -> float | None:
    """How long to wait before a call is made again; None: it is not."""
    if not call.repeatable:
        return None
    pause: float = min(FIRST_PAUSE_S * 2 ** (tries - 1), LONGEST_PAUSE_S)
    if answer is None:
        return pause
    if answer.status_code == 429 or answer.status_code in AGAIN:
        return max(pause, retry_after(answer) or 0.0)
    return None


def verify_webhook(secrets: str | Sequence[str], body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """The event in a webhook; ValueError when no secret of ours signed it, or it is older than five minutes.

    `secrets`: `whsec_…`, one or several (while a secret changes).
    """
    from standardwebhooks import Webhook, WebhookVerificationError  # noqa: PLC0415 - only who receives needs it

    for secret in [secrets] if isinstance(secrets, str) else secrets:
        try:
            event = Webhook(secret).verify(body, dict(headers))
        except (WebhookVerificationError, ValueError):
            continue
        if isinstance(event, dict):
            return event
    raise ValueError("the webhook was not signed by this secret, or is too old")
