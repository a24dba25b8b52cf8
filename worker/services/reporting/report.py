"""The state of a campaign so far: counts, batches and rows, read from the database alone."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, TextIO
from uuid import UUID

from worker.domain import phone
from worker.domain.advice import Warned
from worker.domain.idempotency import of_task
from worker.domain.roles import May
from worker.domain.states import BatchState, RecipientState
from worker.domain.template import Template
from worker.domain.window import local
from worker.errors import Misuse, NotFound
from worker.services.deps import Deps
from worker.services.reporting import future, warnings
from worker.services.reporting.csv_out import BYTE_ORDER_MARK, CsvWriter
from worker.services.reporting.leaving import Leaving, leaving
from worker.services.reporting.refusals import explain
from worker.storage import campaigns
from worker.storage.approval import approvals
from worker.storage.campaigns import OWN_STATES, Tally
from worker.storage.sending import batches, recipients
from worker.storage.tables.approval import Approval
from worker.storage.tables.campaigns import Batch, Campaign

#: What a recipient counts as while its batch is in a state and nothing is known of it alone.
COUNTED_AS = {
    BatchState.PLANNED: "planned",
    # In a call at this moment: not yet with the provider as far as anybody knows.
    BatchState.SENDING: "planned",
    BatchState.ACCEPTED: "accepted",
    BatchState.REPORTED: "accepted",
    BatchState.UNKNOWN: "unknown",
    BatchState.REJECTED: "rejected",
    BatchState.CANCELLED: "cancelled",
}
#: Enough of an id that a slip of the hand does not stop, or send again, somebody else's campaign.
BEGINNING = re.compile(r"[0-9a-f]{8}[0-9a-f-]{,28}")
#: Of what may be a number, all but the last three.
DIGITS = re.compile(r"\d(?=\D*\d\D*\d\D*\d)")
#: With the provider, so that it has a time, an id and a cost.
LEFT = frozenset({"accepted", "delivered", "failed", "unknown"})
COUNTS = ("planned", "accepted", "delivered", "failed", "rejected", "unknown", "suppressed", "cancelled")


@dataclass(frozen=True, slots=True)
class View:
    """A campaign as a person sees it; `counts` partition its valid numbers by present state."""

    campaign: Campaign
    counts: dict[str, int]
    batches: Sequence[Batch]
    #: VND of everything that the provider accepted: as it told, else as it was estimated when the campaign was planned.
    cost: Decimal
    #: The part of it that the provider told.
    cost_told: Decimal
    #: When the next texts may leave; None where none are left to leave.
    leaving: Leaving | None
    #: The latest question whether it may leave, and how many test texts were sent.
    approval: Approval | None = None
    tests: int = 0
    #: What a person should think of; nothing was refused for it.
    warnings: Sequence[Warned] = ()


def identify(deps: Deps, written: str) -> UUID:
    """The campaign that a person means by an id, or by its first eight characters or more, where only one begins so."""
    try:
        return UUID(written)
    except ValueError:
        start = written.strip().lower()
    if not BEGINNING.fullmatch(start):
        raise Misuse(f"{written!r} is not the id of a campaign; `loa campaign list` shows them.")
    with deps.sessions() as session:
        found = campaigns.beginning(session, start)
    if not found:
        raise NotFound("campaign", written)
    if len(found) > 1:
        raise Misuse(f"More than one campaign begins with {written}: write more of its id.")
    return found[0]


def asked_for_by(deps: Deps, written: str) -> UUID | None:
    """The campaign of a producer's task or key; None where there is none."""
    with deps.sessions() as session:
        found = campaigns.by_key(session, of_task(written)) or campaigns.by_key(session, written)
    return found.id if found is not None else None


def show(deps: Deps, campaign_id: UUID) -> View:
    """One campaign with its batches; NotFound names the id."""
    with deps.sessions() as session:
        campaign = campaigns.get(session, campaign_id)
        if campaign is None:
            raise NotFound("campaign", str(campaign_id))
        deps.actor.must_own(campaign.author_id, May.SEE_ALL, May.SEE_OWN)
        tally = campaigns.tally(session, campaign_id)
        rows = batches.of_campaign(session, campaign_id)
        ahead, turn = future.sentence(session, campaign_id, deps.clock.now())
        asked, tests = approvals.history(session, campaign_id), approvals.count_tests(session, campaign_id)
    told = sum((one.cost for one in tally.values()), Decimal(0))
    untold = sum(one.untold for one in tally.values())
    expected = (campaign.cost_estimate or Decimal(0)) * untold / campaign.valid if campaign.valid else Decimal(0)
    planned = [one.not_before for one in rows if one.state is BatchState.PLANNED]
    next_leaving = leaving(deps, campaign, min(planned, default=None))
    if ahead:
        # Whatever else it waits for.
        at = turn or (next_leaving.at if next_leaving is not None else deps.clock.now())
        next_leaving = Leaving(at, ahead)
    cost, approval = told + round(expected, 2), asked[0] if asked else None
    return View(campaign, count(tally), rows, cost, told, next_leaving, approval, tests, warnings.of(deps, campaign))


