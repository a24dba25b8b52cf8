"""Receivers of events are added, listed, given new secrets, tried and removed.

A receiver that was added without an API key hears of everything; one of a key hears of what was asked for by that key, and
only that key (or an operator) sees it. A request's own `callback_url` is signed by a secret that each key has for these.
"""

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from sqlmodel import Session

from worker.domain.webhook import TEST, TRIED_FOR, check_url, parse_events
from worker.domain.window import local
from worker.errors import Misuse, NotFound, Refused
from worker.services.deps import Deps
from worker.services.webhooks.deliver import deliver_one
from worker.storage.tables.webhooks import Webhook, WebhookDelivery
from worker.storage.webhooks import deliveries as rows
from worker.storage.webhooks import endpoints, outbox

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
#: How long the secret before also signs, so that a receiver changes over without losing anything.
OVERLAP: Final = timedelta(hours=24)
LONGEST_OVERLAP: Final = timedelta(days=30)
#: Of one key, so that a program that adds one at each start does not go on for ever.
MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Made:
    """A receiver with its secret, which is told when it is made or changed."""

    row: Webhook
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Listed:
    """A receiver, and how many events it is still to get, or did not get."""

    row: Webhook
    pending: int
    failed: int


def add(deps: Deps, url: str, events: Sequence[str] = (), api_key_id: UUID | None = None) -> Made:
    """Let an address hear of events; none named: of all.

    Raises Misuse for an address or event that cannot be, Refused `webhook_private` for one inside a network,
    `webhook_exists` (with its `id`), `too_many_webhooks`.
    """
    url = check_url(url)
    wanted = parse_events(events)
    _check_public(deps, url)
    secret, now = _fresh(), deps.clock.now()
    made = uuid4()
    row = Webhook(
        id=made,
        url=url,
        events=wanted,
        api_key_id=api_key_id,
        secret=deps.sealer().seal_secret(secret, made),
        created_at=now,
    )
    with deps.sessions.begin() as session:
        # Two at once do not both find room, or both add one address.
        endpoints.signer_of(session, api_key_id, lock=True)
        theirs = endpoints.live(session, api_key_id)
        if same := [one for one in theirs if one.url == url]:
            raise Refused(
                "webhook_exists",
                f"This address is webhook {same[0].id} already: remove it first, or rotate its secret.",
                {"id": str(same[0].id)},
            )
        if len(theirs) >= MOST:
            raise Refused(
                "too_many_webhooks", f"There are {len(theirs)} webhooks, and {MOST} are the most: remove some."
            )
        session.add(row)
    return Made(row, secret)


def listed(deps: Deps, api_key_id: UUID | None = None, *, everyone: bool = False) -> list[Listed]:
    """Receivers with an address, the oldest first: those of a key, or everybody's.

    Those that ended by their own answer (410) are among them, as ended, until they are removed or added again.
    """
    with deps.sessions() as session:
        found = [
            *endpoints.live(session, api_key_id, everyone=everyone),
            *endpoints.gone(session, api_key_id, everyone=everyone),
        ]
        counts = rows.counts(session)
    return [
        Listed(one, counts.get((one.id, rows.PENDING), 0), counts.get((one.id, rows.FAILED), 0))
        for one in sorted(found, key=lambda one: one.created_at)
        if one.url is not None
    ]


def remove(deps: Deps, webhook_id: UUID, api_key_id: UUID | None = None, *, everyone: bool = True) -> int:
    """End a receiver: it gets nothing any more; how many events it was still to get. They are kept as failed."""
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        row = _mine(session, webhook_id, api_key_id, everyone=everyone, ended=True)
        if row.ended_at is not None:
            endpoints.forget(session, webhook_id)
            return 0
        endpoints.end(session, webhook_id, endpoints.REMOVED, now)
        return rows.give_up_all(session, webhook_id, "the webhook was removed", now)


def rotate(
    deps: Deps,
    webhook_id: UUID,
    api_key_id: UUID | None = None,
    *,
    everyone: bool = True,
    overlap: timedelta = OVERLAP,
) -> Made:
    """Give a receiver a new secret; for `overlap` the one before signs too, so that either of them verifies."""
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Misuse(f"The overlap is 0 to {LONGEST_OVERLAP.days * 24} hours.")
    secret, now = _fresh(), deps.clock.now()
    with deps.sessions.begin() as session:
        row = _mine(session, webhook_id, api_key_id, everyone=everyone)
        row.former_secret, row.former_until = row.secret, now + overlap
        row.secret = deps.sealer().seal_secret(secret, row.id)
        session.add(row)
    return Made(row, secret)


def trial(deps: Deps, webhook_id: UUID, api_key_id: UUID | None = None, *, everyone: bool = True) -> WebhookDelivery:
    """Post a `webhook.test` event to a receiver at once, and say what came of it; it is tried this once."""
    now = deps.clock.now()
    body = json.dumps({"type": TEST, "timestamp": local(now), "data": {"id": str(webhook_id)}})
    with deps.sessions.begin() as session:
        row = _mine(session, webhook_id, api_key_id, everyone=everyone)
        if row.url is None:
            raise Misuse("A secret of callbacks has no address to be tried at.")
        delivery_id = outbox.trial(session, row.id, body, now)
    return deliver_one(deps, delivery_id)


