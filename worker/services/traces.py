"""What does the provider's record show of batches that are in doubt?

A row is found by the key that the order carried (eSMS: `campaignid`). Where the record keeps no keys (GetSmsSentData_V1 of the
manual) it is found by text, number and time, if no other order of ours could have left it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from worker.domain.template import Template
from worker.domain.way import Way
from worker.providers.base import Purpose, SentRow
from worker.services import records
from worker.services.deps import Account, Deps
from worker.storage import lookup, recipients
from worker.storage.lookup import Doubt

Span: TypeAlias = tuple[datetime, datetime]


@dataclass(slots=True)
class Trace:
    """The rows of one doubtful batch, by number."""

    rows: dict[int, SentRow] = field(default_factory=dict)
    #: Numbers with rows that more than one order could have left.
    ambiguous: set[int] = field(default_factory=set)
    #: Whether they carry the order's key.
    keyed: bool = False

    @property
    def refs(self) -> list[str]:
        """The provider's ids under which it took the batch."""
        return sorted({row.ref for row in self.rows.values()})


def find(deps: Deps, account: Account, doubts: Sequence[Doubt], purpose: Purpose) -> dict[UUID, Trace]:
    """What the record shows of each batch, by its id; raises records.Unread when nothing may be concluded.

    Only the times of the doubtful calls are read, two minutes more on each side.
    """
    search = _Search(deps, doubts)
    for start, end in merged([span for doubt in doubts for span in doubt.calls]):
        for row in records.rows(deps, account, start - records.SLACK, end + records.SLACK, purpose):
            search.see(row)
            if search.complete:
                return search.traces
        search.weigh_keyless(start, end)
    return search.traces


def merged(spans: Sequence[Span]) -> list[Span]:
    """The times that these spans cover once each is wider by the slack, in order; none overlaps another."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start - records.SLACK <= found[-1][1] + records.SLACK:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


class _Search:
    """One reading of the record."""

    def __init__(self, deps: Deps, doubts: Sequence[Doubt]) -> None:
        self._deps = deps
        self._doubts = {str(doubt.batch.id): doubt for doubt in doubts}
        self.traces = {doubt.batch.id: Trace() for doubt in doubts}
        #: What each number was to be told, by batch.
        self._texts: dict[UUID, dict[int, str]] = {}
        with deps.sessions() as session:
            for doubt in doubts:
                if doubt.way is Way.LIST:
                    said = " ".join(doubt.batch.text.split())
                    self._texts[doubt.batch.id] = dict.fromkeys(recipients.letter(session, doubt.batch.id).phones, said)
                else:
                    template = Template(doubt.batch.text)
                    self._texts[doubt.batch.id] = {
                        phone: " ".join(template.fill(values).split())
                        for phone, values in lookup.doubtful_numbers(session, doubt.batch).items()
                    }
        self._keyless: list[tuple[UUID, SentRow]] = []
        self._keeps_keys = False

    @property
    def complete(self) -> bool:
        """Whether more rows could add nothing."""
        return all(
            self.traces[doubt.batch.id].rows.keys() == self._texts[doubt.batch.id].keys()
            or (doubt.way is Way.LIST and bool(self.traces[doubt.batch.id].rows))
            for doubt in self._doubts.values()
        )

    def see(self, row: SentRow) -> None:
        """Take one row of the record."""
        if row.phone is None or not row.ref:
            return
        self._keeps_keys = self._keeps_keys or bool(row.campaign)
        if row.campaign:
            doubt = self._doubts.get(row.campaign)
            if doubt is not None and row.phone in self._texts[doubt.batch.id]:
                trace = self.traces[doubt.batch.id]
                trace.rows[row.phone], trace.keyed = row, True
            return
        said = " ".join(row.text.split())
        self._keyless += [(batch, row) for batch, texts in self._texts.items() if texts.get(row.phone) == said]

    def weigh_keyless(self, start: datetime, end: datetime) -> None:
        """Conclude from rows without a key; a record that keeps keys has none of ours among them."""
        # A row that came again on a page that moved is one row.
        found = {(batch, row.phone, row.ref): row for batch, row in self._keyless}
        self._keyless = []
        if self._keeps_keys or not found:
            return
        with self._deps.sessions() as session:
            refs, phones = {ref for _, _, ref in found}, {phone for _, phone, _ in found if phone}
            around = lookup.neighbours(session, start - records.SLACK, end + records.SLACK)
            known = lookup.known_refs(session, refs, phones, around)
        claims: defaultdict[tuple[int, str], set[UUID]] = defaultdict(set)
        for (batch, phone, ref), row in found.items():
            if phone is None or ref in known:
                continue
            claims[phone, ref].add(batch)
            trace = self.traces[batch]
            if phone in trace.rows and trace.rows[phone].ref != ref:
                trace.ambiguous.add(phone)
            trace.rows[phone] = row
        for (phone, _ref), batches in claims.items():
            if len(batches) > 1:
                for batch in batches:
                    self.traces[batch].ambiguous.add(phone)
