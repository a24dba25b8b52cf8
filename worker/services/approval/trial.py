"""Sends one row's text to one's own number, as a single message beside the campaign, to see it on a telephone."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlmodel import Session

from worker.domain import phone
from worker.domain.calls import Purpose
from worker.domain.policy import Channel
from worker.domain.roles import May
from worker.domain.template import Template
from worker.domain.text import measure
from worker.domain.window import local
from worker.errors import NotFound, Refused
from worker.services import otp
from worker.services.deps import Deps
from worker.services.otp import OtpRequest
from worker.services.people import audit
from worker.storage import campaigns
from worker.storage.operations import suppression
from worker.storage.otp import messages
from worker.storage.sending import earlier
from worker.storage.tables.approval import CampaignTest
from worker.storage.tables.campaigns import Message

#: A test that has not left by then is of no use any more.
GOOD_FOR_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class Tested:
    """A test text on its way."""

    message: Message
    #: The row whose values it has, its text and its parts.
    row: int
    text: str
    parts: int
    #: Its key had stood for it before.
    repeated: bool = False


def send(deps: Deps, campaign_id: UUID, to: str, row: int | None = None, key: str = "") -> Tested:
    """Send the filled text of one row (by default the first) to one number, by the way of single messages and its rules.

    An ad only leaves in its hours and to no suppressed number. Refused `outside_hours`, `suppressed`, `not_planned`, `no_row`,
    and what a single message is refused for (`bad_phone`, `too_many_to_number`, `no_secret_key`).
    """
    deps.actor.must(May.DRAFT, May.OPERATE)
    with deps.sessions() as session:
        campaign = campaigns.get(session, campaign_id)
        if campaign is None:
            raise NotFound("campaign", str(campaign_id))
        deps.actor.must_own(campaign.author_id, May.SEE_ALL, May.SEE_OWN)
        found = earlier.at_row(session, campaign_id, row)
        read = phone.read(to)
        barred = campaign.kind == Purpose.ADS and isinstance(read, tuple) and suppression.among(session, [read[0]])
    if found is None:
        if row is None:
            raise Refused("not_planned", "The campaign has no numbers, or not yet.")
        raise Refused("no_row", f"Row {row} of the list gets no message, so it has no text.", {"row": row})
    if campaign.channel is not Channel.SMS:
        raise Refused(
            "no_test_by_zalo",
            "A test goes by text, and this campaign goes over Zalo: try its template with `loa zalo send`.",
        )
    account, now = deps.account(campaign.provider), deps.clock.now()
    hours = account.hours(campaign.kind)
    opening = hours.next_opening(now)
    if opening > now:
        raise Refused(
            "outside_hours",
            f"Ads may leave at {account.windows.written(opening)} only, also to try one: from {local(opening)} on.",
            {"opening": local(opening)},
        )
    if barred:
        raise Refused("suppressed", "The number is on the suppression list: it must not get ads, not even this one.")
    text = Template(campaign.text).fill(found.vars or {})
    parts = measure(text).parts

    closes = hours.closes(now)

    def note(session: Session, message: Message) -> None:
        if closes is not None:
            messages.end_by(session, message.id, closes)
        session.add(
            CampaignTest(
                message_id=message.id, campaign_id=campaign_id, at=now, by=deps.actor.label, row=found.row, parts=parts
            )
        )
        facts = {"row": found.row, "to": phone.masked(message.phone), "message": message.id, "parts": parts}
        audit.record(session, deps, "campaign.test", about=("campaign", campaign_id), facts=facts)

    request = OtpRequest(to, text, GOOD_FOR_S, (campaign.provider,), campaign.sender, key)
    taken = otp.take_in(deps, request, also=note)
    return Tested(taken.message, found.row, text, parts, taken.repeated)
