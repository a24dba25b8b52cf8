"""Writes advertising campaigns for FPT, and reads what its answers count.

The way of a campaign (manual 3.2 to 3.5): create it with a quota, push lists of numbers into it, cancel it if need be.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from worker.domain.calls import AdCampaign, Answer, Cancellation, Push
from worker.domain.outcome import Outcome
from worker.domain.window import VIETNAM
from worker.providers import body
from worker.providers.fpt.codes import NO_ROOM, PARAMETERS
from worker.providers.fpt.messages import encoded
from worker.providers.fpt.parsing import Function

CREATE: Final = Function("/api/create-campaign", ref="CampaignCode")
PUSH_ADS: Final = Function("/api/push-brandname-ads", ref="BatchId", counter="NumMessageSent")
CANCEL: Final = Function("/api/cancel-ads")

#: "Already there", as FPT might say it with accents or without, in Vietnamese or English, and its opposite. A bare "trung" is
#: no sign of it: it is also "centre" and "mid-autumn".
TAKEN: Final = re.compile(
    r"trùng|bi trung|trung (?:ten|lap|nhau)|đã (?:tồn tại|được sử dụng)|da (?:ton tai|duoc su dung)"
    r"|duplicat|already|\bexist|unique|\btaken\b"
)
ABSENT: Final = re.compile(r"(?:không|chưa) tồn tại|(?:khong|chua) ton tai|không trùng khớp|not exist|n't exist")
BRANDNAME: Final = re.compile(r"(?:(?:tên|ten) )?brand ?name")
#: Whose name it is; a brandname's faults are others.
CAMPAIGN: Final = re.compile(r"campaign|chiến dịch|chien dich|chương trình|chuong trinh|\b(?:name|tên|ten)\b")


def fields_of(order: AdCampaign, encoding: Literal["plain", "base64"]) -> dict[str, str]:
    """The fields of create-campaign (manual 3.3): local time to the minute, and the quota as its sample writes it.

    "Tên campaign không được trùng nhau": the name is unique at FPT.
    """
    at = order.at.astimezone(VIETNAM).replace(tzinfo=None)
    return {
        "CampaignName": order.name,
        "BrandName": order.sender,
        "Message": encoded(order.text) if encoding == "base64" else order.text,
        "ScheduleTime": at.isoformat(" ", "minutes"),
        "Quota": str(order.quota),
    }


def name_taken(answer: Answer, *, after_unknown: bool = False) -> bool:
    """Whether create-campaign was refused because the name is there already.

    No document says how FPT tells it: 1014 with words to that effect counts. A bare 1014 counts only `after_unknown`, when an
    earlier call with the name may have been taken: then another name shows what it was, and a campaign without numbers
    messages nobody.
    """
    if answer.outcome is not Outcome.REJECTED or answer.code != PARAMETERS:
        return False
    words = BRANDNAME.sub("", unicodedata.normalize("NFC", answer.provider_message).casefold())
    return after_unknown or bool(TAKEN.search(ABSENT.sub("", words)) and CAMPAIGN.search(words))


def phone_list(phones: Sequence[int]) -> str:
    """The numbers in 84 form with commas between them, and none at the end (manual 3.4)."""
    return ",".join(str(phone) for phone in phones)


def pushed(answer: Answer, fields: body.Fields, pushed: int) -> Push:
    """The answer with FPT's counting of the `pushed` numbers; "took none" is an unknown call, not a success."""
    taken, remaining = _count(fields, "nummessagesent"), _count(fields, "numremainquota")
    words = answer.provider_message
    if answer.outcome is Outcome.ACCEPTED and taken == 0:
        answer = replace(answer, outcome=Outcome.UNKNOWN, ref="", provider_message=f"{words}, but NumMessageSent 0")
    elif answer.outcome is Outcome.ACCEPTED and taken is not None and taken != pushed:
        answer = replace(answer, provider_message=f"{words}, but FPT counts {taken} for {pushed} numbers")
    return Push(answer, taken, remaining, no_room=answer.outcome is Outcome.HALT and answer.code == NO_ROOM)


def cancelled(answer: Answer, fields: body.Fields) -> Cancellation:
    """The answer with the pushes on either side; without a readable list nothing is known to be stopped."""
    stopped, kept = _batch_ids(fields, "success"), _batch_ids(fields, "fail")
    if answer.outcome is not Outcome.ACCEPTED:
        return Cancellation(answer)
    if stopped is None and kept is None:
        words = "no list of stopped or kept pushes"
        return Cancellation(replace(answer, outcome=Outcome.UNKNOWN, provider_message=words))
    kept = tuple(dict.fromkeys(kept or ()))
    stopped = tuple(batch_id for batch_id in dict.fromkeys(stopped or ()) if batch_id not in kept)
    words = f"{len(stopped)} pushes stopped, {len(kept)} not stopped"
    return Cancellation(replace(answer, provider_message=words), stopped, kept)


def _count(fields: body.Fields, name: str) -> int | None:
    """A count as FPT wrote it (the manual's table says Int, its samples text); None when it cannot be read."""
    found = body.amount(fields, name)
    return int(found) if found is not None and found == int(found) and found < 10**9 else None


def _batch_ids(fields: body.Fields, name: str) -> tuple[str, ...] | None:
    """The BatchIds of an array, or of a text with commas; None when it is neither."""
    found = fields.get(name)
    if isinstance(found, str):
        found = found.split(",")
    if not isinstance(found, list):
        return None
    read = (body.storable(body.scalar({"id": batch_id}, "id"), 64) for batch_id in found)
    return tuple(batch_id for batch_id in read if batch_id)
