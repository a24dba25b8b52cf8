"""Our official accounts at Zalo, what a template wants, and what became of a message. (web)"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from worker.domain.account import Reading
from worker.domain.delivery import Stage
from worker.providers import body
from worker.providers.esms.account import ZALO_NORMAL, ZALO_PRIORITY, EsmsAccount
from worker.providers.esms.codes import CODE_NAMES, STAGES, TEMPLATE_INFO_CODES, ZALO_INFO_CODES
from worker.providers.esms.parsing import Codes, opened
from worker.providers.esms.writing import RequestSpec, Unwritable, get, post_json
from worker.providers.http import Fault, Reply

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OfficialAccount:
    """One official account of ours."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ZaloQuota:
    """How many messages by template an official account may send a day, and how many are left."""

    daily: int
    remaining: int


@dataclass(frozen=True, slots=True)
class ZaloQuality:
    """HIGH, MEDIUM, LOW or UNDEFINED: now, and over seven days."""

    now: str
    last_7_days: str


@dataclass(frozen=True, slots=True)
class ZaloTemplate:
    """A template as Zalo has it; `status` is ENABLE, PENDING_REVIEW, REJECT, DISABLE or DELETE."""

    id: str
    name: str
    status: str
    reason: str
    #: The names of its values, in its order.
    params: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ZaloStatus:
    """What became of one Zalo message."""

    stage: Stage
    #: Whether the result will not change any more.
    final: bool
    #: None while nobody says.
    delivered: bool | None
    #: Zalo's code for it: 0 sent, 1001 the person was not online in time.
    error: str = ""
    cost: Decimal | None = None
    #: Zalo's own id, by which `GetZaloMessageStatus` asks.
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class ZaloDelivery:
    """Whether a message reached the phone, as Zalo itself says; `at` is when."""

    #: -1: no such message, 0: at Zalo, 1: on the phone.
    status: int
    words: str
    at: datetime | None = None


def ask_accounts(account: EsmsAccount) -> RequestSpec:
    """ZNS/GetListZOA."""
    return _posted(account, "ZNS/GetListZOA/")


def ask_quota(account: EsmsAccount, oa_id: str) -> RequestSpec:
    """ZNS/GetQuota."""
    return _posted(account, "ZNS/GetQuota/", OAID=oa_id)


def ask_quality(account: EsmsAccount, oa_id: str) -> RequestSpec:
    """ZNS/GetQuality."""
    return _posted(account, "ZNS/GetQuality/", OAID=oa_id)


def ask_template(account: EsmsAccount, oa_id: str, template_id: str) -> RequestSpec:
    """GetZnsTemplateInfo."""
    fields = {"TemplateId": template_id, **account.keys, "OAId": oa_id}
    return get(account.rest("/json/GetZnsTemplateInfo"), fields)


def ask_status(account: EsmsAccount, ref: str, sms_type: str) -> RequestSpec:
    """QueryZnsStatus, by the id that the send answered with; raises Unwritable."""
    if sms_type not in (ZALO_PRIORITY, ZALO_NORMAL):
        raise Unwritable(f"SmsType {sms_type!r} is no Zalo message: take {ZALO_PRIORITY} or {ZALO_NORMAL}")
    return _posted(account, "QueryZnsStatus/", SmsId=ref, SmsType=sms_type)


def ask_delivery(account: EsmsAccount, oa_id: str, message_id: str) -> RequestSpec:
    """GetZaloMessageStatus, by Zalo's own id."""
    return _posted(account, "GetZaloMessageStatus", OAID=oa_id, MessageId=message_id)


def _posted(account: EsmsAccount, path: str, **fields: str) -> RequestSpec:
    return post_json(account.rest(f"/json/{path}"), account.keys | fields)


