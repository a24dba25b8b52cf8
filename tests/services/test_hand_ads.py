"""An advertisement by hand keeps the hours, the count and the list of its channel; customer care goes at any hour."""

from asyncio import to_thread
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from worker.domain.calls import Answer
from worker.domain.outcome import Outcome
from worker.domain.policy import Channel
from worker.errors import Refused, Unavailable
from worker.services.calling import by_hand
from worker.services.calling.hand_ads import HandAd
from worker.services.operations import retention
from worker.storage.operations import suppression
from worker.storage.tables.audience import ConsentProof

PHONE = 84900000001
#: The clock of these tests stands at 09:00 on a Monday; these hours later it is 16:59:59, 17:00, 21:59 and 22:00.
CALLS_END, TEXTS_END = timedelta(hours=8), timedelta(hours=13)


def give(loa, *channels, outcome=Outcome.ACCEPTED, text="", at=None):
    asked = []

    async def ask(_adapter):
        asked.append(1)
        return Answer(outcome, "100")

    ad = HandAd(PHONE, channels, at, text)
    try:
        by_hand.make(loa.deps, "esms", "", ask, ad)
    except Refused as fault:
        assert not asked
        return fault.rule
    return str(outcome)


@pytest.mark.parametrize(
    ("channel", "until"), [(Channel.CALL, CALLS_END), (Channel.ZALO, TEXTS_END), (Channel.VIBER, TEXTS_END)]
)
def test_an_ad_keeps_the_hours_of_its_channel(loa, clock, channel, until):
    clock.moment += until
    assert give(loa, channel) == "outside_hours"
    clock.moment -= timedelta(seconds=1)
    assert give(loa, channel) == "accepted"


@pytest.mark.parametrize("channels", [(Channel.VIBER,), (Channel.ZALO, Channel.SMS), (Channel.CALL,)])
@pytest.mark.parametrize("written", ["[DKQC] Loa xin phep gui quang cao", " [dkqc] Loa"])
def test_a_request_for_consent_leaves_by_no_command(loa, channels, written):
    assert give(loa, *channels, text=written) == "consent_request"


def test_an_ad_that_the_provider_shall_send_later_is_judged_by_that_hour(loa, clock):
    assert give(loa, Channel.CALL, at=clock.now() + timedelta(hours=12)) == "outside_hours"
    assert give(loa, Channel.CALL, at=clock.now() + timedelta(hours=24)) == "accepted"
    assert give(loa, Channel.CALL) == "accepted", "24 hours apart"


def test_an_ad_whose_hours_end_while_it_waits_for_its_slot_does_not_leave(loa, clock):
    clock.moment += CALLS_END - timedelta(seconds=1)
    given = by_hand.Call("", lambda _: None, uuid4(), HandAd(PHONE, (Channel.CALL,)))
    hand = by_hand.ByHand(loa.deps, loa.deps.account("esms"), given)
    claimed = hand.claim([0.0])
    assert hand.in_time(claimed)
    clock.tick(seconds=1)
    assert not hand.in_time(claimed)


@pytest.mark.parametrize("channel", [Channel.CALL, Channel.ZALO, Channel.VIBER])
def test_each_refusal_names_decree_and_article(loa, clock, channel):
    wanted = loa.deps.account("esms").rule(clock.now(), channel)

    async def ask(_adapter):
        return Answer(Outcome.ACCEPTED, "100")

    def refused(rule: str) -> None:
        with pytest.raises(Refused) as fault:
            by_hand.make(loa.deps, "esms", "", ask, HandAd(PHONE, (channel,)))
        assert fault.value.rule == rule
        assert f"Decree {wanted.decree}, Art. {wanted.articles}" in str(fault.value)

    assert [give(loa, channel) for _ in range(wanted.limit.most)] == ["accepted"] * wanted.limit.most
    refused("too_many_ads")
    with loa.deps.sessions.begin() as session:
        suppression.add(session, [PHONE], "opt_out", "test", clock.now())
    refused("suppressed")
    clock.moment += TEXTS_END
    refused("outside_hours")


def test_a_time_that_has_just_passed_means_now(loa, clock):
    clock.moment += CALLS_END + timedelta(minutes=10)
    assert give(loa, Channel.CALL, at=clock.now() - timedelta(minutes=12)) == "outside_hours"


@pytest.mark.parametrize(("channel", "most"), [(Channel.CALL, 1), (Channel.ZALO, 3), (Channel.VIBER, 3)])
def test_a_number_gets_as_many_as_its_channel_allows(loa, clock, channel, most):
    assert [give(loa, channel) for _ in range(most + 1)] == ["accepted"] * most + ["too_many_ads"]
    clock.tick(hours=24)
    assert give(loa, channel) == "accepted"


