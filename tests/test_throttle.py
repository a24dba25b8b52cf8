"""The rate limits: evenly spaced, shared by ads and one-time passwords, and never a burst."""

import itertools
import math
import multiprocessing
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from structlog.testing import capture_logs

from tests.slots import reserve
from tests.world import FixedClock
from worker.clock import Clock
from worker.engine.redis import Redis as RedisServer
from worker.throttle import RateLimit, Throttle

TEN = RateLimit("esms", 10)
SHARED = RateLimit("esms", 10, otp_reserve=0.2)


@pytest.fixture
def redis(redis_server):
    client = Redis.from_url(redis_server.url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def throttle(redis, clock):
    return Throttle(redis, clock)


def take(throttle, rate_limit, count, **asked):
    """So many requests at once; the first slot of each."""
    return [slots and slots[0] for slots in (reserve(throttle, rate_limit, **asked) for _ in range(count))]


def first(slots):
    return slots and slots[0]


def test_slots_are_evenly_spaced(throttle):
    assert take(throttle, TEN, 5) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])


def test_an_idle_lane_saves_nothing_up_and_does_not_wait(throttle, clock):
    reserve(throttle, TEN)
    clock.tick(seconds=60.037)
    assert take(throttle, TEN, 2) == pytest.approx([0, 0.1])


def test_a_slot_too_far_away_is_not_reserved(throttle, clock):
    slow = RateLimit("esms", 1)
    assert take(throttle, slow, 5, longest_wait_s=2) == [0, 1, 2, None, None]
    clock.tick(seconds=1)
    assert take(throttle, slow, 1, longest_wait_s=2) == [2]


def test_a_held_lane_is_shut_for_every_process_and_no_other_lane(redis, clock):
    Throttle(redis, clock).hold(TEN, 3)
    assert take(Throttle(redis, clock), TEN, 1) == [3]
    assert take(Throttle(redis, clock), RateLimit("fpt", 10), 1) == [0]


def test_a_short_hold_does_not_open_a_lane_that_is_shut_longer(throttle):
    throttle.hold(TEN, 4)
    throttle.hold(TEN, 1)
    assert take(throttle, TEN, 1) == [4]


@pytest.mark.parametrize("back", [{"days": -1}, {"minutes": -20}])
def test_a_clock_set_back_does_not_shut_the_lane_for_as_long(throttle, clock, back):
    reserve(throttle, TEN)
    clock.tick(**back)
    assert take(throttle, TEN, 1) == [0]


def test_a_very_slow_lane_is_still_a_lane(throttle):
    assert take(throttle, RateLimit("esms", 1 / 7200), 2) == [0, None]


def test_a_lane_is_remembered_for_as_long_as_it_is_shut(throttle, redis):
    reserve(throttle, RateLimit("esms", 1 / 7200))
    assert redis.pttl("loa:lane:esms") > 7_200_000
    throttle.hold(RateLimit("fpt", 10), 3600)
    assert redis.pttl("loa:lane:fpt") > 3_600_000


def test_a_rate_that_is_changed_counts_from_the_last_slot_given_away(throttle):
    take(throttle, TEN, 5)
    assert take(throttle, RateLimit("esms", 20), 2) == pytest.approx([0.45, 0.5])


def test_a_rate_that_divides_no_second_is_rounded_down(throttle):
    slots = take(throttle, RateLimit("esms", 3), 10)
    assert slots == pytest.approx([n * 0.333334 for n in range(10)])


def test_how_far_the_next_slot_is_can_be_asked_without_taking_it(throttle):
    assert [throttle.ahead(TEN), throttle.ahead(TEN)] == [0, 0]
    take(throttle, TEN, 3)
    assert throttle.ahead(TEN) == pytest.approx(0.3)
    assert take(throttle, TEN, 1) == pytest.approx([0.3])


# One rate, two kinds


def test_ads_leave_the_share_of_passwords_alone_while_some_are_sent(throttle, clock):
    reserve(throttle, SHARED, otp=True)
    clock.tick(seconds=9)
    assert take(throttle, SHARED, 9) == pytest.approx([0, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.8, 1.0])


