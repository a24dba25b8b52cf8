"""What the law asks of advertising on a day, by channel: read from one dated file, and checked whole before it is used.

The file that comes with Loa is `policy.toml` beside this module. A rule holds from its first day until the one that follows;
whoever asks names the day on which something leaves, so that a plan across a change obeys each rule on its own days.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from worker.domain.hours import Hours
from worker.domain.limit import Limit


class Channel(StrEnum):
    """How an advertisement reaches a person."""

    SMS = "sms"
    CALL = "call"
    ZALO = "zalo"
    VIBER = "viber"


class Basis(StrEnum):
    """Why a rule is kept."""

    #: A text in force names the channel.
    LAW = "law"
    #: None does; Loa keeps to it all the same.
    CAUTION = "caution"


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """The message that may ask a number for its consent."""

    decree: str
    label: str
    #: How many a number may ever get.
    most_ever: int
    hours: tuple[Hours, ...]
    #: Silence for so long is a refusal.
    refused_after: timedelta


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one channel, from its first day until the day on which it holds no more (None: until further notice)."""

    channel: Channel
    first: date
    until: date | None
    decree: str
    articles: str
    basis: Basis
    hours: tuple[Hours, ...]
    limit: Limit
    #: A text must begin with one of these; none: it needs no label.
    labels: tuple[str, ...]
    consent_request: ConsentRequest | None = None

    @property
    def named(self) -> str:
        """Where it stands; of a channel that no law names, whose rule it follows."""
        found = f"Decree {self.decree}, Art. {self.articles}"
        return found if self.basis is Basis.LAW else f"as a precaution, after {found}"

    @property
    def hours_written(self) -> str:
        """The hours as people write them."""
        return ",".join(map(str, self.hours))


@dataclass(frozen=True, slots=True)
class Expected:
    """A change that is announced and not in force."""

    first: date
    what: str


@dataclass(frozen=True, slots=True)
class Decided:
    """Which public holidays are decided: those before `until` and those by law, but for the days that are in question."""

    until: date
    #: Month and day, like 01-01.
    by_law: frozenset[str]
    in_question: Mapping[date, str]

    def holds(self, day: date) -> bool:
        """Whether what the calendar says of a day is decided, and not only computed."""
        return (day < self.until or f"{day:%m-%d}" in self.by_law) and day not in self.in_question


@dataclass(frozen=True, slots=True)
class Policy:
    """All rules, of every channel in the order of their days."""

    rules: tuple[Rule, ...]
    expected: tuple[Expected, ...]
    calendar: Decided

    def on(self, channel: Channel, day: date) -> Rule:
        """The rule of a day; before the first one, that one."""
        mine = self.of(channel)
        return next((rule for rule in reversed(mine) if rule.first <= day), mine[0])

    def of(self, channel: Channel) -> tuple[Rule, ...]:
        """The rules of a channel, the oldest first."""
        return tuple(rule for rule in self.rules if rule.channel is channel)

    def hours(self, channel: Channel) -> tuple[tuple[date, tuple[Hours, ...]], ...]:
        """From which day on which hours are permitted."""
        return tuple((rule.first, rule.hours) for rule in self.of(channel))

    def longest(self) -> timedelta:
        """The longest stretch in which ads are counted."""
        return max(rule.limit.within for rule in self.rules)


def read(text: str) -> Policy:
    """A policy from TOML; ValueError names every mistake, each on a line."""
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise ValueError(f"it is not TOML: {fault}") from None
    faults: list[str] = []
    rules = [rule for at, one in enumerate(_tables(written, "rule", faults), 1) if (rule := _rule(one, at, faults))]
    rules.sort(key=lambda rule: (rule.channel, rule.first))
    faults += [*_unknown(written, {"rule", "expected", "calendar"}, "the file"), *_gaps(rules)]
    expected = []
    for at, one in enumerate(_tables(written, "expected", faults), 1):
        where = f"expected {at}"
        faults += _unknown(one, {"from", "what"}, where)
        if (first := _day(one, "from", where, faults)) and (what := _text(one, "what", where, faults)):
            expected.append(Expected(first, what))
    calendar = _calendar(written.get("calendar"), faults)
    if faults or calendar is None:
        raise ValueError("\n".join(faults))
    return Policy(tuple(rules), tuple(expected), calendar)