@pytest.mark.parametrize(
    ("outcome", "after"),
    [
        pytest.param(Outcome.REJECTED, "accepted", id="a refusal gives it back"),
        pytest.param(Outcome.RETRY, "accepted", id="so does one for now"),
        pytest.param(Outcome.UNKNOWN, "too_many_ads", id="what may have left counts"),
    ],
)
def test_what_did_not_leave_is_not_counted(loa, outcome, after):
    assert give(loa, Channel.CALL, outcome=outcome) == str(outcome)
    assert give(loa, Channel.CALL) == after


def give_under(loa, key, outcome=Outcome.ACCEPTED, phone=PHONE):
    """What an ad by call under a request id came to, and whether the provider was asked."""
    asked = []

    async def ask(_adapter):
        asked.append(1)
        return Answer(outcome, "100", ref=f"ref of {key}" if outcome is Outcome.ACCEPTED else "")

    answer = by_hand.make(loa.deps, "esms", key, ask, HandAd(phone, (Channel.CALL,)))
    return answer.outcome, answer.ref, bool(asked)


def test_an_ad_given_again_under_its_request_id_gets_the_first_answer(loa, clock):
    assert give_under(loa, "key-1") == (Outcome.ACCEPTED, "ref of key-1", True)
    clock.tick(hours=1)
    assert give_under(loa, "key-1") == (Outcome.ACCEPTED, "ref of key-1", False)
    # Nobody else's.
    assert give_under(loa, "key-1", phone=PHONE + 1) == (Outcome.ACCEPTED, "ref of key-1", True)
    with pytest.raises(Refused, match="had its 1 advertising call"):
        give_under(loa, "key-2")


def test_an_ad_that_may_have_left_is_repeated_under_its_request_id_and_counted_once(loa, clock):
    assert give_under(loa, "key-1", Outcome.UNKNOWN) == (Outcome.UNKNOWN, "", True)
    # It may have left all the same.
    assert give_under(loa, "key-1", Outcome.REJECTED) == (Outcome.REJECTED, "", True)
    with pytest.raises(Refused):
        give_under(loa, "key-2")
    assert give_under(loa, "key-1") == (Outcome.ACCEPTED, "ref of key-1", True)
    assert give_under(loa, "key-1") == (Outcome.ACCEPTED, "ref of key-1", False)


@pytest.mark.parametrize("hours", [20, 48])
def test_an_unknown_ad_is_not_repeated_when_the_provider_may_have_forgotten_it(loa, clock, hours):
    give_under(loa, "key-1", Outcome.UNKNOWN)
    clock.tick(hours=hours)
    with pytest.raises(Refused, match=r"may have left on 2026-03-02T09:00:00\+07:00.* new --request-id") as refused:
        give_under(loa, "key-1")
    assert refused.value.rule == "may_have_left"
    if hours == 48:
        assert give_under(loa, "key-2")[2], "a person has looked it up"


def test_nor_by_another_account_which_does_not_know_its_request_id(loa):
    assert give_under(loa, "key-1", Outcome.UNKNOWN)[2]
    loa.call(replace(loa.deps.accounts["esms"].messages.account, api_key="other-key"))
    with pytest.raises(Refused, match="may have left") as refused:
        give_under(loa, "key-1")
    assert refused.value.rule == "may_have_left"
    loa.deps.run(loa.deps.accounts["esms"].messages.aclose())


def test_nor_one_whose_repeat_was_refused_meanwhile(loa, clock):
    give_under(loa, "key-1", Outcome.UNKNOWN)
    clock.tick(hours=7)
    give_under(loa, "key-1", Outcome.REJECTED)
    clock.tick(hours=24)
    with pytest.raises(Refused, match="may have left"):
        give_under(loa, "key-1")


def test_a_suppressed_number_gets_none(loa, clock):
    with loa.deps.sessions.begin() as session:
        suppression.add(session, [PHONE], "opt_out", "test", clock.now())
    for channel in Channel:
        assert give(loa, channel, text="[QC] Sale") == "suppressed"


def test_a_text_behind_zalo_is_an_ad_by_text_too(loa, numbers):
    assert give(loa, Channel.ZALO, Channel.SMS, text="Sale") == "ad_label_missing"
    for _ in range(3):
        assert give(loa, Channel.ZALO, Channel.SMS, text="[QC] Sale") == "accepted"
    assert give(loa, Channel.SMS, text="[QC] Sale") == "too_many_ads"
    assert give(loa, Channel.VIBER) == "accepted", "each channel is counted for itself"


def test_counts_are_forgotten_when_they_count_no_more(loa, clock):
    give(loa, Channel.CALL)
    clock.tick(hours=47)
    assert retention.purge(loa.deps)["channel_contacts"] == 0
    clock.tick(hours=2)
    assert retention.purge(loa.deps)["channel_contacts"] == 1