def test_a_password_does_not_wait_behind_ads(throttle):
    reserve(throttle, SHARED, otp=True)
    ads = take(throttle, SHARED, 39)
    assert ads[-1] > 4.5
    assert take(throttle, SHARED, 3, otp=True) == pytest.approx([0.4, 0.9, 1.4])


def test_points_that_ads_hold_stay_theirs_though_a_password_came_between(throttle, clock):
    reserve(throttle, SHARED, otp=True)
    ads = take(throttle, SHARED, 20)
    assert take(throttle, SHARED, 1, otp=True) == pytest.approx([0.4])
    clock.tick(seconds=0.65)
    assert take(throttle, SHARED, 1)[0] + 0.65 == pytest.approx(ads[-1] + 0.1)


def test_a_password_may_use_what_ads_leave(throttle):
    assert take(throttle, SHARED, 6, otp=True) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert take(throttle, SHARED, 1) == pytest.approx([0.6])


def test_ads_use_the_share_of_passwords_while_none_are_sent_but_only_the_near_part_of_it(throttle):
    ads = take(throttle, SHARED, 9)
    assert ads == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
    assert take(throttle, SHARED, 2) == pytest.approx([1.0, 1.1]), "0.9 is further than four points away"
    assert take(throttle, SHARED, 1, otp=True) == pytest.approx([0.9])


@pytest.mark.parametrize(("slots", "askers"), [(1, 4), (10, 2), (10, 4)])
def test_ads_alone_use_nearly_all_of_the_rate(throttle, clock, slots, askers):
    began, taken = clock.now().timestamp(), []
    free_at = [began + 0.01 * n for n in range(askers)]
    while (now := min(free_at)) < began + 60:
        clock.moment = datetime.fromtimestamp(now, UTC)
        waits = reserve(throttle, SHARED, slots=slots, spread_s=1)
        taken += [now + wait for wait in waits]
        # Its calls take 20 ms; then it is back.
        free_at[free_at.index(now)] = taken[-1] + 0.02
    assert sum(slot < began + 60 for slot in taken) >= 0.95 * 600


# Waves


def test_a_wave_gets_a_time_for_each_of_its_calls_and_the_next_comes_after_them(throttle):
    assert reserve(throttle, TEN, slots=4) == pytest.approx([0, 0.1, 0.2, 0.3])
    assert reserve(throttle, TEN, slots=2) == pytest.approx([0.4, 0.5])


def test_a_wave_is_no_longer_than_it_may_be(throttle):
    assert reserve(throttle, RateLimit("esms", 2), slots=10, spread_s=1) == pytest.approx([0, 0.5, 1.0])
    assert reserve(throttle, RateLimit("esms", 2), slots=1) == pytest.approx([1.5])


# Messages


LISTS = RateLimit("esms", 10, messages_per_second=1000)


def test_an_order_of_many_numbers_goes_and_shuts_the_lane_behind_it(throttle, clock):
    assert take(throttle, LISTS, 2, messages=5000, longest_wait_s=4) == [0, None]
    clock.tick(seconds=2)
    assert take(throttle, LISTS, 2, messages=500, longest_wait_s=4) == pytest.approx([3, 3.5])


def test_what_is_too_far_by_one_limit_is_taken_from_neither(throttle, clock):
    reserve(throttle, LISTS, messages=5000)
    assert reserve(throttle, LISTS, 1, messages=5000) is None
    clock.tick(seconds=5)
    assert take(throttle, LISTS, 1, messages=0) == [0], "the refused order was not counted"


def test_each_call_of_a_wave_weighs_what_it_weighs(throttle):
    assert reserve(throttle, RateLimit("esms", 100, messages_per_second=10), slots=3, messages=2) == pytest.approx(
        [0, 0.2, 0.4]
    )


