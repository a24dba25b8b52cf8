"""The pieces that tests put in Loa's hands: a clock that stands still, tasks that are noted, a sandbox to command."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
from sqlalchemy import text

from worker.clock import Clock
from worker.domain.calls import Answer, TextMessage
from worker.domain.policy import Channel
from worker.domain.window import ALWAYS
from worker.domain.zalo import ZaloTemplate, read_values
from worker.providers.esms import Esms, EsmsAccount, EsmsZalo
from worker.services.deps import Account, Deps
from worker.services.planning import drafts, plan
from worker.services.planning.plan import Plan
from worker.services.planning.request import CampaignRequest
from worker.services.reporting import poll as receive
from worker.services.reporting import report
from worker.services.reporting.report import View
from worker.services.sending import dispatch, fallback, release
from worker.storage import database
from worker.wiring import Loa

#: Nothing here speaks TLS; but each client of HTTP reads its certificates anew, which takes longer than many a test.
UNUSED_TLS: Final = httpx.create_ssl_context(trust_env=False)

#: An official account and a template that the sandbox has.
ZALO_ACCOUNT, ZALO_TEMPLATE = "436181207180", "200300"


class FixedClock(Clock):
    """A clock that moves only when it is told to."""

    def __init__(self, moment: datetime) -> None:
        super().__init__()
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def tick(self, **duration: float) -> None:
        self.moment += timedelta(**duration)


@dataclass
class RecordedTasks:
    """A queue that is a list: what was enqueued waits in it until a test answers."""

    sends: list[UUID] = field(default_factory=list)
    polls: list[UUID] = field(default_factory=list)
    otps: list[UUID] = field(default_factory=list)
    #: How many tasks of passwords wait, and how many messages a second leave, as the door is to see it.
    backlog: tuple[int, float | None] = (0, None)
    #: What keeps messages off the queue.
    away: Exception | None = None
    plans: list[UUID] = field(default_factory=list)

    def enqueue_send(self, provider: str, batch_id: UUID) -> None:
        self.sends.append(batch_id)

    def enqueue_poll(self, batch_id: UUID) -> None:
        self.polls.append(batch_id)

    def enqueue_otps(self, useful_s: Mapping[UUID, float]) -> Exception | None:
        if self.away is None:
            self.otps += useful_s
        return self.away

    def waiting_otps(self) -> int:
        return len(self.otps)

    def otp_crowd(self) -> tuple[int, float | None]:
        return self.backlog

    def enqueue_plan(self, campaign_id: UUID) -> None:
        self.plans.append(campaign_id)

    def waiting_plans(self) -> int:
        return len(self.plans)

    def waiting_sends(self, provider: str) -> int:
        return len(self.sends)

    def waiting_polls(self) -> int:
        return len(self.polls)


@dataclass
class Sandbox:
    """The emulator's controls."""

    url: str
    client: httpx.Client

    def __post_init__(self) -> None:
        self.client.post("/_sandbox/reset").raise_for_status()
        self.set(visible_after_s=0.0, first_report_after_s=0.0, done_after_s=0.0)

    @property
    def esms_url(self) -> str:
        return f"{self.url}/esms/MainService.svc"

    @property
    def fpt_url(self) -> str:
        return f"{self.url}/fpt"

    @property
    def fibo_url(self) -> str:
        return f"{self.url}/fibo/service.asmx"

    @property
    def own_url(self) -> str:
        return f"{self.url}/sandbox"

    def set(self, **settings: Any) -> None:
        self.client.patch("/_sandbox/settings", json=settings).raise_for_status()

    def fault(self, **rule: Any) -> None:
        rule = {"function": "SendMultipleSMSBrandname_json", **rule}
        self.client.post("/_sandbox/faults", json=rule).raise_for_status()

    def heal(self) -> None:
        self.client.delete("/_sandbox/faults").raise_for_status()

    def ledger(self) -> dict[str, Any]:
        answer = self.client.get("/_sandbox/ledger").raise_for_status()
        return answer.json()  # type: ignore[no-any-return]

    def orders(self) -> list[dict[str, Any]]:
        return self.ledger()["orders"]  # type: ignore[no-any-return]

    def campaigns(self) -> list[dict[str, Any]]:
        """The advertising campaigns that FPT keeps, oldest first."""
        return self.client.get("/_sandbox/fpt").raise_for_status().json()["campaigns"]  # type: ignore[no-any-return]

    def phones_of(self, channel: str) -> dict[int, tuple[int, int]]:
        """How often each number was accepted over a channel, and how often it was delivered."""
        lines = self.client.get(f"/_sandbox/ledger/phones?channel={channel}").raise_for_status().text.split()
        rows = (tuple(map(int, line.split(","))) for line in lines)
        return {phone: (taken, had) for phone, taken, had in rows}

    def phones(self) -> dict[int, int]:
        """How often each number was accepted."""
        lines = self.client.get("/_sandbox/ledger/phones").raise_for_status().text.split("\n")
        return {int(line.split(",")[0]): int(line.split(",")[1]) for line in lines if line[:2] == "84"}