def callback_secret(deps: Deps, api_key_id: UUID | None = None) -> Made:
    """The row and secret that sign what goes to the `callback_url` of a key's requests; made at its first need."""
    with deps.sessions.begin() as session:
        row = signer(deps, session, api_key_id)
    return Made(row, deps.sealer().open_secret(row.secret, row.id))


def signer(deps: Deps, session: Session, api_key_id: UUID | None) -> Webhook:
    """That row, for whoever is about to store a request with a `callback_url`."""
    found = endpoints.signer_of(session, api_key_id)
    found = found or endpoints.signer_of(session, api_key_id, lock=True)
    if found is None:
        made = uuid4()
        sealed = deps.sealer().seal_secret(_fresh(), made)
        found = Webhook(id=made, events=[], api_key_id=api_key_id, secret=sealed, created_at=deps.clock.now())
        session.add(found)
        session.flush()
    return found


def check_callback(deps: Deps, url: str | None, api_key_id: UUID | None = None) -> str | None:
    """A `callback_url` as it is stored, with a secret to sign for it; None for none, Misuse or Refused `webhook_private`
    where it cannot be one. A name is resolved only when it is posted to: a request does not wait for DNS.
    """
    if not url:
        return None
    url = check_url(url, "callback_url")
    _check_public(deps, url, literal=True)
    with deps.sessions.begin() as session:
        signer(deps, session, api_key_id)
    return url


def deliveries(
    deps: Deps, *, failed: bool = False, webhook_ids: Sequence[UUID] | None = None, limit: int = 50
) -> list[WebhookDelivery]:
    """The latest deliveries, the newest first."""
    with deps.sessions() as session:
        return rows.newest(session, state=rows.FAILED if failed else None, webhook_ids=webhook_ids, limit=limit)


def replay(deps: Deps, delivery_id: int) -> WebhookDelivery:
    """Let a settled delivery be tried anew, for 24 hours, under its own `webhook-id`; NotFound for none.

    Refused `webhook_pending` when it is still being tried, `webhook_ended` when its receiver was removed.
    """
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        found = rows.get(session, delivery_id)
        if found is None:
            raise NotFound("delivery", str(delivery_id))
        owner = endpoints.get(session, found.webhook_id)
        if owner is None:
            raise NotFound("webhook", str(found.webhook_id))
        if owner.ended_at is not None:
            raise _ended(owner)
        if not rows.replay(session, [delivery_id], now, now + TRIED_FOR):
            raise Refused("webhook_pending", f"Delivery {delivery_id} is still being tried.")
        session.expire_all()
        found = rows.get(session, delivery_id)
    assert found is not None  # noqa: S101 - it was there a moment ago
    return found


def replay_failed(deps: Deps, limit: int = 10_000) -> int:
    """Let all failed deliveries of receivers that are still there be tried anew; how many."""
    now = deps.clock.now()
    with deps.sessions.begin() as session:
        live = [one.id for one in endpoints.live(session, everyone=True)]
        failed = rows.newest(session, state=rows.FAILED, webhook_ids=live, limit=limit)
        return rows.replay(session, [one.id for one in failed if one.id is not None], now, now + TRIED_FOR)


def identify(written: str) -> UUID:
    """The webhook that a person means: its id."""
    try:
        return UUID(written)
    except ValueError:
        raise Misuse(f"{written!r} is not the id of a webhook; `loa webhook list` shows them.") from None


def _mine(
    session: Session, webhook_id: UUID, api_key_id: UUID | None, *, everyone: bool, ended: bool = False
) -> Webhook:
    """A receiver of a key, or anybody's. `ended`: or one that ended by its own answer; else Refused `webhook_ended`."""
    found = endpoints.get(session, webhook_id)
    if (
        found is None
        or not (everyone or found.api_key_id == api_key_id)
        or (found.ended_at is not None and found.end_reason == endpoints.REMOVED)
    ):
        raise NotFound("webhook", str(webhook_id))
    if found.ended_at is not None and not ended:
        raise _ended(found)
    return found


def _ended(row: Webhook) -> Refused:
    return Refused(
        "webhook_ended",
        f"Webhook {row.id} ended at {local(row.ended_at) if row.ended_at else '?'} ({row.end_reason}): add its address again.",
    )


def _check_public(deps: Deps, url: str, *, literal: bool = False) -> None:
    from worker.receivers.address import AddressRefused, check_host, check_literal  # noqa: PLC0415 - only where one is added

    host = urlsplit(url).hostname or ""
    check = check_literal if literal and host != "localhost" else check_host
    try:
        check(host, allow_private=deps.receivers.allow_private)
    except AddressRefused as fault:
        sentence = f"{url} cannot be a receiver: {fault}."
        raise Refused("webhook_private", sentence) from None


def _fresh() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