def test_a_password_waits_for_no_order_of_ads_but_ads_make_room_for_it(throttle):
    both = RateLimit("esms", 10, otp_reserve=0.2, messages_per_second=10)
    reserve(throttle, both, messages=20)
    assert take(throttle, both, 2, messages=1, otp=True) == pytest.approx([0.1, 0.2])
    assert take(throttle, both, 1, messages=1) == pytest.approx([2.2])


# Slowing down


def rate_of(throttle, clock, rate_limit=TEN, seconds=20, **asked):
    """Slots a second that one caller after the other gets from now on."""
    clock.tick(seconds=0.001)
    slots = take(throttle, rate_limit, 2000, longest_wait_s=seconds, **asked)
    return sum(slot is not None for slot in slots) / seconds


def test_ads_get_half_after_slow_down_and_a_burst_of_such_answers_counts_once(throttle, clock):
    for _ in range(3):
        throttle.slow_down(TEN)
        clock.tick(seconds=0.1)
    assert rate_of(throttle, clock) == pytest.approx(5, abs=0.3)


def test_ads_get_their_rate_back_bit_by_bit(throttle, clock):
    rates = []
    throttle.slow_down(TEN)
    for _ in range(4):
        rates.append(rate_of(throttle, clock, seconds=2))
        clock.tick(seconds=10)
    assert rates == sorted(rates)
    assert rates[0] == pytest.approx(5, abs=0.6)
    assert rates[-1] == pytest.approx(10, abs=0.6)


def test_a_provider_that_keeps_saying_so_is_left_a_sixteenth(throttle, clock):
    for _ in range(20):
        throttle.slow_down(TEN)
        clock.tick(seconds=1)
    clock.tick(seconds=-1)
    throttle.slow_down(TEN)
    assert rate_of(throttle, clock, seconds=100) == pytest.approx(10 / 16, abs=0.2)


def test_a_slow_caller_is_slowed_too(throttle, clock):
    throttle.slow_down(TEN)
    clock.tick(seconds=1)
    assert first(reserve(throttle, TEN)) == 0
    clock.tick(seconds=0.15)
    assert first(reserve(throttle, TEN)) > 0, "a lane that is to go slowly is not idle after one spacing"


def test_passwords_keep_their_share_when_ads_are_slowed(throttle, clock):
    throttle.slow_down(SHARED)
    take(throttle, SHARED, 100)
    assert take(throttle, SHARED, 2, otp=True) == pytest.approx([0.4, 0.9])


def test_a_hold_said_to_ads_holds_ads_and_one_said_to_a_password_holds_both(throttle):
    throttle.hold(SHARED, 3)
    assert take(throttle, SHARED, 1, otp=True) == [0]
    throttle.hold(SHARED, 4, otp=True)
    assert take(throttle, SHARED, 1, otp=True)[0] >= 4
    assert take(throttle, SHARED, 1)[0] >= 4