def accounts(got: Reply | Fault) -> Reading[list[OfficialAccount]]:
    """Our official accounts; a row without an id is left out."""

    def found(fields: body.Fields) -> list[OfficialAccount] | None:
        rows = fields.get("zoalist", False)
        if rows not in (None, "") and not isinstance(rows, list):
            return None
        named = [body.lower_names(row) for row in rows or () if isinstance(row, Mapping)]
        read = [OfficialAccount(_short(row, "oaid"), _short(row, "oaname")) for row in named]
        return [one for one in read if one.id]

    return _reading(got, "ZOAList", found)


def quota(got: Reply | Fault) -> Reading[ZaloQuota]:
    """What may be sent today."""

    def found(fields: body.Fields) -> ZaloQuota | None:
        daily, remaining = body.amount(fields, "dailyquota"), body.amount(fields, "remainingquota")
        return None if daily is None or remaining is None else ZaloQuota(int(daily), int(remaining))

    return _reading(got, "DailyQuota and RemainingQuota", found)


def quality(got: Reply | Fault) -> Reading[ZaloQuality]:
    """How well the messages are received."""

    def found(fields: body.Fields) -> ZaloQuality | None:
        now = _short(fields, "oacurrentquality")
        return ZaloQuality(now, _short(fields, "oa7dayquality")) if now else None

    return _reading(got, "OaCurrentQuality", found)


def template(got: Reply | Fault) -> Reading[ZaloTemplate]:
    """What a template wants."""

    def found(fields: body.Fields) -> ZaloTemplate | None:
        data = _data(fields)
        params = data.get("listparams")
        rows = [body.lower_names(row) for row in params if isinstance(row, Mapping)] if isinstance(params, list) else []
        made = ZaloTemplate(
            _short(data, "templateid"),
            _short(data, "templatename"),
            _short(data, "status"),
            _short(data, "reason"),
            tuple(name for row in rows if (name := _short(row, "name"))),
        )
        return made if made.id and made.status else None

    return _reading(got, "Data", found, TEMPLATE_INFO_CODES, (*CODE_NAMES, "error"))


def status(got: Reply | Fault) -> Reading[ZaloStatus]:
    """What eSMS knows of a message."""

    def found(fields: body.Fields) -> ZaloStatus | None:
        data = _data(fields)
        number = body.scalar(data, "sendstatus")
        if not number:
            return None
        arrived, failed = body.count(data, "sendsuccess"), body.count(data, "sendfailed")
        return ZaloStatus(
            STAGES.get(number, Stage.UNREADABLE),
            final=body.flag(data, "finalstatus") is True,
            delivered=bool(arrived) if bool(arrived) != bool(failed) else None,
            error=_short(data, "errorinfo"),
            cost=body.amount(data, "totalprice"),
            message_id=_short(data, "zalomsgid"),
        )

    return _reading(got, "Data", found)


def delivery(got: Reply | Fault) -> Reading[ZaloDelivery]:
    """What Zalo itself says of a message."""

    def found(fields: body.Fields) -> ZaloDelivery | None:
        data = _data(fields)
        written = body.scalar(data, "status")
        if written not in ("-1", "0", "1"):
            return None
        at = body.scalar(data, "delivery_time")
        # Milliseconds; of any other length it is no time of these decades.
        moment = datetime.fromtimestamp(int(at) / 1000, UTC) if re.fullmatch(r"[0-9]{12,13}", at) else None
        return ZaloDelivery(int(written), body.said(data, "message"), moment)

    return _reading(got, "Data", found)


def _reading(
    got: Reply | Fault,
    what: str,
    find: Callable[[body.Fields], T | None],
    codes: Codes = ZALO_INFO_CODES,
    names: tuple[str, ...] = CODE_NAMES,
) -> Reading[T]:
    answer = opened(got, codes, names)
    return answer.reading(find(answer.fields) if answer.good else None, what)


def _data(fields: body.Fields) -> body.Fields:
    found = fields.get("data")
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    return body.lower_names(found) if isinstance(found, Mapping) else {}


def _short(fields: body.Fields, name: str) -> str:
    return body.storable(body.scalar(fields, name), 200)
