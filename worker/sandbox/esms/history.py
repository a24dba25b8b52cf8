"""Lists what went out between two times: GetSmsSentData in its three generations (manual II.5; two of the web)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from worker.sandbox.delivery_model import results
from worker.sandbox.emulator import Answer, Call
from worker.sandbox.esms.codes import WORDS, Refusal
from worker.sandbox.esms.reports import DONE, REFUSED, WAITS_FOR_REPORT, send_status
from worker.sandbox.esms.requests import check_keys, json_object, xml_fields
from worker.sandbox.esms.responses import write
from worker.sandbox.hours import VIETNAM
from worker.sandbox.ledger import Order
from worker.sandbox.text import local
from worker.sandbox.world import World

_V1_FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d")
_V2_FORMATS = ("%Y-%m-%d %H:%M:%S",)


class History:
    """GetSmsSentData_V1 and _V2: one row a number, filtered by when its order was made."""

    def __init__(self, world: World) -> None:
        self._world = world

    def v1(self, call: Call) -> Answer:
        """The manual's form: XML in, no pages, no Campaign; or its later generation with both."""
        return self._answer(call, self._v1)

    def v2(self, call: Call) -> Answer:
        """The newest form: JSON in, pages of at most 500 rows, counted from 1."""
        return self._answer(call, self._v2)

    def _answer(self, call: Call, find: Callable[[bytes], Mapping[str, Any]]) -> Answer:
        try:
            fields = {"CodeResult": "100", **find(call.body)}
        except Refusal as refusal:
            fields = {"CodeResult": refusal.code, "ErrorMessage": WORDS[refusal.code]}
        return write("SmsSentData", fields, call.form, self._world.settings.quirks)

    def _v1(self, body: bytes) -> Mapping[str, Any]:
        asked = {name: value.strip() for name, value in xml_fields(body).items() if isinstance(value, str)}
        settings = self._world.settings
        later = settings.sent_data_v1_generation == 2
        check_keys(settings, asked.get("APIKEY"), asked.get("SECRETKEY"))
        orders = self._between(asked.get("FROM"), asked.get("TO"), _V1_FORMATS, settings.sent_data_v1_days)
        orders = _of_type(orders, asked.get("SMSTYPE"))
        if not later:
            return {"SentData": [self._v1_row(*line, later=False) for line in self._lines(orders, 0, _count(orders))]}
        part = _range(asked.get("PAGE"), asked.get("PAGESIZE"), settings.sent_data_page_rows)
        rows = [self._v1_row(*line, later=True) for line in self._lines(orders, *part)]
        return {"CountTotal": _count(orders), "SentData": rows}

    def _v2(self, body: bytes) -> Mapping[str, Any]:
        asked, settings = json_object(body), self._world.settings
        check_keys(settings, asked.get("ApiKey"), asked.get("SecretKey"))
        orders = self._between(asked.get("From"), asked.get("To"), _V2_FORMATS, settings.sent_data_v2_days)
        orders = _of_type(orders, asked.get("SmsType"))
        part = _range(asked.get("Page"), asked.get("PageSize"), settings.sent_data_page_rows)
        rows = [self._v2_row(*line) for line in self._lines(orders, *part)]
        return {"CountTotal": _count(orders) + settings.sent_data_hidden_rows, "SentData": rows}

    def _between(self, begin: object, end: object, formats: Sequence[str], max_days: float) -> list[Order]:
        since, until = _time(begin, formats), _time(end, formats)
        if until < since or (max_days and until - since > timedelta(days=max_days)):
            raise Refusal("140")
        settled = self._world.seconds() - self._world.settings.sent_data_after_s
        # the times asked for have no fractions of a second, so an order of the last second belongs to it
        found = [
            order
            for order in self._world.ledger.orders
            if since <= order.at.replace(microsecond=0) <= until and order.taken <= settled and _is_message(order)
        ]
        return found[::-1] if self._world.settings.sent_data_newest_first else found

    def _lines(self, orders: Sequence[Order], start: int, stop: int) -> Iterator[tuple[Order, int, int, bool | None]]:
        """Rows `start` to `stop` of the orders' numbers: the order, the row's own number, the phone, its result."""
        passed = 0
        for order in orders:
            low, high = max(0, start - passed), min(len(order.phones), stop - passed)
            passed += len(order.phones)
            if low < high:
                found = results(order, self._world.known(order), low, high)
                for position, (phone, arrived) in enumerate(found, start=low):
                    yield order, order.first_row + position + 1, phone, arrived
            if passed >= stop:
                return

    def _v1_row(self, order: Order, row: int, phone: int, arrived: bool | None, *, later: bool) -> Mapping[str, Any]:
        status = send_status(order, self._world)
        sent = status in (WAITS_FOR_REPORT, DONE)
        at = _sent_at(order)
        fields: dict[str, Any] = {"Content": order.text, "Phone": local(phone), "ReferenceId": order.sms_id}
        fields |= {"SellPrice": _price(order), "SmsId": row, "SmsType": order.sms_type}
        if later:
            fields |= {"Campaign": order.campaign, "SendStatus": status, "SentResult": arrived is True}
            when = at.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S")
        else:
            fields["SentStatus"] = sent
            when = _wcf_date(at)
        return fields | ({"SentTime": when} if sent else {})

    def _v2_row(self, order: Order, row: int, phone: int, arrived: bool | None) -> Mapping[str, Any]:
        status = send_status(order, self._world)
        failed = status == REFUSED or (arrived is False and not order.refused)
        fields: dict[str, Any] = {"Campaign": order.campaign, "Content": order.text, "Phone": local(phone)}
        fields |= {"ReferenceId": order.sms_id, "SellPrice": _price(order)}
        fields |= {"SendResult": 0 if failed else 1 if arrived else 2, "SendStatus": status}
        fields |= {"SmsId": row, "SmsType": order.sms_type}
        return fields | ({"SentTime": _wcf_date(_sent_at(order))} if status in (WAITS_FOR_REPORT, DONE) else {})


def _is_message(order: Order) -> bool:
    """Calls have a status function of their own (manual III.1), and stand nowhere in these records."""
    return order.provider == "esms" and order.channel != "call"


def _time(text: object, formats: Sequence[str]) -> datetime:
    """Vietnamese local time as written; 140 when it is not in one of the formats."""
    for form in formats:
        try:
            return datetime.strptime(str(text), form).replace(tzinfo=VIETNAM).astimezone(UTC)
        except ValueError:
            continue
    raise Refusal("140")


def _range(page: object, size: object, most: int) -> tuple[int, int]:
    """Rows from and to, by a page counted from 1; numbers may come as text."""
    try:
        rows = min(most, int(str(size or most)))
        start = (max(1, int(str(page or 1))) - 1) * rows
    except ValueError as fault:
        raise Refusal("99") from fault
    return start, start + rows


def _of_type(orders: Sequence[Order], sms_type: object) -> list[Order]:
    return [order for order in orders if not sms_type or str(order.sms_type) == str(sms_type)]


def _count(orders: Sequence[Order]) -> int:
    return sum(len(order.phones) for order in orders)


def _price(order: Order) -> float:
    return float(order.price // max(1, len(order.phones)))


def _sent_at(order: Order) -> datetime:
    return order.at + timedelta(seconds=order.starts - order.taken)


def _wcf_date(at: datetime) -> str:
    """Milliseconds since 1970 in UTC; the +0700 is for show only, as in all WCF JSON."""
    return f"/Date({int(at.timestamp() * 1000)}+0700)/"
