"""An account at a provider as services see it: what its adapter can do, and the limits of its contract as data."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from worker.domain.ads import AdRules
from worker.domain.calls import Purpose
from worker.domain.intake import Intake
from worker.domain.policy import OURS, Channel, Policy, Rule
from worker.domain.send_mode import SendMode
from worker.domain.window import ALWAYS, Windows, day_of
from worker.errors import Refused
from worker.providers.base import (
    AdCampaignProvider,
    AdsProvider,
    BalanceProvider,
    EstimatesProvider,
    MessageProvider,
    RecordsProvider,
    SendersProvider,
    TemplatesProvider,
)
from worker.providers.callback import CallbackProvider
from worker.providers.totals import TotalsProvider
from worker.throttle import RateLimit


@dataclass(frozen=True, slots=True)
class Account:
    """Our account at one provider: what its adapter can do, and the limits of the contract as data."""

    #: The provider's name in the contract (`esms`), and the one people know it by (`eSMS`).
    name: str
    title: str
    messages: MessageProvider
    ads: AdRules
    #: Hours in which ads may reach phones.
    windows: Windows
    min_recipients: int
    max_recipients: int
    requests_per_second: float
    timeout_s: float
    price_per_part: Decimal
    #: By what its messages reach people: texts, or what `over` made of it.
    channel: Channel = Channel.SMS
    #: Where messages by template of an official account go (Zalo), and what one costs.
    templates: TemplatesProvider | None = None
    price_per_template: Decimal = Decimal(0)
    #: Numbers times parts; 0: no limit.
    messages_per_second: float = 0.0
    #: The part of the requests that is kept for one-time passwords.
    otp_reserve: float = 0.0
    otp_sender: str = ""
    #: Hours in which texts of customer care may leave.
    care_windows: Windows = ALWAYS
    #: The dated rules of the law, which `windows` are cut to.
    policy: Policy = OURS
    #: Other providers that take ads number by number, as people name them: there each text may be another.
    own_texts_elsewhere: Sequence[str] = ()
    #: Whether it takes a RequestId once: an unknown single text may then be repeated under its own.
    accepts_idempotency_key: bool = False
    #: Where ads go as lists.
    lists: AdsProvider | None = None
    #: Where ads are pushed into campaigns of the provider's own, and the hours in which it takes such orders.
    campaigns: AdCampaignProvider | None = None
    intake: Intake | None = None
    #: Where the provider lets its record of single texts be read.
    records: RecordsProvider | None = None
    #: Where the provider reports by itself.
    callbacks: CallbackProvider | None = None
    #: Where it tells what is left on the account, and how many messages of it were handled.
    balances: BalanceProvider | None = None
    totals: TotalsProvider | None = None
    #: Where it tells which senders are registered.
    senders: SendersProvider | None = None
    #: Where it tells prices beforehand, and which care texts are registered.
    estimates: EstimatesProvider | None = None
    #: The code is read out by a telephone: it needs digits, and no sender.
    spoken: bool = False
    #: The code is made and checked by the provider: it goes alone, and only where a request names it.
    makes_codes: bool = False
    #: Other names under which the same provider reports.
    also_called: Sequence[str] = ()
    #: The account whose contract this is a part of, and whose rate limits it shares; empty: it is one of its own.
    part_of: str = ""

    @property
    def fingerprint(self) -> str:
        """Tells it from another account at the same provider; empty where nothing does."""
        return str(getattr(self.messages, "fingerprint", ""))

    @property
    def duplicate_codes(self) -> AbstractSet[str]:
        """The codes by which it says that it had this very text before."""
        return self.messages.duplicate_codes

    @property
    def refused_markup(self) -> str:
        """What its web server refuses in a text, as a regular expression; empty where it takes any text."""
        return str(getattr(self.messages, "refused_markup", ""))

    @property
    def rate_limit(self) -> RateLimit:
        """The limits of calls that send, shared by all processes."""
        name = self.part_of or self.name
        return RateLimit(name, self.requests_per_second, self.otp_reserve, self.messages_per_second)

    @property
    def reading(self) -> RateLimit:
        """The limit of status reads: as many again."""
        return RateLimit(f"{self.part_of or self.name}:read", self.requests_per_second)

    def send_mode(self, kind: str) -> SendMode:
        """How a campaign of this kind goes; care texts always go one by one."""
        if kind == Purpose.ADS and self.lists is not None:
            return SendMode.LIST
        if kind == Purpose.ADS and self.campaigns is not None:
            return SendMode.PUSH
        return SendMode.SINGLE

    def over(self, channel: Channel) -> "Account":
        """The same account by another channel: its keys, its rate and its circuit, with the rules of that channel.

        Raises Refused `no_channel` where it has no such channel.
        """
        if channel is self.channel:
            return self
        if channel is not Channel.ZALO or self.templates is None:
            raise Refused(
                "no_channel",
                f"{self.title} sends no campaigns over {channel}: leave --channel out.",
                {"channel": channel},
            )
        return replace(
            self,
            channel=channel,
            windows=replace(ALWAYS, limits=self.policy.hours(channel)),
            min_recipients=1,
            price_per_part=self.price_per_template,
            records=self.templates,
            lists=None,
            campaigns=None,
            intake=None,
            senders=None,
            estimates=None,
        )

    @property
    def ways(self) -> Sequence["Account"]:
        """The account by each of its channels."""
        return [self] if self.templates is None else [self, self.over(Channel.ZALO)]

    def hours(self, kind: str) -> Windows:
        """When texts of this kind may leave."""
        return self.windows if kind == Purpose.ADS else self.care_windows

    def rule(self, at: datetime, channel: Channel | None = None) -> Rule:
        """What the law asks of an ad that reaches phones at this moment, by the account's channel or by another."""
        return self.policy.on(channel or self.channel, day_of(at))

    def ads_on(self, at: datetime) -> AdRules:
        """What is asked of the text of an ad that leaves at this moment."""
        return replace(self.ads, labels=self.rule(at).labels)

    def reports(self, kind: str) -> bool:
        """Whether the provider can tell what became of a text of this kind once it took it."""
        return self.lists is not None if self.send_mode(kind) is SendMode.LIST else self.records is not None


class Accounts(Mapping[str, Account]):
    """Our accounts by name, each made when it is first asked for."""

    def __init__(self, makers: Mapping[str, Callable[[], Account]]) -> None:
        self._makers = makers
        #: Those that were asked for.
        self.made: dict[str, Account] = {}

    def __getitem__(self, name: str) -> Account:
        if name not in self.made:
            self.made[name] = self._makers[name]()
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)