@dataclass
class World:
    """Loa, with the hands of a test on its clock and its queue."""

    loa: Loa
    clock: FixedClock
    task_queue: RecordedTasks
    sandbox: Sandbox
    folder: Path

    @cached_property
    def deps(self) -> Deps:
        sessions = database.sessions(self.loa.engine, self.clock.now)
        return replace(self.loa.deps, clock=self.clock, task_queue=self.task_queue, sessions=sessions)

    def change(self, **parts: Any) -> None:
        """Hand services something else."""
        self.__dict__["deps"] = replace(self.deps, **parts)

    def limits(self, provider: str = "esms", **changes: Any) -> None:
        """Change what an account's contract says (`maximum=1000`)."""
        account = replace(self.deps.accounts[provider], **changes)
        self.change(accounts={**self.deps.accounts, provider: account})

    def at_any_hour(self) -> None:
        """Ads may leave whenever a test runs, over every channel."""
        policy = self.deps.policy
        rules = tuple(replace(rule, hours=ALWAYS.hours) for rule in policy.rules)
        self.limits(windows=ALWAYS, policy=replace(policy, rules=rules))

    def call(self, at: EsmsAccount) -> None:
        """Call eSMS by another account."""
        account = calling(self.deps.accounts["esms"], at)
        self.limits(messages=account.messages, lists=account.lists, records=account.records, senders=account.senders)
        self.limits(estimates=account.estimates, templates=account.templates)

    def create(self, path: Path, **requested: Any) -> Plan:
        fields = {
            "provider": "esms",
            "sender": "LOA",
            "kind": "ads",
            "text": "[QC] Giam gia 20% hom nay",
            "again": True,
            **requested,
        }
        return plan.create(self.deps, CampaignRequest(list_path=path, **fields))

    def plan(self, requested: CampaignRequest, *, dry_run: bool = False) -> Plan:
        return plan.create(self.deps, requested, dry_run=dry_run)

    def zalo(self, path: Path, values: str = "", **requested: Any) -> Plan:
        """A campaign by a template of the sandbox; `values` as commands write them."""
        template = ZaloTemplate(ZALO_ACCOUNT, ZALO_TEMPLATE, read_values(values))
        fields = {"kind": "care", "sender": "", "text": "", "channel": Channel.ZALO, **requested}
        return self.create(path, template=template, **fields)

    def follow(self) -> None:
        """Texts follow Zalo campaigns that are over, and are planned."""
        fallback.fall_back(self.deps)
        enqueued, self.task_queue.plans = self.task_queue.plans, []
        for campaign_id in enqueued:
            drafts.plan(self.deps, campaign_id)

    def release(self) -> int:
        return release.release(self.deps)

    def run_tasks(self) -> list[Any]:
        """A worker comes by: it answers every task on the queue once."""
        enqueued, self.task_queue.sends = self.task_queue.sends, []
        return [dispatch.send_batch(self.deps, batch_id) for batch_id in enqueued]

    def go(self, rounds: int = 10) -> None:
        """Release and send until nothing is left that may go now."""
        for _ in range(rounds):
            if not self.release():
                return
            self.run_tasks()

    def poll(self) -> list[Any]:
        """Every report that is due is asked for once."""
        receive.poll_due(self.deps)
        enqueued, self.task_queue.polls = self.task_queue.polls, []
        return [receive.poll_batch(self.deps, batch_id) for batch_id in enqueued]

    def show(self, made: Plan) -> View:
        return report.show(self.deps, made.campaign.id)

    def status(self, made: Plan) -> str:
        return str(self.show(made).campaign.status)

    def counts(self, made: Plan) -> dict[str, int]:
        """The counts that are not zero."""
        return {name: count for name, count in self.show(made).counts.items() if count}


Numbers = Callable[..., Path]


def calling(account: Account, at: EsmsAccount) -> Account:
    """The account with an adapter, and so with HTTP connections, of its own."""
    esms = Esms(at)
    way = {"messages": esms, "lists": esms, "records": esms, "senders": esms, "estimates": esms}
    return replace(account, templates=EsmsZalo(esms), **way)


class Watched:
    """An account's connections; something happens whenever a message begins to leave."""

    def __init__(self, messages: Any, at_call: Callable[[TextMessage], Awaitable[None]]) -> None:
        self._messages, self._at_call = messages, at_call

    def __getattr__(self, name: str) -> Any:
        return getattr(self._messages, name)

    async def send_message(self, message: TextMessage) -> Answer:
        await self._at_call(message)
        return await self._messages.send_message(message)  # type: ignore[no-any-return]


def at_each_call(loa: World, provider: str, act: Callable[[TextMessage], Awaitable[None]]) -> None:
    """Do this in the event loop before each call of a single message."""
    real: Any = loa.deps.account(provider).messages
    loa.limits(provider, messages=Watched(real, act))


async def until(done: Callable[[], bool], within_s: float = 8) -> None:
    """Wait in the event loop, where other calls go on."""
    ends = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < ends, "it waited in vain"
        await asyncio.sleep(0.01)


def sleeps_at_each_call(loa: World, provider: str, **duration: float) -> None:
    """The machine sleeps for so long at each call of a single message."""

    async def sleep(_message: TextMessage) -> None:
        loa.clock.tick(**duration)

    at_each_call(loa, provider, sleep)


def waiting(loa: World) -> int:
    """How many transactions wait for a lock."""
    with loa.deps.sessions() as session:
        told = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return int(session.execute(text(told)).scalar_one())


def ads_counted(loa: World) -> int:
    """How many ads by text are counted, of all numbers."""
    with loa.deps.sessions() as session:
        return int(session.execute(text("SELECT sum(cardinality(times)) FROM ad_contact")).scalar_one() or 0)
