"""Finds the rows of unknown batches in the provider's record.

A row is found by the key that the order carried (eSMS: `campaignid`). Where the record keeps no keys (GetSmsSentData_V1 of the
manual) it is found by text, number and time, if no other order of ours could have left it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from worker.domain.calls import Purpose
from worker.domain.delivery import SentRow
from worker.domain.send_mode import SendMode
from worker.domain.template import Template
from worker.services.deps import Account, Deps
from worker.services.reporting import provider_log
from worker.storage.sending import recipients
from worker.storage.tables.campaigns import Batch
from worker.storage.unknown import lookup
from worker.storage.unknown.lookup import UnknownBatch


@dataclass(slots=True)
class RecordMatch:
    """The rows of one unknown batch, by number."""

    rows: dict[int, SentRow] = field(default_factory=dict)
    #: Numbers with rows that more than one order could have left.
    ambiguous: set[int] = field(default_factory=set)
    #: Whether numbers of it stand under the key of another order of its campaign: after a restore, they went with that one.
    elsewhere: bool = False
    #: Whether they carry the order's key.
    accepts_idempotency_key: bool = False

    @property
    def refs(self) -> list[str]:
        """The provider's ids under which it took the batch."""
        return sorted({row.ref for row in self.rows.values()})


def find(deps: Deps, account: Account, unknowns: Sequence[UnknownBatch], purpose: Purpose) -> dict[UUID, RecordMatch]:
    """What the record shows of each batch, by its id; raises records.Unread when nothing may be concluded.

    Only the times of the unknown calls are read, two minutes more on each side.
    """
    search = _Search(deps, unknowns)
    for start, end in provider_log.merged([span for unknown in unknowns for span in unknown.calls]):
        for row in provider_log.rows(deps, account, start - provider_log.SLACK, end + provider_log.SLACK, purpose):
            search.see(row)
            if search.complete:
                return search.matches
        search.match_keyless(start, end)
    return search.matches


class _Search:
    """One reading of the record."""

    def __init__(self, deps: Deps, unknowns: Sequence[UnknownBatch]) -> None:
        self._deps = deps
        self._unknowns = {str(unknown.batch.id): unknown for unknown in unknowns}
        self.matches = {unknown.batch.id: RecordMatch() for unknown in unknowns}
        with deps.sessions() as session:
            #: What each number was to be told, by batch.
            self._texts = {one.batch.id: _texts(session, one.batch, one.send_mode) for one in unknowns}
            lists = [one.batch for one in unknowns if one.send_mode is SendMode.LIST]
            campaign_of = lookup.batches_beside(session, {one.campaign_id for one in lists})
        #: The unknown orders of a campaign by the key of each of its orders.
        self._beside = {
            str(batch_id): [one.id for one in lists if one.campaign_id == campaign_id and one.id != batch_id]
            for batch_id, campaign_id in campaign_of.items()
        }
        self._keyless: list[tuple[UUID, SentRow]] = []
        self._keeps_keys = False

    @property
    def complete(self) -> bool:
        """Whether more rows could add nothing."""
        return all(
            self.matches[unknown.batch.id].rows.keys() == self._texts[unknown.batch.id].keys()
            or (unknown.send_mode is SendMode.LIST and bool(self.matches[unknown.batch.id].rows))
            for unknown in self._unknowns.values()
        )

    def see(self, row: SentRow) -> None:
        """Take one row of the record."""
        if row.phone is None or not row.ref:
            return
        self._keeps_keys = self._keeps_keys or bool(row.campaign)
        if row.campaign:
            unknown = self._unknowns.get(row.campaign)
            if unknown is not None and row.phone in self._texts[unknown.batch.id]:
                trace = self.matches[unknown.batch.id]
                trace.rows[row.phone], trace.accepts_idempotency_key = row, True
            for beside in self._beside.get(row.campaign, ()):
                if row.phone in self._texts[beside]:
                    self.matches[beside].elsewhere = True
            return
        said = " ".join(row.text.split())
        self._keyless += [(batch, row) for batch, texts in self._texts.items() if texts.get(row.phone) == said]

    def match_keyless(self, start: datetime, end: datetime) -> None:
        """Conclude from rows without a key; a record that keeps keys has none of ours among them."""
        # A row that came again on a page that moved is one row.
        found = {(batch, row.phone, row.ref): row for batch, row in self._keyless}
        self._keyless = []
        if self._keeps_keys or not found:
            return
        with self._deps.sessions() as session:
            refs, phones = {ref for _, _, ref in found}, {phone for _, phone, _ in found if phone}
            around = lookup.neighbours(session, start - provider_log.SLACK, end + provider_log.SLACK)
            known = lookup.known_refs(session, refs, phones, around)
        claims: defaultdict[tuple[int, str], set[UUID]] = defaultdict(set)
        for (batch, phone, ref), row in found.items():
            if phone is None or ref in known:
                continue
            claims[phone, ref].add(batch)
            trace = self.matches[batch]
            if phone in trace.rows and trace.rows[phone].ref != ref:
                trace.ambiguous.add(phone)
            trace.rows[phone] = row
        for (phone, _ref), batches in claims.items():
            if len(batches) > 1:
                for batch in batches:
                    self.matches[batch].ambiguous.add(phone)


def _texts(session: Session, batch: Batch, send_mode: SendMode) -> dict[int, str]:
    """What each number of a batch that may have been called was to be told, its spaces made one."""
    if send_mode is SendMode.LIST:
        return dict.fromkeys(recipients.order_contents(session, batch.id).phones, " ".join(batch.text.split()))
    template, numbers = Template(batch.text), lookup.unknown_numbers(session, batch)
    return {phone: " ".join(template.fill(values).split()) for phone, values in numbers.items()}
