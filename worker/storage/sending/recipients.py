"""The numbers of a batch, and what became of them: bulk SQL over the recipient table; no row is an object here."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Row, func, select, text
from sqlmodel import Session, col

from worker.domain.delivery import Receiver
from worker.storage.tables.campaigns import Batch, Campaign, Recipient

#: Rows read from the server at a time.
PORTION = 5000
#: How long a reader of a report may take for one portion: its process stands back behind all others.
READERS_PAUSE = "10min"
#: Changes those numbers of a batch of which a condition is true.
_CHANGE: Final = "UPDATE recipient SET {to} WHERE campaign_id = :campaign AND batch_seq = :seq AND ({only})"


@dataclass(frozen=True, slots=True)
class OrderContents:
    """What one order says and to whom."""

    sender: str
    text: str
    phones: list[int]


def order_contents(session: Session, batch_id: UUID) -> OrderContents:
    """What a claimed batch says and to whom, in the order of the numbers."""
    row = session.execute(
        select(col(Campaign.sender), col(Batch.text), col(Batch.campaign_id), col(Batch.seq))
        .join(Campaign, col(Campaign.id) == col(Batch.campaign_id))
        .where(col(Batch.id) == batch_id)
    ).one()
    left = func.coalesce(Recipient.state, "") != "suppressed"
    return OrderContents(row.sender, row.text, _phones(session, row.campaign_id, row.seq, left))


def members(session: Session, batch: Batch) -> list[int]:
    """The numbers of a batch that are where it is, in their order."""
    return _phones(session, batch.campaign_id, batch.seq, col(Recipient.state).is_(None))


def _phones(session: Session, campaign_id: UUID, seq: int, only: ColumnElement[bool]) -> list[int]:
    of_batch = col(Recipient.campaign_id) == campaign_id, col(Recipient.batch_seq) == seq
    # Sorted here: with ORDER BY the planner may walk the whole campaign along its primary key to save the sort.
    return sorted(session.scalars(select(col(Recipient.phone)).where(*of_batch, only)))


def of(batch: Batch, /, **more: Any) -> dict[str, Any]:
    """What a statement about the numbers of a batch is given: what names the batch, and more."""
    return {"campaign": batch.campaign_id, "seq": batch.seq, **more}


def change(session: Session, batch: Batch, to: str, only: str, /, **given: Any) -> int:
    """Change numbers of a locked batch, only those of which this condition is true; how many. Both are written in SQL."""
    done = session.execute(text(_CHANGE.format(to=to, only=only)), of(batch, **given))
    return cast("CursorResult[Any]", done).rowcount


def exclude(session: Session, batch: Batch, phones: Collection[int], reason: str) -> None:
    """Numbers of a locked batch that get no message after all."""
    if not phones:
        return
    to, only = "state = 'suppressed', reason = :reason", "phone = ANY(:phones) AND state IS NULL"
    batch.suppressed += change(session, batch, to, only, reason=reason, phones=list(phones))
    session.flush()


def exclude_suppressed(session: Session, campaign_id: UUID, seqs: Sequence[int], reason: str) -> None:
    """Numbers of locked batches that are on the suppression list get no message after all."""
    session.execute(
        text(
            "UPDATE recipient r SET state = 'suppressed', reason = :reason FROM suppression s WHERE s.phone = r.phone"
            " AND r.campaign_id = :campaign AND r.batch_seq = ANY(:seqs) AND r.state IS NULL"
        ),
        {"reason": reason, "campaign": campaign_id, "seqs": list(seqs)},
    )


def count_left(session: Session, rows: Sequence[Batch]) -> list[int]:
    """How many numbers each of these locked batches of one campaign still has; their counters are brought up to date."""
    found = session.execute(
        text(
            "SELECT batch_seq, count(*) FILTER (WHERE state IS NULL) AS remain,"
            " count(*) FILTER (WHERE state = 'suppressed') AS suppressed"
            " FROM recipient WHERE campaign_id = :campaign AND batch_seq = ANY(:seqs) GROUP BY batch_seq"
        ),
        {"campaign": rows[0].campaign_id, "seqs": [batch.seq for batch in rows]},
    )
    counts = {row.batch_seq: (int(row.remain), int(row.suppressed)) for row in found}
    for batch in rows:
        batch.suppressed = counts.get(batch.seq, (0, 0))[1]
    session.flush()
    return [counts.get(batch.seq, (0, 0))[0] for batch in rows]


def cut_again(session: Session, rows: Sequence[Batch], sizes: Sequence[int]) -> None:
    """Deal out what locked batches of one campaign still have among the first of them, in the order of the numbers."""
    session.execute(
        text(
            "UPDATE recipient r SET batch_seq = dealt.seq FROM (SELECT phone,"
            "   (CAST(:seqs AS int[]))[1 + width_bucket(place, CAST(:starts AS bigint[]))] AS seq"
            "   FROM (SELECT phone, row_number() OVER (ORDER BY phone) - 1 AS place FROM recipient"
            "     WHERE campaign_id = :campaign AND batch_seq = ANY(:seqs) AND state IS NULL) placed) dealt"
            " WHERE r.campaign_id = :campaign AND r.phone = dealt.phone AND r.batch_seq <> dealt.seq"
        ),
        {
            "campaign": rows[0].campaign_id,
            "seqs": [batch.seq for batch in rows],
            "starts": list(accumulate(sizes))[:-1],
        },
    )
    for batch, size in zip(rows, [*sizes, *[0] * len(rows)], strict=False):
        batch.size = batch.suppressed + size
    session.flush()


def move(session: Session, source: Batch, target: Batch, phones: Sequence[int]) -> None:
    """Move numbers from one locked batch that was not sent to another."""
    change(session, source, "batch_seq = :target", "phone = ANY(:phones)", target=target.seq, phones=list(phones))
    source.size -= len(phones)
    target.size += len(phones)
    session.flush()


def note_results(session: Session, batch: Batch, receivers: Sequence[Receiver], *, settled: bool) -> None:
    """Write the results per number; only numbers of the batch count, and delivered is never taken back.

    Once settled, a number that left without arriving has failed, and one that the provider does not list was dropped by it
    (ARCHITECTURE, decision 14).
    """
    delivered = [receiver.phone for receiver in receivers if receiver.sent and receiver.delivered]
    only = "phone = ANY(:phones) AND state IS DISTINCT FROM 'delivered'"
    change(session, batch, "state = 'delivered', reason = NULL", only, phones=delivered)
    if settled:
        why = "CASE WHEN phone = ANY(:listed) THEN 'not delivered' ELSE 'dropped by the provider' END"
        listed = [receiver.phone for receiver in receivers]
        change(session, batch, f"state = 'failed', reason = {why}", "state IS NULL", listed=listed)


def holds_any(session: Session, batch: Batch, phones: Sequence[int]) -> bool:
    """Whether any of these numbers is of the batch."""
    any_of_it = text(
        "SELECT EXISTS (SELECT FROM recipient WHERE campaign_id = :campaign AND batch_seq = :seq AND phone = ANY(:phones))"
    )
    return bool(session.execute(any_of_it, of(batch, phones=list(phones))).scalar())


def results(session: Session, batch: Batch) -> tuple[int, int, int]:
    """How many numbers of a batch are known as delivered, and as failed, and how many were left out.

    One that was left out may be delivered all the same: by an earlier call, of which a gateway said that it was not taken.
    """
    row = session.execute(
        text(
            "SELECT count(*) FILTER (WHERE state = 'delivered') AS delivered, count(*) FILTER (WHERE state = 'failed') AS failed,"
            " count(*) FILTER (WHERE state = 'suppressed') AS suppressed"
            " FROM recipient WHERE campaign_id = :campaign AND batch_seq = :seq"
        ),
        of(batch),
    ).one()
    return row.delivered, row.failed, row.suppressed


def stream(session: Session, campaign_id: UUID) -> Iterator[Row[Any]]:
    """Every recipient with the state and words of its batch, in the order of the list; read in portions.

    Who reads holds no lock that anybody waits for, and stands back on a busy machine: the transaction may be idle for long.
    """
    session.execute(text(f"SELECT set_config('idle_in_transaction_session_timeout', '{READERS_PAUSE}', true)"))
    yield from session.execute(
        text(
            "SELECT r.row, r.phone, r.batch_seq, r.state, r.reason, r.converted, r.vars, b.state AS batch_state,"
            " coalesce(r.ref, b.provider_ref) AS ref, b.answered_at,"
            " round(b.cost / nullif(b.size - b.suppressed - b.rejected - b.cancelled, 0), 2) AS cost,"
            " CASE WHEN b.state IN ('accepted', 'reported') OR r.state IN ('accepted', 'delivered') THEN ''"
            " ELSE b.provider_message END AS provider_message"
            " FROM recipient r JOIN batch b ON b.campaign_id = r.campaign_id AND b.seq = r.batch_seq"
            " WHERE r.campaign_id = :campaign ORDER BY r.row"
        ),
        {"campaign": campaign_id},
        execution_options={"yield_per": PORTION},
    )


def refused(session: Session, campaign_id: UUID) -> Iterator[Row[Any]]:
    """Every row of the list that got no message, in its order; read in portions."""
    yield from session.execute(
        text("SELECT row, value, reason FROM refused_row WHERE campaign_id = :campaign ORDER BY row"),
        {"campaign": campaign_id},
        execution_options={"yield_per": PORTION},
    )
