"""What has come of a campaign so far? Counts, batches and rows, read from the database alone."""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TextIO
from uuid import UUID

from worker.domain import phone
from worker.domain.states import BatchState, RecipientState
from worker.errors import Misuse, NotFound
from worker.services.deps import Deps
from worker.storage import batches, campaigns, recipients
from worker.storage.campaigns import OWN_STATES, Tally
from worker.storage.tables import Batch, Campaign

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
COUNTS = ("planned", "accepted", "delivered", "failed", "rejected", "unknown", "suppressed", "cancelled")


@dataclass(frozen=True, slots=True)
class View:
    """A campaign as a person sees it; `counts` partition its valid numbers by present state."""

    campaign: Campaign
    counts: dict[str, int]
    batches: Sequence[Batch]
    #: VND, as far as the provider has told.
    cost: Decimal


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


def show(deps: Deps, campaign_id: UUID) -> View:
    """One campaign with its batches; NotFound names the id."""
    with deps.sessions() as session:
        campaign = campaigns.get(session, campaign_id)
        if campaign is None:
            raise NotFound("campaign", str(campaign_id))
        tally = campaigns.tally(session, campaign_id)
        rows = batches.of_campaign(session, campaign_id)
    cost = sum((one.cost for one in tally.values()), Decimal(0))
    return View(campaign, count(tally), rows, cost)


def count(tally: dict[BatchState, Tally]) -> dict[str, int]:
    """Recipients by present state; they sum to the campaign's valid numbers."""
    counts = dict.fromkeys(COUNTS, 0)
    for state, numbers in tally.items():
        for own in OWN_STATES:
            counts[own] += getattr(numbers, own)
        counts[COUNTED_AS[state]] += numbers.rest
    return counts


def newest(deps: Deps, limit: int) -> Sequence[Campaign]:
    """The latest campaigns, newest first."""
    with deps.sessions() as session:
        return campaigns.newest(session, limit)


def write_recipients(deps: Deps, campaign_id: UUID, file: TextIO, progress: Callable[[int], None]) -> int:
    """One CSV line a recipient; streams, whatever the size. Returns the lines."""
    show(deps, campaign_id)
    writer = csv.writer(file)
    writer.writerow(["row", "phone", "carrier_guess", "batch", "state", "reason", "converted"])
    number = 0
    with deps.sessions() as session:
        for number, one in enumerate(recipients.stream(session, campaign_id), start=1):
            # About to be called: not with the provider as far as anybody knows.
            own = "planned" if one.state == RecipientState.SENDING else one.state
            state = own or COUNTED_AS[BatchState(one.batch_state)]
            converted = "from 11 digits" if one.converted else ""
            writer.writerow(
                [
                    one.row,
                    phone.local(one.phone),
                    phone.carrier(one.phone),
                    one.batch_seq,
                    state,
                    one.reason or one.words,
                    converted,
                ]
            )
            if not number % 5000:
                progress(number)
    return number


def write_refused(deps: Deps, campaign_id: UUID, file: TextIO) -> int:
    """One CSV line a row that got no message, with the reason; returns the lines."""
    show(deps, campaign_id)
    refusals = RefusalWriter(file)
    with deps.sessions() as session:
        for one in recipients.refused(session, campaign_id):
            refusals(one.row, one.value, one.reason)
    return refusals.lines


class RefusalWriter:
    """Writes refused rows as CSV, one call a row."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file)
        self._writer.writerow(["row", "value", "reason", "explanation"])
        self.lines = 0

    def __call__(self, row: int, value: str, reason: str) -> None:
        """Write one refused row."""
        # A cell that begins like a formula would run in the spreadsheet of whoever opens the list.
        shown = f"'{value}" if value[:1] in {"=", "+", "-", "@"} else value
        self._writer.writerow([row, shown, reason, explain(reason)])
        self.lines += 1


def explain(reason: str) -> str:
    """A refusal's reason as a sentence."""
    rule, _, what = reason.partition(": ")
    match rule:
        case "duplicate":
            return "The number stands in an earlier row."
        case "suppressed":
            return "The number is on the suppression list: it must not get ads."
        case "text_blank_value":
            return f"There is no value for {{{what}}}."
        case "ad_too_long":
            return "The text is too long once its variables are filled."
        case _ if rule in set(phone.Fault):
            return phone.Fault(rule).sentence
        case _:
            return f"The value of {{{what}}} cannot be sent." if what else rule