def test_without_an_ad_it_goes_at_any_hour(loa, clock):
    clock.tick(hours=14)

    async def ask(_adapter):
        return Answer(Outcome.ACCEPTED, "100")

    assert by_hand.make(loa.deps, "esms", "", ask).outcome is Outcome.ACCEPTED


def test_where_consent_is_demanded_an_ad_needs_a_proof_that_a_list_brought(loa, clock):
    loa.change(require_consent=True)
    assert give(loa, Channel.ZALO) == "consent_missing"
    with loa.deps.sessions.begin() as session:
        campaign_id = uuid4()
        session.add(
            ConsentProof(
                campaign_id=campaign_id,
                phone=PHONE,
                consent_at=clock.now(),
                consent_source="shop",
                consent_evidence="",
            )
        )
    assert give(loa, Channel.ZALO) == "accepted"


def times(loa, channel=Channel.CALL):
    """When ads are counted for the number."""
    with loa.deps.sessions() as session:
        return session.execute(
            text("SELECT times FROM channel_contact WHERE phone = :phone AND channel = :channel"),
            {"phone": PHONE, "channel": str(channel)},
        ).scalar()


def test_the_same_ad_given_twice_at_the_same_time_is_one_call_and_counted_once(loa):
    """Somebody presses the up arrow in a second window while the first command waits for its answer."""
    asked, ad = [], HandAd(PHONE, (Channel.ZALO,))

    async def ask(_adapter):
        asked.append(1)
        if len(asked) == 1:
            with pytest.raises(Unavailable, match="under way"):
                await to_thread(by_hand.make, loa.deps, "esms", "key-1", ask, ad)
        return Answer(Outcome.ACCEPTED, "100", ref="r-1")

    assert by_hand.make(loa.deps, "esms", "key-1", ask, ad).ref == "r-1"
    assert len(asked) == 1
    assert len(times(loa, Channel.ZALO)) == 1


def test_of_two_that_looked_at_the_same_moment_one_claims(loa):
    ad = HandAd(PHONE, (Channel.ZALO,))
    both = [by_hand.ByHand(loa.deps, loa.deps.account("esms"), by_hand.Call("key-1", None, uuid4(), ad))] * 2
    assert both[0].claim([0.0])
    with pytest.raises(Unavailable, match="under way"):
        both[1].claim([0.0])
    assert len(times(loa, Channel.ZALO)) == 1


def test_one_whose_process_died_in_its_call_is_given_again_once_its_answer_can_come_no_more(loa, clock):
    async def killed(_adapter):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        by_hand.make(loa.deps, "esms", "key-1", killed, HandAd(PHONE, (Channel.CALL,)))
    with pytest.raises(Unavailable, match="under way"):
        give_under(loa, "key-1")
    clock.tick(minutes=1)
    assert give_under(loa, "key-1") == (Outcome.ACCEPTED, "ref of key-1", True)
    assert len(times(loa)) == 1


class Killed:
    """Where the command waits for its slot it is stopped by a signal."""

    def wait(self, *_, **__):
        raise KeyboardInterrupt


def test_an_ad_whose_command_dies_while_it_waits_for_its_slot_is_not_counted(loa):
    """It certainly did not leave, and the number may have its one call of the day."""
    throttle = loa.deps.throttle
    loa.change(throttle=Killed())
    with pytest.raises(KeyboardInterrupt):
        give(loa, Channel.CALL)
    loa.change(throttle=throttle)
    assert give(loa, Channel.CALL) == "accepted"


def test_a_refusal_that_is_written_down_twice_gives_one_ad_back(loa, clock):
    """The answer of a commit may be lost, and then it is repeated; two ads may be ordered for the same moment."""
    at = clock.now() + timedelta(hours=24)
    assert give(loa, Channel.ZALO, at=at) == "accepted"
    given = by_hand.Call("", None, uuid4(), HandAd(PHONE, (Channel.ZALO,), at))
    hand = by_hand.ByHand(loa.deps, loa.deps.account("esms"), given)
    claimed = hand.claim([0.0])
    assert len(times(loa, Channel.ZALO)) == 2
    for _ in range(2):
        hand.record(claimed, {0: Answer(Outcome.REJECTED, "99")})
    assert len(times(loa, Channel.ZALO)) == 1


def test_what_the_database_refuses_is_not_said_to_be_under_way(loa):
    with loa.deps.sessions.begin() as session:
        session.execute(text("ALTER TABLE channel_contact ADD CHECK (channel <> 'call')"))
    with pytest.raises(IntegrityError):
        give(loa, Channel.CALL)