def count(tally: dict[BatchState, Tally]) -> dict[str, int]:
    """Recipients by present state; they sum to the campaign's valid numbers."""
    counts = dict.fromkeys(COUNTS, 0)
    for state, numbers in tally.items():
        for own in OWN_STATES:
            counts[own] += getattr(numbers, own)
        counts[COUNTED_AS[state]] += numbers.rest
    return counts


def newest(deps: Deps, limit: int) -> list[tuple[Campaign, Leaving | None]]:
    """The latest campaigns that the actor may see, newest first, each with when it may leave where it has not begun."""
    deps.actor.must(May.SEE_ALL, May.SEE_OWN)
    author = None if deps.actor.may(May.SEE_ALL) else deps.actor.user_id
    with deps.sessions() as session:
        found = campaigns.newest(session, limit, author)
    return [(one, leaving(deps, one)) for one in found]


COLUMNS = ("row", "phone", "carrier_guess", "batch", "state", "reason", "converted", "sent_at", "provider_ref", "cost")


def recipients_of(deps: Deps, campaign: Campaign) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """The columns of the report and its rows, one a recipient in the order of the list; the text's variables come last.

    `sent_at` is when the provider answered, `cost` in VND, an even share where the provider tells it for an order.
    """
    variables = Template(campaign.text).names
    return [*COLUMNS, *variables], _rows(deps, campaign, variables)


def shown_phone(deps: Deps, author_id: UUID | None) -> Callable[[int], str]:
    """How the actor reads numbers: in full in what is theirs, or by a role that may see them; else masked."""
    full = deps.actor.may(May.SEE_PHONES) or (author_id is not None and author_id == deps.actor.user_id)
    return phone.local if full else phone.masked


def _rows(deps: Deps, campaign: Campaign, variables: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    write = shown_phone(deps, campaign.author_id)
    by_batch = {str(state): counted for state, counted in COUNTED_AS.items()}
    # About to be called: not with the provider as far as anybody knows.
    by_state = {str(state): str(state) for state in RecipientState} | {str(RecipientState.SENDING): "planned"}
    with deps.sessions() as session:
        for one in recipients.stream(session, campaign.id):
            state = by_state[one.state] if one.state else by_batch[one.batch_state]
            left = state in LEFT
            yield (
                one.row,
                write(one.phone),
                phone.carrier(one.phone),
                one.batch_seq,
                state,
                one.reason or one.provider_message,
                "from 11 digits" if one.converted else "",
                one.answered_at if left else None,
                (one.ref or "") if left else "",
                one.cost if left else None,
                *((one.vars or {}).get(name, "") for name in variables),
            )


def write_recipients(deps: Deps, campaign_id: UUID, file: TextIO, progress: Callable[[int], None]) -> int:
    """One CSV line a recipient; streams, whatever the size. Returns the lines."""
    columns, rows = recipients_of(deps, show(deps, campaign_id).campaign)
    file.write(BYTE_ORDER_MARK)
    writer = CsvWriter(file)
    writer(columns)
    # The numbers of an order share their moment, and telling it costs more than reading the row.
    moment = lru_cache(local)
    number = 0
    for number, row in enumerate(rows, start=1):
        writer(moment(cell) if isinstance(cell, datetime) else cell for cell in row)
        if not number % 5000:
            progress(number)
    return number


def write_refused(deps: Deps, campaign_id: UUID, file: TextIO) -> int:
    """One CSV line a row that got no message, with the reason; returns the lines."""
    full = shown_phone(deps, show(deps, campaign_id).campaign.author_id) is phone.local
    refusals = RefusalWriter(file)
    with deps.sessions() as session:
        for one in recipients.refused(session, campaign_id):
            refusals(one.row, one.value if full else DIGITS.sub("*", one.value), one.reason)
    return refusals.lines


class RefusalWriter:
    """Writes refused rows as CSV, one call a row."""

    def __init__(self, file: TextIO) -> None:
        self._write = CsvWriter(file)
        self._write(["row", "value", "reason", "explanation"])
        self.lines = 0

    def __call__(self, row: int, value: str, reason: str) -> None:
        """Write one refused row."""
        self._write([row, value, reason, explain(reason)])
        self.lines += 1
