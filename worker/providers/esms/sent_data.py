"""Reads eSMS's own record of what was sent between two times: GetSmsSentData, V1 and V2.

V1 is XML out and JSON back, in the manual (II.5) without pages, on later pages with them; V2 is JSON in pages of at most
500 rows (web). Both filter by when a message was made, and take the times of Vietnam.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from worker.domain.account import Reading
from worker.domain.delivery import SentPage, SentRow, SentState, Stage
from worker.domain.window import VIETNAM
from worker.providers import body
from worker.providers.esms.account import EsmsAccount
from worker.providers.esms.codes import SENT_DATA_CODES, STAGES
from worker.providers.esms.parsing import opened, ref_of
from worker.providers.esms.writing import MESSAGE_TIME, SLASHED_TIME, RequestSpec, post_json, post_xml, vietnam_time
from worker.providers.http import Fault, Reply

PAGE_SIZE: Final = 500
LONGEST_TEXT: Final = 5_000
#: .NET writes a time that never was as one of year 1.
NEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)

#: What an order's stage says of each of its numbers.
STATES: Final = {Stage.PENDING: SentState.WAITING, Stage.REFUSED: SentState.REFUSED, Stage.SENT: SentState.SENT}
#: SendResult of the newer pages.
RESULTS: Final = {"0": SentState.FAILED, "1": SentState.DELIVERED, "2": SentState.SENT}


def wanted(account: EsmsAccount, start: datetime, end: datetime, page: int, sms_type: str) -> RequestSpec:
    """The question in the account's generation; raises Unwritable for times without a zone."""
    # Whole seconds only: the last one that began belongs to it.
    end += timedelta(seconds=1 if end.microsecond else 0)
    if account.sent_data == "v2":
        fields = {
            **account.keys,
            "SmsType": sms_type,
            "From": vietnam_time(start, MESSAGE_TIME),
            "To": vietnam_time(end, MESSAGE_TIME),
            "Page": page,
            "PageSize": PAGE_SIZE,
        }
        return post_json(account.rest("/json/GetSmsSentData_V2"), fields)
    later = page > 1
    elements = {
        "APIKEY": account.api_key,
        "SECRETKEY": account.secret_key,
        "FROM": vietnam_time(start, SLASHED_TIME),
        "TO": vietnam_time(end, SLASHED_TIME),
        # A second page is asked for only when the first said that there is one, which the manual's generation never does.
        "PAGE": page if later else None,
        "PAGESIZE": PAGE_SIZE if later else None,
    }
    return post_xml(account.rest("/json/GetSmsSentData_V1"), elements)


def read(got: Reply | Fault, page: int, *, paged: bool) -> Reading[SentPage]:
    """The page, or why it could not be had; `paged` says whether a full page alone announces another."""
    answer = opened(got, SENT_DATA_CODES)
    if "content" in answer.raw.lower():
        # Texts may be one-time passwords: of a record nothing is kept but what was asked for.
        answer = replace(answer, raw="")
    rows = answer.rows("sentdata")
    if rows is None:
        return answer.reading(None, "SentData")
    found = [_row(body.lower_names(row)) for row in rows if isinstance(row, Mapping)]
    counted = body.amount(answer.fields, "counttotal")
    total = None if counted is None else int(counted)
    return answer.reading(SentPage(found, total, _more(len(rows), total, page, paged)))


def _more(rows: int, total: int | None, page: int, paged: bool) -> bool:
    """Whether there is another page, if pages are as long as was asked for; the reader of all pages counts their rows."""
    if not rows:
        return False
    return (paged and rows >= PAGE_SIZE) or (total is not None and total > (page - 1) * PAGE_SIZE + rows)


def _row(fields: body.Fields) -> SentRow:
    return SentRow(
        # Misspelt in the first generation.
        ref=ref_of(body.scalar(fields, "referenceid", "refercenceid")),
        campaign=body.storable(body.scalar(fields, "campaign"), 254),
        phone=body.phone(fields, "phone"),
        text=body.storable(fields["content"], LONGEST_TEXT) if isinstance(fields.get("content"), str) else "",
        state=_state(fields),
        cost=body.amount(fields, "sellprice"),
        at=_time(fields.get("senttime")),
    )


def _state(fields: body.Fields) -> SentState:
    status = body.scalar(fields, "sendstatus")
    if not status:
        # The manual's generation: sent or not, and nothing of what became of it.
        sent = body.flag(fields, "sentstatus")
        return SentState.UNREADABLE if sent is None else SentState.SENT if sent else SentState.WAITING
    state = STATES.get(STAGES.get(status, Stage.UNREADABLE), SentState.UNREADABLE)
    return _result(fields, final=status == "5") if state is SentState.SENT else state


def _result(fields: body.Fields, *, final: bool) -> SentState:
    if state := RESULTS.get(body.scalar(fields, "sendresult")):
        return state
    arrived = body.flag(fields, "sentresult", "sendresult")
    if arrived:
        return SentState.DELIVERED
    # Failed and not yet known are written alike; only the last status parts them.
    return SentState.FAILED if final and arrived is False else SentState.SENT


def _time(value: Any) -> datetime | None:
    """The moment, in UTC, from any of the ways in which eSMS writes it; None when there is none."""
    text = str(value).strip() if isinstance(value, str | int) else ""
    try:
        if found := re.fullmatch(r"/Date\((-?[0-9]{1,15})(?:[+-][0-9]{4})?\)/", text):
            # Milliseconds are of UTC already; the offset is only how it likes to be shown.
            at = datetime.fromtimestamp(int(found[1]) / 1000, UTC)
        elif "/" in text:
            at = datetime.strptime(text, "%d/%m/%Y %H:%M:%S").replace(tzinfo=VIETNAM)
        else:
            at = datetime.fromisoformat(text)
        at = (at if at.tzinfo else at.replace(tzinfo=VIETNAM)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if at > NEVER else None