# The sum, whatever happens


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("tick"), st.integers(0, 3_000_000) | st.integers(0, 300_000)),
        st.tuples(st.just("ads"), st.integers(1, 8)),
        st.tuples(st.just("otp"), st.integers(1, 2)),
        st.tuples(st.just("hold"), st.integers(1, 3)),
        st.tuples(st.just("slow"), st.just(0)),
    ),
    min_size=1,
    max_size=60,
)


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    moves=MOVES,
    rate=st.sampled_from([0.5, 1, 3, 10, 37, 1000]),
    share=st.sampled_from([0.0, 0.1, 0.2, 0.25, 0.5, 0.9]),
    messages=st.sampled_from([0, 5, 40]),
)
def test_in_no_second_are_more_slots_than_the_rate(redis, moves, rate, share, messages):
    redis.flushall()
    clock = FixedClock(datetime(2026, 3, 2, 2, 0, 0, 123457, tzinfo=UTC))
    throttle, rate_limit = Throttle(redis, clock), RateLimit("esms", rate, share, messages)
    taken = []
    for move, much in moves:
        now = round(clock.now().timestamp() * 1_000_000)
        if move == "tick":
            clock.tick(microseconds=much)
        elif move == "hold":
            throttle.hold(rate_limit, much, otp=much == 2)
        elif move == "slow":
            throttle.slow_down(rate_limit)
        else:
            waits = reserve(throttle, rate_limit, slots=much if move == "ads" else 1, messages=much, otp=move == "otp")
            assert waits is None or min(waits) >= 0
            taken += [now + round(wait * 1_000_000) for wait in waits or ()]
    taken.sort()
    assert all(later - slot >= rate_limit.spacing for slot, later in itertools.pairwise(taken)), "evenly spaced"
    for at, slot in enumerate(taken):
        in_a_second = sum(other < slot + 1_000_000 for other in taken[at:])
        assert in_a_second <= math.ceil(rate)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    ads=st.lists(st.integers(1, 10), max_size=60),
    share=st.sampled_from([0.1, 0.2, 0.5]),
    rested=st.booleans(),
    slow=st.booleans(),
)
def test_a_password_waits_no_longer_than_to_the_next_point_of_its_own(redis, ads, share, rested, slow):
    redis.flushall()
    clock = FixedClock(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    throttle, rate_limit = Throttle(redis, clock), RateLimit("esms", 10, share)
    if not rested:
        reserve(throttle, rate_limit, otp=True)
    if slow:
        throttle.slow_down(rate_limit)
    for slots in ads:
        reserve(throttle, rate_limit, slots=slots, spread_s=1)
    near = (max(ads, default=0) + 3) / 10 if rested else 0
    assert first(reserve(throttle, rate_limit, otp=True)) <= near + 1 / (10 * share) + 1e-6


# Redis away


def nowhere():
    return Redis.from_url("redis://127.0.0.1:1/0", retry=Retry(NoBackoff(), 0))


def test_without_redis_ads_wait_and_passwords_go_on_slowly(clock):
    with nowhere() as client:
        throttle = Throttle(client, clock)
        assert throttle.wait(SHARED) is None
        assert throttle.ahead(SHARED) == math.inf
        assert throttle.wait(SHARED, 0.5, otp=True) == [0]
        assert throttle.wait(SHARED, 0.5, otp=True) is None, "the next is a second away"
        assert throttle.wait(RateLimit("fpt", 10), 0.5, otp=True) == [0], "each account its own"
        throttle.hold(SHARED, 1)
        throttle.slow_down(SHARED)


def test_a_redis_that_comes_back_is_used_again_and_the_log_says_both_once(tmp_path, clock, monkeypatch):
    monkeypatch.setattr("worker.throttle.soft.ASK_AGAIN_S", 0.0)
    server = RedisServer(tmp_path)
    server.start()
    with Redis.from_url(server.url, retry=Retry(NoBackoff(), 0)) as client, capture_logs() as lines:
        throttle = Throttle(client, clock)
        assert throttle.wait(TEN) == [0]
        server.stop()
        assert [throttle.wait(TEN), throttle.wait(TEN)] == [None, None]
        server.start()
        assert throttle.wait(TEN) is not None
        server.stop()
    assert [line["event"] for line in lines if line["event"].startswith("limits")] == ["limits_away", "limits_back"]


# Four processes


def take_slots(url, count, times):
    with Redis.from_url(url) as client:
        clock = FixedClock(Clock().now())
        throttle = Throttle(client, clock)
        for n in range(count):
            clock.moment = Clock().now()
            # Nobody sleeps, so all ask at once.
            [wait] = reserve(throttle, RateLimit("esms", 200, 0.2), 10, otp=n % 5 == 0)
            times.append(round(clock.moment.timestamp() * 1_000_000) + round(wait * 1_000_000))


def test_four_processes_share_one_rate(redis_server, redis):
    spawn = multiprocessing.get_context("spawn")
    with spawn.Manager() as manager:
        times = manager.list()
        workers = [spawn.Process(target=take_slots, args=(redis_server.url, 50, times)) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        slots = sorted(times)
    assert len(slots) == 200
    # 200 a second is one each 5 ms, whoever took it.
    assert min(later - slot for slot, later in itertools.pairwise(slots)) >= 5000
