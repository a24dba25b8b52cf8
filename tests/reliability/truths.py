"""What must hold after each step of a search through interleavings, by the database and by the ledger."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import text

from tests.reliability.actors import reached
from tests.world import World
from worker.domain.states import (
    BATCH_NEXT,
    CAMPAIGN_NEXT,
    PROVIDER_CAMPAIGN_NEXT,
    BatchState,
    CampaignStatus,
    ProviderCampaignState,
)
from worker.services.reporting import report
from worker.storage.sending import ad_counts

ADS_A_DAY = 2
STOPPED = (CampaignStatus.PAUSED, CampaignStatus.CANCELLED)
WITH_THE_PROVIDER = ("accepted", "delivered", "failed")
NOT_THERE = ("rejected", "cancelled", "suppressed", None)
NEXT = {BatchState: BATCH_NEXT, CampaignStatus: CAMPAIGN_NEXT, ProviderCampaignState: PROVIDER_CAMPAIGN_NEXT}


class Truths(RuleBasedStateMachine):
    """What is looked at; a machine says what is particular to its way."""

    #: From when an ad is counted to when it is taken at the latest.
    counted_before: ClassVar[timedelta] = timedelta(0)

    def __init__(self, loa: World, provider: Any) -> None:
        super().__init__()
        self.loa, self.clock, self.provider = loa, loa.clock, provider
        self.campaigns: list[UUID] = []
        #: Everything that moves along arrows, where it was last seen.
        self.states: dict[Any, Any] = {}
        self.stopped_at: dict[UUID, datetime] = {}
        #: Numbers of cancelled campaigns of which a person said that they were not sent, right or wrong.
        self.given_up: set[tuple[UUID, int]] = set()
        #: Numbers whose acceptance a worker wrote down, late or not.
        self.heard: set[tuple[UUID, int]] = set()
        #: What the workers themselves saw at the moment of a call.
        self.wrong: list[str] = []

    @invariant()
    def nobody_is_messaged_twice(self) -> None:
        twice = {pair: times for pair, times in self.taken().items() if times > 1}
        assert not twice, twice

    @invariant()
    def calls_begin_only_when_they_may(self) -> None:
        assert not self.wrong, self.wrong

    @invariant()
    def the_counts_are_parts_of_the_list(self) -> None:
        for campaign in self.campaigns:
            view = report.show(self.loa.deps, campaign)
            assert min(view.counts.values()) >= 0, view.counts
            assert sum(view.counts.values()) == view.campaign.valid, view.counts
            assert sum(batch.size for batch in view.batches) == view.campaign.valid
            needs_operator = self.rows(
                "SELECT batch_seq, count(*) FROM recipient WHERE campaign_id = :id GROUP BY 1", id=campaign
            )
            assert dict(needs_operator) == {batch.seq: batch.size for batch in view.batches if batch.size}

    @invariant()
    def states_move_along_their_arrows(self) -> None:
        seen: dict[Any, Any] = {}
        seen |= {row.id: BatchState(row.state) for row in self.rows("SELECT id, state FROM batch")}
        seen |= {row.id: CampaignStatus(row.status) for row in self.rows("SELECT id, status FROM campaign")}
        for row in self.rows("SELECT campaign_id, number, state FROM provider_campaign"):
            seen[row.campaign_id, row.number] = ProviderCampaignState(row.state)
        for what, state in self.states.items():
            assert seen[what] in reached(NEXT[type(state)], {state}), f"{type(state)} {state} became {seen[what]}"
        for what, state in seen.items():
            if state in STOPPED and self.states.get(what) not in STOPPED:
                self.stopped_at[what] = self.clock.now()
        self.states = seen

    @invariant()
    def what_is_said_of_a_number_is_true(self) -> None:
        taken, excused = self.taken(), self.excused() | (self.given_up - self.heard)
        for campaign, phone, state in self.said():
            there = bool(taken[campaign, phone])
            if (campaign, phone) not in excused:
                assert there or state not in WITH_THE_PROVIDER, f"{phone} is {state}, and was never taken"
                assert not there or state not in NOT_THERE, f"{phone} is {state}, and was taken"

    @invariant()
    def no_number_gets_more_ads_than_are_allowed(self) -> None:
        """Over all campaigns, in any 24 hours, by the provider's ledger; but for whom a person gave up who got one."""
        times: dict[int, list[datetime]] = defaultdict(list)
        given_up = {phone for _, phone in self.given_up}
        for phone, at in self.provider.ads():
            if phone not in given_up:
                times[phone].append(at)
        for phone, got in times.items():
            got.sort()
            for first, last in zip(got, got[ADS_A_DAY:], strict=False):
                assert last - first >= ad_counts.WINDOW - self.counted_before, f"{phone} got an ad too many: {got}"

    @invariant()
    def who_is_counted_may_have_got_an_ad(self) -> None:
        assert not (idle := self.counted_for_nothing()), idle

    def counted_for_nothing(self) -> list[Any]:
        """The numbers and times that are counted, and that no order explains that was taken or may still be."""
        raise NotImplementedError

    def taken(self) -> Counter[tuple[UUID, int]]:
        """How often each number of each campaign was taken."""
        return Counter((self.campaign_of(key), phone) for key, phone in self.provider.taken())

    def excused(self) -> set[tuple[UUID, int]]:
        """Numbers of campaigns of which nobody could know the truth."""
        return set()

    def campaign_of(self, key: str) -> UUID:
        """Whose order it is, by what the provider knows it by."""
        raise NotImplementedError

    def rows(self, sql: str, **values: Any) -> Any:
        """What stands in the database."""
        with self.loa.deps.sessions() as session:
            return session.execute(text(sql), values).all()

    def said(self) -> Any:
        """Of each number what a report would say; None: planned and in nobody's hands."""
        return self.rows(
            "SELECT r.campaign_id, r.phone, coalesce(r.state, CASE b.state WHEN 'reported' THEN 'delivered'"
            " WHEN 'planned' THEN NULL ELSE b.state END) FROM recipient r"
            " JOIN batch b ON b.campaign_id = r.campaign_id AND b.seq = r.batch_seq"
        )