def load(path: Path) -> Policy:
    """The policy of a file; ValueError says what is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise ValueError(f"{path} cannot be read: {fault}") from None
    return read(text)


@cache
def _ours() -> Policy:
    return load(Path(__file__).with_name("policy.toml"))


def _rule(one: Mapping[str, Any], at: int, faults: list[str]) -> Rule | None:
    where, before = f"rule {at}", len(faults)
    channel = _word(one, "channel", Channel, where, faults)
    basis = _word(one, "basis", Basis, where, faults)
    if channel is not None:
        where = f"rule {at} ({channel})"
    faults += _unknown(one, _RULE, where)
    first = _day(one, "from", where, faults)
    until = _day(one, "until", where, faults) if "until" in one else None
    if first and until and until <= first:
        faults.append(f"{where}: it ends on {until}, before it begins")
    hours = _hours(one, where, faults)
    most, within = _count(one, "most", where, faults), _count(one, "within_h", where, faults, least=1)
    labels = one.get("labels")
    if not isinstance(labels, list) or not all(isinstance(label, str) and label.strip() for label in labels):
        faults.append(f'{where}: labels must be a list of texts, like ["[QC]", "[AD]"]; [] for none')
    asks = _consent_request(one["consent_request"], where, faults) if "consent_request" in one else None
    decree, articles = _text(one, "decree", where, faults), _text(one, "articles", where, faults)
    if len(faults) > before or channel is None or basis is None or first is None:
        return None
    limit = Limit(most, timedelta(hours=within))
    return Rule(channel, first, until, decree, articles, basis, hours, limit, tuple(labels or ()), asks)


_RULE: Final = frozenset(
    "channel from until decree articles basis hours most within_h labels consent_request".split()  # noqa: SIM905
)


def _consent_request(one: Any, where: str, faults: list[str]) -> ConsentRequest | None:
    where = f"{where}, consent_request"
    if not isinstance(one, dict):
        faults.append(f"{where}: it must be a table")
        return None
    faults += _unknown(one, {"decree", "label", "most_ever", "hours", "refused_after_h"}, where)
    return ConsentRequest(
        _text(one, "decree", where, faults),
        _text(one, "label", where, faults),
        _count(one, "most_ever", where, faults),
        _hours(one, where, faults),
        timedelta(hours=_count(one, "refused_after_h", where, faults)),
    )


def _calendar(one: Any, faults: list[str]) -> Decided | None:
    if not isinstance(one, dict):
        faults.append("calendar: the table is missing")
        return None
    faults += _unknown(one, {"decided_until", "by_law", "open_question"}, "calendar")
    by_law = one.get("by_law", [])
    if not isinstance(by_law, list) or not all(re.fullmatch(r"\d\d-\d\d", str(day)) for day in by_law):
        faults.append('calendar: by_law must be a list of months and days, like ["01-01"]')
        by_law = []
    until = _day(one, "decided_until", "calendar", faults)
    days: dict[date, str] = {}
    for at, question in enumerate(_tables(one, "open_question", faults), 1):
        where = f"calendar, open_question {at}"
        if day := _day(question, "day", where, faults):
            days[day] = _text(question, "why", where, faults)
    return Decided(until, frozenset(by_law), days) if until else None


def _gaps(rules: Sequence[Rule]) -> Iterator[str]:
    """What leaves a day of a channel without a rule, or with two."""
    for channel in Channel:
        mine = [rule for rule in rules if rule.channel is channel]
        if not mine:
            yield f"{channel}: there is no rule"
            continue
        for earlier, later in pairwise(mine):
            if earlier.until != later.first:
                ends = "has no `until`" if earlier.until is None else f"ends on {earlier.until}"
                yield f"{channel}: the rule from {earlier.first} {ends}, and the next is from {later.first}: make them one day"
        if mine[-1].until is not None:
            yield f"{channel}: the rule from {mine[-1].first} ends on {mine[-1].until}, and none follows"


def _tables(within: Mapping[str, Any], name: str, faults: list[str]) -> list[dict[str, Any]]:
    found = within.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        faults.append(f"{name}: write each as [[{name}]]")
        return []
    return found


def _unknown(one: Mapping[str, Any], known: frozenset[str] | set[str], where: str) -> Iterator[str]:
    for name in sorted(set(one) - known):
        yield f"{where}: there is no {name!r} here; it takes {', '.join(sorted(known))}"


def _word(one: Mapping[str, Any], name: str, of: type[Channel] | type[Basis], where: str, faults: list[str]) -> Any:
    try:
        return of(str(one.get(name)))
    except ValueError:
        faults.append(f"{where}: {name} is {one.get(name)!r}; take from {', '.join(of)}")
        return None


def _day(one: Mapping[str, Any], name: str, where: str, faults: list[str]) -> date | None:
    found = one.get(name)
    if isinstance(found, date) and not isinstance(found, datetime):
        return found
    faults.append(f"{where}: {name} must be a day without quotes, like 2027-01-01")
    return None


def _text(one: Mapping[str, Any], name: str, where: str, faults: list[str]) -> str:
    found = one.get(name)
    if isinstance(found, str) and found.strip():
        return found.strip()
    faults.append(f"{where}: {name} must be a text")
    return ""


def _count(one: Mapping[str, Any], name: str, where: str, faults: list[str], least: int = 0) -> int:
    found = one.get(name)
    if isinstance(found, int) and not isinstance(found, bool) and found >= least:
        return found
    faults.append(f"{where}: {name} must be a number, {least} or more")
    return least


def _hours(one: Mapping[str, Any], where: str, faults: list[str]) -> tuple[Hours, ...]:
    try:
        found = tuple(sorted(Hours.read(span.strip()) for span in str(one.get("hours", "")).split(",")))
    except ValueError as fault:
        faults.append(f"{where}: hours: {fault}")
        return ()
    if any(later.opens < earlier.closes for earlier, later in pairwise(found)):
        faults.append(f"{where}: its hours overlap")
    return found


#: The rules that come with Loa.
OURS: Final = _ours()
