"""Events are written here, in the transaction of the change that they tell of: one row for each receiver that wants them.

Without a receiver a statement writes nothing, and costs a look into a small index. The JSON is made by the database, since
it is that of the row as this very transaction leaves it. Of a campaign there is one event for each status, with its counts
inside, and none for each number: a million results are no million posts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import TextClause, text
from sqlmodel import Session

from worker.domain.message import MessageState
from worker.domain.states import CampaignStatus
from worker.domain.webhook import APPROVED, CAMPAIGN_EVENTS, OTP_EVENTS, TEST, TRIED_FOR
from worker.domain.window import local
from worker.storage.database import now_of

#: What one receiver that hangs can hold up: itself, at one host. The beginning of its id tells it from others behind the host.
_ROOM: Final = "lower(substring({url} FROM '^[^:]+://([^/?#]+)')) || '/' || left(w.id::text, 8)"


def _time(column: str) -> str:
    """A time as `worker.domain.window.local` writes it."""
    return f"to_char({column} AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD\"T\"HH24:MI:SS\"+07:00\"')"


#: The keys of `worker.api.documents.message`.
_MESSAGE: Final = f"""json_build_object(
    'id', s.id, 'state', s.state, 'provider', nullif(s.provider, ''), 'provider_ref', nullif(s.provider_ref, ''),
    'attempts', s.attempts, 'code', nullif(s.code, ''), 'words', nullif(s.provider_message, ''), 'route', s.route,
    'queued_at', {_time("s.queued_at")}, 'expires_at', {_time("s.expires_at")}, 'sent_at', {_time("s.sent_at")})"""


def _count(own: str, *states: str) -> str:
    """Recipients that have a state of their own, and those that are where their batch is."""
    rest = "b.size - b.accepted - b.rejected - b.unknown - b.delivered - b.failed - b.suppressed - b.cancelled"
    of_batches = f"sum({rest}) FILTER (WHERE b.state IN ({', '.join(repr(one) for one in states)}))" if states else "0"
    return f"coalesce({f'sum(b.{own})' if own else '0'}, 0) + coalesce({of_batches}, 0)"


#: As `worker.services.report.count`, which a test compares.
_COUNTS: Final = f"""SELECT json_build_object(
    'planned', {_count("", "planned", "sending")}, 'accepted', {_count("accepted", "accepted", "reported")},
    'delivered', {_count("delivered")}, 'failed', {_count("failed")}, 'rejected', {_count("rejected", "rejected")},
    'unknown', {_count("unknown", "unknown")}, 'suppressed', {_count("suppressed")},
    'cancelled', {_count("cancelled", "cancelled")}) FROM batch b WHERE b.campaign_id = s.id"""  # noqa: S608 - our own words
_CAMPAIGN: Final = f"""json_build_object(
    'id', s.id, 'name', s.name, 'status', s.status, 'status_reason', s.status_reason, 'provider', s.provider,
    'kind', s.kind, 'sender', s.sender, 'valid', s.valid, 'counts', ({_COUNTS}), 'created_at', {_time("s.created_at")},
    'scheduled_for', {_time("s.scheduled_for")}, 'started_at', {_time("s.started_at")},
    'finished_at', {_time("s.finished_at")})"""


def _insert(subjects: str, event: str, data: str) -> str:
    return f"""INSERT INTO webhook_delivery
      (event_id, webhook_id, url, host, type, subject, body, state, at, not_before, give_up_at, tries, detail)
    SELECT {event}, w.id, coalesce(w.url, s.callback_url),
      {_ROOM.format(url="coalesce(w.url, s.callback_url)")}, :type, s.id,
      json_build_object('type', CAST(:type AS text), 'timestamp', CAST(:timestamp AS text), 'data', {data}),
      'pending', :now, :now, :give_up, 0, ''
    FROM {subjects} JOIN webhook w ON w.ended_at IS NULL AND CASE WHEN w.url IS NULL
      THEN s.callback_url IS NOT NULL AND w.api_key_id IS NOT DISTINCT FROM s.api_key_id
      ELSE :type = ANY (w.events) AND (w.api_key_id IS NULL OR w.api_key_id = s.api_key_id) END"""  # noqa: S608 - our own words


_OF_MESSAGES: Final = text(
    _insert(
        "unnest(CAST(:subjects AS uuid[]), CAST(:events AS uuid[])) AS e (subject, event) JOIN message s ON s.id = e.subject",
        "e.event",
        _MESSAGE,
    )
)
_OF_CAMPAIGN: Final = text(_insert("(SELECT * FROM campaign WHERE id = :subject) AS s", ":event", _CAMPAIGN))


_TRIAL: Final = text(
    f"""INSERT INTO webhook_delivery
      (event_id, webhook_id, url, host, type, subject, body, state, at, not_before, give_up_at, tries, detail)
    SELECT :event, w.id, w.url, {_ROOM.format(url="w.url")}, :type, w.id, :body, 'pending', :now, :now, :now, 0, ''
    FROM webhook w WHERE w.id = :id RETURNING id"""  # noqa: S608 - our own words
)


def messages_moved(session: Session, message_ids: Sequence[UUID], to: MessageState, now: datetime) -> None:
    """Messages got into a state; their rows are already there."""
    if to in OTP_EVENTS:
        events = [uuid4() for _ in message_ids]
        _write(session, _OF_MESSAGES, OTP_EVENTS[to], now, subjects=list(message_ids), events=events)


def campaign_moved(session: Session, campaign_id: UUID, to: CampaignStatus, *, approved: bool = False) -> None:
    """A campaign got into a status; its row is already there. `approved`: it waited for an approval until now."""
    event = APPROVED if approved and to is CampaignStatus.SCHEDULED else CAMPAIGN_EVENTS.get(to)
    if event is not None:
        campaign_event(session, campaign_id, event)


def campaign_event(session: Session, campaign_id: UUID, event: str) -> None:
    """Something happened to a campaign that is no status of its own."""
    _write(session, _OF_CAMPAIGN, event, now_of(session), subject=campaign_id, event=uuid4())


def _write(session: Session, statement: TextClause, what: str, now: datetime, **about: Any) -> None:
    values = {"type": what, "timestamp": local(now), "now": now, "give_up": now + TRIED_FOR}
    session.execute(statement, values | about)


def trial(session: Session, webhook_id: UUID, body: str, now: datetime) -> int:
    """Write an event for one receiver with an address, whatever it asked for; the number of the delivery."""
    given = {"event": uuid4(), "type": TEST, "body": body, "now": now, "id": webhook_id}
    return int(session.execute(_TRIAL, given).scalar_one())
