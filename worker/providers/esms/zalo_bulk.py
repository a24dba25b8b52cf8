"""Many Zalo messages in one request, each with its own values: Send_zns_bulk_v4_post_json (web)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from worker.domain import phone as phones
from worker.domain.calls import Answer
from worker.domain.outcome import Outcome
from worker.providers import body
from worker.providers.esms.account import EsmsAccount
from worker.providers.esms.codes import CODE_NAMES
from worker.providers.esms.parsing import Codes, describe, meaning, ref_of
from worker.providers.esms.writing import MESSAGE_TIME, RequestSpec, Unwritable, kept, post_json, vietnam_time
from worker.providers.esms.zalo import ZaloMessage
from worker.providers.http import Fault, Reply

#: Code 687: “quá 500”.
MOST: Final = 500
NOT_TOLD: Final = "the answer does not say what became of this number"


@dataclass(frozen=True, slots=True)
class BulkAnswer:
    """What one request came to as a whole, and for each of its numbers."""

    answer: Answer
    #: In the order of the messages.
    each: tuple[Answer, ...]


def wanted(
    messages: Sequence[ZaloMessage], account: EsmsAccount, *, send_date: datetime | None, callback_url: str
) -> RequestSpec:
    """One request of one template of one official account; raises Unwritable."""
    if not 0 < len(messages) <= MOST:
        raise Unwritable(f"a request has {len(messages)} messages: give 1 to {MOST}")
    first = messages[0]
    if any(
        (one.template_id, one.oa_id, one.key, one.sending_mode)
        != (first.template_id, first.oa_id, first.key, first.sending_mode)
        for one in messages
    ):
        raise Unwritable(
            "a request has one template, one official account, one campaign and one mode: send the rest apart"
        )
    if not (first.template_id and first.oa_id):
        raise Unwritable("a Zalo message needs a template and an official account: give TempID and OAID")
    if len({one.phone for one in messages}) < len(messages):
        raise Unwritable("a number stands twice, and the answer could not say which of its messages was taken")
    first.check_mode(send_date)
    fields = {
        **account.keys,
        "campaignid": first.key or None,
        "OAID": first.oa_id,
        "TempID": first.template_id,
        "Sandbox": "1" if account.sandbox else None,
        "SendingMode": first.sending_mode or None,
        "SendDate": vietnam_time(send_date, MESSAGE_TIME),
        "CallbackUrl": callback_url or None,
        "Data": [_one(message) for message in messages],
    }
    return post_json(account.rest("/json/Send_zns_bulk_v4_post_json/"), fields)


def _one(message: ZaloMessage) -> dict[str, Any]:
    fields = {"Phone": phones.local(message.phone), "RequestId": message.request_id or None}
    return kept({**fields, "Params": list(message.params)})


def read(got: Reply | Fault, messages: Sequence[ZaloMessage], codes: Codes) -> BulkAnswer:
    """What became of each number: by its own row; where a request was taken whose rows do not tell, it is unknown."""
    secrets = [value for message in messages for value in message.params]
    whole = meaning(got, codes, setting="LOA_ESMS_BASE_URL", secrets=secrets, needs_ref=False)
    if whole.outcome is not Outcome.ACCEPTED:
        return BulkAnswer(whole, tuple(whole for _ in messages))
    assert isinstance(got, Reply)  # noqa: S101 - only a reply is accepted; told to the type checker
    rows = body.read(got.body)[1].get("detail")
    told: dict[int, Answer] = {}
    for row in rows if isinstance(rows, list) else ():
        fields = body.lower_names(row) if isinstance(row, Mapping) else {}
        phone = body.phone(fields, "phone")
        if phone is not None:
            # Two rows of one number, of which it was given once, tell nothing.
            told[phone] = (
                _of_row(fields, codes) if phone not in told else Answer(Outcome.UNKNOWN, provider_message=NOT_TOLD)
            )
    each = tuple(told.get(message.phone, Answer(Outcome.UNKNOWN, provider_message=NOT_TOLD)) for message in messages)
    if all(one.outcome is Outcome.ACCEPTED for one in each):
        return BulkAnswer(whole, each)
    count = sum(one.outcome is Outcome.ACCEPTED for one in each)
    return BulkAnswer(replace(whole, provider_message=f"{count} of {len(each)} were taken"), each)


def _of_row(fields: body.Fields, codes: Codes) -> Answer:
    code = body.code(fields, *CODE_NAMES)
    row, ref = codes.get(code), ref_of(body.scalar(fields, "smsid"))
    words = describe(code, fields, codes) if code else NOT_TOLD
    if row is None or (row.outcome is Outcome.ACCEPTED and not ref) or (row.outcome is not Outcome.ACCEPTED and ref):
        return Answer(Outcome.UNKNOWN, code=code, provider_message=words)
    return Answer(row.outcome, code=code, provider_message=words, ref=ref, scope=row.scope)
